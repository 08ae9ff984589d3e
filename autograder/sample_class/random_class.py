"""A large sample class: correct code, known mistakes and broken files, drawn by number."""

import random
from collections.abc import Container, Iterable, Sequence

from autograder.course.assignment import Assignment
from autograder.mutants.models import Mutant, Variant
from autograder.sample_class.profiles import Sample

__all__ = ["drawn"]

RIGHT, WRONG = 0.45, 0.4  # shares of the class; the rest is broken
STYLES, MISTAKES = 5, 3  # maximum numbers of variants and of mutants in one submission


def drawn(
    number: int, broken: Sequence[Sample], assignment: Assignment
) -> tuple[list[Mutant | Variant], Sample | None]:
    """Draw the submission of a student; equal numbers give equal submissions.

    Inputs:
    - number: number of the student.
    - broken: Samples for broken submissions.

    Returns: (mutants and variants, at most one per exercise, None), or ([], a Sample).
    """
    random_of_number = random.Random(number)
    kind = random_of_number.random()
    if kind >= RIGHT + WRONG:
        return [], random_of_number.choice(broken)
    changes = _some(
        random_of_number, assignment.content.variants, assignment.exercises, random_of_number.randint(0, STYLES)
    )
    if kind >= RIGHT:
        changes += _some(
            random_of_number, assignment.content.mutants, assignment.exercises, random_of_number.randint(1, MISTAKES)
        )
    return list({change.exercise: change for change in changes}.values()), None


def _some(
    random_of_number: random.Random, catalogue: Iterable[Mutant | Variant], exercises: Container[str], count: int
) -> list[Mutant | Variant]:
    entries = sorted((entry for entry in catalogue if entry.exercise in exercises), key=lambda entry: entry.id)
    return random_of_number.sample(entries, count)
