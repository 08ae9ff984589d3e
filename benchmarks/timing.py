"""Fair times on a machine that others use too: candidates take turns, and what counts is the ratio turn by turn."""

import statistics

__all__ = ["figure", "median_ratio", "take_turns"]


def take_turns(candidates, clock, *, rounds, slow=(), slow_rounds=3):
    """Run the candidates in turns; return a dict of name → seconds of each round.

    Inputs:
    - candidates: dict of name → function without arguments
    - clock: function that gives seconds
    - rounds: how often, after one round that does not count
    - slow, slow_rounds: names of candidates that sit out after so many rounds
    """
    seconds = {name: [] for name in candidates}
    for turn in range(rounds + 1):
        for name, function in candidates.items():
            if name in slow and turn > slow_rounds:
                continue
            start = clock()
            function()
            if turn:
                seconds[name].append(clock() - start)
    return seconds


def median_ratio(mine, theirs):
    """Median of the ratios of the rounds that both took part in."""
    return statistics.median(a / b for a, b in zip(mine, theirs, strict=False))


def figure(seconds):
    """Median milliseconds with the smallest and the largest."""
    low, middle, high = (1e3 * value for value in (min(seconds), statistics.median(seconds), max(seconds)))
    return f"{middle:.3g} ({low:.3g}–{high:.3g})"
