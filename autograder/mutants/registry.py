"""What the kit knows of the exercises, topic by topic: signatures, mutants and variants.

A topic is a file of hidden tests, and the module of this package that is named after it: what `test_pooling.py` tests
is described in `pooling.py`. Both are found by their names and entered nowhere.
"""

import importlib
from pathlib import Path

from autograder.errors import UsageError
from autograder.mutants import equivalent
from autograder.paths import HIDDEN_TESTS

__all__ = ["EQUIVALENTS", "MUTANTS", "SIGNATURES", "TOPICS", "VARIANTS", "known_mutant", "mutants_of", "read_topic"]

PARTS = ("SIGNATURES", "MUTANTS", "VARIANTS")


def _topics():
    names = [path.stem.removeprefix("test_") for path in sorted(HIDDEN_TESTS.glob("test_*.py"))]
    described = [name for name in names if Path(__file__).with_name(f"{name}.py").exists()]
    return tuple(read_topic(name) for name in described)


def read_topic(name):
    """The module of a topic.

    Raises: UsageError when its author has to mend it first.
    """
    try:
        topic = importlib.import_module(f"autograder.mutants.{name}")
    except Exception as error:
        raise UsageError(f"autograder/mutants/{name}.py can't be used: {type(error).__name__}: {error}") from None
    for part in PARTS:
        if not hasattr(topic, part):
            raise UsageError(f"autograder/mutants/{name}.py has no {part}: copy the form of another file there")
    return topic


TOPICS = _topics()
SIGNATURES = {exercise: signature for topic in TOPICS for exercise, signature in topic.SIGNATURES.items()}
MUTANTS = tuple(mutant for topic in TOPICS for mutant in topic.MUTANTS)
VARIANTS = tuple(variant for topic in TOPICS for variant in topic.VARIANTS)
# A topic may have its own table, of the same form.
EQUIVALENTS = equivalent.EQUIVALENTS | {
    exercise: reasons for topic in TOPICS for exercise, reasons in getattr(topic, "EQUIVALENTS", {}).items()
}


def known_mutant(exercise, name):
    """The mutant of that name."""
    return next(mutant for mutant in MUTANTS if (mutant.exercise, mutant.name) == (exercise, name))


def mutants_of(exercise, course):
    """The mutants of one exercise that are mistakes with the settings of a course."""
    return tuple(mutant for mutant in MUTANTS if mutant.exercise == exercise and mutant.is_wrong_in(course))
