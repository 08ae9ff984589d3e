"""Rectified linear units for the sandwich layers."""

import numpy as np

__all__ = ["relu_backward_fast", "relu_forward_fast"]


def relu_forward_fast(x):
    """Return out, of the shape of x, and it again as the cache: where it is above zero, the gradient passes."""
    out = np.maximum(x, 0)  # NaN stays NaN
    return out, out


def relu_backward_fast(dout, cache):
    """Return dx for the upstream gradient dout; raises ValueError when it has another shape than the output."""
    if np.shape(dout) != cache.shape:
        raise ValueError(
            f"relu: dout {np.shape(dout)} came; the forward pass gave out of shape {cache.shape}, and "
            "dout must have the same"
        )
    # A product with the mask: np.where and mask indexing branch on every number, and take seven times as long.
    return dout * (cache > 0)
