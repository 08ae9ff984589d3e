"""Grade each function of a repository alone, and let the referee judge the same code.

The function replaces its solution cell in a submission with the solutions of all other exercises. A backward pass comes
with its author's forward pass, which defines the cache. A layer comes with the layers that it calls if the referee
finds all of them correct.
"""

import ast
import dataclasses
import io
import time
import tokenize

from tqdm import tqdm

from autograder.course.assignment import load_assignment
from autograder.sample_class.command import solved_submission
from autograder.scoring.scorer import Scorer
from benchmarks.referee import Referee, Verdict
from benchmarks.student_files import read_repositories, words

__all__ = ["Judged", "measure", "renamed"]

# The argument was renamed in 2018. The network is measured twice: as written, and with today's name.
RENAMED, TODAY = "dropout", "dropout_keep_ratio"
RENAMED_NETWORK = f"FullyConnectedNet, `{RENAMED}` renamed"


@dataclasses.dataclass(frozen=True)
class Judged:
    """The kit's score and the referee's verdict on one function of a repository.

    - exercise: name, or RENAMED_NETWORK
    - score, points: the kit's score, and the maximum
    - message: of the first failed test
    - misconceptions: the kit's misconceptions
    - relations: the kit's sentences about wrong values that no misconception explains
    - verdict: the referee's Verdict
    - seconds: time of scoring
    """

    repository: str
    exercise: str
    score: float
    points: float
    message: str
    misconceptions: tuple
    relations: tuple
    verdict: Verdict
    seconds: float

    @property
    def keeps_all(self):
        """True if the kit gives all points."""
        return self.score == self.points

    @property
    def agrees(self):
        """True if kit and referee agree; None if the referee does not judge."""
        return None if self.verdict.kind == "not judged" else self.keeps_all == self.verdict.is_right


class _Measurement:
    """Score and judge the functions of repositories, in one sandbox."""

    def __init__(self, course, isolation=None):
        self.assignment = load_assignment(course)
        self.scorer = Scorer(course, self.assignment, isolation)
        self.referee = Referee(self.assignment, self.scorer.sandbox, self.assignment.settings.options["max_pool_ties"])
        self.alone = {}

    def judged(self, repository, exercises):
        """Yield the Judged functions of a repository."""
        cells = self.cells(repository)
        right = set()
        for name in self.assignment.exercises:
            if name not in cells:
                continue
            used = self._companions(name, cells, right)
            if name not in exercises:  # others may call it
                if (
                    name in self.assignment.content.functions
                    and self.referee.judge(name, self._submission(repository, used)).is_right
                ):
                    right.add(name)
                continue
            judged = self._judge(repository, name, name, used)
            if judged.verdict.is_right:
                right.add(name)
            yield judged
            if name == "FullyConnectedNet" and (text := renamed(cells[name])) != cells[name]:
                yield self._judge(repository, name, RENAMED_NETWORK, {**used, name: text})

    def cells(self, repository):
        """Return the cells of a repository: dict of exercise → text."""
        return {
            name: repository.cell(name, self._given(exercise.notebook))
            for name, exercise in self.assignment.exercises.items()
            if repository.solution(name)
        }

    def whole(self, repository):
        """Return the seconds to score a repository as one submission, or None if it has no exercise."""
        cells = self.cells(repository)
        if not cells:
            return None
        started = time.perf_counter()
        self.scorer.score(self._submission(repository, cells))
        return time.perf_counter() - started

    def _given(self, notebook):
        """Return the names that helpers must not define: those of the notebook, and all exercises."""
        given = set(self.assignment.exercises)
        for _, text in self.assignment.notebooks[notebook].locked_code():
            given |= _names_of(text)
        return given

    def _companions(self, name, cells, right):
        """Return an exercise's cell, that of its forward pass, and correct ones that these call."""
        used = {name: cells[name]}
        forward = getattr(self.assignment.content.functions.get(name), "forward", "")
        if forward in cells:
            used[forward] = cells[forward]
        called, todo = set(), list(used.values()) if name in self.assignment.content.functions else []
        while todo:
            new = {other for other in words(todo.pop()) if other in cells} - called - set(used)
            called |= new
            todo += [cells[other] for other in new]
        # All or none, because they share a cache.
        return used | {other: cells[other] for other in called} if called <= right else used

    def _submission(self, repository, cells):
        change = {name: lambda cell, text=text: text for name, text in cells.items()}
        return solved_submission(self.assignment, repository.name, change=change)

    def _judge(self, repository, name, label, cells):
        submission = self._submission(repository, cells)
        started = time.perf_counter()
        result = self._scorer(name).score(submission).exercises[name]
        seconds = time.perf_counter() - started
        failed = [test for test in result.tests if not test.passed]
        return Judged(
            repository=repository.name,
            exercise=label,
            score=result.score,
            points=result.points,
            message=failed[0].message if failed else "",
            misconceptions=tuple(dict.fromkeys(test.misconception for test in failed if test.misconception)),
            relations=tuple(dict.fromkeys(test.relation for test in failed if test.relation)),
            verdict=self.referee.judge(name, submission),
            seconds=seconds,
        )

    def _scorer(self, name):
        """Return a Scorer of one exercise and of those that it depends on."""
        if name not in self.alone:
            needed = self.assignment.content.needed({name})
            exercises = {other: value for other, value in self.assignment.exercises.items() if other in needed}
            assignment = dataclasses.replace(self.assignment, exercises=exercises)
            scorer = Scorer(self.scorer.course, assignment, self.scorer.isolation)
            scorer.__dict__.update(sandbox=self.scorer.sandbox, reference=self.scorer.reference)
            self.alone[name] = scorer
        return self.alone[name]


def _names_of(text):
    """Return the names that a locked cell, which is the kit's own text, imports, assigns or defines."""
    lines = [line for line in text.split("\n") if not line.startswith("%")]
    names = set()
    for node in ast.walk(ast.parse("\n".join(lines))):
        if isinstance(node, ast.alias):
            names.add((node.asname or node.name).split(".")[0])
        elif isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def renamed(text):
    """Rename the argument `dropout` in the text of a network, but not in attributes and strings."""
    lines, before, places = text.split("\n"), "", []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NAME and token.string == RENAMED and before != ".":
                places.append(token.start)
            before = token.string
    except (tokenize.TokenError, IndentationError):
        return text
    for row, column in reversed(places):
        line = lines[row - 1]
        lines[row - 1] = line[:column] + TODAY + line[column + len(RENAMED) :]
    return "\n".join(lines)


def measure(folder, course, *, isolation=None, only=()):
    """Grade and judge the repositories in a folder.

    Inputs:
    - folder: has one subfolder per repository
    - course: Course
    - isolation: None for the best that works
    - only: names of the exercises to measure; all of them if empty

    Returns: (list of Judged, list of seconds for each whole repository).
    """
    measurement = _Measurement(course, isolation)
    exercises, judged, seconds = set(only or measurement.assignment.exercises), [], []
    try:
        for repository in tqdm(read_repositories(folder), desc="repositories", disable=None):
            judged += measurement.judged(repository, exercises)
            if not only:
                seconds += [taken for taken in [measurement.whole(repository)] if taken is not None]
    finally:
        measurement.scorer.sandbox.close()
    return judged, seconds
