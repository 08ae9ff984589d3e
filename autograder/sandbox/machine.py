"""The speed of this machine, to scale time limits that were measured on another one."""

import time

import numpy as np

__all__ = ["MOST", "slowness"]

LOOP_SECONDS = 0.006  # of `_loop`, on the machine where the limits of docs/mutants.md were measured
TRIES = 5
MOST = 10.0  # a limit becomes at most this many times as long, whatever the measurement says


def slowness() -> float:
    """Return how many times as long as on the reference machine Python and NumPy take here, at least 1.

    The measurement is CPU time: other programs on the machine hardly matter.
    """
    return min(max(min(_loop() for _ in range(TRIES)) / LOOP_SECONDS, 1.0), MOST)


def _loop() -> float:
    """CPU seconds of a loop over the windows of an image, such as students write."""
    image, window = np.linspace(0, 1, 3 * 38 * 38).reshape(3, 38, 38), np.ones((3, 3, 3))
    started = time.thread_time()
    for row in range(36):
        for column in range(36):
            float(np.sum(image[:, row : row + 3, column : column + 3] * window))
    return time.thread_time() - started
