"""Compare the time limits with the slowest correct programs, measured in the sandbox."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from tqdm import tqdm

from autograder.course.settings import Settings
from autograder.mutants.models import Variant
from autograder.sample_class.command import changed_submission
from autograder.scoring.scorer import Scorer
from autograder.scoring.test_runner import run_hidden_tests

__all__ = ["LEAST", "Slowest", "limits_section", "limits_text", "slowest_programs", "too_slow"]

LEAST = 20  # smallest ratio of a time limit to the time of the slowest correct program
ATTEMPTS = 3  # to measure a program that seems too slow: other programs on the machine only add time
SOLUTION = "solution"
SECTION = """## Time limits

A slow submission keeps its points. `make mutants` runs the solution and every variant in the sandbox. Some variants are
pure Python loops over single numbers. The table shows the test of each exercise that comes nearest to its limit, and
the program whose time this is. "Allowed" is the ratio of the limit to the time of the student's code, and must be at
least {least}. A test may take `test_seconds` ({test_seconds:g} s), or the `seconds` of its `hidden_test`, and an
exercise `exercise_seconds` ({exercise_seconds:g} s). On a slower machine all limits are longer
([scoring](scoring.md#time-limits)).

| exercise | test | slowest program | time | limit | allowed | all tests | allowed |
|---|---|---|---|---|---|---|---|
{lines}
"""


@dataclass(frozen=True)
class Slowest:
    """The test of an exercise that comes nearest to its time limit.

    - exercise: name
    - program: name of the variant, or SOLUTION
    - test: name of the test
    - test_seconds: time of the student's code in the test
    - limit: of the test, in seconds
    - seconds: the longest time of all tests of the exercise, of any program
    """

    exercise: str
    program: str
    test: str
    test_seconds: float
    limit: float
    seconds: float

    def factors(self, settings: Settings) -> tuple[float, float]:
        """Return the ratios limit / time: (of the test, of all tests)."""
        return self.limit / self.test_seconds, settings.exercise_seconds / self.seconds


def slowest_programs(scorer: Scorer, exercise: str = "") -> list[Slowest]:
    """Run the solution and each variant once; return one Slowest for every exercise.

    Times are divided by the slowness of this machine, by which limits are multiplied. A program
    that seems too slow runs up to ATTEMPTS times, until it is fast enough.

    Inputs:
    - exercise: name of the only exercise to measure; "" for all.
    """
    assignment = scorer.assignment
    wanted = [name for name in assignment.exercises if exercise in ("", name)]
    variants = [variant for variant in assignment.content.variants if variant.exercise in wanted]
    measured: dict[str, list[Slowest]] = {name: [] for name in wanted}
    _run(scorer, [], wanted)  # until everything is warm
    for one in _measured(scorer, [], wanted):
        measured[one.exercise].append(one)
    for variant in tqdm(variants, desc="time limits", unit="program"):
        measured[variant.exercise] += _measured(scorer, [variant], [variant.exercise])
    return [_nearest(entries) for entries in measured.values() if entries]


def _measured(scorer: Scorer, changes: list[Variant], exercises: list[str]) -> list[Slowest]:
    """Run the solution with some variants until it is fast enough, at most ATTEMPTS times; return the last run."""
    found: list[Slowest] = []
    for _ in range(ATTEMPTS):
        found = _run(scorer, changes, exercises)
        if not too_slow(found, scorer.assignment.settings):
            break
    return found


def _run(scorer: Scorer, changes: list[Variant], exercises: list[str]) -> list[Slowest]:
    """Return the test of each exercise that comes nearest to its limit, in a run of the solution with some variants."""
    seconds: dict[str, float] = {}
    assignment, content = scorer.assignment, scorer.assignment.content
    run_hidden_tests(
        changed_submission(assignment, "measured", changes),
        assignment,
        scorer.reference,
        scorer.sandbox,
        scorer.course,
        content.needed(exercises),
        seconds=seconds,
    )
    program = changes[0].name if changes else SOLUTION
    found = []
    for name in exercises:
        took = {test: seconds[test.node] / scorer.sandbox.slowness for test in content.tests_of(name)}
        limits = {test: test.limit(assignment.settings.test_seconds) for test in took}
        nearest = max(took, key=lambda test: took[test] / limits[test], default=None)
        if nearest and took[nearest]:
            found.append(Slowest(name, program, nearest.name, took[nearest], limits[nearest], sum(took.values())))
    return found


def _nearest(entries: list[Slowest]) -> Slowest:
    """Return the entry that is nearest to its limit, with the longest time of all tests of any entry."""
    nearest = min(entries, key=lambda entry: entry.limit / entry.test_seconds)
    return replace(nearest, seconds=max(entry.seconds for entry in entries))


def too_slow(slowest: Iterable[Slowest], settings: Settings) -> list[Slowest]:
    """Return the entries with a ratio below LEAST."""
    return [entry for entry in slowest if min(entry.factors(settings)) < LEAST]


def limits_text(slowest: list[Slowest], settings: Settings) -> str:
    """Return text for the terminal: limits that are too short, and the smallest ratio."""
    nearest = min(slowest, key=lambda entry: min(entry.factors(settings)), default=None)
    if nearest is None:
        return "time limits: no hidden test was measured"
    lines = [_too_short(entry, settings) for entry in too_slow(slowest, settings)]
    test, exercise = nearest.factors(settings)
    about = f"{nearest.exercise}/{nearest.program}: {test:.0f} times {nearest.test}, {exercise:.0f} times the exercise"
    return "\n".join([*lines, f"time limits: the slowest correct program is {about}"])


def _too_short(entry: Slowest, settings: Settings) -> str:
    if entry.limit / entry.test_seconds < LEAST:
        remedy = f"expected at least {LEAST * entry.test_seconds:.1f} s for {entry.test}, got {entry.limit:g} s:"
        remedy += " set `seconds` of its hidden_test, or use smaller inputs"
    else:
        remedy = f"expected exercise_seconds of at least {LEAST * entry.seconds:.1f}, got {settings.exercise_seconds:g}"
    return f"✘ the time limits are too short for {entry.exercise}/{entry.program}: {remedy}"


def limits_section(slowest: Iterable[Slowest], settings: Settings) -> str:
    """Return the section of docs/mutants.md about the time limits."""
    lines = []
    for entry in slowest:
        test, exercise = (f"{factor:.0f} ×" if factor < 1000 else "> 1000 ×" for factor in entry.factors(settings))
        time = f"{entry.test_seconds:.2g} s | {entry.limit:g} s | {test} | {entry.seconds:.2g} s | {exercise}"
        lines.append(f"| {entry.exercise} | {entry.test} | {entry.program} | {time} |")
    options = {name: getattr(settings, name) for name in ("test_seconds", "exercise_seconds")}
    return SECTION.format(**options, least=LEAST, lines="\n".join(lines))
