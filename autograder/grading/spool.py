"""Store graded submissions on disk until they are published, to save memory.

They are published after all submissions are scored: if the sandbox breaks, no result of the run is
published.
"""

import hashlib
import json
import tempfile
from dataclasses import dataclass

from autograder.feedback.table import TableRow, row_of
from autograder.intake.submission import Submission
from autograder.model import Result
from autograder.scoring.pipeline import Graded
from autograder.scoring.results import Stored

__all__ = ["Spool", "Spooled"]


@dataclass(frozen=True)
class Spooled:
    """A graded submission in the spool.

    - work: hash of the submission.
    - result: hash of its result.
    - row: see table.row_of.
    - places: positions of the submission and of the result in the spool.
    """

    student: str
    work: str
    result: str
    row: TableRow
    places: tuple[int, int]


class Spool:
    """An unnamed temporary file, which is deleted when it is closed or the process ends."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()

    def add_submission(self, submission: Submission) -> int:
        """Add a submission with its pictures, before scoring. Returns: its position."""
        return self._add(submission.to_json())

    def add(self, graded: Graded, place: int) -> Spooled:
        """Add the result of a submission that was added at a position."""
        result, stored = json.dumps(graded.result.to_json()), graded.stored
        places = place, self._add(result, json.dumps([stored.keys, stored.seconds, stored.causes]))
        hashed = hashlib.sha256(result.encode()).hexdigest()
        return Spooled(
            graded.submission.student, graded.submission.whole_digest(), hashed, row_of(graded.result), places
        )

    def take(self, spooled: Spooled) -> Graded:
        """Read a graded submission, without its previous result."""
        (submission,), (result, more) = (self._lines(place, n) for n, place in enumerate(spooled.places, 1))
        stored = Stored(Result.from_json(json.loads(result)), *json.loads(more))
        return Graded(Submission.from_json(submission), stored)

    def _add(self, *texts: str) -> int:
        place = self._file.seek(0, 2)
        self._file.writelines(text.encode() + b"\n" for text in texts)  # JSON has no line ends
        self._file.flush()  # report a full disk for this submission, not for the next one
        return place

    def _lines(self, place: int, count: int) -> list[str]:
        self._file.seek(place)
        return [self._file.readline().decode() for _ in range(count)]

    def __enter__(self) -> "Spool":
        return self

    def __exit__(self, *exception: object) -> None:
        self._file.close()
