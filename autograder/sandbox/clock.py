"""Time as it counts for a student: on a busy machine, waiting for a processor is nobody's fault.

Linux keeps, for each process, how long it was ready to run and had no processor (/proc/PID/schedstat).
"""

import os

from autograder.sandbox.worker.protocol import Deadline

__all__ = ["FairDeadline", "cpu_wait"]

NANOSECONDS = 1e9
LONGEST = 6  # times the seconds that are given: whatever the machine does, a test comes to an end


class FairDeadline(Deadline):
    """A deadline that moves on while a process waits for a processor, or this one does.

    Inputs:
    - seconds: that the process is given. - pid: its process id.
    """

    def __init__(self, seconds: float, pid: int) -> None:
        super().__init__(seconds)
        self.pid, self.most, self.granted = pid, (LONGEST - 1) * seconds, 0.0
        self.before = self._starved()

    def left(self) -> float:
        left = super().left() + self.granted
        if left <= 0:
            self.granted = min(self._starved() - self.before, self.most)
            left = super().left() + self.granted
        return left

    def _starved(self) -> float:
        return cpu_wait() + cpu_wait(self.pid)


def cpu_wait(pid: int | str = "thread-self") -> float:
    """Seconds that a process, or the calling thread, was ready to run and had no processor; 0 where nobody tells."""
    try:
        with open(f"/proc/{pid}/schedstat", "rb", buffering=0) as file:
            return int(os.read(file.fileno(), 100).split()[1]) / NANOSECONDS
    except (OSError, IndexError, ValueError):
        return 0.0
