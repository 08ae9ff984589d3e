"""Grades a whole class: score every submission, enter the scores into the gradebook, write the feedback."""

import os
from dataclasses import dataclass, field

from autograder.assignment import load_assignment
from autograder.changes import score_changes
from autograder.errors import SandboxError, UsageError
from autograder.intake import read_submission
from autograder.processes import score_all
from autograder.results import load_result, result_path, save_result, scoring_key
from autograder.sandbox.ladder import open_sandbox

__all__ = ["ClassOutcome", "folders_left_out", "grade_class", "students_of"]

MAX_NAME_BYTES = 200


@dataclass
class ClassOutcome:
    """What came of a class: the results in the order of the students, and what the grader itself failed on.

    - not_scored: student → why there is no result. - not_entered: student → why the result is not in the gradebook.
    - not_read: name of a folder that can't be a student's id → why.
    - changes: of a dry run: lines that say whose score would change, and why.
    """

    results: list = field(default_factory=list)
    not_read: dict = field(default_factory=dict)
    not_scored: dict = field(default_factory=dict)
    not_entered: dict = field(default_factory=dict)
    changes: list = field(default_factory=list)
    rescored: int = 0
    isolation: str = ""
    gradebook: str = ""


def students_of(course, assignment, *, only=None):
    """The ids of the students who handed something in, sorted.

    Raises: UsageError when nobody did, or `only` did not.
    """
    if not course.submitted.is_dir():
        raise UsageError(
            f"there is no folder {course.submitted}: put submissions into"
            f" {course.submitted.name}/<student>/{assignment.name}/, or run `make demo` for a sample class"
        )
    students = sorted(name for name in _folders(course, assignment) if not _problem_of(name))
    if only is not None:
        if only not in students:
            raise UsageError(
                f"{only!r} handed in nothing for {assignment.name}: there is {', '.join(students[:20]) or 'nobody'}"
            )
        return [only]
    if not students:
        raise UsageError(
            f"{course.submitted} holds no submission of {assignment.name}: put notebooks into"
            f" {course.submitted.name}/<student>/{assignment.name}/"
        )
    return students


def folders_left_out(course, assignment):
    """The folders of submissions that are named as nobody can be: list of (name, why)."""
    return [(name, problem) for name in sorted(_folders(course, assignment)) if (problem := _problem_of(name))]


def _folders(course, assignment):
    return [path.name for path in course.submitted.iterdir() if path.name[0] != "." and _has_work(path, assignment)]


def _problem_of(name):
    """Why a name can't be a student's id, or None: it becomes the name of files, and is shown on screens."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    if not name.isprintable():
        return "its name holds control characters"
    return f"its name is longer than {MAX_NAME_BYTES} bytes" if size > MAX_NAME_BYTES else None


def _has_work(folder, assignment):
    """Whether a student's folder holds this assignment, or notebooks that were put in the wrong place."""
    try:
        names = os.listdir(folder)
    except NotADirectoryError:
        return False
    except OSError:
        return True  # it can't be read, and the result will say so
    return any(name.lower() == assignment.name.lower() or name.endswith(".ipynb") for name in names)


def grade_class(course, assignment_name=None, *, jobs=0, only=None, force=False, isolation=None, dry=False):
    """Grade all submissions of an assignment, or one student's.

    Inputs:
    - jobs: how many submissions are scored at the same time; 0 takes course_config.py's number, or one per core.
    - only: id of the one student to grade.
    - force: score and enter everything anew, also what has not changed.
    - isolation: see ladder.open_sandbox; the best sandbox that can be had without it.
    - dry: score what has changed, tell in outcome.changes what would come of it, and write nothing.

    Returns: a ClassOutcome.

    Raises: SandboxError when no sandbox is in force, or it breaks: then nothing of this run is kept or given out.
    """
    assignment = load_assignment(course, assignment_name)
    students = students_of(course, assignment, only=only)
    submissions = {
        s: read_submission(course.handed_in(s, assignment.name), assignment, student=s, below=course.submitted)
        for s in students
    }
    with open_sandbox(course.limits, isolation) as sandbox:
        isolation = sandbox.isolation
    keys = {s: scoring_key(submission, assignment, course, isolation) for s, submission in submissions.items()}
    stored = {s: None if force else load_result(course, assignment.name, s, key=keys[s]) for s in students}
    to_score = [student for student in students if stored[student] is None]
    left_out = [] if only else folders_left_out(course, assignment)
    outcome = ClassOutcome(rescored=len(to_score), isolation=isolation, not_read=dict(left_out))
    pending = {s: submissions[s] for s in to_score}
    if dry:
        scored = {}
        score_all(course, assignment, pending, jobs, outcome, lambda result: scored.update({result["student"]: result}))
        for student in to_score:
            if student in scored:
                before = load_result(course, assignment.name, student)
                outcome.changes += score_changes(before, scored[student])
        return outcome
    try:
        score_all(
            course,
            assignment,
            pending,
            jobs,
            outcome,
            lambda result: save_result(course, result, keys[result["student"]]),
        )
    except SandboxError as error:
        for student in to_score:
            result_path(course, assignment.name, student).unlink(missing_ok=True)
        raise SandboxError(f"{error}; nothing of this run was kept") from None
    graded = [student for student in students if student not in outcome.not_scored]
    outcome.results = [stored[student] or load_result(course, assignment.name, student) for student in graded]
    from autograder.publishing import publish  # with nbgrader, which takes seconds to import: mistakes are told before

    publish(course, assignment, submissions, graded, keys, set(to_score), outcome, jobs)
    return outcome
