"""The ways in which something can go wrong, kept apart so that nobody pays for somebody else's mistake."""

import errno
from collections.abc import Mapping, Sequence

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

READ_ONLY = ("this folder can only be read", "run this where it can be written to")
FULL = ("the disk is full", "make room; nothing is half-written, the same command goes on from there")
NO_MEMORY = ("there is not enough memory", "close other programs, or work on less at the same time (`--jobs 1`)")
NOT_ALLOWED = ("this user may not do that", "run this as the user whom the folder belongs to")
LACKS = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: ("the quota of this user is used up", FULL[1]),
    errno.EROFS: READ_ONLY,
    errno.EACCES: NOT_ALLOWED,
    errno.EPERM: NOT_ALLOWED,
    errno.ENOMEM: NO_MEMORY,
}
# SQLite has no numbers of the system's: what it says → what that means.
DATABASE_LACKS = {
    "database or disk is full": FULL,
    "attempt to write a readonly database": READ_ONLY,
    "unable to open database file": NOT_ALLOWED,
}


def lack_of_machine(error: BaseException) -> str | None:
    """What this machine lacks when that is why something failed, and what to do: one line; None for other errors."""
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
    """Why something could not be done for one student, in words: one line for each exception."""
    kind = "" if isinstance(error, (GraderError, UsageError)) else f"{type(error).__name__}: "
    return lack_of_machine(error) or f"{kind}{error}"


class UsageError(Exception):
    """What was asked for can't be done: one line that says what came, what was needed and what to do (exit 2).

    - faults: where there are several things to mend, a line for each of them, told below the first line.
    """

    def __init__(self, message: str, faults: Sequence[str] = ()) -> None:
        super().__init__("\n  - ".join((message, *faults)))
        self.message = message
        self.faults = tuple(faults)


class GraderError(Exception):
    """The kit itself failed. Nobody is given a mark for it, good or bad (exit 2)."""


class AuthorError(GraderError):
    """A hidden test asks for what can't be: the fault of who wrote it. The message gets the test's file and line."""


class SandboxError(GraderError):
    """The sandbox is not in force, or broke. Scoring stops, and nothing of the run is given out."""


class StudentFault(Exception):
    """The code of a submission did something wrong in one test.

    - status: one of failed, error, timeout, crashed, missing, skipped. - message: for the student.
    """

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class WrongParts(StudentFault):
    """Some parts of a hidden test are wrong, and its other parts are right.

    - faults: those of the parts by name. Status and message are those of the first fault.
    """

    def __init__(self, faults: Mapping[str, StudentFault]) -> None:
        first = next(iter(faults.values()))
        super().__init__(first.status, first.message)
        self.faults = faults
