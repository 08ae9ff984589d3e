"""Tolerances of the hidden tests, each with its reason."""

from autograder import Tolerance

__all__ = ["TOLERANCES"]

TOLERANCES = {
    "exact": Tolerance(3e-5, "sums of a few products; float32 arithmetic stays below 1e-6"),
    "distance": Tolerance(1e-4, "the root of a difference of squares, which cancels in float32"),
    "random": Tolerance(0.3, "the deviation of hundreds of random numbers, in units of the expected one", margin=1.1),
}
