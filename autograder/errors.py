"""Exceptions, one for each party at fault: user, student, author of a test, sandbox, grader."""

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

READ_ONLY = ("this folder is read-only", "run the command in a folder that you can write to")
FULL = ("the disk is full", "free some space and run the command again; no file is half-written")
NO_MEMORY = ("there is not enough memory", "close other programs, or run fewer processes (`--jobs 1`)")
NOT_ALLOWED = ("permission denied", "run the command as the owner of the folder")
LACKS = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: ("the disk quota of this user is exceeded", FULL[1]),
    errno.EROFS: READ_ONLY,
    errno.EACCES: NOT_ALLOWED,
    errno.EPERM: NOT_ALLOWED,
    errno.ENOMEM: NO_MEMORY,
}
# SQLite gives no errno: its message → the meaning.
DATABASE_LACKS = {
    "database or disk is full": FULL,
    "attempt to write a readonly database": READ_ONLY,
    "unable to open database file": NOT_ALLOWED,
}


def lack_of_machine(error: BaseException) -> str | None:
    """Describe a missing resource and the remedy in one line; None for other errors."""
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
    """Return one line that explains an exception to the grader."""
    kind = "" if isinstance(error, (GraderError, UsageError)) else f"{type(error).__name__}: "
    return lack_of_machine(error) or f"{kind}{error}"


class UsageError(Exception):
    """The request of the user is impossible (exit status 2).

    Inputs:
    - message: one line: "expected …, got …", then the remedy.
    - faults: further lines, one for each thing to fix, printed below the message.
    """

    def __init__(self, message: str, faults: Sequence[str] = ()) -> None:
        super().__init__("\n  - ".join((message, *faults)))
        self.message = message
        self.faults = tuple(faults)


class GraderError(Exception):
    """The grader itself failed. No score is given (exit status 2)."""


class AuthorError(GraderError):
    """A hidden test is written wrongly. The file and line of the test are added to the message."""


class SandboxError(GraderError):
    """The sandbox is not in force, or broke.

    Scoring stops, and no result of the run is published.
    """


class StudentFault(Exception):
    """The code of a submission failed one test.

    Inputs:
    - status: one of failed, error, timeout, crashed, missing, skipped.
    - message: for the student.
    """

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class WrongParts(StudentFault):
    """Some parts of a hidden test failed, and the other parts passed.

    Status and message are those of the first fault.

    Inputs:
    - faults: name of a part → its StudentFault.
    """

    def __init__(self, faults: Mapping[str, StudentFault]) -> None:
        first = next(iter(faults.values()))
        super().__init__(first.status, first.message)
        self.faults = faults
