"""Compute the statistics of a class from its results. This module reads and writes no files.

Results are processed one by one, and only a row of each is kept: a thousand complete results would
fill the memory.
"""

from __future__ import annotations

import functools
import math
import statistics
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from autograder.feedback.whole_tests import whole_tests
from autograder.model import (
    ExerciseResult,
    Problem,
    ProblemKind,
    Repair,
    RepairKind,
    Result,
    State,
    TestStatus,
)
from autograder.printable import clean
from autograder.scoring.results import Stored

__all__ = ["ClassFigures", "ExerciseFigures", "Misconception", "Row", "TestFigures", "summarize"]

SCALE = 10_000  # scores have four decimals; scaled to integers, their sums are exact
MAX_NOTES, NOTE = 5, 300  # number of repairs per submission, and characters of each
EXAMPLES = 3  # students listed for a test with unexplained failures


@dataclass(frozen=True)
class Row:
    """The data of one submission.

    - seconds: duration of the last scoring.
    - scores: exercise → points.
    - repairs: the first lines about repairs.
    - problems: the first lines about problems.
    - foreign: lines about another student's name.
    - repair_phrases: kinds of all repairs in words, without duplicates and without text from
      students.
    - problem_kinds: kinds of all problems, without duplicates.
    - left_out: number of repairs that are not in `repairs`.
    """

    student: str
    state: State
    score: float
    max_score: float
    seconds: float
    scores: dict[str, float]
    repairs: tuple[str, ...]
    problems: tuple[str, ...]
    foreign: tuple[str, ...]
    repair_phrases: tuple[str, ...]
    problem_kinds: tuple[ProblemKind, ...]
    left_out: int


@dataclass
class TestFigures:
    """Figures of one hidden test, or of one part of a test, for the class.

    - title: title of the test, or name of the part.
    - attempted: number of students who attempted the exercise.
    - passed: number of these students who pass the test with all of its parts.
    - unexplained: status → number of students who fail it and have no known misconception in the
      exercise.
    - examples: ids of the first of these students.
    - parts: name → TestFigures, for a test with parts.
    - sums: sums over the students who attempted it: score elsewhere, its square, score elsewhere if
      passed.
    """

    __test__ = False  # otherwise pytest collects the class as a test

    title: str
    weight: float
    attempted: int = 0
    passed: int = 0
    unexplained: Counter[TestStatus] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    parts: dict[str, TestFigures] = field(default_factory=dict)
    sums: list[int] = field(default_factory=lambda: [0, 0, 0])

    def add(self, passed: bool, rest: int) -> None:
        """Count a student who attempted the exercise.

        Inputs:
        - passed: True if the student passed the test.
        - rest: the student's score in all other exercises, times SCALE.
        """
        self.attempted += 1
        self.passed += passed
        self.sums = [self.sums[0] + rest, self.sums[1] + rest * rest, self.sums[2] + rest * passed]

    @property
    def discrimination(self) -> float | None:
        """Correlation of passing this test with the score in all other exercises.

        It is computed over the students who attempted the exercise. It is None if all or none of
        them pass, or all have the same score elsewhere.
        """
        n, ones = self.attempted, self.passed
        rest, squares, rest_of_passed = self.sums
        spread = (n * ones - ones * ones) * (n * squares - rest * rest)
        return (n * rest_of_passed - ones * rest) / math.sqrt(spread) if spread else None


@dataclass
class ExerciseFigures:
    """Figures of one exercise for the class.

    - attempted: number of students who attempted it.
    - full: number of students with all points.
    - lost_wrong: points lost by all students with an attempt.
    - lost_blank: points lost by all students without an attempt.
    - misconceived: number of students with a known misconception.
    - tests: title → TestFigures.
    """

    name: str
    points: float
    attempted: int = 0
    full: int = 0
    lost_wrong: float = 0.0
    lost_blank: float = 0.0
    misconceived: int = 0
    tests: dict[str, TestFigures] = field(default_factory=dict)


@dataclass
class Misconception:
    """A misconception: its sentence, the number of students, and the exercises."""

    sentence: str
    students: int = 0
    exercises: dict[str, int] = field(default_factory=dict)  # name → students


@dataclass
class ClassFigures:
    """The figures of a class.

    - rows: one Row per submission.
    - exercises: name → ExerciseFigures.
    - misconceptions: sentence → Misconception.
    - isolation: level → number of submissions.
    - versions: hash of tests and points → number of submissions.
    """

    rows: list[Row] = field(default_factory=list)
    exercises: dict[str, ExerciseFigures] = field(default_factory=dict)
    misconceptions: dict[str, Misconception] = field(default_factory=dict)
    isolation: Counter[str] = field(default_factory=Counter)
    versions: Counter[int] = field(default_factory=Counter)

    @property
    def states(self) -> Counter[State]:
        """State → number of submissions."""
        return Counter(row.state for row in self.rows)

    @property
    def summary(self) -> dict[str, float]:
        """The "mean", "median", "lower" and "upper" quartile of the scores."""
        scores = [row.score for row in self.rows]
        lower, median, upper = statistics.quantiles(scores, n=4, method="inclusive") if len(scores) > 1 else scores * 3
        return {"mean": statistics.fmean(scores), "median": median, "lower": lower, "upper": upper}

    def histogram(self, bins: int = 10) -> list[int]:
        """Return the numbers of submissions in equal intervals of the points."""
        counts = [0] * bins
        for row in self.rows:
            share = row.score / row.max_score if row.max_score else 0
            counts[min(int(share * bins + 1e-9), bins - 1)] += 1
        return counts

    def commonest(self, count: int) -> list[Misconception]:
        """Return the most frequent misconceptions."""
        ordered = sorted(self.misconceptions.values(), key=lambda found: (-found.students, found.sentence))
        return ordered[:count]

    def unexplained(self, count: int) -> list[tuple[str, TestFigures]]:
        """Return (exercise, TestFigures) of the tests with the most unexplained failures."""
        found = [(name, t) for name, e in self.exercises.items() for t in e.tests.values() if t.unexplained]
        return sorted(found, key=lambda pair: -pair[1].unexplained.total())[:count]

    def slowest(self, count: int) -> list[Row]:
        """Return the rows with the longest scoring."""
        return sorted(self.rows, key=lambda row: -row.seconds)[:count]


def summarize(stream: Iterable[Stored], known: Collection[str] = ()) -> ClassFigures:
    """Compute the figures of a class.

    Inputs:
    - stream: stored results of one assignment, see results.load_all.
    - known: the misconceptions of all mutants, to recognize two of them in the text of one test.

    Returns: ClassFigures; without results, it has no rows.
    """
    figures = ClassFigures()
    sentences = frozenset(known)
    for stored in stream:
        _add(figures, stored, sentences)
    return figures


@functools.lru_cache(maxsize=10_000)
def _misconceptions_in(text: str, known: frozenset[str]) -> tuple[str, ...]:
    """Split the text of a test into one or two misconceptions."""
    for first in known:
        if text.startswith(f"{first} ") and text.removeprefix(f"{first} ") in known:
            return first, text.removeprefix(f"{first} ")
    return (text,)


def _add(figures: ClassFigures, stored: Stored, known: frozenset[str]) -> None:
    result = stored.result
    exercises = result.exercises
    # Repairs that a person should look at come first, so they are never left out.
    repairs = sorted(result.repairs, key=lambda repair: repair.kind is not RepairKind.FOREIGN_NAME)
    shown, problems = repairs[:MAX_NOTES], result.problems
    figures.rows.append(
        Row(
            result.student,
            result.state,
            result.score,
            result.max_score,
            stored.seconds,
            {name: exercise.score for name, exercise in exercises.items()},
            _lines(shown),
            _lines(problems[:MAX_NOTES]),
            _lines([repair for repair in shown if repair.kind is RepairKind.FOREIGN_NAME]),
            tuple(dict.fromkeys(repair.phrase for repair in repairs)),
            tuple(dict.fromkeys(problem.kind for problem in problems)),
            max(len(repairs) - MAX_NOTES, 0),
        )
    )
    figures.isolation[result.isolation] += 1
    version = [(name, e.points, *(test.title for test in e.tests)) for name, e in exercises.items()]
    figures.versions[hash(tuple(version))] += 1
    told: dict[str, list[str]] = {}  # sentence → exercises of this student
    for name, exercise in exercises.items():
        for sentence in _add_exercise(figures, name, exercise, result, known):
            told.setdefault(sentence, []).append(name)
    for sentence, names in told.items():
        found = figures.misconceptions.setdefault(sentence, Misconception(sentence))
        found.students += 1
        for name in names:
            found.exercises[name] = found.exercises.get(name, 0) + 1


def _lines(notes: Sequence[Repair | Problem]) -> tuple[str, ...]:
    return tuple(clean(note.sentence, limit=NOTE) for note in notes)


def _add_exercise(
    figures: ClassFigures, name: str, exercise: ExerciseResult, result: Result, known: frozenset[str]
) -> set[str]:
    """Count one exercise of one student. Returns: the misconceptions in its feedback."""
    entry = figures.exercises.setdefault(name, ExerciseFigures(name, exercise.points))
    attempted = exercise.was_tried
    sentences = {s for t in exercise.tests if t.misconception for s in _misconceptions_in(t.misconception, known)}
    lost = exercise.points - exercise.score
    entry.attempted += attempted
    entry.full += all(test.passed for test in exercise.tests)
    entry.lost_wrong += lost if attempted else 0
    entry.lost_blank += 0 if attempted else lost
    entry.misconceived += bool(sentences)
    rest = round((result.score - exercise.score) * SCALE)
    for test in whole_tests(exercise.tests):
        whole = entry.tests.setdefault(test.title, TestFigures(test.title, test.weight))
        counted = [(whole, test.is_passed, test.status)]
        for row in test.rows if test.parts else ():
            part = whole.parts.setdefault(row.part, TestFigures(row.part, row.weight))
            counted.append((part, row.passed, row.status))
        for figure, passed, status in counted:
            if attempted:
                figure.add(passed, rest)
            if not passed and not sentences and status.was_run:
                figure.unexplained[status] += 1
                if len(figure.examples) < EXAMPLES:
                    figure.examples.append(result.student)
    return sentences
