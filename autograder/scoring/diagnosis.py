"""Diagnosis: finds the mutants that give the same wrong values as a submission.

A misconception is reported only on proof. On the hidden inputs of this submission, its mutant must
give the same wrong values, and must pass every test that the submission passed.
"""

import copy
import itertools
import math
import re
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from autograder.course.assignment import Assignment
from autograder.errors import StudentFault
from autograder.mutants.models import Mutant
from autograder.scoring.reference import Reference
from autograder.scoring.reference_runs import Observation, observe
from autograder.testing.compare import as_numbers, error_of
from autograder.testing.hidden import Check
from autograder.testing.recording import Comparison, PlainComparison, Unkept

__all__ = [
    "COMPARABLE",
    "NO",
    "WEAK",
    "WORDS",
    "Budget",
    "Diagnosis",
    "Kept",
    "Seen",
    "agreement",
    "diagnose",
    "is_proof",
    "is_right",
]

# How well two failures of a test agree: not at all, the same type of exception, the same message, the same values.
NO, WEAK, WORDS, VALUES = range(4)
COMPARABLE = ("failed", "error")
MAX_PAIRS = 150  # a submission with unknown mistakes takes only some tenths of a second longer
SHAPE = re.compile(r"\(\d+(?:, ?\d+)*,?\)")
# The two sizes that a matrix product can't match, by `@` and by `dot`; and a float in range, in a slice or as a size.
INNER_SIZES = (re.compile(r"matmul: .*size (\d+) is different from (\d+)"), re.compile(r"aligned: (\d+) .* != (\d+) "))
FLOAT_SIZE = re.compile(r"^TypeError: '(?:numpy\.)?float\d*' object cannot be interpreted as an integer")
ROUNDING = 1e-10  # largest rounding error of a zero, relative to the largest expected number
SPECIFIC = re.compile(r"[0-9'\"]|more than one element")  # sizes of this input, a name, or an array for a number


Seen = Mapping[Check, Observation]
Kept = dict[tuple[tuple[Mutant, ...], str], Observation | None]  # (mutants, node of a test) → their Observation
Compared = Comparison | PlainComparison


@dataclass(frozen=True)
class Diagnosis:
    """The mistakes that were found in one exercise.

    - words: node of a failed Check → misconceptions
    - mutants: mutants that together explain every failed Check; () if one stays unexplained
    """

    words: dict[str, str]
    mutants: tuple[Mutant, ...] = ()


class Budget:
    """CPU time for all diagnoses of one submission: a submission must not slow down the grader.

    Inputs:
    - seconds: CPU time; unlimited by default
    """

    def __init__(self, seconds: float = math.inf) -> None:
        self.left = seconds

    def begin(self) -> None:
        """Start the clock of a diagnosis."""
        self._since = time.thread_time()

    def spend(self) -> None:
        """Subtract the time since the last call. Raises: _UsedUp if nothing is left."""
        now = time.thread_time()
        self.left -= now - self._since
        self._since = now
        if self.left <= 0:
            raise _UsedUp


class _UsedUp(Exception):
    pass


def diagnose(
    exercise: str,
    seen: Seen,
    reference: Reference,
    seed: list[int],
    assignment: Assignment,
    *,
    known: Sequence[Mutant] | None = None,
    kept: Kept | None = None,
    budget: Budget | None = None,
) -> Diagnosis:
    """Find the mutants that explain the failed tests of an exercise.

    Inputs:
    - exercise: name
    - seen: Check → Observation of the submission, without checks that were not run
    - reference: from which mutants are made
    - seed: of the hidden inputs
    - assignment: with its content and settings
    - known: candidate mutants; None means those of the exercise
    - kept: cache of the mutants' observations, for other calls with the same exercise and seed;
      changed in place
    - budget: CPU time; the Diagnosis is empty when it is used up

    Returns: a Diagnosis.
    """
    budget = budget or Budget()
    try:
        budget.begin()
        return _diagnose(exercise, seen, reference, seed, assignment, known, {} if kept is None else kept, budget)
    except _UsedUp:
        return Diagnosis({})


def _diagnose(
    exercise: str,
    seen: Seen,
    reference: Reference,
    seed: list[int],
    assignment: Assignment,
    known: Sequence[Mutant] | None,
    kept: Kept,
    budget: Budget,
) -> Diagnosis:
    faults = {check: observation.fault for check, observation in seen.items() if observation.fault}
    failed = {check: fault for check, fault in faults.items() if fault.status in COMPARABLE}
    complete = len(failed) == len(faults)
    if not failed:
        return Diagnosis({})
    content, options = assignment.content, assignment.settings.options
    candidates = content.mutants_of(exercise, options) if known is None else known
    case = _Case(exercise, seen, failed, reference, seed, assignment, kept, budget)
    # Passed Checks are compared last: they are the most numerous, and few mutants are left by then.
    showing = [mutant for mutant in candidates if case.shows(mutant)]
    if found := case.explanations(showing):
        words = {check.node: " ".join(_words(case.those_behind(check, found.certain))) for check in failed}
        named = {node: text for node, text in words.items() if text}
        return Diagnosis(named, found.combinations[0] if complete else ())
    # There is also an unknown mistake. A mutant that explains every check in which it shows is still certain.
    partly = [m for m in showing if case.explains_where_it_shows(m) and case.is_possible((m,))]
    words = {}
    for check in failed:
        sentences = {mutant.words for mutant in partly if case.match((mutant,), check) != NO}
        if len(sentences) == 1:
            words[check.node] = sentences.pop()
    return Diagnosis(words or case.words_of_values(showing))


@dataclass(frozen=True)
class _Found:
    """Combinations of mutants of which each explains all failed Checks."""

    combinations: list[tuple[Mutant, ...]]

    @property
    def certain(self) -> tuple[Mutant, ...]:
        """The mutants that all combinations have in common."""
        first, *others = self.combinations
        return tuple(mutant for mutant in first if all(mutant.words in _words(other) for other in others))


def _words(mutants: Sequence[Mutant]) -> list[str]:
    return list(dict.fromkeys(mutant.words for mutant in mutants))


class _Case:
    """Compares a submission's results in one exercise with those of combinations of mutants."""

    def __init__(
        self,
        exercise: str,
        seen: Seen,
        failed: dict[Check, StudentFault],
        reference: Reference,
        seed: list[int],
        assignment: Assignment,
        kept: Kept,
        budget: Budget,
    ) -> None:
        self.budget = budget
        self.exercise, self.seen, self.failed = exercise, seen, failed
        self.passed = [check for check in seen if seen[check].fault is None]
        self.reference, self.seed, self.assignment = reference, seed, assignment
        self.alone = kept
        self.combined: Kept = {}

    def observation(self, mutants: tuple[Mutant, ...], check: Check) -> Observation | None:
        """The Observation of a Check with these mutants; None if they can't be combined."""
        key, observations = (mutants, check.test.node), self.alone if len(mutants) == 1 else self.combined
        if key not in observations:
            self.budget.spend()
            function = self.reference.changed(mutants)
            seen = None
            if function:
                functions = {**self.reference.functions, self.exercise: function}
                seen = observe(check.test, functions, self.reference, self.seed, self.assignment)
            # Only arrays of failed tests are compared; those of all others would fill the memory.
            observations[key] = seen if seen is None or seen.fault else Observation(None, ())
        observation = observations[key]
        return observation and observation.of(check)

    def shows(self, mutant: Mutant) -> bool:
        """Return whether the mutant fails one of the failed Checks."""
        return any(self._shows_in(mutant, check) for check in self.failed)

    def _shows_in(self, mutant: Mutant, check: Check) -> bool:
        observation = self.observation((mutant,), check)
        return observation is not None and observation.fault is not None

    def is_possible(self, mutants: tuple[Mutant, ...]) -> bool:
        """Return whether the mutants pass every Check that the submission passed."""
        observations = (self.observation(mutants, check) for check in self.passed)
        return all(observation is not None and observation.fault is None for observation in observations)

    def explains_all(self, mutants: tuple[Mutant, ...]) -> bool:
        matches: list[int] = []
        for check in self.failed:
            matches.append(self.match(mutants, check))
            if matches[-1] == NO:
                return False
        return is_proof(matches) and self.is_possible(mutants)

    def explains_where_it_shows(self, mutant: Mutant) -> bool:
        """Return whether the mutant agrees in each Check in which it shows, except exceptions."""
        showing = [check for check in self.failed if self._shows_in(mutant, check)]
        matches = [(self.match((mutant,), check), self.failed[check].status) for check in showing]
        compared = [match for match, status in matches if status != "error" or match != NO]
        return compared.count(VALUES) >= 2 and NO not in compared

    def explanations(self, showing: list[Mutant]) -> "_Found | None":
        """The mutants or pairs of them that explain every failed Check; None if there are none."""
        singles: list[tuple[Mutant, ...]] = [(mutant,) for mutant in showing if self.explains_all((mutant,))]
        found = singles or [pair for pair in self.pairs(showing) if self.explains_all(pair)]
        return _Found(found) if found else None

    def words_of_values(self, showing: list[Mutant]) -> dict[str, str]:
        """The words of mutants that explain every Check that failed with wrong values.

        An exception in another test may have an unknown reason, for example another signature. It
        must not hide mistakes that reproduce the values of at least two tests.
        """
        values = {check: fault for check, fault in self.failed.items() if fault.status == "failed"}
        if len(values) < 2 or len(values) == len(self.failed):
            return {}
        rest = copy.copy(self)
        rest.failed = values
        found = rest.explanations([mutant for mutant in showing if rest.shows(mutant)])
        if not found:
            return {}
        matches = [rest.match(found.combinations[0], check) for check in values]
        if matches.count(VALUES) < 2:
            return {}
        words = {check.node: " ".join(_words(rest.those_behind(check, found.certain))) for check in values}
        return {node: text for node, text in words.items() if text}

    def pairs(self, showing: list[Mutant]) -> list[tuple[Mutant, Mutant]]:
        """The pairs to try: where only one of the two shows, it must agree with the submission."""
        shows = {m: {check for check in self.failed if self._shows_in(m, check)} for m in showing}
        fits = {m: {check for check in self.failed if self.match((m,), check)} for m in showing}
        pairs = [
            (one, other)
            for one, other in itertools.combinations(showing, 2)
            if shows[one] | shows[other] == set(self.failed)
            and shows[one] - shows[other] <= fits[one]
            and shows[other] - shows[one] <= fits[other]
        ]
        # First the pairs of which one already agrees somewhere; mutants that show in the same checks hide each other.
        pairs.sort(key=lambda pair: not (fits[pair[0]] or fits[pair[1]]))
        possible = (pair for pair in pairs if all(self.is_possible((mutant,)) for mutant in pair))
        return list(itertools.islice(possible, MAX_PAIRS))

    def match(self, mutants: tuple[Mutant, ...], check: Check) -> int:
        """How well these mutants agree with the submission in a failed Check."""
        self.budget.spend()
        mine = self.observation(mutants, check)
        return NO if mine is None else agreement(self.seen[check], mine)

    def those_behind(self, check: Check, mutants: tuple[Mutant, ...]) -> list[Mutant]:
        """The mutants that show in a failed Check."""
        alone = [mutant for mutant in mutants if self._shows_in(mutant, check)]
        return alone or list(mutants)


def agreement(theirs: Observation, mine: Observation) -> int:
    """How well two failures of one Check agree: NO, WEAK, WORDS or VALUES."""
    fault = theirs.fault
    if fault is None or mine.fault is None or mine.fault.status != fault.status:
        return NO
    if fault.status == "error":
        return _same_words(fault.english, mine.fault.english)
    if len(mine.comparisons) != len(theirs.comparisons):
        return NO
    pairs = zip(theirs.comparisons, mine.comparisons, strict=True)
    wrong = [_agreement(*pair) for pair in pairs if not all(map(is_right, pair))]
    if not wrong:
        return _same_words(fault.english, mine.fault.english)
    return NO if NO in wrong else max(wrong)


def is_proof(matches: Collection[int]) -> bool:
    """Return whether agreements in all failed Checks prove a mistake: an exception in one test can agree by chance."""
    return VALUES in matches or set(matches) == {WORDS}


def _same_words(theirs: str, mine: str) -> int:
    """How well two messages agree; the message of a student's exception ends with the place."""
    if theirs.startswith(mine) and SPECIFIC.search(mine):
        return WORDS
    if _cause(mine) and _cause(theirs) == _cause(mine):
        return WORDS
    kinds = [message.split(":")[0].split(" ")[0] for message in (theirs, mine)]
    if kinds[0] != kinds[1]:
        return NO
    # The text of an assert is the student's own. Mismatched shapes are listed in the order of the factors.
    shapes = [sorted(SHAPE.findall(message)) for message in (theirs, mine)]
    is_same = kinds[0] == "AssertionError" or (len(shapes[1]) > 1 and shapes[0] == shapes[1])
    return WORDS if is_same else WEAK


def _cause(message: str) -> tuple[str, ...]:
    """The cause of an exception for which NumPy has several messages, or ()."""
    if FLOAT_SIZE.search(message):
        return ("a float as a size",)
    sizes = next((found.groups() for regex in INNER_SIZES if (found := regex.search(message))), ())
    return tuple(sorted(sizes))


def is_right(comparison: Compared) -> bool:
    """Return whether a compared value passes its check."""
    if isinstance(comparison, PlainComparison):
        return comparison.is_right
    got, expected = comparison.got, comparison.expected
    if type(got) is not np.ndarray or got.shape != expected.shape or got.dtype.kind not in "fiub":
        return False
    return bool(np.isfinite(got).all()) and error_of(got, expected) <= comparison.tolerance.bound


def _agreement(theirs: Compared, mine: Compared) -> int:
    """How well two wrong arrays agree."""
    if theirs.name != mine.name:
        return NO
    if isinstance(theirs, PlainComparison):
        return _plain_agreement(theirs, mine) if isinstance(mine, PlainComparison) else NO
    if isinstance(mine, PlainComparison):
        return NO
    one, other = theirs.got, mine.got
    if isinstance(one, Unkept) or isinstance(other, Unkept):
        is_same = _is_same_misfit(one, other, theirs.tolerance.bound)
        return VALUES if is_same else NO
    got, expected = as_numbers(one), as_numbers(other)
    if got is None or expected is None:
        return WEAK if type(one) is type(other) else NO
    if got.shape != expected.shape:
        return NO
    if got.size == 0:
        return VALUES  # both are empty, of the same wrong shape
    finite = np.isfinite(got)
    if not np.array_equal(finite, np.isfinite(expected)) or not finite.any():
        return NO
    # Zeros with rounding errors: the errors must not be compared with each other.
    noise = ROUNDING * np.max(np.abs(theirs.expected), initial=0)
    got, expected = (np.where(np.abs(values[finite]) <= noise, 0, values[finite]) for values in (got, expected))
    if not error_of(got, expected) <= theirs.tolerance.bound:
        return NO
    # Many mistakes give zeros.
    return VALUES if expected.size == 1 or expected.any() else WEAK


def _plain_agreement(theirs: PlainComparison, mine: PlainComparison) -> int:
    """How well two wrong plain values agree."""
    got, expected = (np.asarray(comparison.numbers, dtype=np.float64) for comparison in (theirs, mine))
    if theirs.digest != mine.digest or got.shape != expected.shape:
        return NO
    scale = np.max(np.abs(expected), initial=0, where=np.isfinite(expected))
    if not np.allclose(got, expected, rtol=0, atol=theirs.tolerance.bound * scale, equal_nan=True):
        return NO
    return VALUES if theirs.digest else WEAK  # many mistakes give None or an empty value


def _is_same_misfit(one: object, other: object, bound: float) -> bool:
    """Return whether two values of unexpected shapes agree, as far as they are recorded."""
    if not (isinstance(one, Unkept) and isinstance(other, Unkept)):
        return False
    if (one.type, one.shape, len(one.sample)) != (other.type, other.shape, len(other.sample)):
        return False
    return np.allclose(
        one.sample, other.sample, rtol=0, atol=bound * max(map(abs, other.sample), default=0), equal_nan=True
    )
