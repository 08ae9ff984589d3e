"""The ways in which something can go wrong, kept apart so that nobody pays for somebody else's mistake."""

__all__ = ["GraderError", "SandboxError", "StudentFault", "UsageError"]


class UsageError(Exception):
    """What was asked for can't be done: one line that says what came, what was needed and what to do (exit 2).

    - faults: where there are several things to mend, a line for each of them, told below the first line.
    """

    def __init__(self, message, faults=()):
        super().__init__("\n  - ".join((message, *faults)))
        self.message = message
        self.faults = tuple(faults)


class GraderError(Exception):
    """The kit itself failed. Nobody is given a mark for it, good or bad (exit 2)."""


class SandboxError(GraderError):
    """The sandbox is not in force, or broke. Scoring stops, and nothing of the run is given out."""


class StudentFault(Exception):
    """The code of a submission did something wrong in one test.

    - status: one of failed, error, timeout, crashed, missing, skipped. - message: for the student.
    - computed: whether gradients that are wrong are at least no estimate, see compare.check_gradients.
    """

    computed = False

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status
        self.message = message
