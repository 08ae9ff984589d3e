"""A result as Gradescope's results.json: one entry per hidden test, whose points add up to the score.

The format: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from autograder.feedback.texts import isolation_text, notes_on

__all__ = ["gradescope_results"]

STEPS = 10_000  # a score has four digits behind the point
STATES = {
    "not attempted": "Every exercise is as it was handed out.",
    "needs attention": "Something that you handed in could not be used: see the notes, and hand in all files again.",
}


def gradescope_results(result, *, seconds, visibility):
    """What Gradescope reads of a result; what students' code printed is left out, since it can hold hidden inputs.

    Inputs:
    - result: dict in the format that docs/grading.md describes.
    - seconds: how long scoring took. - visibility: when students see the tests, a word of Gradescope's.

    Returns: a dict. Its "output", with what could not be used and what was repaired, is always visible: whoever handed
    in the wrong file has to know in time. It names no score.
    """
    return {
        "score": result["score"],
        "execution_time": round(seconds, 1),
        "output": "\n".join(_about(result)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [
            entry | {"visibility": visibility}
            for number, name in enumerate(result["exercises"], start=1)
            for entry in _entries(number, name, result["exercises"][name])
        ],
    }


def _about(result):
    how = isolation_text(result["isolation"])
    state = [STATES[result["state"]]] if result["state"] in STATES else []
    return [*state, *notes_on(result), f"Your code was {how}."]


def _entries(number, name, exercise):
    """The tests of an exercise.

    What it has earned is shared among the tests that were passed, the rest of its points among the others: rounding
    each share by itself would lose points, or win some.
    """
    earned = _shared(exercise["score"], [test["weight"] for test in exercise["tests"] if test["passed"]])
    missed = exercise["points"] - exercise["score"]
    lost = _shared(missed, [test["weight"] for test in exercise["tests"] if not test["passed"]])
    for position, test in enumerate(exercise["tests"], start=1):
        score = next(earned) if test["passed"] else 0.0
        yield {
            "name": f"{name}: {test['title']}",
            "number": f"{number}.{position}",
            "score": score,
            "max_score": score if test["passed"] else next(lost),
            "status": "passed" if test["passed"] else "failed",
            "output": _words(test),
            "tags": [name],
        }


def _shared(amount, weights):
    """Split an amount by weights, in steps of 1/STEPS: the parts add up to it."""
    steps, total = round(amount * STEPS), sum(weights) or 1
    reached, given = 0, 0
    for weight in weights:
        reached += weight
        until = round(steps * reached / total)
        yield (until - given) / STEPS
        given = until


def _words(test):
    message = test["message"] if test["passed"] else f"{test['status']}: {test['message']}"
    return "\n".join(words for words in (message, test["misconception"]) if words)
