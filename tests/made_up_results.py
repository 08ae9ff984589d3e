"""Results of classes that nobody graded, in the format of docs/grading.md: small ones by hand, large ones by lot."""

import random

from autograder.scoring.results import Stored

__all__ = ["exercise", "large_class", "outcome", "parts_of", "stored"]

WRONG = ("failed", "failed", "failed", "error", "timeout", "crashed")
REPAIRS = (
    "BatchNormalization.ipynb: was found as homework (3) final FINAL.ipynb",
    "ConvolutionalNetworks.ipynb: the cell conv_forward_naive is missing; an empty one was put in its place",
    "ConvolutionalNetworks.ipynb: 5 cells with checks are missing; they were put back",
)
PROBLEM = "ConvolutionalNetworks.ipynb was not handed in (there is holiday.jpg, notes.txt)"


class Result(dict):
    """A result that a weak reference can be made of."""


def outcome(title, passed=True, *, weight=1, status=None, message="", misconception=None, test=None, part=""):
    """The outcome of one hidden test, or of one part of it."""
    status = status or ("passed" if passed else "failed")
    words = {"message": message, "misconception": misconception, "picture": None, "output": ""}
    names = {"test": test or f"test_{title}", "part": part}
    return {**names, "title": title, "weight": weight, "passed": passed, "status": status, **words}


def parts_of(title, weight=1, **faults):
    """The outcomes of a test with parts. `title` has {part} in it; `faults`: name of a part → message, "" if right."""
    about = {"weight": round(weight / len(faults), 6), "test": f"test_{title}"}
    named = ((part, title.replace("{part}", part), message) for part, message in faults.items())
    return [outcome(words, not message, message=message, part=part, **about) for part, words, message in named]


def exercise(points, tests, *, attempted=True, notebook="BatchNormalization.ipynb"):
    """One exercise, scored by its tests."""
    total, passed = sum(t["weight"] for t in tests), sum(t["weight"] for t in tests if t["passed"])
    score = round(points * passed / total, 4)
    return {"score": score, "points": points, "notebook": notebook, "attempted": attempted, "tests": tests}


def stored(student, exercises, *, state="graded", repairs=(), problems=(), isolation="bwrap", seconds=1.0):
    """A Stored of one student."""
    result = Result(
        assignment="assignment2",
        student=student,
        state=state,
        repairs=list(repairs),
        problems=list(problems),
        isolation=isolation,
        score=round(sum(e["score"] for e in exercises.values()), 4),
        max_score=float(sum(e["points"] for e in exercises.values())),
        exercises=exercises,
    )
    return Stored(result, dict.fromkeys(exercises, "key"), seconds)


def large_class(assignment, count, seed=0):
    """A class drawn by lot, one Stored after the other: as many exercises, tests and words as a real one.

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
