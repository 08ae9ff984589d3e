"""`grade` and `feedback`: score a class, enter the scores, write the pages."""

import contextlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from autograder.course.assignment import Assignment, load_assignment
from autograder.course.config import Course
from autograder.errors import SandboxError, UsageError, reason_of
from autograder.grading.dispatch import Task, score_all
from autograder.grading.executors import Cluster, LocalProcesses, open_workers
from autograder.grading.outcome import ClassOutcome
from autograder.grading.progress import Progress
from autograder.grading.score_diff import add_to_history, score_changes
from autograder.grading.self_check import prove
from autograder.grading.spool import Spool, Spooled
from autograder.intake.class_list import folders_left_out, ids_alike, students_of
from autograder.intake.reader import Reader
from autograder.model import Outcomes
from autograder.scoring.pipeline import Graded, Pending, Pipeline
from autograder.scoring.results import load_stored, note_not_scored, result_path
from autograder.scoring.scorer import Scorer, pack_job

__all__ = ["alone", "grade_class", "refresh_feedback"]


def grade_class(
    course: Course,
    assignment_name: str | None = None,
    *,
    jobs: int = 0,
    scheduler: str | None = None,
    only: str | None = None,
    force: bool = False,
    isolation: str | None = None,
    dry: bool = False,
) -> ClassOutcome:
    """Grade all submissions of an assignment, or one student's.

    Inputs:
    - assignment_name: by default the course's default assignment.
    - jobs: number of submissions to score in parallel; 0 for that of the settings, or one per core.
    - scheduler: address of a Dask scheduler whose workers score.
    - only: id of the only student to grade.
    - force: True to score and enter unchanged submissions again.
    - isolation: see isolation.open_sandbox; by default the strongest sandbox of the machine.
    - dry: True to score changed submissions, return the differences in `changes`, and write
      nothing.

    Returns: a ClassOutcome.

    Raises: SandboxError if no sandbox is in force, or the sandbox breaks. Then no result of this
    run is stored or published. UsageError if another process is grading the assignment.
    """
    assignment = load_assignment(course, assignment_name)
    everyone = students_of(course, assignment)
    students = everyone if only is None else students_of(course, assignment, only=only)
    publisher = None
    if not dry:
        from autograder.grading.publishing import Publisher  # imports nbgrader, so simpler errors are reported first

        publisher = Publisher(course, assignment)
    with contextlib.closing(open_workers(course, jobs, scheduler)) as workers:
        isolation = prove(workers, course, assignment, isolation, keep=not dry)
        left_out = [] if only else folders_left_out(course, assignment)
        outcome = ClassOutcome(isolation=isolation, not_read=dict(left_out), remarks=ids_alike(everyone))
        outcome.abbreviations = assignment.settings.abbreviations
        pipeline = Pipeline(Scorer(course, assignment), isolation=isolation, students=everyone, force=force, dry=dry)
        if publisher is None:
            with pipeline, Spool() as spool:
                _Scoring(pipeline, spool, outcome).run(students, workers)
            return outcome
        with alone(course, assignment), Spool() as spool:
            with pipeline:
                graded = _Scoring(pipeline, spool, outcome).run(students, workers)
            publisher.publish(graded, spool, outcome, jobs, force=force)
    outcome.rows = [spooled.row for spooled in graded]
    return outcome


def refresh_feedback(course: Course, assignment_name: str | None = None) -> ClassOutcome:
    """Write the feedback pages of all results again, with the current scores.

    Inputs:
    - assignment_name: by default the course's default assignment.

    Raises: UsageError if no result exists, or another process is grading the assignment.
    """
    assignment = load_assignment(course, assignment_name)
    outcome, graded = ClassOutcome(), []
    with Spool() as spool:
        with Reader(assignment) as reader:
            for student in students_of(course, assignment):
                try:
                    if stored := load_stored(course, assignment.name, student):
                        folder = course.handed_in(student, assignment.name)
                        submission = reader.read(folder, student=student, below=course.submitted)
                        place = spool.add_submission(submission)
                        graded.append(spool.add(Graded(submission, stored), place))
                except Exception as error:  # an error of one student must not affect the others
                    outcome.not_published[student] = reason_of(error)
        if not graded and not outcome.not_published:
            raise UsageError(f"no submission of {assignment.name} has been graded: run `make autograde` first")
        from autograder.grading.publishing import Publisher

        with alone(course, assignment):
            Publisher(course, assignment).publish(graded, spool, outcome, force=True)
    return outcome


@contextlib.contextmanager
def alone(course: Course, assignment: Assignment) -> Iterator[None]:
    """Context manager: lock an assignment, since parallel runs would overwrite each other's scores.

    Raises: UsageError if another process has the lock.
    """
    from fcntl import LOCK_EX, LOCK_NB, flock  # missing on some systems that import this module

    folder = course.results / assignment.name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except OSError:
            raise UsageError(
                f"another process is grading {assignment.name} in this folder: wait for it, or stop it"
            ) from None
        yield


class _Scoring:
    """Score new and changed submissions, and store the results or record the differences.

    Submissions are read, compared with stored results, and dispatched one by one, so only few are
    in memory.
    """

    def __init__(self, pipeline: Pipeline, spool: Spool, outcome: ClassOutcome):
        self.pipeline, self.spool, self.outcome = pipeline, spool, outcome
        self.course, self.assignment = pipeline.course, pipeline.assignment
        self.graded: dict[str, Spooled] = {}
        self.stored: list[str] = []  # students whose result this run has stored
        self.begun: list[str] = []  # students whose submission this run has started to read
        self.open: dict[str, tuple[Pending, int]] = {}  # submissions being scored, with their index in the spool

    def run(self, students: list[str], workers: LocalProcesses | Cluster) -> list[Spooled]:
        """Score the submissions of some students.

        Raises: SandboxError, after deleting all results of this run.
        """
        job = pack_job(self.course, self.assignment, self.pipeline.isolation)
        broken = False
        try:
            with Progress("scoring", len(students)) as self.progress:
                score_all(job, self._tasks(students), workers, self.progress, self._done, self._failed)
        except SandboxError as error:
            broken = True
            for student in self.stored:
                result_path(self.course, self.assignment.name, student).unlink(missing_ok=True)
            raise SandboxError(f"{error}; no result of this run was stored") from None
        finally:
            if not broken and not self.pipeline.dry:
                note_not_scored(self.course, self.assignment.name, self.begun, self.outcome.not_scored)
                self.outcome.history = add_to_history(self.course, self.assignment.name, self.outcome.changes)
        return [self.graded[student] for student in students if student in self.graded]

    def _tasks(self, students: Iterable[str]) -> Iterator[Task]:
        for student in students:
            self.begun.append(student)
            try:
                folder = self.course.handed_in(student, self.assignment.name)
                pending = self.pipeline.read(folder, student, below=self.course.submitted)
                place = self.spool.add_submission(pending.submission)
            except Exception as error:  # an error of one student must not affect the others
                self._not_scored(student, reason_of(error))
                continue
            submission = replace(pending.submission, pictures={})  # not needed for scoring
            self.open[student] = replace(pending, submission=submission), place
            if pending.missing:
                yield Task(student, submission.to_json(), pending.missing)
            else:
                self._finish(student, {}, 0)

    def _done(self, task: Task, outcomes: Outcomes, seconds: float) -> None:
        self.outcome.rescored += 1
        self._finish(task.student, outcomes, seconds)

    def _failed(self, task: Task, reason: str) -> None:
        self.outcome.rescored += 1
        self._not_scored(task.student, reason)

    def _not_scored(self, student: str, reason: str) -> None:
        self.open.pop(student, None)
        self.outcome.not_scored[student] = reason
        self.progress.done("not scored")

    def _finish(self, student: str, outcomes: Outcomes, seconds: float) -> None:
        pending, place = self.open.pop(student)
        previous = pending.previous
        try:
            graded = self.pipeline.award(pending, outcomes, seconds)
            lines = score_changes(previous.result if previous else None, graded.result)
            self.graded[student] = self.spool.add(graded, place)
        except Exception as error:
            self._not_scored(student, reason_of(error))
            return
        self.progress.done(graded.result.state)
        if lines:
            self.outcome.changes[student] = lines
            if previous:
                self.outcome.changed.append(student)
        if self.pipeline.store(graded):
            self.stored.append(student)
