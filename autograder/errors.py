"""Exceptions, one per party responsible: user, student, author of tests, sandbox, grader."""

import errno
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from student_tools.language import english_of

if TYPE_CHECKING:
    from autograder.model import Place

__all__ = [
    "AuthorError",
    "GraderError",
    "SandboxError",
    "StudentFault",
    "UsageError",
    "WrongParts",
    "lack_of_machine",
    "reason_of",
]

# (reason, remedy)
READ_ONLY = ("this file system is read-only", "run the command in a writable folder")
FULL = ("the disk is full", "free some space and run the command again; no file is half-written")
NO_MEMORY = ("there is not enough memory", "close other programs, or use fewer processes (`--jobs 1`)")
NOT_ALLOWED = ("permission denied for this user", "run the command as the owner of the folder")
LACKS = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: ("the disk quota of this user is used up", FULL[1]),
    errno.EROFS: READ_ONLY,
    errno.EACCES: NOT_ALLOWED,
    errno.EPERM: NOT_ALLOWED,
    errno.ENOMEM: NO_MEMORY,
}
# SQLite reports no errno: text of its error → (reason, remedy).
DATABASE_LACKS = {
    "database or disk is full": FULL,
    "attempt to write a readonly database": READ_ONLY,
    "unable to open database file": NOT_ALLOWED,
}


def lack_of_machine(error: BaseException) -> str | None:
    """Return reason and remedy of an error that this machine caused; None for other errors.

    Inputs:
    - error: an OSError, MemoryError or error of SQLite, or any other exception
    """
    if isinstance(error, MemoryError):
        return "; ".join(NO_MEMORY)
    if isinstance(error, OSError) and error.errno in LACKS:
        what, do = LACKS[error.errno]
        return f"{error.filename or 'a file'}: {what} ({error.strerror}): {do}"
    for words, (what, do) in DATABASE_LACKS.items():
        if words in str(error):
            return f"the gradebook: {what} ({words}): {do}"
    return None


def reason_of(error: BaseException) -> str:
    """Return an exception as a message about one student."""
    kind = "" if isinstance(error, (GraderError, UsageError)) else f"{type(error).__name__}: "
    return lack_of_machine(error) or f"{kind}{error}"


class UsageError(Exception):
    """The user's request can't be carried out (exit status 2).

    Inputs:
    - message: one line: the expected value, the received value, and the remedy
    - faults: further lines, if there are several things to fix
    """

    def __init__(self, message: str, faults: Sequence[str] = ()) -> None:
        super().__init__("\n  - ".join((message, *faults)))
        self.message = message
        self.faults = tuple(faults)


class GraderError(Exception):
    """Internal error of the grader (exit status 2). No score is stored for it."""


class AuthorError(GraderError):
    """A mistake in a hidden test. HiddenTest.run adds the test's file and line to the message."""


class SandboxError(GraderError):
    """The sandbox is not in force, or broke.

    Scoring stops, and no result of the run is published.
    """


class StudentFault(Exception):
    """An error in the code of a submission in one test.

    - status: failed, error, timeout, crashed, missing or skipped
    - message: for the student, in the current language
    - places: lines of the student's code that the message names
    """

    def __init__(self, status: str, message: str, places: "Sequence[Place]" = ()) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.places = tuple(places)

    @property
    def english(self) -> str:
        """The message in English, for comparisons."""
        return english_of(self.message)


class WrongParts(StudentFault):
    """Parts of a hidden test failed, and its other parts passed.

    - faults: name of the part → StudentFault; the first one gives status and message
    """

    def __init__(self, faults: Mapping[str, StudentFault]) -> None:
        first = next(iter(faults.values()))
        super().__init__(first.status, first.message, first.places)
        self.faults = faults
