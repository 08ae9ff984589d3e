"""Compiled update rules, each in one pass over memory. See cs231n.optim for their interface.

Sources of the formulas: RMSProp by Tieleman and Hinton, Coursera lecture 6.5, 2012; Adam by Kingma
and Ba, arXiv:1412.6980, algorithm 1.
"""

import functools
import math

import numpy as np

from cs231n._fast_backend import kernels
from cs231n._fast_threads import share
from student_tools.language import tr

__all__ = ["COMPILED", "array_and_gradient", "in_one_pass", "with_defaults"]

# The step of one parameter is bound by memory, and takes as long as this many multiply-adds of a convolution.
_COST = 32


def _momentum(w, dw, config=None):
    """Gradient descent with momentum.

    config:
    - 'learning_rate': default 1e-2
    - 'momentum': weight of the old velocity, default 0.9
    - 'velocity': the shape of w, default zeros
    """
    config = with_defaults(config, learning_rate=1e-2, momentum=0.9)
    w, dw = _contiguous("sgd_momentum", w, dw)
    velocity = _state("sgd_momentum", config, "velocity", w)
    in_one_pass("momentum_step", (w, dw, velocity), config["learning_rate"], config["momentum"])
    return w, config


def _rmsprop(w, dw, config=None):
    """RMSProp.

    config:
    - 'learning_rate': default 1e-2
    - 'decay_rate': weight of the old average, default 0.99
    - 'epsilon': default 1e-8
    - 'cache': running average of the squared gradients, the shape of w, default zeros
    """
    config = with_defaults(config, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8)
    w, dw = _contiguous("rmsprop", w, dw)
    cache = _state("rmsprop", config, "cache", w)
    rate, decay_rate = config["learning_rate"], config["decay_rate"]
    in_one_pass("rmsprop_step", (w, dw, cache), rate, decay_rate, 1 - decay_rate, config["epsilon"])
    return w, config


def _adam(w, dw, config=None):
    """Adam.

    config:
    - 'learning_rate': default 1e-3
    - 'beta1': weight of the old average of the gradients, default 0.9
    - 'beta2': weight of the old average of the squared gradients, default 0.999
    - 'epsilon': default 1e-8
    - 'm', 'v': the two running averages, the shape of w, default zeros
    - 't': number of steps taken so far, default 0
    """
    config = with_defaults(config, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0)
    w, dw = _contiguous("adam", w, dw)
    averages = _state("adam", config, "m", w), _state("adam", config, "v", w)
    config["t"] += 1
    beta1, beta2 = config["beta1"], config["beta2"]
    # Both corrections of the start at zero are the same for all numbers, so they are computed before the pass. They
    # are Python floats: in float32, 1 - 0.999 would lose half of its digits.
    correction = math.sqrt(1 - math.pow(beta2, config["t"]))
    rate = config["learning_rate"] * correction / (1 - math.pow(beta1, config["t"]))
    in_one_pass(
        "adam_step", (w, dw, *averages), rate, beta1, 1 - beta1, beta2, 1 - beta2, config["epsilon"] * correction
    )
    return w, config


COMPILED = {"sgd_momentum": _momentum, "rmsprop": _rmsprop, "adam": _adam}


def with_defaults(config, **defaults):
    """Add missing hyperparameters to config, in place, and return it; None gives a new dict."""
    config = {} if config is None else config
    for key, value in defaults.items():
        config.setdefault(key, value)
    return config


def array_and_gradient(rule, w, dw):
    """Return w, writable, and dw as float arrays of one shape, or raise ValueError."""
    w, dw = np.asarray(w), np.asarray(dw)
    if w.dtype.kind != "f":
        words = {"rule": rule, "got": w.dtype}
        raise ValueError(tr("{rule}: expected w of floats, got {got}; use for example w.astype(np.float64)", **words))
    if dw.shape != w.shape or dw.dtype.kind not in "fiub":
        raise ValueError(
            tr(
                "{rule}: expected a gradient dw of real numbers with the shape of w, {shape}, got {got}, {dtype}",
                rule=rule,
                shape=w.shape,
                got=dw.shape,
                dtype=dw.dtype,
            )
        )
    # An integer gradient times a learning rate would not fit back into w's type under NumPy's casting rules.
    dw = dw if dw.dtype.kind == "f" else dw.astype(w.dtype)
    return (w if w.flags.writeable else w.copy()), dw


def in_one_pass(step, arrays, *numbers):
    """Run a step of the extension in place, if it is built and supports the arrays.

    It supports float32 or float64 arrays of one type that are contiguous, aligned and not empty.

    Inputs:
    - step: name of the extension's function
    - arrays: w, dw and the state of the rule; changed in place
    - numbers: hyperparameters

    Returns True if the step was made.
    """
    fast, w = kernels(), arrays[0]
    if fast is None or w.size == 0 or w.dtype not in (np.float32, np.float64):
        return False
    if not all(array.dtype == w.dtype and array.flags.c_contiguous and array.flags.aligned for array in arrays):
        return False
    flat = [array.reshape(-1) for array in arrays]
    function = functools.partial(getattr(fast, step), *flat, *map(float, numbers))
    share(function, count=w.size, cost=_COST * w.size)
    return True


def _contiguous(rule, w, dw):
    """Return w and dw as the kernels need them; w is copied if it cannot be updated in place."""
    w, dw = array_and_gradient(rule, w, dw)
    if w.dtype not in (np.float32, np.float64):
        raise ValueError(tr("{rule}: expected w of float32 or float64, got {got}", rule=rule, got=w.dtype))
    w = np.require(w, requirements="CA")
    return w, np.require(dw, dtype=w.dtype, requirements="CA")


def _state(rule, config, key, w):
    """Return the running average config[key], at first zeros, or raise ValueError."""
    state = config.get(key)
    if state is None:
        state = np.zeros(w.shape, dtype=w.dtype)
    state = np.asarray(state)
    if state.shape != w.shape:
        raise ValueError(
            tr(
                "{rule}: expected {entry} of shape {shape}, got {got}; use one config per parameter",
                rule=rule,
                entry=f"config[{key!r}]",
                shape=w.shape,
                got=state.shape,
            )
        )
    config[key] = np.require(state, dtype=w.dtype, requirements="CAW")
    return config[key]
