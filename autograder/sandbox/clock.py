"""Deadlines that exclude waiting for a CPU: a busy machine must not cost points.

Linux counts how long each process was ready to run without a CPU (/proc/PID/schedstat).
"""

import os

from autograder.sandbox.worker.protocol import Deadline

__all__ = ["FairDeadline", "cpu_wait"]

NANOSECONDS = 1e9
LONGEST = 6  # a deadline moves to at most this multiple of its seconds, so that each test ends


class FairDeadline(Deadline):
    """A deadline that moves while the given process, or this thread, waits for a CPU.

    Inputs:
    - seconds: time limit of the process
    - pid: its process id
    """

    def __init__(self, seconds: float, pid: int) -> None:
        super().__init__(seconds)
        self.pid, self.most, self.granted = pid, (LONGEST - 1) * seconds, 0.0
        self.before = self._cpu_wait()

    def left(self) -> float:
        """Return the seconds that are left, without those spent waiting for a CPU."""
        left = super().left() + self.granted
        if left <= 0:
            self.granted = min(self._cpu_wait() - self.before, self.most)
            left = super().left() + self.granted
        return left

    def _cpu_wait(self) -> float:
        return cpu_wait() + cpu_wait(self.pid)


def cpu_wait(pid: int | str = "thread-self") -> float:
    """Return the seconds that a process, or the calling thread, has waited for a CPU.

    Returns 0 if the kernel does not report it.
    """
    try:
        with open(f"/proc/{pid}/schedstat", "rb", buffering=0) as file:
            return int(os.read(file.fileno(), 100).split()[1]) / NANOSECONDS
    except (OSError, IndexError, ValueError):
        return 0.0
