"""Points and final state of a submission from its test outcomes."""

import platform

import numpy as np

import autograder
from autograder.course.assignment import Assignment
from autograder.errors import GraderError
from autograder.intake.submission import Submission
from autograder.language import tr_later
from autograder.model import ExerciseResult, Outcomes, Result, State

__all__ = ["award_points"]

VERSIONS = {tr_later("the kit"): autograder.__version__, "Python": platform.python_version(), "NumPy": np.__version__}


def award_points(outcomes: Outcomes, submission: Submission, assignment: Assignment, isolation: str) -> Result:
    """Compute the result of a submission.

    Inputs:
    - outcomes: exercise → TestOutcomes
    - submission: for its repairs, problems and attempted exercises
    - assignment: for its points
    - isolation: under which the code ran

    Returns: a Result.

    Raises: GraderError if an exercise has no hidden test.
    """
    exercises = {}
    for name, exercise in assignment.exercises.items():
        tests = outcomes[name]
        total = sum(test.weight for test in tests)
        if total <= 0:
            raise GraderError(f"expected a hidden test for the exercise {name}, got none: write one with @hidden_test")
        passed = sum(test.weight for test in tests if test.passed)
        score = exercise.points if exercise.is_given else round(exercise.points * passed / total, 4)
        attempted = name in submission.attempted
        needs = assignment.needs[name]
        exercises[name] = ExerciseResult(
            score, exercise.points, exercise.notebook, attempted, tuple(tests), exercise.is_given, needs
        )
    waiting = _waiting(submission, exercises)
    return Result(
        assignment.name,
        submission.student,
        _state(submission, exercises, waiting),
        isolation,
        round(sum(exercise.score for exercise in exercises.values()), 4),
        assignment.max_score,
        exercises,
        repairs=(*submission.repairs, *submission.remarks),
        problems=tuple(submission.unusable.values()),
        ignored=tuple(submission.ignored),
        waiting=waiting,
        versions=VERSIONS,
        language=submission.language,
    )


def _waiting(submission: Submission, exercises: dict[str, ExerciseResult]) -> dict[str, str]:
    """Exercise or question → why it has no points yet: a limit may have removed work."""
    done = {name for name, exercise in exercises.items() if exercise.score == exercise.points}
    answered = submission.attempted - exercises.keys()  # graded by hand in any case
    return {name: reason for name, reason in submission.waiting.items() if name not in done | answered}


def _state(submission: Submission, exercises: dict[str, ExerciseResult], waiting: dict[str, str]) -> State:
    if submission.unusable or waiting:
        return State.NEEDS_ATTENTION
    if not submission.attempted and not any(exercise.was_tried for exercise in exercises.values()):
        return State.NOT_ATTEMPTED
    return State.GRADED_AFTER_REPAIR if submission.repairs or submission.remarks else State.GRADED
