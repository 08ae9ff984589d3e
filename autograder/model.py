"""Data types of the grader and their JSON. No other module uses the keys of that JSON.

docs/results.md describes the JSON of a result. Results of earlier versions can still be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from autograder.language import ENGLISH
from autograder.repairs import Problem, ProblemKind, Repair, RepairKind

__all__ = [
    "CHECK_PREFIX",
    "Exercise",
    "ExerciseResult",
    "Outcomes",
    "Place",
    "Problem",
    "ProblemKind",
    "Question",
    "Repair",
    "RepairKind",
    "Result",
    "State",
    "TestOutcome",
    "TestStatus",
    "outcomes_from_json",
    "outcomes_to_json",
    "shown_outcome_from_json",
    "shown_outcome_to_json",
]

CHECK_PREFIX = "check_"  # + the name of an exercise: the grade_id of the cell that carries its points


@dataclass(frozen=True)
class Exercise:
    """An exercise: one solution cell, and the grade cell with its points."""

    name: str  # grade_id of the solution cell, and the name of the function or class
    notebook: str
    points: float
    is_given: bool = False  # every student gets all points

    @property
    def grade_cell(self) -> str:
        """The grade_id of the cell with its points."""
        return CHECK_PREFIX + self.name


@dataclass(frozen=True)
class Question:
    """A question with a free response, which is graded by hand."""

    name: str  # grade_id of the cell for the answer
    notebook: str
    points: float
    is_given: bool = False

    @property
    def grade_cell(self) -> str:
        """The grade_id of the cell with its points."""
        return self.name


class TestStatus(StrEnum):
    """The status of a hidden test."""

    __test__ = False  # pytest would take the class for a test

    PASSED = "passed"
    FAILED = "failed"  # a value is wrong
    ERROR = "error"  # the student's code raised an exception
    TIMEOUT = "timeout"
    CRASHED = "crashed"
    MISSING = "missing"  # the exercise is not written
    SKIPPED = "skipped"

    @property
    def was_run(self) -> bool:
        """True if the student's code ran."""
        return self not in (TestStatus.MISSING, TestStatus.SKIPPED)


@dataclass(frozen=True)
class Place:
    """A line of a student's code.

    - notebook: file name of the notebook, or of a Python file
    - cell: label of the cell, see SubmittedCell
    - line: in the cell, from 1
    """

    notebook: str
    cell: str
    line: int


@dataclass(frozen=True)
class TestOutcome:
    """The outcome of a hidden test, or of one part of it.

    - title: for the student
    - weight: share of the exercise's points, relative to its other tests
    - status: see TestStatus
    - message: for the student
    - misconception: the sentence, or None
    - picture: see scoring.error_maps, or None
    - output: printed text of the student's code; it can contain hidden inputs
    - test: name of the test; "" in results of earlier versions
    - part: name of the part, or ""
    - places: lines of the student's code that the message names, the innermost first
    - relation: the sentence at the end of the message about how wrong values relate to the correct
      ones; "" without one, and in results of earlier versions
    """

    __test__ = False

    title: str
    weight: float
    status: TestStatus
    message: str = ""
    misconception: str | None = None
    picture: dict[str, Any] | None = None
    output: str = ""
    test: str = ""
    part: str = ""
    places: tuple[Place, ...] = ()
    relation: str = ""

    @property
    def passed(self) -> bool:
        """True if the test passed."""
        return self.status is TestStatus.PASSED

    def to_json(self) -> dict[str, Any]:
        """Return the outcome as JSON values."""
        return {
            "test": self.test,
            "part": self.part,
            "title": self.title,
            "weight": self.weight,
            "passed": self.passed,
            "status": self.status.value,
            "message": self.message,
            "misconception": self.misconception,
            "picture": self.picture,
            "output": self.output,
            "places": [asdict(place) for place in self.places],
            "relation": self.relation,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> TestOutcome:
        """Return the TestOutcome of to_json. Raises: KeyError, ValueError."""
        return cls(
            content["title"],
            content["weight"],
            TestStatus(content["status"]),
            content["message"],
            content["misconception"],
            content["picture"],
            content["output"],
            content.get("test", ""),
            content.get("part", ""),
            tuple(Place(place["notebook"], place["cell"], place["line"]) for place in content.get("places", ())),
            content.get("relation", ""),
        )


def shown_outcome_to_json(outcome: TestOutcome, points: float) -> dict[str, Any]:
    """Return the JSON of an outcome for a feedback page: with points, without weight and output.

    Inputs:
    - outcome: of a test
    - points: that the test is worth
    """
    content = outcome.to_json()
    del content["weight"], content["output"]
    return content | {"points": points, "score": points if outcome.passed else 0.0}


def shown_outcome_from_json(content: Mapping[str, Any]) -> TestOutcome:
    """Return the outcome of a feedback page, with its points as the weight."""
    return TestOutcome.from_json({**content, "weight": content["points"], "output": ""})


Outcomes = dict[str, tuple[TestOutcome, ...]]  # exercise → the outcomes of its tests


def outcomes_to_json(outcomes: Mapping[str, Iterable[TestOutcome]]) -> dict[str, list[dict[str, Any]]]:
    """Return Outcomes as JSON values."""
    return {name: [test.to_json() for test in tests] for name, tests in outcomes.items()}


def outcomes_from_json(content: Mapping[str, Iterable[Mapping[str, Any]]]) -> Outcomes:
    """Return the Outcomes of outcomes_to_json."""
    return {name: tuple(map(TestOutcome.from_json, tests)) for name, tests in content.items()}


@dataclass(frozen=True)
class ExerciseResult:
    """The score of an exercise, and the outcomes of its hidden tests.

    - score: points of the student
    - points: largest possible score
    - notebook: its file name
    - attempted: whether the student changed the cell
    - tests: the outcomes
    - given: whether every student gets all points
    - needs: exercises that its tests use, directly or indirectly, in the order in which to fix them
    """

    score: float
    points: float
    notebook: str
    attempted: bool
    tests: tuple[TestOutcome, ...]
    given: bool = False
    needs: tuple[str, ...] = ()

    @property
    def was_tried(self) -> bool:
        """True if there is work: a changed cell, or code of the student's own that ran."""
        return self.attempted or any(test.status.was_run for test in self.tests)

    @property
    def weight(self) -> float:
        """The sum of the tests' weights."""
        return sum(test.weight for test in self.tests)

    def to_json(self) -> dict[str, Any]:
        """Return the result of the exercise as JSON values."""
        return {
            "score": self.score,
            "points": self.points,
            "given": self.given,
            "notebook": self.notebook,
            "attempted": self.attempted,
            "needs": list(self.needs),
            "tests": [test.to_json() for test in self.tests],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> ExerciseResult:
        """Return the ExerciseResult of to_json. Raises: KeyError, ValueError."""
        return cls(
            content["score"],
            content["points"],
            content["notebook"],
            content["attempted"],
            tuple(map(TestOutcome.from_json, content["tests"])),
            content.get("given", False),
            tuple(content.get("needs", ())),
        )


class State(StrEnum):
    """The final state of a submission."""

    GRADED = "graded"
    GRADED_AFTER_REPAIR = "graded after repair"
    NOT_ATTEMPTED = "not attempted"
    NEEDS_ATTENTION = "needs attention"


@dataclass(frozen=True)
class Result:
    """The result of one submission.

    - assignment: name
    - student: id
    - state: see State
    - isolation: "bwrap", "inner" or "none"
    - score: sum of the exercises' scores
    - max_score: of the assignment, with questions
    - exercises: name → ExerciseResult
    - repairs: changes to the submission, and remarks about it
    - problems: about notebooks that could not be used
    - ignored: lines about files that do not count, with the reason
    - waiting: exercise or question → why it must be graded by hand
    - versions: name → version of the software
    - language: code of the language of the messages; titles and misconceptions are English
    """

    assignment: str
    student: str
    state: State
    isolation: str
    score: float
    max_score: float
    exercises: dict[str, ExerciseResult]
    repairs: tuple[Repair, ...] = ()
    problems: tuple[Problem, ...] = ()
    ignored: tuple[str, ...] = ()
    waiting: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    language: str = ENGLISH

    def to_json(self) -> dict[str, Any]:
        """Return the result as JSON values, in the format that docs/results.md describes."""
        return {
            "assignment": self.assignment,
            "student": self.student,
            **({"language": self.language} if self.language != ENGLISH else {}),
            "state": self.state.value,
            "repairs": [repair.sentence for repair in self.repairs],
            "repair_facts": [repair.to_json() for repair in self.repairs],
            "problems": [problem.sentence for problem in self.problems],
            "problem_facts": [problem.to_json() for problem in self.problems],
            "ignored": list(self.ignored),
            "waiting": self.waiting,
            "isolation": self.isolation,
            "versions": self.versions,
            "score": self.score,
            "max_score": self.max_score,
            "exercises": {name: exercise.to_json() for name, exercise in self.exercises.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Result:
        """Return the Result of to_json, also of an earlier version.

        Raises: KeyError, ValueError, TypeError.
        """
        return cls(
            content["assignment"],
            content["student"],
            State(content["state"]),
            content["isolation"],
            content["score"],
            content["max_score"],
            {name: ExerciseResult.from_json(exercise) for name, exercise in content["exercises"].items()},
            _repairs(content["repairs"], content.get("repair_facts")),
            _problems(content["problems"], content.get("problem_facts")),
            tuple(content.get("ignored", ())),
            dict(content.get("waiting", {})),
            dict(content.get("versions", {})),
            content.get("language", ENGLISH),
        )


def _repairs(sentences: list[str], facts: list[Any] | None) -> tuple[Repair, ...]:
    if facts is None:
        return tuple(Repair(RepairKind.UNKNOWN, {"sentence": sentence}) for sentence in sentences)
    return tuple(map(Repair.from_json, facts))


def _problems(sentences: list[str], facts: list[Any] | None) -> tuple[Problem, ...]:
    if facts is None:  # sentences of earlier versions start with the notebook's name
        split = [re.fullmatch(r"(.*?\.ipynb) (.*)", sentence) for sentence in sentences]
        pairs = [(found[2], found[1]) if found else (text, "") for found, text in zip(split, sentences, strict=True)]
        return tuple(Problem(ProblemKind.UNKNOWN, words, notebook) for words, notebook in pairs)
    return tuple(map(Problem.from_json, facts))
