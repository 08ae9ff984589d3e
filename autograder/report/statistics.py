"""The figures of a class: what its results say together. No page is made here, nothing is read or written.

Results come one after the other, and of each only a row is kept: a thousand of them whole would fill memory.
"""

from __future__ import annotations

import math
import re
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
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

SCALE = 10_000  # scores have four decimals: times this they are integers, whose sums are exact
MAX_NOTES, NOTE = 5, 300  # lines and characters that are kept of what was put right in one submission
EXAMPLES = 3  # students that are named for a test whose failures nobody can explain
SENTENCE_END = re.compile(r"(?<=\.) ")  # two misconceptions that show in one test stand one after the other


@dataclass(frozen=True)
class Row:
    """What is kept of one submission.

    - seconds: that scoring took when it was last done. - scores: exercise → points.
    - repairs, problems: lines, of many the first; left_out: how many repairs are not among them.
    - foreign: those of the lines that are about another student's name.
    - repair_phrases, problem_kinds: of all of them, each once. No text of a student's is in these.
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
    """One hidden test over the class, or one part of a test.

    - title: of a part, its name. - attempted: students who attempted the exercise.
    - passed: of them, those who pass the test, with all of its parts.
    - unexplained: status → students who fail it, while nothing in the exercise has a known misconception.
    - examples: the first ids among these. - parts: name → TestFigures, of a test with parts.
    """

    __test__ = False  # pytest would take the class for a test

    title: str
    weight: float
    attempted: int = 0
    passed: int = 0
    unexplained: Counter[TestStatus] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    parts: dict[str, TestFigures] = field(default_factory=dict)
    # Of the rest of the score, its square, that of who passed.
    sums: list[int] = field(default_factory=lambda: [0, 0, 0])

    def add(self, passed: bool, rest: int) -> None:
        """Count a student who attempted the exercise; `rest` is the score elsewhere, times SCALE."""
        self.attempted += 1
        self.passed += passed
        self.sums = [self.sums[0] + rest, self.sums[1] + rest * rest, self.sums[2] + rest * passed]

    @property
    def discrimination(self) -> float | None:
        """Correlation, among those who attempted the exercise, of passing this test with the score in all others.

        None when everybody passes, nobody does, or the rest of the score is the same for all.
        """
        n, ones = self.attempted, self.passed
        rest, squares, rest_of_passed = self.sums
        spread = (n * ones - ones * ones) * (n * squares - rest * rest)
        return (n * rest_of_passed - ones * rest) / math.sqrt(spread) if spread else None


@dataclass
class ExerciseFigures:
    """One exercise over the class.

    - attempted, full: students who attempted it, and who have all of its points.
    - lost_wrong, lost_blank: points that all students together lost in what they attempted, and in what they did not.
    - misconceived: students for whom a misconception is named.
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
    """A sentence, with the number of students it is told to and the exercises it is about."""

    sentence: str
    students: int = 0
    exercises: dict[str, int] = field(default_factory=dict)  # name → students


@dataclass
class ClassFigures:
    """What summarize returns.

    - exercises: name → ExerciseFigures. - misconceptions: sentence → Misconception.
    - isolation: level → submissions. - versions: sets of tests and points that results were made with → submissions.
    """

    rows: list[Row] = field(default_factory=list)
    exercises: dict[str, ExerciseFigures] = field(default_factory=dict)
    misconceptions: dict[str, Misconception] = field(default_factory=dict)
    isolation: Counter[str] = field(default_factory=Counter)
    versions: Counter[int] = field(default_factory=Counter)

    @property
    def states(self) -> Counter[State]:
        """Counter of state → submissions."""
        return Counter(row.state for row in self.rows)

    @property
    def summary(self) -> dict[str, float]:
        """The mean, the median, and lower and upper quartile of the scores."""
        scores = [row.score for row in self.rows]
        lower, median, upper = statistics.quantiles(scores, n=4, method="inclusive") if len(scores) > 1 else scores * 3
        return {"mean": statistics.fmean(scores), "median": median, "lower": lower, "upper": upper}

    def histogram(self, bins: int = 10) -> list[int]:
        """Submissions by their share of the points: full marks are in the last count."""
        counts = [0] * bins
        for row in self.rows:
            share = row.score / row.max_score if row.max_score else 0
            counts[min(int(share * bins + 1e-9), bins - 1)] += 1
        return counts

    def commonest(self, count: int) -> list[Misconception]:
        """The misconceptions of most students."""
        ordered = sorted(self.misconceptions.values(), key=lambda found: (-found.students, found.sentence))
        return ordered[:count]

    def unexplained(self, count: int) -> list[tuple[str, TestFigures]]:
        """(exercise, TestFigures) of the tests that most students fail for no known reason."""
        found = [(name, t) for name, e in self.exercises.items() for t in e.tests.values() if t.unexplained]
        return sorted(found, key=lambda pair: -pair[1].unexplained.total())[:count]

    def slowest(self, count: int) -> list[Row]:
        """The rows whose scoring took longest."""
        return sorted(self.rows, key=lambda row: -row.seconds)[:count]


def summarize(stream: Iterable[Stored]) -> ClassFigures:
    """Work out the figures of a class.

    Inputs:
    - stream: Stored results of one assignment, as results.load_all gives them.

    Returns: ClassFigures; without rows when there is no result.
    """
    figures = ClassFigures()
    for stored in stream:
        _add(figures, stored)
    return figures


def _add(figures: ClassFigures, stored: Stored) -> None:
    result = stored.result
    exercises = result.exercises
    # What a person has to look at comes first, so that it is never among what is left out.
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
        for sentence in _add_exercise(figures, name, exercise, result):
            told.setdefault(sentence, []).append(name)
    for sentence, names in told.items():
        found = figures.misconceptions.setdefault(sentence, Misconception(sentence))
        found.students += 1
        for name in names:
            found.exercises[name] = found.exercises.get(name, 0) + 1


def _lines(notes: Sequence[Repair | Problem]) -> tuple[str, ...]:
    return tuple(clean(note.sentence, limit=NOTE) for note in notes)


def _add_exercise(figures: ClassFigures, name: str, exercise: ExerciseResult, result: Result) -> set[str]:
    """Count one exercise of one student; returns the set of sentences that the student is told about it."""
    entry = figures.exercises.setdefault(name, ExerciseFigures(name, exercise.points))
    attempted = exercise.was_tried
    sentences = {s for t in exercise.tests if t.misconception for s in SENTENCE_END.split(t.misconception)}
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
