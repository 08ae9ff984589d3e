"""Deadlines that exclude waiting for a CPU: a busy machine must not cost points.

Linux counts how long each process was ready to run without a CPU (/proc/PID/schedstat).
"""

import os
import time
from typing import NamedTuple

from autograder.sandbox.worker.protocol import Deadline

__all__ = ["FairDeadline", "Spent", "cpu_wait", "spent"]

NANOSECONDS = 1e9
LONGEST = 6  # a deadline moves to at most this multiple of its seconds, so that each test ends


class FairDeadline(Deadline):
    """A deadline that moves while the given process, or this thread, waits for a CPU.

    It can be paused, so that the grader's own work does not count either.

    Inputs:
    - seconds: time limit of the process
    - pid: its process id
    """

    def __init__(self, seconds: float, pid: int) -> None:
        super().__init__(seconds)
        self.pid, self.most, self.granted = pid, (LONGEST - 1) * seconds, 0.0
        self.paused: float | None = None
        self.before = self._cpu_wait()

    def pause(self) -> None:
        """Stop the clock."""
        self.paused = time.monotonic()

    def resume(self) -> None:
        """Let the clock run, if it was paused."""
        if self.paused is not None:
            self.end += time.monotonic() - self.paused
            self.paused = None

    def left(self) -> float:
        """Return the seconds that are left, without those spent waiting for a CPU."""
        left = super().left() + self.granted
        if left <= 0:
            self.granted = min(self._cpu_wait() - self.before, self.most)
            left = super().left() + self.granted
        return left

    def _cpu_wait(self) -> float:
        return cpu_wait() + cpu_wait(self.pid)


class Spent(NamedTuple):
    """The seconds that processes have used a CPU, and that they have waited for one."""

    cpu: float = 0.0
    waiting: float = 0.0

    def plus(self, other: "Spent") -> "Spent":
        """Return the sum of both."""
        return Spent(self.cpu + other.cpu, self.waiting + other.waiting)


def spent(pid: int | str = "thread-self") -> Spent:
    """Return the times of a process with one thread, or of the calling thread.

    Returns zeros if the kernel does not report them.
    """
    try:
        with open(f"/proc/{pid}/schedstat", "rb", buffering=0) as file:
            used, waited = os.read(file.fileno(), 100).split()[:2]
            return Spent(int(used) / NANOSECONDS, int(waited) / NANOSECONDS)
    except (OSError, ValueError):
        return Spent()


def cpu_wait(pid: int | str = "thread-self") -> float:
    """Return the seconds that a process, or the calling thread, has waited for a CPU; 0 if unknown."""
    return spent(pid).waiting
