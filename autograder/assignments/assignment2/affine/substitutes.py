"""Substitutes for the forward passes of a submission."""

import math

import numpy as np

from autograder import KeptCache, require, require_array, require_shape

__all__ = ["SUBSTITUTES"]

MOST = 1 << 22  # numbers in one result, which can be much larger than the inputs


def substitute_affine_forward(reference):
    def affine_forward(x, w, b):
        require_array("x", x)
        require(type(w) is np.ndarray and w.ndim == 2, "w must be an array of shape (D, M)")
        require(math.prod(x.shape[1:]) == w.shape[0], f"w must have {math.prod(x.shape[1:])} rows, got {w.shape[0]}")
        require_shape("b", b, w.shape[1:])
        require(len(x) * w.shape[1] <= MOST, "x and w are too large")
        out, cache = reference.affine_forward(x, w, b)
        return out, KeptCache("affine_forward", out.shape, cache)

    return affine_forward


def substitute_relu_forward(reference):
    def relu_forward(x):
        require_array("x", x)
        out, cache = reference.relu_forward(x)
        return out, KeptCache("relu_forward", x.shape, cache)

    return relu_forward


SUBSTITUTES = {"affine_forward": substitute_affine_forward, "relu_forward": substitute_relu_forward}
