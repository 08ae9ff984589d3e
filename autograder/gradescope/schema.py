"""A result as Gradescope's results.json: one entry per hidden test, whose points add up to the score.

A test with parts is one entry with some of its points: Gradescope shows an entry's points, and folds its words.

The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from collections.abc import Iterator, Sequence
from typing import Any

from autograder.feedback.texts import exception_of, isolation_text, notes_on
from autograder.feedback.whole_tests import WholeTest, whole_tests
from autograder.model import ExerciseResult, Result, State

__all__ = ["gradescope_results"]

STEPS = 10_000  # a score has four digits behind the point
STATES = {
    State.NOT_ATTEMPTED: "Every exercise is as it was handed out.",
    State.NEEDS_ATTENTION: "Something that you handed in could not be used: see the notes, and hand in all files"
    " again.",
}


def gradescope_results(result: Result, *, seconds: float, visibility: str) -> dict[str, Any]:
    """What Gradescope reads of a result; what students' code printed is left out, since it can hold hidden inputs.

    Inputs:
    DELETE    - seconds: how long scoring took. - visibility: when students see the tests, a word of Gradescope's.

    Returns: a dict. Its "output", with what could not be used and what was repaired, is always visible: whoever handed
    in the wrong file has to know in time. It names no score.
    """
    return {
        "score": result.score,
        "execution_time": round(seconds, 1),
        "output": "\n".join(_about(result)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            entry | {"visibility": visibility}
            for number, (name, exercise) in enumerate(result.exercises.items(), start=1)
            for entry in _entries(number, name, exercise)
        ],
    }


def _about(result: Result) -> list[str]:
    how = isolation_text(result.isolation)
    state = [STATES[result.state]] if result.state in STATES else []
    return [*state, *notes_on(result), f"Your code was {how}."]


def _entries(number: int, name: str, exercise: ExerciseResult) -> Iterator[dict[str, Any]]:
    """The tests of an exercise.

    What it has earned is shared among what was right, the rest of its points among what was not: rounding each share by
    itself would lose points, or win some.
    """
    tests = whole_tests(exercise.tests)
    weights = [test.earned for test in tests]
    if exercise.given:
        weights = [test.weight for test in tests]
    earned = _shared(exercise.score, weights)
    lost = _shared(exercise.points - exercise.score, [round(test.weight - test.earned, 4) for test in tests])
    for position, (test, score, missed) in enumerate(zip(tests, earned, lost, strict=True), start=1):
        yield {
            "name": f"{name}: {test.title}",
            "number": f"{number}.{position}",
            "score": score,
            "max_score": round(score + missed, 4),
            "status": "passed" if test.is_passed else "failed",
            "output": "\n".join(filter(None, [*exception_of(exercise), _words(test)])),
            "tags": [name],
        }


def _shared(amount: float, weights: Sequence[float]) -> Iterator[float]:
    """Split an amount by weights, in steps of 1/STEPS: the parts add up to it."""
    steps, total = round(amount * STEPS), sum(weights) or 1
    reached, given = 0.0, 0
    for weight in weights:
        reached += weight
        until = round(steps * reached / total)
        yield (until - given) / STEPS
        given = until


def _words(test: WholeTest) -> str:
    """What the feedback says of a test; Gradescope's students have no other page, so it is all of it."""
    lines: list[str | None] = [test.summary]
    for misconception, findings in test.explained.items():
        lines += [misconception, *(finding.text for finding in findings)]
    return "\n".join(filter(None, lines))
