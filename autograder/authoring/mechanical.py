"""Mechanical mutants: small changes of solutions, made by rules.

Authors write mutants for mistakes that they think of. Rules also find unexpected gaps.
If a mutant earns all points, it is either equivalent to the solution (EQUIVALENTS of the assignment
lists it with a reason), or the tests have a gap.

Each mutant runs in a child process with little time and memory. An endless loop or a huge array
ends only that process, and the mutant counts as killed.
"""

import ast
import functools
import itertools
import os
import re
import warnings
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from tqdm import tqdm

from autograder.authoring.mechanical_rules import DROPPED, Words, is_negative, replacements
from autograder.authoring.naming import by_check, known_observations, naming_of, observed
from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.course.content import Content
from autograder.errors import GraderError
from autograder.grading.executors import ready_process
from autograder.scoring.diagnosis import Kept, diagnose
from autograder.scoring.reference import Reference
from autograder.scoring.reference_runs import observe
from autograder.scoring.scorer import Scorer, scorer_for
from autograder.testing.hidden import HiddenTest

__all__ = ["Mechanical", "MechanicalMutant", "mechanical_mutants", "run_mechanical"]

SEEDS = (0, 1)  # a survivor passes with both
CPU_SECONDS = 5  # the tests of any exercise take less than half a second
MEMORY_BYTES = 2**30  # in addition to the memory that the process uses at the start
SURVIVED, KILLED = "survived", "killed"
IS_NAMED = (True, *(False,) * 9)  # every tenth mutant is diagnosed, too: a diagnosis takes longer than the tests
SIGNS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.MatMult: "@", ast.Pow: "**"}

Putter = Callable[[ast.AST], None]


def mechanical_mutants(source: str) -> list[tuple[str, str]]:
    """Return all small changes of the lines between BEGIN SOLUTION and END SOLUTION.

    Inputs:
    - source: text of the solution cell.

    Returns: list of (description, changed source). Sources and descriptions are unique. A
    description is "statement: before → after", without line numbers, so changes elsewhere do not
    affect it.
    """
    tree = ast.parse(source)
    places = list(_places(tree, _solution_lines(source)))
    words = Words.of(tree)
    seen = {ast.unparse(tree)}
    found: list[tuple[str, str]] = []
    for node, statement, put in places:
        for new in replacements(node, words):
            put(new)
            changed = _text(tree)
            put(node)
            if changed is not None and changed not in seen:
                seen.add(changed)
                found.append((f"{_head(statement)}: {_change(node, new)}", changed))
    return _numbered(found)


def _head(statement: ast.stmt) -> str:
    """Return the first part of a statement, enough to find it."""
    match statement:
        case ast.Assign():
            return f"{ast.unparse(statement.targets[0]).strip('()')} = …"
        case ast.AugAssign():
            return f"{ast.unparse(statement.target)} {SIGNS.get(type(statement.op), '')}= …"
        case ast.Return():
            return "return …"
    return _in_one_line(statement).removesuffix(":")


def _change(node: ast.AST, new: ast.AST) -> str:
    if new is DROPPED:
        return "dropped"
    match node, new:
        case ast.AugAssign(), ast.AugAssign():
            return f"{SIGNS.get(type(node.op))}= → {SIGNS.get(type(new.op))}="
        case ast.AugAssign(), ast.Assign():
            return f"{SIGNS.get(type(node.op))}= → ="
        case ((ast.If() | ast.While()), (ast.If() | ast.While())):
            return f"{ast.unparse(node.test)} → {ast.unparse(new.test)}"
    return f"{_in_one_line(node)} → {_in_one_line(new)}"


def _in_one_line(node: ast.AST) -> str:
    """Return the text of a node; of a compound statement, its first line."""
    return ast.unparse(node).splitlines()[0]


def _text(tree: ast.AST) -> str | None:
    """Return the source of a changed tree; None if it does not compile."""
    try:
        text = ast.unparse(ast.fix_missing_locations(tree))
        with warnings.catch_warnings(action="ignore"):
            compile(text, "changed", "exec")
    except (SyntaxError, ValueError):
        return None
    return text


def _numbered(found: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Append numbers to repeated descriptions."""
    counts: Counter[str] = Counter()
    numbered = []
    for description, changed in found:
        counts[description] += 1
        number = counts[description]
        numbered.append((f"{description} ({number})" if number > 1 else description, changed))
    return numbered


def _solution_lines(source: str) -> set[int]:
    """Return the line numbers of all solution blocks."""
    inside = False
    numbers = set()
    for number, line in enumerate(source.splitlines(), start=1):
        if re.fullmatch(r"\s*### (BEGIN|END) SOLUTION\s*", line):
            inside = "BEGIN" in line
        elif inside:
            numbers.add(number)
    return numbers


def _places(
    parent: ast.AST, lines: Container[object], statement: ast.stmt | None = None
) -> Iterator[tuple[ast.AST, ast.stmt, Putter]]:
    """Yield (node, its statement, function that replaces the node) of the solution."""
    if isinstance(parent, ast.Raise) or is_negative(parent):  # messages stay; a negative number changes as a whole
        return
    for name, value in ast.iter_fields(parent):
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST):
                of_node = node if isinstance(node, ast.stmt) else statement
                if of_node is not None and getattr(node, "lineno", None) in lines:
                    yield node, of_node, _putter(parent, name, index)
                yield from _places(node, lines, of_node)


def _putter(parent: ast.AST, field: str, index: int | None) -> Putter:
    def put(node: ast.AST) -> None:
        if index is None:
            setattr(parent, field, node)
        else:
            getattr(parent, field)[index] = node

    return put


@dataclass(frozen=True)
class MechanicalMutant:
    """A change of the solution of one exercise, as `Reference.changed_by` expects it."""

    exercise: str
    description: str
    source: str
    helper = ""

    def applied(self, source: str) -> str:
        """Return the changed source of the solution cell."""
        return self.source


@dataclass
class Mechanical:
    """Results of the mechanical mutants of one exercise.

    - reasons: description → reason, for mutants that are known to be correct.
    - made: number of mutants.
    - survivors: descriptions of the mutants that earn all points.
    - breaking: description → error of a hidden test itself.
    - namings: how the failures of a sample of killed mutants are named, see naming → number.
    """

    exercise: str
    reasons: dict[str, str]
    made: int = 0
    survivors: list[str] = field(default_factory=list)
    breaking: dict[str, str] = field(default_factory=dict)
    namings: Counter[str] = field(default_factory=Counter)

    @property
    def killed(self) -> int:
        """Number of mutants that lose points."""
        return self.made - len(self.survivors)

    @property
    def equivalents(self) -> dict[str, str]:
        """Dict of description → reason, for survivors that are known to be correct."""
        return {which: self.reasons[which] for which in self.survivors if which in self.reasons}

    def problems(self) -> list[str]:
        """List problems of the tests and of EQUIVALENTS, one line each."""
        reasons, name = self.reasons, f"mechanical mutant {self.exercise}"
        stale = [description for description in reasons if description not in self.survivors]
        return [
            *(f"{name}/{which} earns full points" for which in self.survivors if which not in reasons),
            *(f"{name}/{which} does not survive: remove it from EQUIVALENTS" for which in stale),
            *(f"{name}/{which}: {message}" for which, message in self.breaking.items()),
        ]


def _reasons(content: Content, exercise: str) -> dict[str, str]:
    """Return a dict of description → reason for the equivalents of an exercise."""
    groups = content.equivalents.get(exercise, {})
    return {description: reason for reason, descriptions in groups.items() for description in descriptions}


def run_mechanical(
    course: Course, assignment_name: str, *, exercises: Sequence[str], jobs: int | None = None
) -> list[Mechanical]:
    """Run all mechanical mutants of some exercises through the hidden tests.

    Inputs:
    - exercises: names.
    - jobs: number of processes; by default that of the course's settings, or one per core.

    Returns: one Mechanical per exercise, in the same order.
    """
    scorer = scorer_for(course.root, assignment_name)
    sources, content = scorer.reference.sources, scorer.assignment.content
    mutants = [
        MechanicalMutant(exercise, description, source)
        for exercise in exercises
        for description, source in mechanical_mutants(sources[exercise])
    ]
    jobs = jobs or course.jobs or os.cpu_count() or 1
    work = functools.partial(_run, course.root, assignment_name)
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=ready_process) as pool:
        running = pool.map(work, mutants, itertools.cycle(IS_NAMED), chunksize=len(IS_NAMED))
        outcomes = list(tqdm(running, total=len(mutants), desc="mechanical mutants", unit="program"))
    results = {exercise: Mechanical(exercise, _reasons(content, exercise)) for exercise in exercises}
    for mutant, (outcome, naming) in zip(mutants, outcomes, strict=True):
        result = results[mutant.exercise]
        result.made += 1
        if naming:
            result.namings[naming] += 1
        if outcome == SURVIVED:
            result.survivors.append(mutant.description)
        elif outcome != KILLED:
            result.breaking[mutant.description] = outcome
    return list(results.values())


def _run(root: Path, assignment_name: str, mutant: MechanicalMutant, is_named: bool) -> tuple[str, str]:
    """Run a mutant. Returns: (outcome, how its failures are named or "")."""
    scorer = scorer_for(root, assignment_name)
    content, known = scorer.assignment.content, scorer.reference.functions
    tests = [test for test in tests_of(content, mutant.exercise) if test.exercise in known]
    outcome = outcome_of(mutant, scorer.reference, tests, scorer.assignment)
    if outcome != KILLED or not is_named:
        return outcome, ""
    kept = _kept(root, assignment_name, mutant.exercise)
    return outcome, _answer_of_child(lambda: _named(mutant, scorer, kept))


@functools.lru_cache(maxsize=1)
def _kept(root: Path, assignment_name: str, exercise: str) -> Kept:
    scorer = scorer_for(root, assignment_name)
    mutants = scorer.assignment.content.mutants_of(exercise, scorer.assignment.settings.options)
    return known_observations(scorer.reference, [SEEDS[0]], scorer.assignment, mutants)


def _named(mutant: MechanicalMutant, scorer: Scorer, kept: Kept) -> str:
    np.random.seed(0)  # noqa: NPY002 - the tested code uses it
    seed, reference, assignment = [SEEDS[0]], scorer.reference, scorer.assignment
    runs, calls = observed(mutant, reference, seed, assignment)
    seen = by_check(runs)
    if not any(observation.fault for observation in seen.values()):
        return ""  # killed by the other seed, or by the tests of a backward pass
    words = diagnose(mutant.exercise, seen, reference, seed, assignment, kept=kept).words
    return naming_of(words, None, seen, calls, reference)


def tests_of(content: Content, exercise: str) -> list[HiddenTest]:
    """Return the hidden tests that a mutant can fail.

    If a cache has no documented form, only the backward passes that read it can show that it is
    correct. Their tests are included.
    """
    tests = content.tests_of(exercise)
    if getattr(content.signatures.get(exercise), "has_documented_cache", False):
        return tests
    readers = [name for name in content.signatures if content.forward_of(name) == exercise]
    return tests + [test for name in readers for test in content.tests_of(name)]


def outcome_of(
    mutant: MechanicalMutant, reference: Reference, tests: Iterable[HiddenTest], assignment: Assignment
) -> str:
    """Run a mutant through hidden tests in a child process, up to the first test that it fails.

    Returns: SURVIVED, KILLED, or a sentence with the error of a test itself.
    """
    return _answer_of_child(lambda: _observed(mutant, reference, tests, assignment)) or KILLED


def _answer_of_child(work: Callable[[], str]) -> str:
    """Run a function in a child process with limited time and memory.

    Returns: its text; "" if the child reached a limit, crashed, or raised an exception.
    """
    receiving, sending = os.pipe()
    with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # about a fork with waiting threads
        child = os.fork()
    if child == 0:
        try:
            _limit()
            os.write(sending, work().encode())
        finally:
            os._exit(0)
    os.close(sending)
    with open(receiving, encoding="utf-8") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    return answer


def _limit() -> None:
    import resource  # missing on some systems

    sizes = Path("/proc/self/statm")
    used = int(sizes.read_text().split()[0]) * resource.getpagesize() if sizes.exists() else 0
    for limit, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, used + MEMORY_BYTES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def _observed(
    mutant: MechanicalMutant, reference: Reference, tests: Iterable[HiddenTest], assignment: Assignment
) -> str:
    functions = {**reference.functions, mutant.exercise: reference.changed_by(mutant)}
    for number in SEEDS:
        np.random.seed(number)  # noqa: NPY002 - the tested code uses it
        for test in tests:
            try:
                if observe(test, functions, reference, [number], assignment).fault:
                    return KILLED
            except GraderError as error:
                if isinstance(error.__cause__, MemoryError):
                    return KILLED
                return str(error)
    return SURVIVED
