"""Lines and files that several commands write."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.atomic_io import write_text
from autograder.errors import UsageError
from autograder.printable import clean

if TYPE_CHECKING:
    from autograder.grading.outcome import ClassOutcome

__all__ = ["MESSAGE", "listed", "warn", "warn_of_failures", "write_output"]

MESSAGE = 2000  # characters of an error, of what a test said, or of what a person wrote
NAMES = 20  # of students in one line


def listed(names: Iterable[str]) -> str:
    """Join names in one harmless line, with how many it leaves out."""
    names = [clean(name) for name in names]
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return ", ".join(names[:NAMES]) + more


def warn(words: str) -> None:
    """Print a line on stderr that shows which program it is from."""
    print(f"autograder: {words}", file=sys.stderr)


def write_output(path: Path, text: str, what: str) -> None:
    """Write the file that a user asked for, and print where it is."""
    try:
        write_text(path, text)
    except OSError as error:
        raise UsageError(f"{path} can't be written ({error.strerror}): give another file") from None
    print(f"{what}: {path}")


def warn_of_failures(outcome: ClassOutcome) -> int:
    """Warn of students whom the grader failed; returns the exit status, 2 if there is one."""
    for student, reason in outcome.not_scored.items():
        warn(f"{clean(student)} was not scored, because the grader failed: {clean(reason)}")
    for student, reason in outcome.not_entered.items():
        warn(f"the score of {clean(student)} is not in the gradebook: {clean(reason)}")
    for student, reason in outcome.not_published.items():
        words = f"the feedback pages of {clean(student)} could not be made; the score is not affected"
        warn(f"{words}: {clean(reason)}")
    return 2 if outcome.not_scored or outcome.not_entered or outcome.not_published else 0
