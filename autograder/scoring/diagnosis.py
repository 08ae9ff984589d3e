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

from autograder.mutants.catalogue import mutants_of
from autograder.scoring.observing import Observation, observe
from autograder.testing.compare import Unkept, error_of
from autograder.testing.tolerances import TOLERANCES

__all__ = ["Budget", "Diagnosis", "diagnose"]

# How well two wrong ends of a test agree: the same kind of exception, one in the same words, the same values.
NO, WEAK, WORDS, VALUES = range(4)
COMPARABLE = ("failed", "error")
MAX_PAIRS = 150  # so that a submission with unheard-of mistakes takes no longer than a few tenths of a second more
SPECIFIC = re.compile(r"[0-9'\"]")  # sizes of this very input, or a name


@dataclass(frozen=True)
class Diagnosis:
    """What is known of the mistakes in one exercise.

    - words: dict of node of a failed test → the misconceptions in words.
    - mutants: those that explain every failed test together; empty when some is left unexplained.
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


def diagnose(exercise, seen, reference, seed, course, *, known=None, kept=None, budget=None):
    """Find the known mistakes that explain what the tests of an exercise saw.

    Inputs:
    - seen: dict of HiddenTest → Observation of the submission; tests that say nothing are not in it.
    - reference: Reference. - seed: what the hidden inputs were drawn from. - course: Course.
    - known: the mutants to look among; those of the exercise by default.
    - kept: dict in which what each mutant gives is kept for other calls with the same exercise and seed.
    - budget: Budget; when it is used up, nothing is named.

    Returns: a Diagnosis.
    """
    budget = budget or Budget()
    try:
        budget.begin()
        return _diagnose(exercise, seen, reference, seed, course, known, {} if kept is None else kept, budget)
    except _UsedUp:
        return Diagnosis({})


def _diagnose(exercise, seen, reference, seed, course, known, kept, budget):
    wrong = [test for test in seen if seen[test].fault]
    failed = [test for test in wrong if seen[test].fault.status in COMPARABLE]
    complete = failed == wrong
    if not failed:
        return Diagnosis({})
    candidates = mutants_of(exercise, course) if known is None else known
    case = _Case(exercise, seen, failed, reference, seed, course, kept, budget)
    possible = [mutant for mutant in candidates if case.is_possible((mutant,))]
    singles = [(mutant,) for mutant in possible if case.explains_all((mutant,))]
    found = singles or [pair for pair in case.pairs(possible) if case.explains_all(pair)]
    if found:
        # Where several combinations give the same, only what they have in common is certain.
        certain = tuple(mutant for mutant in found[0] if all(mutant.words in _words(other) for other in found))
        words = {test.node: " ".join(_words(case.those_behind(test, certain))) for test in failed}
        return Diagnosis({node: text for node, text in words.items() if text}, found[0] if complete else ())
    # Something else is wrong as well: what a known mistake explains wherever it is to be seen at all is still certain.
    partly = [mutant for mutant in possible if case.explains_where_it_shows(mutant)]
    words = {}
    for test in failed:
        sentences = {mutant.words for mutant in partly if case.match((mutant,), test) != NO}
        if len(sentences) == 1:
            words[test.node] = sentences.pop()
    return Diagnosis(words)


def _words(mutants):
    return list(dict.fromkeys(mutant.words for mutant in mutants))


class _Case:
    """What a submission gave in one exercise, against what combinations of mutants give on the same inputs."""

    def __init__(self, exercise, seen, failed, reference, seed, course, kept, budget):
        self.budget = budget
        self.exercise, self.seen, self.failed = exercise, seen, failed
        self.passed = [test for test in seen if seen[test].fault is None]
        self.reference, self.seed, self.course = reference, seed, course
        self.alone, self.combined = kept, {}

    def observation(self, mutants, test):
        """What a test sees of the reference with these mistakes in it; None where they can't be combined."""
        key, observations = (mutants, test.node), self.alone if len(mutants) == 1 else self.combined
        if key not in observations:
            self.budget.spend()
            function = self.reference.changed(mutants)
            functions = {**self.reference.functions, self.exercise: function}
            seen = function and observe(test, functions, self.reference, self.seed, self.course)
            # Arrays are looked at where a test fails; those of all others would fill the memory.
            observations[key] = seen if seen is None or seen.fault else Observation(None, ())
        return observations[key]

    def is_possible(self, mutants):
        """Whether no test that was passed would have failed."""
        observations = (self.observation(mutants, test) for test in self.passed)
        return all(observation is not None and observation.fault is None for observation in observations)

    def explains_all(self, mutants):
        matches = []
        for test in self.failed:
            matches.append(self.match(mutants, test))
            if matches[-1] == NO:
                return False
        return max(matches) >= WORDS and self.is_possible(mutants)

    def explains_where_it_shows(self, mutant):
        showing = [test for test in self.failed if self.observation((mutant,), test).fault]
        matches = [self.match((mutant,), test) for test in showing]
        return matches.count(VALUES) >= 2 and NO not in matches

    def pairs(self, possible):
        """The pairs that are worth a try: where one mistake of the two shows alone, it has to be what came back."""
        shows = {m: {test for test in self.failed if self.observation((m,), test).fault} for m in possible}
        fits = {m: {test for test in self.failed if self.match((m,), test)} for m in possible}
        pairs = [
            (one, other)
            for one, other in itertools.combinations(possible, 2)
            if shows[one] | shows[other] == set(self.failed)
            and shows[one] - shows[other] <= fits[one]
            and shows[other] - shows[one] <= fits[other]
        ]
        # First those of which a part is seen already; mistakes that show in the same tests hide each other.
        pairs.sort(key=lambda pair: not (fits[pair[0]] or fits[pair[1]]))
        return pairs[:MAX_PAIRS]

    def match(self, mutants, test):
        """How well what these mistakes give in a failed test agrees with what came back."""
        self.budget.spend()
        mine, theirs = self.observation(mutants, test), self.seen[test]
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

    def those_behind(self, test, mutants):
        """Which of several mistakes are to be seen in a failed test."""
        alone = [mutant for mutant in mutants if self.observation((mutant,), test).fault]
        return alone or list(mutants)


def _same_words(theirs, mine):
    """How far two messages are the same; that of a student's exception goes on with the place."""
    if theirs.startswith(mine) and SPECIFIC.search(mine):
        return WORDS
    return WEAK if theirs.split(":")[0].split(" ")[0] == mine.split(":")[0] else NO


def _is_right(comparison):
    got, expected = comparison.got, comparison.expected
    fits = type(got) is np.ndarray and got.shape == expected.shape and got.dtype.kind in "fiub"
    return fits and np.isfinite(got).all() and error_of(got, expected) <= TOLERANCES[comparison.tolerance].bound


def _agreement(theirs, mine):
    """How far two wrong arrays are the same."""
    if theirs.name != mine.name:
        return NO
    if Unkept in (type(theirs.got), type(mine.got)):
        return VALUES if _is_same_misfit(theirs, mine) else NO
    values = [_numbers(comparison.got) for comparison in (theirs, mine)]
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
    got, expected = got[finite], expected[finite]
    if not error_of(got, expected) <= TOLERANCES[theirs.tolerance].bound:
        return NO
    # Zeros can come from anywhere.
    return VALUES if expected.size == 1 or expected.any() else WEAK


def _is_same_misfit(theirs, mine):
    """Whether two values that are no arrays of the expected shape are the same, as far as they are remembered."""
    one, other = theirs.got, mine.got
    if type(one) is not type(other) or (one.type, one.shape, len(one.sample)) != (
        other.type,
        other.shape,
        len(other.sample),
    ):
        return False
    bound = TOLERANCES[theirs.tolerance].bound
    return np.allclose(
        one.sample, other.sample, rtol=0, atol=bound * max(map(abs, other.sample), default=0), equal_nan=True
    )


def _numbers(value):
    """An array or a number as an array of float64; None for whatever else."""
    if isinstance(value, float | int) or (type(value) is np.ndarray and value.dtype.kind in "fiub"):
        return np.asarray(value, dtype=np.float64)
    return None
