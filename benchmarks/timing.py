"""Fair timing on a shared machine: candidates take turns, and ratios are computed turn by turn."""

import statistics
import time

__all__ = ["figure", "median_ratio", "take_turns"]

# Threads of OpenMP and BLAS spin after their work, and would occupy the next candidate's processor.
SECONDS_OF_SPINNING = 0.04


def take_turns(candidates, clock, *, rounds, repeats=3, slow=(), slow_rounds=1):
    """Run the candidates in turns, and return a dict of name → seconds of each run.

    Inputs:
    - candidates: dict of name → function without arguments
    - clock: function that returns seconds
    - rounds: number of turns of each candidate
    - repeats: runs in a turn, after an uncounted run that warms up the candidate's threads and data
    - slow, slow_rounds: names of candidates that run in the first `slow_rounds` turns only
    """
    seconds = {name: [] for name in candidates}
    for turn in range(rounds):
        for name, function in candidates.items():
            if name in slow and turn >= slow_rounds:
                continue
            time.sleep(SECONDS_OF_SPINNING)
            function()
            for _ in range(repeats):
                start = clock()
                function()
                seconds[name].append(clock() - start)
    return seconds


def median_ratio(mine, theirs):
    """Return the median of the ratios of runs with the same index."""
    return statistics.median(a / b for a, b in zip(mine, theirs, strict=False))


def figure(seconds):
    """Format the median in milliseconds, with the smallest and the largest."""
    low, middle, high = (1e3 * value for value in (min(seconds), statistics.median(seconds), max(seconds)))
    return f"{middle:.3g} ({low:.3g}–{high:.3g})"
