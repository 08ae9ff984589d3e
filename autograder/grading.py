"""Grades a whole class: score every submission, enter the scores into the gradebook, write the feedback."""

import os
import shutil
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from tqdm import tqdm

from autograder.assignment import load_assignment
from autograder.errors import GraderError, SandboxError, UsageError
from autograder.files import read_bounded
from autograder.intake import read_submission
from autograder.nbgrader_bridge import NbGrader, is_timestamp
from autograder.rebuild import stage_submission
from autograder.results import load_result, result_path, save_result, scoring_key, write_text
from autograder.sandbox.ladder import open_sandbox
from autograder.scorer import scorer_for

__all__ = ["ClassOutcome", "grade_class", "students_of"]

TIMESTAMP = "timestamp.txt"


@dataclass
class ClassOutcome:
    """What came of a class: the results in the order of the students, and what the grader itself failed on.

    - not_scored: student → why there is no result. - not_entered: student → why the result is not in the gradebook.
    """

    results: list = field(default_factory=list)
    not_scored: dict = field(default_factory=dict)
    not_entered: dict = field(default_factory=dict)
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
    students = sorted(
        path.name for path in course.submitted.iterdir() if path.name[0] != "." and _has_work(path, assignment)
    )
    if only is not None:
        if only not in students:
            raise UsageError(
                f"{only!r} handed in nothing for {assignment.name}: there is {', '.join(students) or 'nobody'}"
            )
        return [only]
    if not students:
        raise UsageError(
            f"{course.submitted} holds no submission of {assignment.name}: put notebooks into"
            f" {course.submitted.name}/<student>/{assignment.name}/"
        )
    return students


def _has_work(folder, assignment):
    """Whether a student's folder holds this assignment, or notebooks that were put in the wrong place."""
    try:
        names = os.listdir(folder)
    except NotADirectoryError:
        return False
    except OSError:
        return True  # it can't be read, and the result will say so
    return any(name.lower() == assignment.name.lower() or name.endswith(".ipynb") for name in names)


def grade_class(course, assignment_name=None, *, jobs=0, only=None, force=False, isolation=None):
    """Grade all submissions of an assignment, or one student's.

    Inputs:
    - jobs: how many submissions are scored at the same time; 0 takes course_config.py's number, or one per core.
    - only: id of the one student to grade.
    - force: score and enter everything anew, also what has not changed.
    - isolation: see ladder.open_sandbox; the best sandbox that can be had without it.

    Returns: a ClassOutcome.

    Raises: SandboxError when no sandbox is in force, or it breaks: then nothing of this run is kept or given out.
    """
    assignment = load_assignment(course, assignment_name)
    students = students_of(course, assignment, only=only)
    submissions = {s: read_submission(_folder(course, s, assignment), assignment, student=s) for s in students}
    with open_sandbox(course.limits, isolation) as sandbox:
        isolation = sandbox.isolation
    keys = {s: scoring_key(submission, assignment, course, isolation) for s, submission in submissions.items()}
    stored = {s: None if force else load_result(course, assignment.name, s, key=keys[s]) for s in students}
    to_score = [student for student in students if stored[student] is None]
    outcome = ClassOutcome(rescored=len(to_score), isolation=isolation)
    try:
        _score_all(course, assignment, {s: submissions[s] for s in to_score}, keys, jobs, outcome)
    except SandboxError as error:
        for student in to_score:
            result_path(course, assignment.name, student).unlink(missing_ok=True)
        raise SandboxError(f"{error}; nothing of this run was kept") from None
    graded = [student for student in students if student not in outcome.not_scored]
    outcome.results = [stored[student] or load_result(course, assignment.name, student) for student in graded]
    _publish(course, assignment, submissions, graded, keys, set(to_score), outcome)
    return outcome


def _folder(course, student, assignment):
    return course.submitted / student / assignment.name


def _score_one(root, submission, assignment_name, isolation):
    """Runs in a process of the pool, which keeps its scorer from one submission to the next."""
    return scorer_for(root, assignment_name, isolation).score(submission)


def _score_all(course, assignment, submissions, keys, jobs, outcome):
    """Score submissions in processes of their own, and store each result as soon as it is there."""
    if not submissions:
        return
    jobs = min(jobs or course.jobs or os.cpu_count() or 1, len(submissions))
    pending = dict(submissions)
    with tqdm(total=len(pending), desc="scoring", unit="submission") as progress:
        _score_round(course, assignment, pending, keys, jobs, outcome, progress)
        # A process was killed, by the system when memory ran out for instance, and took the others' work with it. One
        # by one, only the submission that is the cause stays without a result.
        for student in list(pending):
            alone = {student: pending.pop(student)}
            _score_round(course, assignment, alone, keys, 1, outcome, progress)
            if alone:
                outcome.not_scored[student] = "the process that scored it was killed: is there too little memory?"


def _score_round(course, assignment, pending, keys, jobs, outcome, progress):
    """Score what is pending in one pool; what was scored, or failed for good, is taken out of `pending`."""
    # Fresh processes: a fork of this one would copy threads and locks of the progress bar and of nbgrader.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            futures = {
                pool.submit(_score_one, course.root, submission, assignment.name, outcome.isolation): student
                for student, submission in pending.items()
            }
            for future in as_completed(futures):
                student = futures[future]
                try:
                    save_result(course, future.result(), keys[student])
                except BrokenProcessPool:
                    continue
                except SandboxError:
                    raise
                except Exception as error:
                    kind = "" if isinstance(error, GraderError) else f"{type(error).__name__}: "
                    outcome.not_scored[student] = f"{kind}{error}"
                del pending[student]
                progress.update()
        except BrokenProcessPool:
            return  # while work was still being handed out
        except (KeyboardInterrupt, SandboxError):
            pool.shutdown(cancel_futures=True)
            raise


def _publish(course, assignment, submissions, graded, keys, rescored, outcome):
    """Enter into the gradebook, and write feedback for, what was scored now or has not got there yet."""
    staged = course.staged
    nbgrader = NbGrader(
        course,
        CourseDirectory={"submitted_directory": staged.name},
        ScoreSubmission={"use_stored": True},
    )
    outcome.gradebook = nbgrader.database
    _enter_assignment(course, assignment)
    known = nbgrader.totals(assignment.name)
    changed = [
        s for s in graded if s in rescored or s not in known or not _is_published(course, assignment, s, keys[s])
    ]
    for student in tqdm(changed, desc="gradebook and feedback", unit="submission"):
        try:
            _mark(course, assignment, student).unlink(missing_ok=True)
            folder = staged / student / assignment.name
            shutil.rmtree(folder, ignore_errors=True)
            stage_submission(submissions[student], assignment, folder)
            _stage_timestamp(_folder(course, student, assignment), folder)
            nbgrader.autograde(assignment.name, student)
            nbgrader.generate_feedback(assignment.name, student)
            write_text(_mark(course, assignment, student), keys[student])
        except (GraderError, OSError) as error:
            outcome.not_entered[student] = str(error)


def _enter_assignment(course, assignment):
    """Bring the gradebook's idea of the assignment up to date, without touching the release folder."""
    with tempfile.TemporaryDirectory() as scratch:
        NbGrader(course, CourseDirectory={"release_directory": scratch}).generate_assignment(assignment.name)


def _mark(course, assignment, student):
    return result_path(course, assignment.name, student).with_suffix(".published")


def _is_published(course, assignment, student, key):
    folders = (course.autograded / student / assignment.name, course.feedback / student / assignment.name)
    try:
        return _mark(course, assignment, student).read_text() == key and all(map(Path.is_dir, folders))
    except OSError:
        return False


def _stage_timestamp(source, folder):
    """Hand on the time of submission when it is one: nbgrader stops at anything else that stands in that file."""
    try:
        text = read_bounded(source / TIMESTAMP, 100).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return
    if is_timestamp(text):
        write_text(folder / TIMESTAMP, text + "\n")
