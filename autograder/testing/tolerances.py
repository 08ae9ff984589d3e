"""Tolerances: how far a right value may be off. Each assignment has a table of them.

The error is max |got − expected| ÷ max |expected| over one array, so that entries near zero, where the relative error
of a single entry means nothing, do not decide.
"""

from dataclasses import dataclass
from typing import NoReturn

from autograder.errors import GraderError

__all__ = ["Tolerance", "ToleranceTable"]


@dataclass(frozen=True)
class Tolerance:
    """A bound on the error.

    - reason: why the bound is where it is.
    - margin: `make mutants` expects errors of correct implementations below bound ÷ margin, and those of mutants above
      bound × margin.
    """

    bound: float
    reason: str
    margin: float = 10


class ToleranceTable(dict[str, Tolerance]):
    """Tolerances by name; an unknown name is an error of the hidden test's author."""

    def __missing__(self, name: str) -> NoReturn:
        raise GraderError(f"expected a tolerance of the assignment ({', '.join(self)}), got {name!r}")
