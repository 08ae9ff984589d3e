"""Progress of grading a class: a bar on a terminal, or regular lines in a file."""

import os
import sys
import time
from collections import Counter
from typing import TextIO

from tqdm import tqdm

from autograder.printable import clean

__all__ = ["Progress"]

SECONDS_BETWEEN_LINES = 15
SECONDS_WORTH_TELLING = 5  # a submission that takes longer is shown


class Progress:
    """Show the number of finished submissions, the rate, the time left, and the states.

    Inputs:
    - doing: name of the activity.
    - total: number of submissions.
    - stream: output stream; by default standard error.
    """

    def __init__(self, doing: str, total: int, stream: TextIO | None = None) -> None:
        self.doing, self.total, self.stream = doing, total, stream or sys.stderr
        self.counts: Counter[str] = Counter()
        self.longest = ""
        self.started = self.told = time.monotonic()
        self.bar = None
        if _is_wide(self.stream):
            self.bar = tqdm(total=total, desc=doing, unit="submission", file=self.stream, dynamic_ncols=True)

    def done(self, state: str = "") -> None:
        """Count one more finished submission, with its state."""
        self.counts[state] += 1
        if self.bar is not None:
            self.bar.update()
        self._tell()

    def tick(self, student: str, seconds: float) -> None:
        """Update the longest running submission: its student, and its time in seconds."""
        self.longest = f"longest now: {clean(student)}, {seconds:.0f} s" if seconds >= SECONDS_WORTH_TELLING else ""
        self._tell()

    def _tell(self) -> None:
        if self.bar is not None:
            self.bar.set_postfix_str("; ".join(filter(None, [self._states(), self.longest])))
        elif time.monotonic() - self.told >= SECONDS_BETWEEN_LINES:
            self.told = time.monotonic()
            print(self.line(), file=self.stream, flush=True)

    def _states(self) -> str:
        return ", ".join(f"{count} {state}" for state, count in sorted(self.counts.items()) if state)

    def line(self) -> str:
        """Return the progress as one line."""
        done, seconds = self.counts.total(), time.monotonic() - self.started
        parts = [f"{self.doing}: {done} of {self.total}"]
        if done and seconds:
            parts.append(f"{done / seconds:.2g} per second")
            left = (self.total - done) * seconds / done
            parts.append(f"about {tqdm.format_interval(left)} left" if done < self.total else f"{seconds:.0f} s")
        return "; ".join([*parts, *filter(None, [self._states(), self.longest])])

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, *reason: object) -> None:
        if self.bar is not None:
            self.bar.close()
        elif self.counts.total():
            self.longest = ""
            print(self.line(), file=self.stream, flush=True)


def _is_wide(stream: TextIO) -> bool:
    """Return True for a terminal with a known width, where a bar can be drawn."""
    if not stream.isatty():
        return False
    try:
        return os.get_terminal_size(stream.fileno()).columns > 0
    except (OSError, ValueError):
        return True  # a stream that is not a file but claims to be a terminal
