"""Run the mutants and variants through the hidden tests, and list problems of the tests."""

import functools
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from tqdm import tqdm

from autograder.authoring.mechanical import Mechanical, run_mechanical
from autograder.authoring.naming import Calls, acceptable_words, by_check, naming_of, observed
from autograder.course.assignment import Assignment, load_assignment
from autograder.course.config import Course
from autograder.course.content import Content
from autograder.grading.executors import ready_process
from autograder.mutants.models import Mutant, Variant
from autograder.scoring.diagnosis import Kept, diagnose
from autograder.scoring.reference import Reference
from autograder.scoring.reference_runs import Observation
from autograder.scoring.scorer import scorer_for
from autograder.testing.compare import error_of
from autograder.testing.hidden import Check, HiddenTest
from autograder.testing.recording import Comparison
from autograder.testing.tolerances import Tolerance, ToleranceTable

__all__ = ["Matrix", "Row", "measure"]

# Exceptions of a mistyped mutant: such a mutant tests nothing.
NEVER_RAN = ("NameError", "UnboundLocalError", "ImportError", "ModuleNotFoundError", "SyntaxError")
DIAGNOSED_SEEDS = 3  # few, since a diagnosis is slow

Entry = Mutant | Variant
Error = tuple[float, str]  # (error, the mutant or variant and the test that it comes from)
NONE_PASSED: Error = (0.0, "")
NONE_FAILED: Error = (np.inf, "")


@dataclass
class Row:
    """The test results of one mutant or variant.

    - failed: node of a Check → number of seeds that failed.
    - ran: node of a Check → number of seeds.
    - messages: node of a Check → message of the first failure.
    - passing: name of a tolerance → largest error that passed.
    - failing: name of a tolerance → smallest error that failed.
    - named: diagnoses of all failed tests.
    - misnamed: diagnoses if the catalogue did not contain the mutant.
    - naming: how the failures with the first seed are named, see naming; "" without failures.
    - naming_without: the same if the catalogue did not contain the mutant.
    """

    entry: Entry
    failed: Counter[str] = field(default_factory=Counter)
    ran: Counter[str] = field(default_factory=Counter)
    messages: dict[str, str] = field(default_factory=dict)
    passing: dict[str, Error] = field(default_factory=dict)
    failing: dict[str, Error] = field(default_factory=dict)
    named: set[str | None] = field(default_factory=set)
    misnamed: set[str] = field(default_factory=set)
    naming: str = ""
    naming_without: str = ""

    @property
    def is_mutant(self) -> bool:
        """True for a mutant, False for a variant."""
        return isinstance(self.entry, Mutant)

    def score(self, content: Content) -> float:
        """Return the fraction of points of the tests that passed with all seeds."""
        checks = content.checks_of(self.entry.exercise)
        return sum(c.weight for c in checks if not self.failed[c.node]) / sum(c.weight for c in checks)


@dataclass
class Matrix:
    """All rows of an assignment, or of one exercise.

    - seeds: number of hidden inputs per test.
    - exercise: name of the only exercise; "" for all.
    - mechanical: results of the mechanical mutants, for each exercise where they were run.
    """

    assignment: Assignment
    rows: list[Row]
    seeds: int
    exercise: str = ""
    mechanical: list[Mechanical] = field(default_factory=list)

    def problems(self) -> list[str]:
        """List problems of the tests and catalogues, one line each; [] if the tests are proven."""
        lines: list[str] = []
        for row in self.rows:
            lines += _problems_of(row, self.assignment.content)
        if self.exercise:
            lines += _missing(self.exercise, self.rows, self.assignment.content)
        killing = {node for row in self.rows if row.is_mutant for node, count in row.failed.items() if count}
        for test in self._tests():
            for check in test.checks:
                if check.node not in killing:
                    part = f"the part {check.part} of " if check.part else ""
                    lines.append(f"{test.exercise}: {part}the test {test.name} kills no mutant")
        for name, (worst, smallest) in self.margins().items():
            bound, margin = self.tolerances[name].bound, self.tolerances[name].margin
            if worst[0] * margin > bound:
                lines.append(
                    f"tolerance {name} ({bound:.0e}): the passing error {worst[0]:.1e} of {worst[1]} is too near"
                )
            if smallest[0] < bound * margin:
                lines.append(
                    f"tolerance {name} ({bound:.0e}): the failing error {smallest[0]:.1e} of {smallest[1]} is too near"
                )
        for result in self.mechanical:
            lines += result.problems()
        return lines

    def _tests(self) -> list[HiddenTest]:
        exercises = [self.exercise] if self.exercise else [*self.assignment.exercises]
        return [test for test in self.assignment.content.tests if test.exercise in exercises]

    @property
    def tolerances(self) -> ToleranceTable:
        """The tolerances of the assignment by name."""
        return self.assignment.content.tolerances

    def margins(self) -> dict[str, tuple[Error, Error]]:
        """Return a dict of tolerance → (largest error that passes, smallest error that fails)."""
        return {
            name: (
                max((row.passing[name] for row in self.rows if name in row.passing), default=NONE_PASSED),
                min((row.failing[name] for row in self.rows if name in row.failing), default=NONE_FAILED),
            )
            for name in self.tolerances
        }


def _missing(exercise: str, rows: Iterable[Row], content: Content) -> Iterator[str]:
    """Yield the missing parts of an exercise: without them its tests are not proven."""
    if not content.tests_of(exercise):
        yield f"{exercise}: it has no hidden test"
    if exercise not in content.signatures:
        yield f"{exercise}: {content.folder} has no signature of it"
    if all(row.is_mutant for row in rows):
        yield f"{exercise}: {content.folder} has no variant of it (a correct implementation in another style)"


def _never_ran(message: str) -> bool:
    return message.split(":")[0] in NEVER_RAN


def _problems_of(row: Row, content: Content) -> Iterator[str]:
    entry, killed = row.entry, [node for node, count in row.failed.items() if count]
    never_ran = killed and all(_never_ran(row.messages[node]) for node in killed)
    if isinstance(entry, Mutant) and not killed:
        yield f"mutant {entry.id} earns full points"
    if isinstance(entry, Variant) and killed:
        yield f"variant {entry.id} loses points: {row.messages[killed[0]]}"
    if isinstance(entry, Mutant) and not entry.undefined_name and never_ran:
        yield f"mutant {entry.id} fails only because of an undefined name or its syntax: {row.messages[killed[0]]}"
    for node in killed:
        if row.failed[node] != row.ran[node]:
            yield f"{entry.id} fails {node} with {row.failed[node]} of {row.ran[node]} seeds"
    if not isinstance(entry, Mutant):
        return
    if killed and not entry.is_random and row.named != {entry.words}:
        called = "; ".join(sorted(map(str, row.named)))
        yield f"mutant {entry.id} is diagnosed as: {called}"
    for words in sorted(row.misnamed - acceptable_words(entry, content)):
        yield f"without its own entry, mutant {entry.id} would be diagnosed as: {words}"


def measure(
    course: Course,
    assignment_name: str,
    *,
    seeds: int = 20,
    jobs: int | None = None,
    entries: Iterable[Entry] | None = None,
    exercise: str = "",
    mechanical: bool = False,
) -> Matrix:
    """Run mutants and variants through the hidden tests of their exercises, in several processes.

    Entries of exercises that the assignment does not release are left out.

    Inputs:
    - seeds: number of hidden inputs per test.
    - jobs: number of processes; by default that of the course's settings, or one per core.
    - entries: mutants and variants; by default all of the assignment.
    - exercise: name of the only exercise to run; "" for all.
    - mechanical: True to run the mechanical mutants too; this needs os.fork.
    """
    assignment = load_assignment(course, assignment_name)
    content, options, exercises = assignment.content, assignment.settings.options, tuple(assignment.exercises)
    entries = (*content.mutants, *content.variants) if entries is None else entries
    entries = [entry for entry in entries if not isinstance(entry, Mutant) or entry.is_wrong_with(options)]
    entries = [entry for entry in entries if entry.exercise in exercises and exercise in ("", entry.exercise)]
    jobs = jobs or course.jobs or os.cpu_count() or 1
    work = functools.partial(_measure, course.root, assignment_name, seeds)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=ready_process) as pool:
        rows = list(tqdm(pool.map(work, entries), total=len(entries), desc="mutants and variants", unit="program"))
    matrix = Matrix(assignment, rows, seeds, exercise)
    if mechanical:
        named = [exercise] if exercise else exercises
        matrix.mechanical = run_mechanical(course, assignment_name, exercises=named, jobs=jobs)
    return matrix


def _measure(root: Path, assignment_name: str, seeds: int, entry: Entry) -> Row:
    scorer = scorer_for(root, assignment_name)
    reference, assignment, row = scorer.reference, scorer.assignment, Row(entry)
    names = {tolerance: name for name, tolerance in assignment.content.tolerances.items()}
    for number in range(seeds):
        np.random.seed(number)  # noqa: NPY002 - the tested code uses it
        seed: list[int] = [number]
        runs, calls = observed(entry, reference, seed, assignment)
        seen = by_check(runs)
        for check, observation in seen.items():
            row.ran[check.node] += 1
            if observation.fault:
                row.failed[check.node] += 1
                row.messages.setdefault(check.node, observation.fault.message)
        for test, observation in runs.items():
            _keep_errors(row, test, observation, names)
        if isinstance(entry, Mutant) and number < DIAGNOSED_SEEDS:
            kept = _kept(entry.exercise, number)
            _diagnose(row, entry, seen, calls, reference, seed, assignment, kept)
    return row


def _keep_errors(row: Row, test: HiddenTest, observation: Observation, names: dict[Tolerance, str]) -> None:
    for comparison in observation.comparisons:
        if not isinstance(comparison, Comparison):
            continue
        name, got, expected = names.get(comparison.tolerance), comparison.got, comparison.expected
        if name is None or type(got) is not np.ndarray or got.shape != expected.shape or not np.isfinite(got).all():
            continue
        error = (error_of(got, expected), f"{row.entry.id} in {test.name}")
        if error[0] > comparison.tolerance.bound:
            row.failing[name] = min(row.failing.get(name, NONE_FAILED), error)
        else:
            row.passing[name] = max(row.passing.get(name, NONE_PASSED), error)


@functools.lru_cache(maxsize=DIAGNOSED_SEEDS)
def _kept(exercise: str, number: int) -> Kept:
    """Cache the mutants' results for an exercise and a seed.

    The next entries, of the same exercise, use them again.
    """
    return {}


def _diagnose(
    row: Row,
    mutant: Mutant,
    seen: dict[Check, Observation],
    calls: Calls,
    reference: Reference,
    seed: list[int],
    assignment: Assignment,
    kept: Kept,
) -> None:
    """Store the diagnoses of a mutant in `row`, with and without the mutant in the catalogue."""
    content, exercise = assignment.content, mutant.exercise
    failed = [check for check in seen if seen[check].fault]
    others = [other for other in content.mutants_of(exercise, assignment.settings.options) if other != mutant]
    words = diagnose(exercise, seen, reference, seed, assignment, kept=kept).words
    row.named |= {words.get(check.node) for check in failed}
    without = diagnose(exercise, seen, reference, seed, assignment, known=others, kept=kept).words
    row.misnamed |= set(without.values()) - {mutant.words}
    if failed and not row.naming:
        true_words = acceptable_words(mutant, content)
        row.naming = naming_of(words, true_words, seen, calls, reference)
        row.naming_without = naming_of(without, true_words, seen, calls, reference)
