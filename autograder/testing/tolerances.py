"""Every tolerance of the hidden tests, with its reason.

Errors are measured as max |got − expected| ÷ max |expected| over one array, so that entries near zero, where the
relative error of a single entry means nothing, do not decide.
"""

from dataclasses import dataclass

from autograder.errors import GraderError

__all__ = ["TOLERANCES", "Tolerance"]


@dataclass(frozen=True)
class Tolerance:
    """A bound on the error, and why it is where it is.

    - margin: the factor by which the errors of right programs and of mistakes at least stay away from it, see `make
      mutants`.
    """

    bound: float
    reason: str
    margin: float = 10


class _Table(dict):
    """A dict that says what it has when it is asked for something else."""

    def __missing__(self, name):
        raise GraderError(f"there is no tolerance {name!r}: {', '.join(self)} are in {__name__}, where a new one goes")


TOLERANCES = _Table(
    {
        "exact": Tolerance(3e-5, "sums of at most a hundred products; float32 arithmetic stays below 1e-6"),
        "projection": Tolerance(
            5e-6, "one number for a whole array, to which a mistake comes near by chance", margin=2
        ),
        "normalized": Tolerance(3e-5, "a variance and its root in between; float32 arithmetic costs a few 1e-6"),
        "gradient": Tolerance(1e-4, "float32 gradients through a variance cancel; the reference is exact in float64"),
        "random": Tolerance(
            0.3, "mean and deviation of hundreds of random numbers, in units of the deviation", margin=1.1
        ),
        "share": Tolerance(
            0.5, "a part of thousands of random numbers, also where whole rows of them have one lot", margin=1.1
        ),
        "network": Tolerance(6e-5, "two affine layers on top of a convolution, parameters may be kept in float32"),
    }
)
