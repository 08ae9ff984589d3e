"""Cells: layers of fixed sizes that every candidate computes, and our goals as ratios to PyTorch's time.

Cell a is the notebook's comparison of speeds. Cell b is its network's layer. Cells c and d are middle layers of deeper
networks, and e is a late one: its maps are narrower than a register of AVX-512. The goals of c, d and e were set on a
processor with AVX-512, the others on processors with 32-byte registers.
"""

from typing import NamedTuple

__all__ = ["CONVOLUTIONS", "POOLINGS", "STEP", "Convolution", "Pooling"]


class Convolution(NamedTuple):
    """A convolution layer. `goals`: upper bounds of the forward and backward pass, as ratios to PyTorch's time."""

    name: str
    dtype: str
    x: tuple
    w: tuple
    stride: int
    pad: int
    goals: tuple
    pooled: bool = False  # followed by ReLU and 2 x 2 max pooling


class Pooling(NamedTuple):
    """A 2 x 2 max pooling layer, and its goals."""

    name: str
    dtype: str
    x: tuple
    goals: tuple


A = ((100, 3, 31, 31), (25, 3, 3, 3), 2, 1)
B = ((50, 3, 32, 32), (32, 3, 7, 7), 1, 3)
C = ((64, 64, 16, 16), (64, 64, 3, 3), 1, 1)
D = ((128, 32, 32, 32), (64, 32, 3, 3), 1, 1)
E = ((64, 128, 8, 8), (128, 128, 3, 3), 1, 1)

CONVOLUTIONS = (
    Convolution("a", "float64", *A, goals=(0.35, 0.45)),
    Convolution("b", "float32", *B, goals=(1.0, 0.40)),
    Convolution("b", "float64", *B, goals=(0.38, 0.55)),
    Convolution("c", "float32", *C, goals=(0.65, 0.65)),
    Convolution("d", "float32", *D, goals=(0.65, 0.65)),
    Convolution("e", "float32", *E, goals=(1.0, 1.0)),
    Convolution("b with ReLU and pooling", "float32", *B, goals=(0.42, 0.33), pooled=True),
)
POOLINGS = (
    Pooling("pooling of a", "float64", (100, 3, 32, 32), goals=(0.06, 1.0)),
    Pooling("pooling of b", "float32", (50, 32, 32, 32), goals=(0.06, 1.0)),
)
# The notebook's network: batch 50, 500 hidden units, adam, regularization. Goals with one and two threads, on AMD
# Zen 4. Arithmetic at the peak and one pass over memory for each array would take 0.39 of PyTorch's time.
STEP = (0.52, 0.70)
