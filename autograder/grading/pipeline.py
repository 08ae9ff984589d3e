"""Grades a whole class: score every submission, enter the scores into the gradebook, write the feedback."""

import contextlib
import itertools
import json
import os
from dataclasses import dataclass, field, replace

from autograder.course.assignment import load_assignment
from autograder.errors import SandboxError, UsageError, reason_of
from autograder.feedback.table import row_of
from autograder.grading.dispatch import Task, score_all
from autograder.grading.executors import open_workers
from autograder.grading.progress import Progress
from autograder.grading.score_diff import add_to_history, score_changes
from autograder.grading.self_check import check_source_notebooks
from autograder.intake.files import is_work
from autograder.intake.foreign_filenames import ForeignFilenames
from autograder.intake.reader import Reader
from autograder.intake.safe_names import by_place
from autograder.model import outcomes_from_json
from autograder.scoring.cache_keys import Keys
from autograder.scoring.jobs import pack_job, prove_isolation, score_packed
from autograder.scoring.points import award_points
from autograder.scoring.results import Stored, load_stored, note_not_scored, result_path, save_stored
from autograder.scoring.scorer import Scorer

__all__ = [
    "ClassOutcome",
    "alone",
    "folders_left_out",
    "grade_class",
    "problem_of_id",
    "refresh_feedback",
    "students_of",
]

MAX_NAME_BYTES = 200
MOST_ENTRIES = 20_000  # of a student's folder that are looked at here


@dataclass
class ClassOutcome:
    """What came of a class, and what the grader itself failed on.

    - rows: what a table shows of each submission in the order of the students, see table.row_of.
    - not_scored: student → why there is no result. - not_entered: student → why the result is not in the gradebook.
    - not_published: student → why the feedback pages could not be made, which concerns no score.
    - not_read: name of a folder that can't be a student's id → why.
    - waiting: ids of those whose answers a person has to grade. - to_grade: which answers, and how many, in words.
    - late: id of everybody who handed in after the due date → points that were taken off for it.
    - remarks: lines about submissions that a person should look at.
    - taken_out: lines about marks that are no longer in the gradebook, because their cells are gone.
    - changes: student → lines that say what of the score has changed, or would after a dry run, and why.
    - changed: ids of those among them who had a score before. - history: the file that keeps all of this.
    - corrected: ids of those whose pages, as this run wrote them, differ in marks from the feedback that they have.
    - unreleased: whether nobody has any feedback yet, as far as is known.
    - abbreviations: of words in names of exercises, see table.heading.
    """

    rows: list = field(default_factory=list)
    not_read: dict = field(default_factory=dict)
    not_scored: dict = field(default_factory=dict)
    not_entered: dict = field(default_factory=dict)
    not_published: dict = field(default_factory=dict)
    waiting: list = field(default_factory=list)
    to_grade: list = field(default_factory=list)
    late: dict = field(default_factory=dict)
    remarks: list = field(default_factory=list)
    taken_out: list = field(default_factory=list)
    changes: dict = field(default_factory=dict)
    changed: list = field(default_factory=list)
    corrected: list = field(default_factory=list)
    unreleased: bool = True
    abbreviations: dict = field(default_factory=dict)
    rescored: int = 0
    isolation: str = ""
    history: str = ""
    gradebook: str = ""


def students_of(course, assignment, *, only=None):
    """The ids of the students who handed something in, sorted.

    Raises: UsageError when nobody did, or `only` did not.
    """
    if not course.submitted.is_dir():
        raise UsageError(
            f"there is no folder {course.submitted}: put submissions into"
            f" {course.submitted.name}/<student>/{assignment.name}/, or run `autograder sample-class`"
        )
    students = sorted(name for name in _folders(course, assignment) if not problem_of_id(name))
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
    return [(name, problem) for name in sorted(_folders(course, assignment)) if (problem := problem_of_id(name))]


def _folders(course, assignment):
    return [path.name for path in course.submitted.iterdir() if path.name[0] != "." and _has_work(path, assignment)]


def problem_of_id(name):
    """Why a name can't be a student's id, or None: it becomes the name of files, and is shown on screens."""
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    if not name.isprintable():
        return "its name holds control characters"
    return f"its name is longer than {MAX_NAME_BYTES} bytes" if size > MAX_NAME_BYTES else None


def _has_work(folder, assignment):
    """Whether a student's folder holds this assignment, or work that was put in the wrong place."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in itertools.islice(entries, MOST_ENTRIES)]
    except NotADirectoryError:
        return False
    except OSError:
        return True  # it can't be read, and the result will say so
    is_full = len(names) == MOST_ENTRIES  # then reading it says what is there
    return is_full or any(name.lower() == assignment.name.lower() or is_work(name) for name in names)


def grade_class(
    course, assignment_name=None, *, jobs=0, scheduler=None, only=None, force=False, isolation=None, dry=False
):
    """Grade all submissions of an assignment, or one student's.

    Inputs:
    - jobs: how many submissions are scored at the same time; 0 takes course_config.py's number, or one per core.
    - scheduler: address of a Dask scheduler, whose workers then score.
    - only: id of the one student to grade.
    - force: score and enter everything anew, also what has not changed.
    - isolation: see isolation.open_sandbox; the best sandbox that can be had without it.
    - dry: score what has changed, tell in outcome.changes what would come of it, and write nothing.

    Returns: a ClassOutcome.

    Raises: SandboxError when no sandbox is in force, or it breaks: then nothing of this run is kept or given out.
    UsageError when another process is grading here.
    """
    assignment = load_assignment(course, assignment_name)
    everybody = students_of(course, assignment)
    students = everybody if only is None else students_of(course, assignment, only=only)
    if not dry:
        from autograder.grading.publishing import check_settings, publish  # with nbgrader: simpler errors come first

        check_settings(course, assignment)
    with contextlib.closing(open_workers(course, jobs, scheduler)) as workers:
        isolation = _proven(workers, course, assignment, isolation, keep=not dry)
        left_out = [] if only else folders_left_out(course, assignment)
        outcome = ClassOutcome(isolation=isolation, not_read=dict(left_out), remarks=_alike(everybody))
        outcome.abbreviations = assignment.settings.abbreviations
        if dry:
            _Scoring(course, assignment, outcome, everybody, force=force, dry=True).run(students, workers)
            return outcome
        with alone(course, assignment):
            scoring = _Scoring(course, assignment, outcome, everybody, force=force)
            scoring.run(students, workers)
            graded = [student for student in students if student not in outcome.not_scored]
            publish(course, assignment, graded, scoring.digests, outcome, jobs, force=force)
    for student in graded:
        if stored := load_stored(course, assignment.name, student):
            outcome.rows.append(row_of(stored.result))
    return outcome


def refresh_feedback(course, assignment_name=None):
    """Make the feedback pages of all stored results anew, with what is in the gradebook now; returns a ClassOutcome."""
    assignment = load_assignment(course, assignment_name)
    outcome, digests = ClassOutcome(), {}
    with Reader(assignment) as reader:
        for student in students_of(course, assignment):
            try:
                if load_stored(course, assignment.name, student):
                    folder = course.handed_in(student, assignment.name)
                    digests[student] = reader.read(folder, student=student, below=course.submitted).whole_digest()
            except Exception as error:  # of one student, and the others have a right to their pages
                outcome.not_published[student] = reason_of(error)
    if not digests and not outcome.not_published:
        raise UsageError(f"nobody's {assignment.name} has been graded: run `make autograde` first")
    from autograder.grading.publishing import publish

    with alone(course, assignment):
        publish(course, assignment, list(digests), digests, outcome, force=True)
    return outcome


def _alike(students):
    """A remark for each group of ids that some file system takes for one."""
    why = "differ only in case, and would share a folder on some disks: rename all but one"
    return [f"{' and '.join(group)} {why}" for group in by_place(students).values() if len(group) > 1]


def _proven(workers, course, assignment, wanted, *, keep):
    """The isolation that is in force where submissions are scored, once the source notebooks have full marks there."""
    if not workers.is_remote:
        scorer = Scorer(course, assignment, wanted)
        with scorer.sandbox as sandbox:
            check_source_notebooks(course, assignment, sandbox.isolation, scorer.outcomes, keep=keep)
            return sandbox.isolation
    with workers.executor(1) as executor:
        isolation = executor.submit(prove_isolation, pack_job(course, assignment, wanted)).result()
        job = pack_job(course, assignment, isolation)

        def score(submission, exercises):
            answer = executor.submit(score_packed, job, submission.to_json(), exercises).result()
            return outcomes_from_json(json.loads(answer)["outcomes"])

        check_source_notebooks(course, assignment, isolation, score, keep=keep)
        return isolation


@contextlib.contextmanager
def alone(course, assignment):
    """Keep other runs away: two at once would take each other's marks away. Raises: UsageError."""
    from fcntl import LOCK_EX, LOCK_NB, flock  # not on every system that this module is imported on

    folder = course.results / assignment.name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except OSError:
            raise UsageError(
                f"another process is grading {assignment.name} in this folder: wait until it is done, or stop it"
            ) from None
        yield


class _Scoring:
    """Scores what is new or has changed; keeps the results, or tells what they would change.

    One submission after the other is read, compared with what is stored and handed out, so that few are in memory.
    """

    def __init__(self, course, assignment, outcome, everybody, *, force=False, dry=False):
        self.course, self.assignment, self.outcome, self.force, self.dry = course, assignment, outcome, force, dry
        self.neighbours = ForeignFilenames(everybody)
        self.keys = Keys(assignment, course, outcome.isolation)
        self.digests = {}  # student → digest of the submission that the result is of
        self.kept = []  # students whose result this run has written
        self.begun = []  # students whose submission this run has looked at
        self.open = {}  # student → (Submission, keys, Stored or None, known outcomes) while it is being scored

    def run(self, students, workers):
        """Score the submissions of some students. Raises: SandboxError, and then no result of this run is left."""
        job = pack_job(self.course, self.assignment, self.outcome.isolation)
        broken = False
        try:
            with Progress("scoring", len(students)) as self.progress, Reader(self.assignment) as self.reader:
                score_all(job, self._tasks(students), workers, self.progress, self._done, self._failed)
        except SandboxError as error:
            broken = True
            for student in self.kept:
                result_path(self.course, self.assignment.name, student).unlink(missing_ok=True)
            raise SandboxError(f"{error}; nothing of this run was kept") from None
        finally:
            if not broken and not self.dry:
                note_not_scored(self.course, self.assignment.name, self.begun, self.outcome.not_scored)
                self.outcome.history = add_to_history(self.course, self.assignment.name, self.outcome.changes)

    def _tasks(self, students):
        for student in students:
            self.begun.append(student)
            try:
                task, seconds = self._begin(student)
            except Exception as error:  # of one student, and the others have a right to their marks
                self._not_scored(student, reason_of(error))
                continue
            if task.exercises:
                yield task
            else:
                self._keep(student, {}, seconds)

    def _begin(self, student):
        """Read a submission and what is stored of it; returns (Task, seconds that scoring took when it was stored)."""
        folder = self.course.handed_in(student, self.assignment.name)
        submission = self.reader.read(folder, student=student, below=self.course.submitted)
        submission = replace(self.neighbours.noted(submission), pictures={})  # scoring needs none of them
        keys = self.keys.of(submission)
        stored = load_stored(self.course, self.assignment.name, student)
        known = stored.outcomes(keys) if stored and not self.force else {}
        self.digests[student] = submission.whole_digest()
        task = Task(student, submission.to_json(), [name for name in keys if name not in known])
        self.open[student] = (submission, keys, stored, known)
        return task, stored and stored.seconds

    def _done(self, task, outcomes, seconds):
        self.outcome.rescored += 1
        self._keep(task.student, outcomes, seconds)

    def _failed(self, task, reason):
        self.outcome.rescored += 1
        self._not_scored(task.student, reason)

    def _not_scored(self, student, reason):
        self.open.pop(student, None)
        self.outcome.not_scored[student] = reason
        self.progress.done("not scored")

    def _keep(self, student, outcomes, seconds):
        submission, keys, stored, known = self.open.pop(student)
        try:
            result = award_points(known | outcomes, submission, self.assignment, self.outcome.isolation)
            lines = score_changes(stored and stored.result, result)
        except Exception as error:
            self._not_scored(student, reason_of(error))
            return
        self.progress.done(result.state)
        if lines:
            self.outcome.changes[student] = lines
            if stored:
                self.outcome.changed.append(student)
        if self.dry:
            return
        if stored is None or (result, keys) != (stored.result, stored.keys) or self.force:
            save_stored(self.course, Stored(result, keys, seconds, self.keys.causes(submission)))
            self.kept.append(student)
