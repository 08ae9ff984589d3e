"""Compare the time limits with the slowest variants, measured in the sandbox."""

from collections.abc import Iterable
from dataclasses import dataclass

from tqdm import tqdm

from autograder.course.settings import Settings
from autograder.mutants.models import Variant
from autograder.sample_class.command import changed_submission
from autograder.scoring.scorer import Scorer
from autograder.scoring.test_runner import run_hidden_tests

__all__ = ["LEAST", "Slowest", "limits_section", "limits_text", "slowest_programs", "too_slow"]

LEAST = 20  # smallest ratio of a time limit to the time of the slowest variant
SECTION = """## Time limits

A slow submission keeps its points. `make mutants` runs every variant in the sandbox. Some variants are pure Python
loops over single numbers. The table shows the slowest variant of each exercise. "Allowed" is the ratio of the limit
to the measured time, and must be at least {least}. The limit of a test is `test_seconds` ({test_seconds:g} s), and
that of an exercise is `exercise_seconds` ({exercise_seconds:g} s).

| exercise | slowest variant | slowest test | allowed | all tests | allowed |
|---|---|---|---|---|---|
{lines}
"""


@dataclass(frozen=True)
class Slowest:
    """The slowest variant of an exercise, its slowest test, and their seconds."""

    exercise: str
    program: str
    test: str
    test_seconds: float
    seconds: float

    def factors(self, settings: Settings) -> tuple[float, float]:
        """Return the ratios limit / time: (of the slowest test, of all tests)."""
        return settings.test_seconds / self.test_seconds, settings.exercise_seconds / self.seconds


def slowest_programs(scorer: Scorer, exercise: str = "") -> list[Slowest]:
    """Run each variant once, and return the slowest of every exercise.

    Inputs:
    - exercise: name of the only exercise to measure; "" for all.
    """
    found: dict[str, Slowest] = {}
    known = scorer.assignment.exercises
    variants = [v for v in scorer.assignment.content.variants if v.exercise in known and exercise in ("", v.exercise)]
    for variant in tqdm(variants, desc="time limits", unit="program"):
        measured = _measured(scorer, variant)
        if variant.exercise not in found or measured.seconds > found[variant.exercise].seconds:
            found[variant.exercise] = measured
    return list(found.values())


def _measured(scorer: Scorer, variant: Variant) -> Slowest:
    seconds: dict[str, float] = {}
    run_hidden_tests(
        changed_submission(scorer.assignment, "variant", [variant]),
        scorer.assignment,
        scorer.reference,
        scorer.sandbox,
        scorer.course,
        scorer.assignment.content.needed([variant.exercise]),
        seconds=seconds,
    )
    own = {test.name: seconds[test.node] for test in scorer.assignment.content.tests_of(variant.exercise)}
    slowest = max(own, key=own.__getitem__)
    return Slowest(variant.exercise, variant.name, slowest, own[slowest], sum(own.values()))


def too_slow(slowest: Iterable[Slowest], settings: Settings) -> list[Slowest]:
    """Return the entries with a ratio below LEAST."""
    return [entry for entry in slowest if min(entry.factors(settings)) < LEAST]


def limits_text(slowest: list[Slowest], settings: Settings) -> str:
    """Return text for the terminal: slow variants, and the smallest ratio."""
    nearest = min(slowest, key=lambda entry: min(entry.factors(settings)), default=None)
    if nearest is None:
        return "time limits: there is no variant to measure"
    lines = [f"✘ the time limits are too short for {e.exercise}/{e.program}" for e in too_slow(slowest, settings)]
    test, exercise = nearest.factors(settings)
    about = f"{nearest.exercise}/{nearest.program}: {test:.0f} times a test, {exercise:.0f} times the exercise"
    return "\n".join([*lines, f"time limits: the slowest variant is {about}"])


def limits_section(slowest: Iterable[Slowest], settings: Settings) -> str:
    """Return the section of docs/mutants.md about the time limits."""
    lines = []
    for entry in slowest:
        test, exercise = (f"{factor:.0f} ×" if factor < 1000 else "> 1000 ×" for factor in entry.factors(settings))
        seconds = f"{entry.test_seconds:.2g} s | {test} | {entry.seconds:.2g} s | {exercise}"
        lines.append(f"| {entry.exercise} | {entry.program} | {entry.test}: {seconds} |")
    options = {name: getattr(settings, name) for name in ("test_seconds", "exercise_seconds")}
    return SECTION.format(**options, least=LEAST, lines="\n".join(lines))
