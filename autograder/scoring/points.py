"""From what became of the hidden tests to points, and to the one state that a submission ends in."""

import platform

import numpy as np

import autograder
from autograder.errors import GraderError

__all__ = ["award_points"]

VERSIONS = {"the kit": autograder.__version__, "Python": platform.python_version(), "NumPy": np.__version__}


def award_points(outcomes, submission, assignment, isolation):
    """The result of a submission.

    Inputs:
    - outcomes: dict of exercise → list of its tests, as scoring gives them. - isolation: how the code was kept apart.

    Returns: a dict in the format that docs/grading.md describes.

    Raises: GraderError when an exercise has no hidden test.
    """
    exercises = {}
    for name, exercise in assignment.exercises.items():
        tests = outcomes[name]
        total = sum(test["weight"] for test in tests)
        if total <= 0:
            raise GraderError(f"no hidden test scores the exercise {name}")
        passed = sum(test["weight"] for test in tests if test["passed"])
        exercises[name] = {
            "score": exercise.points if exercise.is_given else round(exercise.points * passed / total, 4),
            "points": exercise.points,
            "given": exercise.is_given,
            "notebook": exercise.notebook,
            "attempted": name in submission.attempted,
            "tests": tests,
        }
    waiting = _waiting(submission, exercises)
    return {
        "assignment": assignment.name,
        "student": submission.student,
        "state": _state(submission, exercises, waiting),
        "repairs": [*submission.repairs, *submission.remarks],
        "problems": list(submission.unusable.values()),
        "ignored": list(submission.ignored),
        "waiting": waiting,
        "isolation": isolation,
        "versions": VERSIONS,
        "score": round(sum(exercise["score"] for exercise in exercises.values()), 4),
        "max_score": assignment.max_score,
        "exercises": exercises,
    }


def _waiting(submission, exercises):
    """dict of exercise or question → why nobody has a award_points for it yet: a limit took away what may be work."""
    done = {name for name, exercise in exercises.items() if exercise["score"] == exercise["points"]}
    answered = submission.attempted - exercises.keys()  # a person grades these in any case
    return {name: reason for name, reason in submission.waiting.items() if name not in done | answered}


def _state(submission, exercises, waiting):
    if submission.unusable or waiting:
        return "needs attention"
    # A function may have been written in a cell of the student's own, so a blank cell alone proves nothing.
    if not submission.attempted and all(
        test["status"] in ("missing", "skipped") for exercise in exercises.values() for test in exercise["tests"]
    ):
        return "not attempted"
    return "graded after repair" if submission.repairs or submission.remarks else "graded"
