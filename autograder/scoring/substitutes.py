"""Functions that the reference lends to a submission, for tests in which an earlier exercise must not count again.

They run here, in the trusted process, on arguments that student code chose. So every argument is checked before the
reference sees it, for what it is first of all: shapes that do not fit, or an array as `eps`, could otherwise broadcast
to any size, and a message that quotes an array takes minutes to write.
"""

import inspect
import math
from dataclasses import dataclass

import numpy as np

from autograder.mutants.registry import SIGNATURES

__all__ = ["Substitute", "substitutes"]

RUNNING = ("running_mean", "running_var")
MOST = 1 << 22  # numbers in one result: an affine layer makes many out of few


@dataclass(frozen=True)
class Substitute:
    """One lent function: what to call, the names of its parameters, and the indices of those it changes in place."""

    function: object
    parameters: tuple
    in_place: tuple = ()


@dataclass(frozen=True)
class _Cache:
    """The reference's cache, which never leaves this process: whose it is, and the shape of the fitting `dout`."""

    forward: str
    shape: tuple
    content: object


def substitutes(reference, names):
    """The Loans of some functions: dict of name → Substitute."""
    result = {}
    for name in names:
        forward = SIGNATURES[name].forward
        function = _backward(reference, name, forward) if forward else FORWARD[name](reference)
        parameters = tuple(inspect.signature(function).parameters)
        result[name] = Substitute(function, parameters, SIGNATURES[name].in_place)
    return result


def _affine_forward(reference):
    def affine_forward(x, w, b):
        _need_array("x", x)
        _need(type(w) is np.ndarray and w.ndim == 2, "w has to be an array of shape (D, M)")
        _need(math.prod(x.shape[1:]) == w.shape[0], f"w has to have {math.prod(x.shape[1:])} rows, got {w.shape[0]}")
        _need_shape("b", b, w.shape[1:])
        _need(len(x) * w.shape[1] <= MOST, "x and w are too large")
        out, cache = reference.affine_forward(x, w, b)
        return out, _Cache("affine_forward", out.shape, cache)

    return affine_forward


def _relu_forward(reference):
    def relu_forward(x):
        _need_array("x", x)
        out, cache = reference.relu_forward(x)
        return out, _Cache("relu_forward", x.shape, cache)

    return relu_forward


def _batchnorm_forward(reference):
    def batchnorm_forward(x, gamma, beta, bn_param):
        _need_rows(x)
        mode = _mode("bn_param", bn_param)
        settings = _numbers(bn_param, "eps", "momentum") | {"mode": mode}
        running = {name: bn_param[name] for name in RUNNING if name in bn_param}
        for name, array in {"gamma": gamma, "beta": beta, **running}.items():
            _need_shape(name, array, (x.shape[1],))
        settings |= running
        out, cache = reference.batchnorm_forward(x, gamma, beta, settings)
        bn_param.update(settings)
        return out, _Cache("batchnorm_forward", x.shape, cache)

    return batchnorm_forward


def _layernorm_forward(reference):
    def layernorm_forward(x, gamma, beta, ln_param):
        _need_rows(x)
        _need(type(ln_param) is dict, "ln_param has to be a dict")
        for name, array in {"gamma": gamma, "beta": beta}.items():
            _need_shape(name, array, (x.shape[1],))
        out, cache = reference.layernorm_forward(x, gamma, beta, _numbers(ln_param, "eps"))
        return out, _Cache("layernorm_forward", x.shape, cache)

    return layernorm_forward


def _dropout_forward(reference):
    def dropout_forward(x, dropout_param):
        _need_array("x", x)
        settings = {"mode": _mode("dropout_param", dropout_param)} | _numbers(dropout_param, "p")
        _need(0 < settings.get("p", 0) <= 1, "dropout_param['p'] has to be a number above 0, at most 1")
        if "seed" in dropout_param:
            seed = dropout_param["seed"]
            _need(type(seed) is int and 0 <= seed < 1 << 32, "dropout_param['seed'] has to be an int of 32 bits")
            settings["seed"] = seed
        out, cache = reference.dropout_forward(x, settings)
        return out, _Cache("dropout_forward", x.shape, cache)

    return dropout_forward


FORWARD = {
    "affine_forward": _affine_forward,
    "relu_forward": _relu_forward,
    "batchnorm_forward": _batchnorm_forward,
    "layernorm_forward": _layernorm_forward,
    "dropout_forward": _dropout_forward,
}


def _backward(reference, name, forward):
    def backward(dout, cache):
        _need(type(cache) is _Cache and cache.forward == forward, f"cache has to be the one that {forward} gave")
        _need_shape("dout", dout, cache.shape)
        return getattr(reference, name)(dout, cache.content)

    return backward


def _mode(name, param):
    _need(type(param) is dict, f"{name} has to be a dict")
    mode = param.get("mode")
    _need(type(mode) is str and mode in ("train", "test"), f"{name}['mode'] has to be 'train' or 'test'")
    return mode


def _numbers(param, *names):
    """Those entries of a dict, which have to be numbers."""
    found = {name: param[name] for name in names if name in param}
    for name, value in found.items():
        _need(type(value) in (int, float), f"{name} has to be a number")
    return found


def _need_rows(x):
    _need(type(x) is np.ndarray and x.ndim == 2 and x.size > 0, "x has to be an array of shape (N, D)")


def _need_array(name, array):
    _need(type(array) is np.ndarray and array.ndim > 0 and array.size > 0, f"{name} has to be a full array")


def _need_shape(name, array, shape):
    _need(type(array) is np.ndarray, f"{name} has to be an array of shape {shape}")
    _need(array.shape == shape, f"{name} has to have shape {shape}, got {array.shape}")


def _need(condition, message):
    if not condition:
        raise ValueError(message)
