"""One submission from its files to its stored result: read → cached? → score → award points → store.

`score`, Gradescope and plain `nbgrader autograde` let `Pipeline.grade` take all of the steps. `grade`, for a class,
calls the steps itself: other processes score, and what it reads waits on disk until it is published.
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

    - keys: see cache_keys.Keys; empty where no results are stored. - previous: what is stored of the student.
    - known: stored outcomes that still hold. - missing: names of the exercises that must be scored.
    """

    submission: Submission
    keys: dict[str, str]
    previous: Stored | None
    known: Outcomes
    missing: list[str]


@dataclass(frozen=True)
class Graded:
    """A submission with its result. `stored` is `previous` itself when nothing has changed."""

    submission: Submission
    stored: Stored
    previous: Stored | None = None

    @property
    def result(self) -> Result:
        return self.stored.result

    @property
    def is_new(self) -> bool:
        """Whether the result differs from the one before, or was asked for again."""
        return self.stored is not self.previous


class Pipeline:
    """Grades submissions of one assignment, one after the other.

    Inputs:
    - scorer: scores the submissions that `finish` is given.
    - isolation: of the processes that score; that of the scorer's sandbox by default.
    - students: ids of the class, whose names files of others may carry.
    - with_results: whether stored results are used, and new ones stored.
    - force: score again what has not changed. - dry: store nothing.

    Its process that reads ends with the `with`, or with `close`.
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
        return self._isolation or self.scorer.sandbox.isolation

    @functools.cached_property
    def _keys(self) -> Keys:
        return Keys(self.assignment, self.course, self.isolation)

    def grade(self, path: Path, student: str) -> Graded:
        """Take all steps for what a student handed in.

        Raises: SandboxError when the sandbox breaks, GraderError when the grader fails otherwise.
        """
        return self.finish(self.read(path, student))

    def finish(self, pending: Pending) -> Graded:
        """Take all steps that come after reading; see grade."""
        started = time.monotonic()
        outcomes = self.scorer.outcomes(pending.submission, pending.missing) if pending.missing else {}
        graded = self.award(pending, outcomes, time.monotonic() - started)
        self.store(graded)
        return graded

    def read(self, path: Path, student: str, *, below: Path | None = None) -> Pending:
        """Read what a student handed in, and find out what of it must be scored.

        Inputs:
        - path, below: see handed_in.HandedIn.

        Raises: GraderError when the grader or this machine fails.
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
        - outcomes: of the missing exercises. - seconds: that scoring them took.

        Raises: GraderError when an exercise has no hidden test.
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
        """End the process that reads."""
        self.reader.close()

    def __enter__(self) -> "Pipeline":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
