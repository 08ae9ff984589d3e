"""Output that several commands share: warnings, lists of names, files."""

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

MESSAGE = 2000  # characters of an error, of a test's message, or of a person's text
NAMES = 20  # students in one line


def listed(names: Iterable[str]) -> str:
    """Join at most NAMES sanitized names in one line, with the number of further names."""
    names = [clean(name) for name in names]
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return ", ".join(names[:NAMES]) + more


def warn(words: str) -> None:
    """Print a line on stderr, after the name of the program."""
    print(f"autograder: {words}", file=sys.stderr)


def write_output(path: Path, text: str, what: str) -> None:
    """Write a file, and print its path.

    Inputs:
    - what: name of the content, printed before the path.

    Raises: UsageError if the file can't be written.
    """
    try:
        write_text(path, text)
    except OSError as error:
        raise UsageError(f"cannot write {path} ({error.strerror}): give another file") from None
    print(f"{what}: {path}")


def warn_of_failures(outcome: ClassOutcome) -> int:
    """Warn of students for whom the grader failed.

    Returns: exit status, 2 if there are any, else 0.
    """
    for student, reason in outcome.not_scored.items():
        warn(f"{clean(student)} was not scored because the grader failed: {clean(reason)}")
    for student, reason in outcome.not_entered.items():
        warn(f"the score of {clean(student)} is not in the gradebook: {clean(reason)}")
    for student, reason in outcome.not_published.items():
        words = f"the feedback pages of {clean(student)} could not be made; the score is not affected"
        warn(f"{words}: {clean(reason)}")
    return 2 if outcome.not_scored or outcome.not_entered or outcome.not_published else 0
