"""Order in which to fix exercises: an error can follow from one in an exercise that is used."""

from autograder.language import tr_plural
from autograder.model import ExerciseResult, Result
from autograder.printable import in_words

__all__ = ["fix_order", "to_fix_first", "uses_words"]


def to_fix_first(name: str, result: Result) -> list[str]:
    """Return the incorrect exercises that an incorrect exercise uses, in the order in which to fix them.

    The list is empty if misconceptions explain all failed tests. An unwritten exercise of another
    notebook is left out: correct versions replace it.
    """
    exercise = result.exercises[name]
    if not exercise.was_tried or all(test.passed or test.misconception for test in exercise.tests):
        return []
    used = {other: result.exercises[other] for other in exercise.needs if other in result.exercises}
    return [
        other
        for other, found in used.items()
        if _is_wrong(found) and other not in result.waiting and (found.was_tried or found.notebook == exercise.notebook)
    ]


def fix_order(result: Result) -> list[str]:
    """Return the exercises of which one should be fixed before another, in the order in which to fix them."""
    first = {name: to_fix_first(name, result) for name in result.exercises}
    found: dict[str, None] = {}
    seen: set[str] = set()

    def add(name: str) -> None:
        if name not in seen:
            seen.add(name)
            for other in first[name]:
                add(other)
            found[name] = None

    for name, others in first.items():
        if others:
            add(name)
    return list(found)


def uses_words(name: str, others: list[str]) -> str:
    """Return sentences about the incorrect exercises that an exercise uses; "" without any."""
    if not others:
        return ""
    return tr_plural(
        "{name} uses {others}, which is not right yet. Fix {first} first: the messages below may follow from it.",
        "{name} uses {others}, which are not right yet. Fix these first: the messages below may follow from them.",
        len(others),
        name=name,
        others=in_words(others),
        first=others[0],
    )


def _is_wrong(exercise: ExerciseResult) -> bool:
    return not all(test.passed for test in exercise.tests)
