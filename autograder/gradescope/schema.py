"""Convert a result to Gradescope's results.json, with one entry per hidden test.

The points add up to the score.

A test with parts is one entry with partial points: Gradescope shows the points of an entry, and
folds its text.

The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from collections.abc import Iterator, Sequence
from typing import Any

from autograder.feedback.language import in_language_of_result, shown_result
from autograder.feedback.texts import exception_of, isolation_text, notes_on
from autograder.feedback.whole_tests import WholeTest, whole_tests
from autograder.language import tr, tr_later
from autograder.model import ExerciseResult, Result, State

__all__ = ["gradescope_results"]

STEPS = 10_000  # a score has four decimals
STATES = {
    State.NOT_ATTEMPTED: tr_later("Every exercise is unchanged."),
    State.NEEDS_ATTENTION: tr_later(
        "Some of your files could not be used: read the notes, and submit all files again."
    ),
}


@in_language_of_result
def gradescope_results(result: Result, *, seconds: float, visibility: str) -> dict[str, Any]:
    """Convert a result to the content of results.json.

    The output of students' code is left out, since it can contain hidden inputs.

    Inputs:
    - result: result of the submission.
    - seconds: duration of scoring.
    - visibility: visibility of the tests, one of Gradescope's values.

    Returns: a dict. Its "output" lists unusable files and repairs. It is always visible, so that
    students who submitted a wrong file learn it in time. It contains no score.
    """
    result = shown_result(result)
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
    state = [tr(STATES[result.state])] if result.state in STATES else []
    return [*state, *notes_on(result), tr("Your code was {how}.", how=how)]


def _entries(number: int, name: str, exercise: ExerciseResult) -> Iterator[dict[str, Any]]:
    """Yield the entries of an exercise.

    The earned points are divided among the passed parts, the lost points among the failed parts.
    Rounding each share separately would change the sum.
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
    """Split an amount by weights, in multiples of 1/STEPS; the parts add up to the amount."""
    steps, total = round(amount * STEPS), sum(weights) or 1
    reached, given = 0.0, 0
    for weight in weights:
        reached += weight
        until = round(steps * reached / total)
        yield (until - given) / STEPS
        given = until


def _words(test: WholeTest) -> str:
    """Return all feedback about a test: students on Gradescope have no other page."""
    lines: list[str | None] = [test.summary]
    for misconception, findings in test.explained.items():
        lines += [misconception, *(finding.text for finding in findings)]
    return "\n".join(filter(None, lines))
