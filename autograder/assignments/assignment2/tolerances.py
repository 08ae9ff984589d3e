"""Tolerances of the hidden tests, with reasons. autograder.Tolerance explains the errors."""

from autograder import Tolerance

__all__ = ["TOLERANCES"]

TOLERANCES = {
    "exact": Tolerance(3e-5, "sums of at most a hundred products; float32 arithmetic stays below 1e-6"),
    "projection": Tolerance(5e-6, "one number for a whole array, which a mistake can match by chance", margin=2),
    "normalized": Tolerance(3e-5, "includes a variance and its root; float32 arithmetic adds a few 1e-6"),
    "gradient": Tolerance(1e-4, "float32 gradients through a variance cancel; the reference is exact in float64"),
    "random": Tolerance(0.3, "mean and deviation of hundreds of random numbers, in units of the deviation", margin=1.1),
    "share": Tolerance(0.5, "a share of thousands of random numbers, even if whole rows share one of them", margin=1.1),
    "network": Tolerance(6e-5, "two affine layers on top of a convolution; parameters may be float32"),
}
