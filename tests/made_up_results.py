"""Made-up results of classes, in the format of docs/results.md: small ones by hand, large ones at random."""

import random

from autograder.model import (
    ExerciseResult,
    Problem,
    ProblemKind,
    Repair,
    RepairKind,
    Result,
    State,
    TestOutcome,
    TestStatus,
)
from autograder.scoring.results import Stored

__all__ = ["exercise", "found_as", "large_class", "not_handed_in", "outcome", "parts_of", "stored"]


def found_as(file, notebook="BatchNormalization.ipynb"):
    """The Repair of a notebook that was found by its cells."""
    return Repair(RepairKind.FOUND_BY_CELLS, {"file": file, "edited": [], "count": 0, "others": []}, notebook)


def not_handed_in(notebook, there):
    """The Problem of a notebook that is missing."""
    return Problem(ProblemKind.NOT_HANDED_IN, f"was not handed in (there is {there})", notebook)


WRONG = ("failed", "failed", "failed", "error", "timeout", "crashed")
REPAIRS = (
    found_as("homework (3) final FINAL.ipynb"),
    Repair(RepairKind.CELL_MISSING, {"cell": "conv_forward_naive"}, "ConvolutionalNetworks.ipynb"),
    Repair(RepairKind.CHECKS_MISSING, {"cells": list("abcde")}, "ConvolutionalNetworks.ipynb"),
)
PROBLEM = not_handed_in("ConvolutionalNetworks.ipynb", "holiday.jpg, notes.txt")


def outcome(title, passed=True, *, weight=1, status=None, message="", misconception=None, test=None, part=""):
    """The outcome of one hidden test, or of one part of it."""
    status = TestStatus(status or ("passed" if passed else "failed"))
    return TestOutcome(title, weight, status, message, misconception, test=test or f"test_{title}", part=part)


def parts_of(title, weight=1, **faults):
    """The outcomes of a test with parts. `title` has {part} in it; `faults`: name of a part → message, "" if right."""
    about = {"weight": round(weight / len(faults), 6), "test": f"test_{title}"}
    named = ((part, title.replace("{part}", part), message) for part, message in faults.items())
    return [outcome(words, not message, message=message, part=part, **about) for part, words, message in named]


def exercise(points, tests, *, attempted=True, notebook="BatchNormalization.ipynb"):
    """One exercise, scored by its tests."""
    total, passed = sum(t.weight for t in tests), sum(t.weight for t in tests if t.passed)
    return ExerciseResult(round(points * passed / total, 4), points, notebook, attempted, tuple(tests))


def stored(student, exercises, *, state="graded", repairs=(), problems=(), isolation="bwrap", seconds=1.0):
    """A Stored of one student."""
    score = round(sum(e.score for e in exercises.values()), 4)
    most = float(sum(e.points for e in exercises.values()))
    notes = {"repairs": tuple(repairs), "problems": tuple(problems)}
    result = Result("assignment2", student, State(state), isolation, score, most, exercises, **notes)
    return Stored(result, dict.fromkeys(exercises, "key"), seconds)


def large_class(assignment, count, seed=0):
    """A random class, one Stored after the other: as many exercises, tests and words as a real one.

    Inputs:
    - assignment: Assignment, whose exercises and points are taken. - count: students.
    """
    draw = random.Random(seed)
    for number in range(count):
        skill = draw.betavariate(5, 2)
        exercises = {
            e.name: _drawn(draw, e, skill, attempted=draw.random() < 0.3 + skill) for e in assignment.exercises.values()
        }
        broken = draw.random()
        repairs = draw.sample(REPAIRS, draw.randint(1, 3)) if broken < 0.2 else []
        problems = [PROBLEM] if broken > 0.97 else []
        state = "needs attention" if problems else "graded after repair" if repairs else "graded"
        yield stored(
            f"student-{number:04}",
            exercises,
            state=state,
            repairs=repairs,
            problems=problems,
            seconds=round(draw.expovariate(0.5), 3),
        )


def _drawn(draw, wanted, skill, *, attempted):
    tests = []
    named = [(number, "") for number in range(5)] + [(5, part) for part in ("dx", "dw", "db")]
    for number, part in named:
        title = f"Hidden test {number} of {wanted.name}, in a sentence as long as they are{part and ': '}{part}."
        passed = attempted and draw.random() < 0.2 + 0.8 * skill
        known = f"In {wanted.name} the mistake number {draw.randint(1, 8)} was made, which many make."
        status = None if passed else draw.choice(WRONG) if attempted else "missing"
        misconception = known if attempted and not passed and draw.random() < 0.7 else None
        message = "" if passed else "dx: worst at [0, 1, 2, 3]: got 0.123456, expected 0.654321, tolerance 1e-8"
        facts = {
            "weight": 1 if part else 1 + number % 3,
            "test": f"test_{number}",
            "part": part,
            "status": status,
            "message": message,
            "misconception": misconception,
        }
        tests.append(outcome(title, passed, **facts))
    return exercise(wanted.points, tests, attempted=attempted, notebook=wanted.notebook)
