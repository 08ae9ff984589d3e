"""Pipeline of one submission: read → cached? → score → award points → store.

`score`, Gradescope and plain `nbgrader autograde` call `Pipeline.grade`, which takes all steps.
`grade` of a class calls the steps one by one: other processes score, and read submissions wait on
disk until they are published.
"""

import functools
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.intake.foreign_filenames import ForeignFilenames
from autograder.intake.reader import Reader
from autograder.intake.submission import Submission
from autograder.model import Outcomes, Result
from autograder.scoring.cache_keys import Keys
from autograder.scoring.points import award_points
from autograder.scoring.results import Stored, load_stored, save_stored
from autograder.scoring.scorer import Scorer

__all__ = ["Graded", "Pending", "Pipeline"]


@dataclass(frozen=True)
class Pending:
    """A submission that has been read, and compared with its stored result.

    - submission: see Submission
    - keys: see cache_keys.Keys; empty if results are not stored
    - previous: the stored result of the student, or None
    - known: stored outcomes that are still valid
    - missing: names of the exercises to score
    """

    submission: Submission
    keys: dict[str, str]
    previous: Stored | None
    known: Outcomes
    missing: list[str]


@dataclass(frozen=True)
class Graded:
    """A submission with its result. `stored` is `previous` itself if nothing has changed."""

    submission: Submission
    stored: Stored
    previous: Stored | None = None

    @property
    def result(self) -> Result:
        """The result."""
        return self.stored.result

    @property
    def is_new(self) -> bool:
        """True if the result differs from the previous one, or was scored again on request."""
        return self.stored is not self.previous


class Pipeline:
    """Grades submissions of one assignment, one after the other.

    Use it as a context manager, or call `close`, to end its reading process.

    Inputs:
    - scorer: scores submissions in `finish`
    - isolation: of the processes that score; None means that of the scorer's sandbox
    - students: ids of the class, to find files with the name of another student
    - with_results: use stored results, and store new ones
    - force: also score unchanged submissions
    - dry: store nothing
    """

    def __init__(
        self,
        scorer: Scorer,
        *,
        isolation: str | None = None,
        students: Iterable[str] = (),
        with_results: bool = True,
        force: bool = False,
        dry: bool = False,
    ):
        self.scorer, self.course, self.assignment = scorer, scorer.course, scorer.assignment
        self.with_results, self.force, self.dry = with_results, force, dry
        self.reader = Reader(self.assignment)
        self._isolation = isolation
        self._foreign_filenames = ForeignFilenames(students)

    @property
    def isolation(self) -> str:
        """The isolation of the processes that score."""
        return self._isolation or self.scorer.sandbox.isolation

    @functools.cached_property
    def _keys(self) -> Keys:
        return Keys(self.assignment, self.course, self.isolation)

    def grade(self, path: Path, student: str) -> Graded:
        """Take all steps for one student.

        Inputs:
        - path: see handed_in.HandedIn
        - student: id

        Raises: SandboxError if the sandbox breaks, GraderError for another failure of the grader.
        """
        return self.finish(self.read(path, student))

    def finish(self, pending: Pending) -> Graded:
        """Take all steps after reading; see grade."""
        started = time.monotonic()
        outcomes = self.scorer.outcomes(pending.submission, pending.missing) if pending.missing else {}
        graded = self.award(pending, outcomes, time.monotonic() - started)
        self.store(graded)
        return graded

    def read(self, path: Path, student: str, *, below: Path | None = None) -> Pending:
        """Read a submission, and find the exercises to score.

        Inputs:
        - path: see handed_in.HandedIn
        - student: id
        - below: see handed_in.HandedIn

        Raises: GraderError if the grader or this machine fails.
        """
        submission = self._foreign_filenames.noted(self.reader.read(path, student=student, below=below))
        if not self.with_results:
            return Pending(submission, {}, None, {}, list(self.assignment.exercises))
        keys = self._keys.of(submission)
        previous = load_stored(self.course, self.assignment.name, student)
        known = previous.outcomes(keys) if previous and not self.force else {}
        return Pending(submission, keys, previous, known, [name for name in keys if name not in known])

    def award(self, pending: Pending, outcomes: Outcomes, seconds: float) -> Graded:
        """Turn outcomes into points.

        Inputs:
        - pending: see read
        - outcomes: of the missing exercises
        - seconds: time that scoring them took

        Raises: GraderError if an exercise has no hidden test.
        """
        submission, keys, previous = pending.submission, pending.keys, pending.previous
        result = award_points(pending.known | outcomes, submission, self.assignment, self.isolation)
        if previous and not self.force and (result, keys) == (previous.result, previous.keys):
            return Graded(submission, previous, previous)
        if previous and not pending.missing:
            seconds = previous.seconds
        causes = self._keys.causes(submission) if self.with_results else {}
        return Graded(submission, Stored(result, keys, seconds, causes), previous)

    def store(self, graded: Graded) -> bool:
        """Store a result if it is new; return whether it was."""
        is_wanted = graded.is_new and self.with_results and not self.dry
        if is_wanted:
            save_stored(self.course, graded.stored)
        return is_wanted

    def close(self) -> None:
        """End the reading process."""
        self.reader.close()

    def __enter__(self) -> "Pipeline":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
