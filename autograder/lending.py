"""Functions that the reference lends to a submission, for tests in which an earlier exercise must not count again.

They run here, in the trusted process, on arguments that student code chose. So every argument is checked before the
reference sees it, for what it is first of all: shapes that do not fit, or an array as `eps`, could otherwise broadcast
to any size, and a message that quotes an array takes minutes to write.
"""

import inspect
from dataclasses import dataclass

import numpy as np

from autograder.mutants.catalogue import CONTRACTS

__all__ = ["Loan", "loans"]

RUNNING = ("running_mean", "running_var")


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
        _need(type(bn_param) is dict, "bn_param has to be a dict")
        mode = bn_param.get("mode")
        _need(type(mode) is str and mode in ("train", "test"), "bn_param['mode'] has to be 'train' or 'test'")
        settings = {name: bn_param[name] for name in ("mode", "eps", "momentum", *RUNNING) if name in bn_param}
        for name in ("eps", "momentum"):
            _need(type(settings.get(name, 0.0)) in (int, float), f"{name} has to be a number")
        running = {name: settings[name] for name in RUNNING if name in settings}
        for name, array in {"gamma": gamma, "beta": beta, **running}.items():
            _need_shape(name, array, (x.shape[1],))
        out, cache = reference(x, gamma, beta, settings)
        bn_param.update(settings)
        return out, _Cache(x.shape, cache)

    return batchnorm_forward


def _batchnorm_backward(reference):
    def batchnorm_backward(dout, cache):
        _need(type(cache) is _Cache, "cache has to be the one that batchnorm_forward gave")
        _need_shape("dout", dout, cache.shape)
        return reference(dout, cache.content)

    return batchnorm_backward


def _need_shape(name, array, shape):
    _need(type(array) is np.ndarray, f"{name} has to be an array of shape {shape}")
    _need(array.shape == shape, f"{name} has to have shape {shape}, got {array.shape}")


def _need(condition, message):
    if not condition:
        raise ValueError(message)
