"""Fair times on a machine that others use too: candidates take turns, and what counts is the ratio turn by turn."""

import statistics
import time

__all__ = ["figure", "median_ratio", "take_turns"]

# Threads of OpenMP and BLAS go on spinning after their work, and would sit on the next candidate's processor.
SECONDS_OF_SPINNING = 0.04


def take_turns(candidates, clock, *, rounds, repeats=3, slow=(), slow_rounds=1):
    """Run the candidates in turns; return a dict of name → seconds of each run.

    Inputs:
    - candidates: dict of name → function without arguments
    - clock: function that gives seconds
    - rounds: how many turns each candidate has
    - repeats: runs in a turn, after one that does not count: each candidate finds its own threads and data warm
    - slow, slow_rounds: names of candidates that sit out after so many turns
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
    """Median of the ratios of the runs that have the same place in both lists."""
    return statistics.median(a / b for a, b in zip(mine, theirs, strict=False))


def figure(seconds):
    """Median milliseconds with the smallest and the largest."""
    low, middle, high = (1e3 * value for value in (min(seconds), statistics.median(seconds), max(seconds)))
    return f"{middle:.3g} ({low:.3g}–{high:.3g})"
