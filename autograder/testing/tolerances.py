"""Tolerances: bounds on the error of a correct value. Each assignment has a table of them.

The error of an array is max |got − expected| ÷ max |expected|. Entries near zero do not dominate
it, as they would dominate the relative error of single entries.
"""

from dataclasses import dataclass
from typing import NoReturn

from autograder.errors import GraderError

__all__ = ["Tolerance", "ToleranceTable"]


@dataclass(frozen=True)
class Tolerance:
    """A bound on the error.

    - bound: largest error that passes
    - reason: of the bound
    - margin: `make mutants` expects errors of correct implementations below bound ÷ margin, and
      errors of mutants above bound × margin
    """

    bound: float
    reason: str
    margin: float = 10


class ToleranceTable(dict[str, Tolerance]):
    """Tolerances by name; an unknown name raises GraderError."""

    def __missing__(self, name: str) -> NoReturn:
        raise GraderError(f"expected a tolerance of the assignment ({', '.join(self)}), got {name!r}")
