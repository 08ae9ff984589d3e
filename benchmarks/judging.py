"""Helpers of the referee's judges: comparison of arrays, and reproducible random numbers."""

import numpy as np

__all__ = ["KINDS", "TOLERANCE", "Wrong", "compare", "numbers"]

# right: correct with the documented arguments. signature: correct with the arguments of an older course. values, shape:
# the result has wrong ones. error: an exception. argument: it changes its argument. not judged: an earlier function is
# wrong.
KINDS = ("right", "signature", "values", "shape", "error", "argument", "not judged")
# Relative to the largest expected number. Errors of float32 arithmetic are below a tenth of it.
TOLERANCE = 1e-4


class Wrong(Exception):
    """A result differs from the expected one. `kind` is one of KINDS."""

    def __init__(self, kind, reason):
        super().__init__(reason)
        self.kind = kind


def compare(name, got, expected, case):
    """Compare an array or number with the expected one.

    Raises: Wrong if they differ.
    """
    expected = np.asarray(expected)
    if type(got) in (int, float):
        got = np.asarray(float(got))
    if type(got) is not np.ndarray or got.dtype.kind not in "fiub":
        raise Wrong("values" if got is None else "shape", f"{name} is {type(got).__name__} ({case})")
    scale = max(float(np.max(np.abs(expected), initial=0.0)), 1e-6)
    if got.shape != expected.shape:
        same = got.size == expected.size and _error(got.reshape(expected.shape), expected) <= TOLERANCE * scale
        raise Wrong("shape" if same else "values", f"{name} has shape {got.shape}, not {expected.shape} ({case})")
    error = _error(got, expected)
    if not error <= TOLERANCE * scale:
        raise Wrong("values", f"{name} is off by {error / scale:.2g} of its largest number ({case})")


def _error(got, expected):
    return float(np.max(np.abs(got.astype(float) - expected), initial=0.0))


def numbers(seed, *shapes):
    rng = np.random.default_rng(seed)
    return [rng.standard_normal(shape) for shape in shapes]
