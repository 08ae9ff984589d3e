"""Every tolerance of the hidden tests, with its reason.

Errors are measured as max |got − expected| ÷ max |expected| over one array, so that entries near zero, where the
relative error of a single entry means nothing, do not decide.
"""

from dataclasses import dataclass

__all__ = ["TOLERANCES", "Tolerance"]


@dataclass(frozen=True)
class Tolerance:
    """A bound on the error, and why it is where it is."""

    bound: float
    reason: str


TOLERANCES = {
    "exact": Tolerance(1e-6, "sums of at most a few hundred products; float32 arithmetic stays below 1e-6"),
    "normalized": Tolerance(2e-5, "a variance and its root in between; float32 arithmetic costs a few 1e-6"),
    "gradient": Tolerance(1e-4, "float32 gradients through a variance cancel; the reference is exact in float64"),
    "network": Tolerance(1e-4, "two affine layers on top of a convolution, parameters may be kept in float32"),
}
