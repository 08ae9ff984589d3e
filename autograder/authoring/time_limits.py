"""Measures how far the time limits are from the slowest right programs, in the sandbox, as students' programs run."""

from dataclasses import dataclass

from tqdm import tqdm

from autograder.mutants.catalogue import VARIANTS
from autograder.sample_class.command import solved_submission
from autograder.scoring.keys import with_needed
from autograder.scoring.running import run_hidden_tests
from autograder.testing.hidden import hidden_tests_of

__all__ = ["LEAST", "Slowest", "limits_section", "limits_text", "slowest_programs", "too_slow"]

LEAST = 20  # times as much as the slowest right program takes has to be allowed
SECTION = """## Time limits

A right program keeps its points however slow it is, within reason. Every variant, those in Python loops over single
numbers among them, was run in the sandbox. This is the slowest of each exercise, and how many times as much its slowest
test may take (`test_seconds`, {test_seconds:g} s) and the exercise (`exercise_seconds`, {exercise_seconds:g} s): at
least {least} times.

| exercise | slowest variant | slowest test | allowed | all tests | allowed |
|---|---|---|---|---|---|
{lines}
"""


@dataclass(frozen=True)
class Slowest:
    """The slowest right program of an exercise: its name, the seconds of its slowest test, and of all tests."""

    exercise: str
    program: str
    test: str
    test_seconds: float
    seconds: float

    def factors(self, course):
        """How many times as much a test may take, and the exercise."""
        return course.test_seconds / self.test_seconds, course.exercise_seconds / self.seconds


def slowest_programs(scorer, exercise=""):
    """The Slowest of every exercise, or of one: list of Slowest. Each right program is run once."""
    found = {}
    variants = [variant for variant in VARIANTS if exercise in ("", variant.exercise)]
    for variant in tqdm(variants, desc="time limits", unit="program"):
        measured = _measured(scorer, variant)
        if variant.exercise not in found or measured.seconds > found[variant.exercise].seconds:
            found[variant.exercise] = measured
    return list(found.values())


def _measured(scorer, variant):
    changed = variant.applied(scorer.reference.sources[variant.exercise])
    code = {variant.exercise: lambda _: f"{changed}\n\n{variant.helper}"}
    submission = solved_submission(scorer.assignment, "variant", change=code)
    seconds = {}
    run_hidden_tests(
        submission,
        scorer.assignment,
        scorer.reference,
        scorer.sandbox,
        scorer.course,
        with_needed([variant.exercise]),
        seconds=seconds,
    )
    own = {test.name: seconds[test.node] for test in hidden_tests_of(variant.exercise)}
    slowest = max(own, key=own.get)
    return Slowest(variant.exercise, variant.name, slowest, own[slowest], sum(own.values()))


def too_slow(slowest, course):
    """Those of a list of Slowest that the limits are too near to."""
    return [entry for entry in slowest if min(entry.factors(course)) < LEAST]


def limits_text(slowest, course):
    """For the terminal: how near the limits are, and to which programs too near."""
    nearest = min(slowest, key=lambda entry: min(entry.factors(course)), default=None)
    if nearest is None:
        return "no right program to measure the time limits with"
    lines = [f"✘ the time limits are too near to {e.exercise}/{e.program}" for e in too_slow(slowest, course)]
    test, exercise = nearest.factors(course)
    about = f"{nearest.exercise}/{nearest.program}: {test:.0f} times a test, {exercise:.0f} times the exercise"
    return "\n".join([*lines, f"time limits: the nearest is {about}"])


def limits_section(slowest, course):
    """The section of docs/mutants.md about them."""
    lines = []
    for entry in slowest:
        test, exercise = (f"{factor:.0f} ×" if factor < 1000 else "> 1000 ×" for factor in entry.factors(course))
        seconds = f"{entry.test_seconds:.2g} s | {test} | {entry.seconds:.2g} s | {exercise}"
        lines.append(f"| {entry.exercise} | {entry.program} | {entry.test}: {seconds} |")
    options = {name: getattr(course, name) for name in ("test_seconds", "exercise_seconds")}
    return SECTION.format(**options, least=LEAST, lines="\n".join(lines))
