"""The figures of a class: what its results say together. No page is made here, nothing is read or written.

Results come one after the other, and of each only a row is kept: a thousand of them whole would fill memory.
"""

import math
import re
import statistics
from collections import Counter
from dataclasses import dataclass, field

from autograder.feedback.whole_tests import whole_tests
from autograder.printable import clean
from autograder.report.kinds import FOREIGN_NAME, kind_of_problem, kind_of_repair

__all__ = ["ClassFigures", "ExerciseFigures", "Misconception", "Row", "TestFigures", "summarize"]

NOT_TRIED = ("missing", "skipped")
SCALE = 10_000  # scores have four decimals: times this they are integers, whose sums are exact
MAX_NOTES, NOTE = 5, 300  # lines and characters that are kept of what was put right in one submission
EXAMPLES = 3  # students that are named for a test whose failures nobody can explain
SENTENCE_END = re.compile(r"(?<=\.) ")  # two misconceptions that show in one test stand one after the other


@dataclass(frozen=True)
class Row:
    """What is kept of one submission.

    - seconds: that scoring took when it was last done. - scores: dict of exercise → points.
    - repairs, problems: lines, of many the first; left_out: how many repairs are not among them.
    - repair_kinds, problem_kinds: of all of them, see kinds, each kind once.
    """

    student: str
    state: str
    score: float
    max_score: float
    seconds: float
    scores: dict
    repairs: tuple
    problems: tuple
    repair_kinds: tuple
    problem_kinds: tuple
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
    unexplained: Counter = field(default_factory=Counter)
    examples: list = field(default_factory=list)
    parts: dict = field(default_factory=dict)
    sums: list = field(default_factory=lambda: [0, 0, 0])  # of the rest of the score, its square, that of who passed

    def add(self, passed, rest):
        """Count a student who attempted the exercise; `rest` is the score elsewhere, times SCALE."""
        self.attempted += 1
        self.passed += passed
        self.sums = [self.sums[0] + rest, self.sums[1] + rest * rest, self.sums[2] + rest * passed]

    @property
    def discrimination(self):
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
    tests: dict = field(default_factory=dict)


@dataclass
class Misconception:
    """A sentence, with the number of students it is told to and the exercises it is about."""

    sentence: str
    students: int = 0
    exercises: dict = field(default_factory=dict)  # name → students


@dataclass
class ClassFigures:
    """What summarize returns.

    - exercises: name → ExerciseFigures. - misconceptions: sentence → Misconception.
    - isolation: level → submissions. - versions: sets of tests and points that results were made with → submissions.
    """

    rows: list = field(default_factory=list)
    exercises: dict = field(default_factory=dict)
    misconceptions: dict = field(default_factory=dict)
    isolation: Counter = field(default_factory=Counter)
    versions: Counter = field(default_factory=Counter)

    @property
    def states(self):
        """Counter of state → submissions."""
        return Counter(row.state for row in self.rows)

    @property
    def summary(self):
        """dict of mean, median, and lower and upper quartile of the scores."""
        scores = [row.score for row in self.rows]
        lower, median, upper = statistics.quantiles(scores, n=4, method="inclusive") if len(scores) > 1 else scores * 3
        return {"mean": statistics.fmean(scores), "median": median, "lower": lower, "upper": upper}

    def histogram(self, bins=10):
        """Submissions by their share of the points: list of counts; full marks are in the last."""
        counts = [0] * bins
        for row in self.rows:
            share = row.score / row.max_score if row.max_score else 0
            counts[min(int(share * bins + 1e-9), bins - 1)] += 1
        return counts

    def commonest(self, count):
        """The misconceptions of most students."""
        ordered = sorted(self.misconceptions.values(), key=lambda found: (-found.students, found.sentence))
        return ordered[:count]

    def unexplained(self, count):
        """(exercise, TestFigures) of the tests that most students fail for no known reason."""
        found = [(name, t) for name, e in self.exercises.items() for t in e.tests.values() if t.unexplained]
        return sorted(found, key=lambda pair: -pair[1].unexplained.total())[:count]

    def slowest(self, count):
        """The rows whose scoring took longest."""
        return sorted(self.rows, key=lambda row: -row.seconds)[:count]


def summarize(stream):
    """Work out the figures of a class.

    Inputs:
    - stream: Stored results of one assignment, as results.load_all gives them.

    Returns: ClassFigures; without rows when there is no result.
    """
    figures = ClassFigures()
    for stored in stream:
        _add(figures, stored)
    return figures


def _add(figures, stored):
    result = stored.result
    exercises = result["exercises"]
    # What a person has to look at comes first, so that it is never among what is left out.
    repairs = sorted(result["repairs"], key=lambda line: kind_of_repair(line) != FOREIGN_NAME)
    problems = result["problems"]
    figures.rows.append(
        Row(
            result["student"],
            result["state"],
            result["score"],
            result["max_score"],
            stored.seconds,
            {name: exercise["score"] for name, exercise in exercises.items()},
            tuple(clean(line, limit=NOTE) for line in repairs[:MAX_NOTES]),
            tuple(clean(line, limit=NOTE) for line in problems[:MAX_NOTES]),
            tuple(dict.fromkeys(map(kind_of_repair, repairs))),
            tuple(dict.fromkeys(map(kind_of_problem, problems))),
            max(len(repairs) - MAX_NOTES, 0),
        )
    )
    figures.isolation[result["isolation"]] += 1
    version = [(name, e["points"], *(test["title"] for test in e["tests"])) for name, e in exercises.items()]
    figures.versions[hash(tuple(version))] += 1
    told = {}  # sentence → exercises of this student
    for name, exercise in exercises.items():
        for sentence in _add_exercise(figures, name, exercise, result):
            told.setdefault(sentence, []).append(name)
    for sentence, names in told.items():
        found = figures.misconceptions.setdefault(sentence, Misconception(sentence))
        found.students += 1
        for name in names:
            found.exercises[name] = found.exercises.get(name, 0) + 1


def _add_exercise(figures, name, exercise, result):
    """Count one exercise of one student; returns the set of sentences that the student is told about it."""
    entry = figures.exercises.setdefault(name, ExerciseFigures(name, exercise["points"]))
    # A function may have been written in a cell of the student's own, so a blank cell alone proves nothing.
    attempted = exercise["attempted"] or any(test["status"] not in NOT_TRIED for test in exercise["tests"])
    sentences = {s for t in exercise["tests"] if t["misconception"] for s in SENTENCE_END.split(t["misconception"])}
    lost = exercise["points"] - exercise["score"]
    entry.attempted += attempted
    entry.full += all(test["passed"] for test in exercise["tests"])
    entry.lost_wrong += lost if attempted else 0
    entry.lost_blank += 0 if attempted else lost
    entry.misconceived += bool(sentences)
    rest = round((result["score"] - exercise["score"]) * SCALE)
    for test in whole_tests(exercise["tests"]):
        whole = entry.tests.setdefault(test.title, TestFigures(test.title, test.weight))
        counted = [(whole, test.is_passed, test.status)]
        for row in test.rows if test.parts else ():
            part = whole.parts.setdefault(row["part"], TestFigures(row["part"], row["weight"]))
            counted.append((part, bool(row["passed"]), row["status"]))
        for figure, passed, status in counted:
            if attempted:
                figure.add(passed, rest)
            if not passed and not sentences and status not in NOT_TRIED:
                figure.unexplained[status] += 1
                if len(figure.examples) < EXAMPLES:
                    figure.examples.append(result["student"])
    return sentences
