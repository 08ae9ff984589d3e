"""How failures are named: by the right misconception, by a relation, by nothing, or by a wrong one."""

from collections.abc import Collection, Iterable, Mapping
from itertools import permutations

import numpy as np

from autograder.course.assignment import Assignment
from autograder.course.content import Content
from autograder.mutants.models import Mutant
from autograder.scoring.diagnosis import Kept, Seen
from autograder.scoring.proxy import Call
from autograder.scoring.reference import Change, Reference
from autograder.scoring.reference_runs import Observation, observe
from autograder.scoring.relations import inputs_of, relation_of
from autograder.testing.hidden import Check, HiddenTest

__all__ = ["NAMINGS", "Calls", "acceptable_words", "by_check", "known_observations", "naming_of", "observed"]

OWN, RELATION, NOTHING, WRONG = NAMINGS = ("its own sentence", "a relation", "nothing", "a wrong sentence")

Calls = dict[HiddenTest, list[Call]]


def observed(
    change: Change, reference: Reference, seed: list[int], assignment: Assignment
) -> tuple[dict[HiddenTest, Observation], Calls]:
    """Run the hidden tests of an exercise on a changed solution.

    Returns: (test → Observation, test → calls).
    """
    functions = {**reference.functions, change.exercise: reference.changed_by(change)}
    calls: Calls = {test: [] for test in assignment.content.tests_of(change.exercise)}
    runs = {
        test: observe(test, functions, reference, seed, assignment, calls=of_test) for test, of_test in calls.items()
    }
    return runs, calls


def by_check(runs: Mapping[HiddenTest, Observation]) -> dict[Check, Observation]:
    """Return the Observation of each Check of some tests."""
    return {check: observation.of(check) for test, observation in runs.items() for check in test.checks}


def naming_of(
    words: Mapping[str, str], acceptable: Collection[str] | None, seen: Seen, calls: Calls, reference: Reference
) -> str:
    """Return how the failures of one program in one exercise are named, one of NAMINGS.

    Inputs:
    - words: misconceptions, see Diagnosis
    - acceptable: sentences that are true of the program; None means all, since each is proven by
      equal values
    - seen: Observations of the program
    - calls: calls of the program by the tests
    - reference: the solutions
    """
    sentences = set(words.values())
    if sentences:
        return OWN if acceptable is None or sentences <= set(acceptable) else WRONG
    for check, observation in seen.items():
        if observation.fault and observation.fault.status == "failed":
            try:
                if relation_of(observation, check.part, inputs_of(calls[check.test], reference)):
                    return RELATION
            except Exception:  # as in test_runner: incorrect values may break a relation
                continue
    return NOTHING


def acceptable_words(mutant: Mutant, content: Content) -> set[str]:
    """Return the sentences that are true of a mutant: its own, and those of mutants that also match."""
    names = {mutant.name, *mutant.also_matches}
    words = {other.words for other in content.mutants if other.exercise == mutant.exercise and other.name in names}
    return words | {" ".join(pair) for pair in permutations(words, 2)}


def known_observations(
    reference: Reference, seed: list[int], assignment: Assignment, mutants: Iterable[Mutant]
) -> Kept:
    """Return the Observations of known mutants, for many diagnoses with the same seed."""
    kept: Kept = {}
    for mutant in mutants:
        np.random.seed(0)  # noqa: NPY002 - the tested code uses it
        for test, observation in observed(mutant, reference, seed, assignment)[0].items():
            kept[(mutant,), test.node] = observation if observation.fault else Observation(None, ())
    return kept
