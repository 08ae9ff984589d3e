"""Names the misconception behind wrong results: what came back is compared with what known mistakes give there.

A mistake is named only on proof. It has to give, on the hidden inputs of this very submission, the wrong values that
the submission gave, and it must not spoil a test that the submission passed.
"""

import itertools
import math
import re
import time
from dataclasses import dataclass

import numpy as np

from autograder.scoring.reference_runs import Observation, observe
from autograder.testing.compare import as_numbers, error_of
from autograder.testing.recording import PlainComparison, Unkept

__all__ = ["Budget", "Diagnosis", "diagnose"]

# How well two wrong ends of a test agree: the same kind of exception, one in the same words, the same values.
NO, WEAK, WORDS, VALUES = range(4)
COMPARABLE = ("failed", "error")
MAX_PAIRS = 150  # so that a submission with unheard-of mistakes takes no longer than a few tenths of a second more
SHAPE = re.compile(r"\(\d+(?:, ?\d+)*,?\)")
ROUNDING = 1e-10  # of the largest number expected, what is left of zero by rounding
SPECIFIC = re.compile(r"[0-9'\"]")  # sizes of this very input, or a name


@dataclass(frozen=True)
class Diagnosis:
    """What is known of the mistakes in one exercise.

    - words: dict of node of a failed Check → the misconceptions in words.
    - mutants: those that explain every failed Check together; empty when some is left unexplained.
    """

    words: dict
    mutants: tuple = ()


class Budget:
    """The seconds of CPU that the diagnoses of one submission may take together: what students hand in must not decide
    how long the grader thinks about it. Without a number there is no end."""

    def __init__(self, seconds=math.inf):
        self.left = seconds

    def begin(self):
        self._since = time.thread_time()

    def spend(self):
        """Take off what was used since the last call. Raises: _UsedUp when nothing is left."""
        now = time.thread_time()
        self.left -= now - self._since
        self._since = now
        if self.left <= 0:
            raise _UsedUp


class _UsedUp(Exception):
    pass


def diagnose(exercise, seen, reference, seed, assignment, *, known=None, kept=None, budget=None):
    """Find the known mistakes that explain what the tests of an exercise saw.

    Inputs:
    - seen: dict of Check → Observation of the submission; those that say nothing are not in it.
    - reference: Reference. - seed: what the hidden inputs were drawn from. - assignment: Assignment.
    - known: the mutants to look among; those of the exercise by default.
    - kept: dict in which what each mutant gives is kept for other calls with the same exercise and seed.
    - budget: Budget; when it is used up, nothing is named.

    Returns: a Diagnosis.
    """
    budget = budget or Budget()
    try:
        budget.begin()
        return _diagnose(exercise, seen, reference, seed, assignment, known, {} if kept is None else kept, budget)
    except _UsedUp:
        return Diagnosis({})


def _diagnose(exercise, seen, reference, seed, assignment, known, kept, budget):
    wrong = [check for check in seen if seen[check].fault]
    failed = [check for check in wrong if seen[check].fault.status in COMPARABLE]
    complete = failed == wrong
    if not failed:
        return Diagnosis({})
    content, options = assignment.content, assignment.settings.options
    candidates = content.mutants_of(exercise, options) if known is None else known
    case = _Case(exercise, seen, failed, reference, seed, assignment, kept, budget)
    # The Checks that were passed come last: they are most, and few mistakes are left by then.
    showing = [mutant for mutant in candidates if case.shows(mutant)]
    singles = [(mutant,) for mutant in showing if case.explains_all((mutant,))]
    found = singles or [pair for pair in case.pairs(showing) if case.explains_all(pair)]
    if found:
        # Where several combinations give the same, only what they have in common is certain.
        certain = tuple(mutant for mutant in found[0] if all(mutant.words in _words(other) for other in found))
        words = {check.node: " ".join(_words(case.those_behind(check, certain))) for check in failed}
        return Diagnosis({node: text for node, text in words.items() if text}, found[0] if complete else ())
    # Something else is wrong as well: what a known mistake explains wherever it is to be seen at all is still certain.
    partly = [m for m in showing if case.explains_where_it_shows(m) and case.is_possible((m,))]
    words = {}
    for check in failed:
        sentences = {mutant.words for mutant in partly if case.match((mutant,), check) != NO}
        if len(sentences) == 1:
            words[check.node] = sentences.pop()
    return Diagnosis(words)


def _words(mutants):
    return list(dict.fromkeys(mutant.words for mutant in mutants))


class _Case:
    """What a submission gave in one exercise, against what combinations of mutants give on the same inputs."""

    def __init__(self, exercise, seen, failed, reference, seed, assignment, kept, budget):
        self.budget = budget
        self.exercise, self.seen, self.failed = exercise, seen, failed
        self.passed = [check for check in seen if seen[check].fault is None]
        self.reference, self.seed, self.assignment = reference, seed, assignment
        self.alone, self.combined = kept, {}

    def observation(self, mutants, check):
        """What is seen of a Check when the reference has these mistakes in it; None where they can't be combined."""
        key, observations = (mutants, check.test.node), self.alone if len(mutants) == 1 else self.combined
        if key not in observations:
            self.budget.spend()
            function = self.reference.changed(mutants)
            functions = {**self.reference.functions, self.exercise: function}
            seen = function and observe(check.test, functions, self.reference, self.seed, self.assignment)
            # Arrays are looked at where a test fails; those of all others would fill the memory.
            observations[key] = seen if seen is None or seen.fault else Observation(None, ())
        return observations[key] and observations[key].of(check)

    def shows(self, mutant):
        """Whether the mistake makes one of the failed Checks fail."""
        return any(self.observation((mutant,), check).fault for check in self.failed)

    def is_possible(self, mutants):
        """Whether nothing that was passed would have failed."""
        observations = (self.observation(mutants, check) for check in self.passed)
        return all(observation is not None and observation.fault is None for observation in observations)

    def explains_all(self, mutants):
        matches = []
        for check in self.failed:
            matches.append(self.match(mutants, check))
            if matches[-1] == NO:
                return False
        # An exception in one test can agree by chance.
        is_proof = VALUES in matches or set(matches) == {WORDS}
        return is_proof and self.is_possible(mutants)

    def explains_where_it_shows(self, mutant):
        """Whether the mistake gives what came back in every Check in which it shows; an exception may hide it."""
        showing = [check for check in self.failed if self.observation((mutant,), check).fault]
        matches = [(self.match((mutant,), check), self.seen[check].fault.status) for check in showing]
        compared = [match for match, status in matches if status != "error" or match != NO]
        return compared.count(VALUES) >= 2 and NO not in compared

    def pairs(self, showing):
        """The pairs that are worth a try: where one mistake of the two shows alone, it has to be what came back."""
        shows = {m: {check for check in self.failed if self.observation((m,), check).fault} for m in showing}
        fits = {m: {check for check in self.failed if self.match((m,), check)} for m in showing}
        pairs = [
            (one, other)
            for one, other in itertools.combinations(showing, 2)
            if shows[one] | shows[other] == set(self.failed)
            and shows[one] - shows[other] <= fits[one]
            and shows[other] - shows[one] <= fits[other]
        ]
        # First those of which a part is seen already; mistakes that show in the same checks hide each other.
        pairs.sort(key=lambda pair: not (fits[pair[0]] or fits[pair[1]]))
        possible = (pair for pair in pairs if all(self.is_possible((mutant,)) for mutant in pair))
        return list(itertools.islice(possible, MAX_PAIRS))

    def match(self, mutants, check):
        """How well what these mistakes give in a failed Check agrees with what came back."""
        self.budget.spend()
        mine, theirs = self.observation(mutants, check), self.seen[check]
        if mine is None or mine.fault is None or mine.fault.status != theirs.fault.status:
            return NO
        if theirs.fault.status == "error":
            return _same_words(theirs.fault.message, mine.fault.message)
        if len(mine.comparisons) != len(theirs.comparisons):
            return NO
        pairs = zip(theirs.comparisons, mine.comparisons, strict=True)
        wrong = [_agreement(*pair) for pair in pairs if not all(map(_is_right, pair))]
        if not wrong:
            return _same_words(theirs.fault.message, mine.fault.message)
        return NO if NO in wrong else max(wrong)

    def those_behind(self, check, mutants):
        """Which of several mistakes are to be seen in a failed Check."""
        alone = [mutant for mutant in mutants if self.observation((mutant,), check).fault]
        return alone or list(mutants)


def _same_words(theirs, mine):
    """How far two messages are the same; that of a student's exception goes on with the place."""
    if theirs.startswith(mine) and SPECIFIC.search(mine):
        return WORDS
    kinds = [message.split(":")[0].split(" ")[0] for message in (theirs, mine)]
    if kinds[0] != kinds[1]:
        return NO
    # The words of an assert are the student's own; and shapes that do not fit are named in the order of the factors.
    shapes = [sorted(SHAPE.findall(message)) for message in (theirs, mine)]
    is_same = kinds[0] == "AssertionError" or (len(shapes[1]) > 1 and shapes[0] == shapes[1])
    return WORDS if is_same else WEAK


def _is_right(comparison):
    if isinstance(comparison, PlainComparison):
        return comparison.is_right
    got, expected = comparison.got, comparison.expected
    fits = type(got) is np.ndarray and got.shape == expected.shape and got.dtype.kind in "fiub"
    return fits and np.isfinite(got).all() and error_of(got, expected) <= comparison.tolerance.bound


def _agreement(theirs, mine):
    """How far two wrong arrays are the same."""
    if theirs.name != mine.name or type(theirs) is not type(mine):
        return NO
    if isinstance(theirs, PlainComparison):
        return _plain_agreement(theirs, mine)
    if Unkept in (type(theirs.got), type(mine.got)):
        return VALUES if _is_same_misfit(theirs, mine) else NO
    values = [as_numbers(comparison.got) for comparison in (theirs, mine)]
    if any(value is None for value in values):
        return WEAK if type(theirs.got) is type(mine.got) else NO
    got, expected = values
    if got.shape != expected.shape:
        return NO
    if got.size == 0:
        return VALUES  # of that very shape, where there should be numbers
    finite = np.isfinite(got)
    if not np.array_equal(finite, np.isfinite(expected)) or not finite.any():
        return NO
    # Where a mistake gives what is zero but for rounding, one rounding error must not be compared with another.
    noise = ROUNDING * np.max(np.abs(theirs.expected), initial=0)
    got, expected = (np.where(np.abs(values[finite]) <= noise, 0, values[finite]) for values in (got, expected))
    if not error_of(got, expected) <= theirs.tolerance.bound:
        return NO
    # Zeros can come from anywhere.
    return VALUES if expected.size == 1 or expected.any() else WEAK


def _plain_agreement(theirs, mine):
    """How far two wrong values that are not arrays are the same."""
    numbers = [np.asarray(comparison.numbers, dtype=np.float64) for comparison in (theirs, mine)]
    if theirs.digest != mine.digest or numbers[0].shape != numbers[1].shape:
        return NO
    scale = np.max(np.abs(numbers[1]), initial=0, where=np.isfinite(numbers[1]))
    if not np.allclose(*numbers, rtol=0, atol=theirs.tolerance.bound * scale, equal_nan=True):
        return NO
    return VALUES if theirs.digest else WEAK  # nothing can come from anywhere


def _is_same_misfit(theirs, mine):
    """Whether two values that are no arrays of the expected shape are the same, as far as they are remembered."""
    one, other = theirs.got, mine.got
    if type(one) is not type(other) or (one.type, one.shape, len(one.sample)) != (
        other.type,
        other.shape,
        len(other.sample),
    ):
        return False
    bound = theirs.tolerance.bound
    return np.allclose(
        one.sample, other.sample, rtol=0, atol=bound * max(map(abs, other.sample), default=0), equal_nan=True
    )
