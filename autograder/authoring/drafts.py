"""Drafts of mutants: small changes of a solution that give the same wrong values as some submissions.

Every candidate (see edits) runs the hidden tests on the inputs of the submissions. Then pairs of
those candidates are tried of which each agrees with a part of the results. A draft has the
substitutions of a `Mutant`; an instructor writes its misconception.
"""

import contextlib
import itertools
import os
import resource
import time
import warnings
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait

import numpy as np
from tqdm import tqdm

from autograder.authoring.edits import Candidate, candidates, joined, substitutions_of
from autograder.course.assignment import Assignment
from autograder.errors import GraderError
from autograder.mutants.models import Mutant
from autograder.scoring.diagnosis import NO, Seen, agreement, is_proof
from autograder.scoring.reference import Reference
from autograder.scoring.reference_runs import Observation, observe
from autograder.testing.hidden import Check, HiddenTest

__all__ = ["Draft", "find_drafts"]

CPU_SECONDS = 3  # of one candidate; the tests of any exercise take less than half a second
MEMORY = 4 * 1024**3
MAX_PAIRS = 1500  # for each group


@dataclass(frozen=True)
class Draft:
    """A change of a solution that gives the same results as some submissions.

    - source: the changed solution cell
    - mutant: the entry for mutants.py; None if short substitutions can't express it
    """

    source: str
    mutant: Mutant | None


@dataclass
class _Fit:
    """The agreement of a candidate with a group.

    - is_possible: False if the candidate fails a Check that the group passes
    - matches: node of each Check that both fail → agreement
    - passed: nodes of the failed Checks of the group that the candidate passes
    """

    is_possible: bool = True
    matches: dict[str, int] = field(default_factory=dict)
    passed: set[str] = field(default_factory=set)

    def add(self, check: Check, theirs: Observation | None, mine: Observation) -> None:
        """Compare the results of one Check; `theirs` is None if it was not run."""
        if theirs is None:
            return
        if theirs.fault is None:
            self.is_possible &= mine.fault is None
        elif mine.fault is None:
            self.passed.add(check.node)
        else:
            self.matches[check.node] = agreement(theirs, mine)

    @property
    def agrees(self) -> bool:
        """True if nothing contradicts the candidate so far."""
        return self.is_possible and not self.passed and NO not in self.matches.values()

    @property
    def explains(self) -> bool:
        """True if the candidate explains the results. Valid after all tests."""
        return self.agrees and is_proof(self.matches.values())

    @property
    def fits(self) -> set[str]:
        """The nodes of the Checks in which both agree."""
        return {node for node, match in self.matches.items() if match != NO}


def find_drafts(
    exercise: str,
    groups: Sequence[Seen],
    reference: Reference,
    seed: list[int],
    assignment: Assignment,
    *,
    known: Iterable[Mutant] | None = None,
    jobs: int = 1,
) -> list[Draft | None]:
    """Search for a draft for each group of equal results.

    Inputs:
    - exercise: name
    - groups: the Observations of one submission per group
    - reference: the solutions
    - seed: of the hidden inputs of these Observations
    - assignment: with its content and settings
    - known: mutants whose changes are tried, too; None means those of the assignment
    - jobs: number of processes

    Returns: a Draft per group, or None if no candidate gives its results.
    """
    source = reference.sources[exercise]
    search = _Search(exercise, groups, reference, seed, assignment, jobs)
    mutants = assignment.content.mutants if known is None else known
    explaining: dict[int, list[tuple[int, Candidate]]] = {number: [] for number in range(len(groups))}
    partly: dict[int, list[tuple[int, Candidate, _Fit]]] = {number: [] for number in range(len(groups))}
    for order, candidate, number, fit in search.run([(c, None) for c in candidates(exercise, source, mutants)]):
        if fit.explains:
            explaining[number].append((order, candidate))
        elif fit.is_possible and not candidate.is_wide:
            partly[number].append((order, candidate, fit))
    pairs = [
        (joined(source, *pair), number)
        for number, found in explaining.items()
        if not found
        for pair in _pairs(partly[number])
    ]
    for order, candidate, number, fit in search.run([(pair, number) for pair, number in pairs if pair]):
        if fit.explains:
            explaining[number].append((order, candidate))
    first = [min(found, key=lambda pair: pair[0])[1] if found else None for found in explaining.values()]
    return [Draft(one.source, substitutions_of(source, one)) if one else None for one in first]


def _pairs(partly: list[tuple[int, Candidate, _Fit]]) -> list[tuple[Candidate, Candidate]]:
    """The pairs that together can give the results, those first that agree with most of them.

    Where only one of the two shows, it must agree.
    """
    pairs = [
        (-len(a.fits | b.fits), one, other)
        for (_, one, a), (_, other, b) in itertools.combinations(sorted(partly, key=lambda entry: entry[0]), 2)
        if not a.passed & b.passed and set(a.matches) & b.passed <= a.fits and set(b.matches) & a.passed <= b.fits
    ]
    pairs.sort(key=lambda pair: pair[0])
    return [(one, other) for _, one, other in pairs[:MAX_PAIRS]]


class _Search:
    """Runs candidates on the hidden tests and compares them with groups.

    Inputs: see find_drafts.
    """

    def __init__(
        self,
        exercise: str,
        groups: Sequence[Seen],
        reference: Reference,
        seed: list[int],
        assignment: Assignment,
        jobs: int,
    ) -> None:
        self.exercise, self.groups, self.reference = exercise, groups, reference
        self.seed, self.assignment, self.jobs = seed, assignment, jobs
        failed: dict[HiddenTest, int] = {}
        for seen in groups:
            for check, observation in seen.items():
                failed[check.test] = failed.get(check.test, 0) + (observation.fault is not None)
        # Most candidates end at the first test.
        self.tests = sorted(failed, key=lambda test: -failed[test])

    def run(self, work: Sequence[tuple[Candidate, int | None]]) -> Iterator[tuple[int, Candidate, int, _Fit]]:
        """Run candidates in other processes: an endless loop or a crash ends only its own candidate.

        Inputs:
        - work: (candidate, number of the group to compare with); None means all groups

        Yields: (place in `work`, candidate, number of a group, its fit).
        """
        context = get_context("fork")  # functions of hidden tests can't be sent to other processes
        running: dict[Connection, deque[int]] = {}

        def start(places: deque[int]) -> None:
            receiving, sending = context.Pipe(duplex=False)
            with warnings.catch_warnings(action="ignore", category=DeprecationWarning):  # fork with waiting threads
                context.Process(target=self._run_all, args=(work, list(places), sending), daemon=True).start()
            sending.close()
            running[receiving] = places

        for first in range(self.jobs):
            if places := deque(range(first, len(work), self.jobs)):
                start(places)
        with tqdm(total=len(work), desc=self.exercise, unit="program", leave=False, disable=None) as bar:
            while running:
                ready = wait(list(running))
                for connection in [one for one in running if one in ready]:
                    places, fits = running[connection], _received(connection)
                    if fits is None:
                        del running[connection]
                    if places:
                        place = places.popleft()
                        bar.update()
                        yield from ((place, work[place][0], number, fit) for number, fit in (fits or {}).items())
                    if fits is None and places:
                        start(places)

    def _run_all(
        self, work: Sequence[tuple[Candidate, int | None]], places: Sequence[int], sending: Connection
    ) -> None:
        """Send the fits of each candidate, see run."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, resource.RLIM_INFINITY))
        with open(os.devnull, "w") as null, contextlib.redirect_stdout(null), contextlib.redirect_stderr(null):
            for place in places:
                candidate, number = work[place]
                seconds = int(time.process_time()) + 1 + CPU_SECONDS
                resource.setrlimit(resource.RLIMIT_CPU, (seconds, resource.RLIM_INFINITY))
                with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
                    sending.send(self._fits(candidate, range(len(self.groups)) if number is None else [number]))

    def _fits(self, candidate: Candidate, numbers: Iterable[int]) -> dict[int, _Fit]:
        """Number → _Fit, for the groups that the candidate may explain, alone or with another."""
        fits = {number: _Fit() for number in numbers}
        np.random.seed(0)  # noqa: NPY002 - the generator of the solutions
        try:
            functions = {**self.reference.functions, self.exercise: self.reference.changed_by(candidate)}
        except Exception:  # the changed definition itself fails
            return {}
        for test in self.tests:
            try:
                mine = observe(test, functions, self.reference, self.seed, self.assignment)
            except GraderError:
                return {}
            for check, (number, fit) in itertools.product(test.checks, fits.items()):
                fit.add(check, self.groups[number].get(check), mine.of(check))
            fits = {n: fit for n, fit in fits.items() if (fit.agrees if candidate.is_wide else fit.is_possible)}
            if not fits:
                break
        return fits


def _received(connection: Connection) -> dict[int, _Fit] | None:
    """The next message of a process; None if it has ended."""
    try:
        fits: dict[int, _Fit] = connection.recv()
        return fits
    except EOFError:
        connection.close()
        return None
