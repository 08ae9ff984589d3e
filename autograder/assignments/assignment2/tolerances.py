"""The tolerances of the hidden tests, each with its reason. See autograder.Tolerance for how errors are measured."""

from autograder import Tolerance

__all__ = ["TOLERANCES"]

TOLERANCES = {
    "exact": Tolerance(3e-5, "sums of at most a hundred products; float32 arithmetic stays below 1e-6"),
    "projection": Tolerance(5e-6, "one number for a whole array, to which a mistake comes near by chance", margin=2),
    "normalized": Tolerance(3e-5, "a variance and its root in between; float32 arithmetic costs a few 1e-6"),
    "gradient": Tolerance(1e-4, "float32 gradients through a variance cancel; the reference is exact in float64"),
    "random": Tolerance(0.3, "mean and deviation of hundreds of random numbers, in units of the deviation", margin=1.1),
    "share": Tolerance(
        0.5, "a part of thousands of random numbers, also where whole rows of them have one lot", margin=1.1
    ),
    "network": Tolerance(6e-5, "two affine layers on top of a convolution, parameters may be kept in float32"),
}
