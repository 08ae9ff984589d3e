"""Functions that the reference lends to a submission, for tests in which an earlier exercise must not count again.

They run here, in the trusted process, on arguments that student code chose. So every argument is checked before the
reference sees it: shapes that do not fit could otherwise broadcast to any size.
"""

import inspect
from dataclasses import dataclass

import numpy as np

from autograder.contracts import CONTRACTS

__all__ = ["Loan", "loans"]


@dataclass(frozen=True)
class Loan:
    """One lent function: what to call, the names of its parameters, and the indices of those it changes in place."""

    function: object
    parameters: tuple
    in_place: tuple = ()


@dataclass(frozen=True)
class _Cache:
    """The reference's cache, which never leaves this process, with the shape that fits it."""

    shape: tuple
    content: object


def loans(reference, names):
    """The Loans of some functions: dict of name → Loan."""
    available = {
        "batchnorm_forward": _batchnorm_forward,
        "batchnorm_backward": _batchnorm_backward,
        "batchnorm_backward_alt": _batchnorm_backward,
    }
    result = {}
    for name in names:
        function = available[name](getattr(reference, name))
        parameters = tuple(inspect.signature(function).parameters)
        result[name] = Loan(function, parameters, CONTRACTS[name].in_place)
    return result


def _batchnorm_forward(reference):
    def batchnorm_forward(x, gamma, beta, bn_param):
        _need(type(x) is np.ndarray and x.ndim == 2 and x.size > 0, "x has to be an array of shape (N, D)")
        features = (x.shape[1],)
        _need(type(bn_param) is dict, "bn_param has to be a dict")
        running = {name: bn_param[name] for name in ("running_mean", "running_var") if name in bn_param}
        for name, array in {"gamma": gamma, "beta": beta, **running}.items():
            _need(np.shape(array) == features, f"{name} has to have shape {features}, got {np.shape(array)}")
        out, cache = reference(x, gamma, beta, bn_param)
        return out, _Cache(x.shape, cache)

    return batchnorm_forward


def _batchnorm_backward(reference):
    def batchnorm_backward(dout, cache):
        _need(type(cache) is _Cache, "cache has to be the one that batchnorm_forward gave")
        fits = type(dout) is np.ndarray and dout.shape == cache.shape
        _need(fits, f"dout has to be an array of shape {cache.shape}, got {np.shape(dout)}")
        return reference(dout, cache.content)

    return batchnorm_backward


def _need(condition, message):
    if not condition:
        raise ValueError(message)
