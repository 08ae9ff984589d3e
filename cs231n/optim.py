"""Update rules for stochastic gradient descent: ``next_w, config = rule(w, dw, config)``.

- w: parameters, a float array. It is UPDATED IN PLACE and returned as next_w, so that a step of millions of parameters
  costs no fresh memory; copy w first if you need the old values. A read-only w is left alone and a new array returned.
- dw: gradient of the loss, the shape of w; never changed.
- config: dict of hyperparameters and running averages; None means the defaults. Missing keys are filled in, and the
  running averages are updated in place. It is returned, for the next step.

float32 parameters stay float32. Every rule raises ValueError for integer w, or dw of another shape.
"""

import math

import numpy as np

from cs231n._fast_threads import share
from cs231n.fast_layers import kernels

__all__ = ["adam", "rmsprop", "sgd", "sgd_momentum"]

# The extension takes one pass over the arrays. NumPy alone takes several; pieces of this many numbers then stay in
# cache between passes.
_PIECE = 1 << 15
# A parameter's step moves memory, and takes as long as this many multiply-adds of a convolution.
_COST = 32


def sgd(w, dw, config=None):
    """Plain stochastic gradient descent: ``w - learning_rate * dw``.

    config: 'learning_rate' (default 1e-2).
    """
    config = _with_defaults(config, learning_rate=1e-2)
    w, dw = _check("sgd", w, dw)
    if _in_one_pass("sgd", (w, dw), config["learning_rate"]):
        return w, config
    for (w_piece, dw_piece), (step, _) in _pieces(w, dw):
        np.multiply(dw_piece, config["learning_rate"], out=step, casting="same_kind")
        w_piece -= step
    return w, config


def sgd_momentum(w, dw, config=None):
    """Gradient descent with momentum: ``v = momentum * v - learning_rate * dw``, then ``w + v``.

    config: 'learning_rate' (default 1e-2), 'momentum' (default 0.9; 0 gives sgd), 'velocity' (the shape of w,
    default zeros; updated in place).
    """
    config = _with_defaults(config, learning_rate=1e-2, momentum=0.9)
    w, dw = _check("sgd_momentum", w, dw)
    velocity = _state("sgd_momentum", config, "velocity", w)
    if _in_one_pass("sgd_momentum", (w, dw, velocity), config["learning_rate"], config["momentum"]):
        return w, config
    for (w_piece, dw_piece, v), (step, _) in _pieces(w, dw, velocity):
        v *= config["momentum"]
        np.multiply(dw_piece, config["learning_rate"], out=step, casting="same_kind")
        v -= step
        w_piece += v
    return w, config


def rmsprop(w, dw, config=None):
    """RMSProp: each step is divided by a running root mean square of that parameter's gradient.

    ``cache = decay_rate * cache + (1 - decay_rate) * dw**2``, then
    ``w - learning_rate * dw / (sqrt(cache) + epsilon)``. Source: Tieleman and Hinton, Coursera lecture 6.5, 2012.

    config: 'learning_rate' (default 1e-2), 'decay_rate' (default 0.99), 'epsilon' (default 1e-8),
    'cache' (the shape of w, default zeros; updated in place).
    """
    config = _with_defaults(config, learning_rate=1e-2, decay_rate=0.99, epsilon=1e-8)
    w, dw = _check("rmsprop", w, dw)
    cache = _state("rmsprop", config, "cache", w)
    if _in_one_pass("rmsprop", (w, dw, cache), config["learning_rate"], config["decay_rate"], config["epsilon"]):
        return w, config
    for (w_piece, dw_piece, c), (step, root) in _pieces(w, dw, cache):
        np.multiply(dw_piece, dw_piece, out=step, casting="same_kind")
        step *= 1 - config["decay_rate"]
        c *= config["decay_rate"]
        c += step
        np.sqrt(c, out=root)
        root += config["epsilon"]
        np.divide(dw_piece, root, out=step, casting="same_kind")
        step *= config["learning_rate"]
        w_piece -= step
    return w, config


def adam(w, dw, config=None):
    """Adam: momentum and RMSProp together, both corrected for their start at zero.

    ``m = beta1 * m + (1 - beta1) * dw``, ``v = beta2 * v + (1 - beta2) * dw**2``, then
    ``w - learning_rate * mt / (sqrt(vt) + epsilon)`` with ``mt = m / (1 - beta1**t)``, ``vt = v / (1 - beta2**t)``.
    t is raised first, so it is 1 in the first step. Source: Kingma and Ba, arXiv:1412.6980, algorithm 1.

    config: 'learning_rate' (default 1e-3), 'beta1' (default 0.9), 'beta2' (default 0.999), 'epsilon' (default 1e-8),
    'm' and 'v' (the shape of w, default zeros; updated in place), 't' (steps taken so far, default 0).
    """
    config = _with_defaults(config, learning_rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8, t=0)
    w, dw = _check("adam", w, dw)
    m_all, v_all = _state("adam", config, "m", w), _state("adam", config, "v", w)
    config["t"] += 1
    beta1, beta2 = config["beta1"], config["beta2"]
    # Powers are taken in Python floats: in float32, 1 - 0.999**t would lose half of its digits.
    # Both corrections are single factors, moved out of the passes: sqrt(vt) = sqrt(v) / correction.
    correction = math.sqrt(1 - beta2 ** config["t"])
    rate = config["learning_rate"] * correction / (1 - beta1 ** config["t"])
    epsilon = config["epsilon"] * correction
    if _in_one_pass("adam", (w, dw, m_all, v_all), rate, beta1, beta2, epsilon):
        return w, config
    for (w_piece, dw_piece, m, v), (step, root) in _pieces(w, dw, m_all, v_all):
        np.multiply(dw_piece, 1 - beta1, out=step, casting="same_kind")
        m *= beta1
        m += step
        np.multiply(dw_piece, dw_piece, out=step, casting="same_kind")
        step *= 1 - beta2
        v *= beta2
        v += step
        np.sqrt(v, out=root)
        root += epsilon
        np.divide(m, root, out=step)
        step *= rate
        w_piece -= step
    return w, config


def _with_defaults(config, **defaults):
    """Return config (a new dict for None) with the missing hyperparameters filled in."""
    config = {} if config is None else config
    for key, value in defaults.items():
        config.setdefault(key, value)
    return config


def _check(rule, w, dw):
    """Return w, writable, and dw as float arrays of one shape; or raise ValueError."""
    w, dw = np.asarray(w), np.asarray(dw)
    if w.dtype.kind != "f":
        raise ValueError(f"{rule}: w is {w.dtype}; needed are floats, for example w.astype(np.float64)")
    if dw.shape != w.shape or dw.dtype.kind not in "fiub":
        raise ValueError(f"{rule}: the gradient dw is {dw.shape}, {dw.dtype}; w is {w.shape}, {w.dtype}, and dw must "
                         "be real numbers of the same shape")
    # An integer gradient times a learning rate would not fit back into w's type under NumPy's casting rules.
    dw = dw if dw.dtype.kind == "f" else dw.astype(w.dtype)
    return (w if w.flags.writeable else w.copy()), dw


def _state(rule, config, key, w):
    """Return the running average config[key], zeros like w at first; a wrong shape raises ValueError."""
    state = config.get(key)
    if state is None:
        state = np.zeros(w.shape, dtype=w.dtype)
    state = np.asarray(state)
    if state.shape != w.shape:
        raise ValueError(f"{rule}: config[{key!r}] is {state.shape}, but w is {w.shape}; use one config per parameter")
    if state.dtype != w.dtype or not state.flags.writeable:
        state = state.astype(w.dtype)
    config[key] = state
    return state


def _in_one_pass(rule, arrays, *numbers):
    """Take the step with the extension's function of that name, if it is built and the arrays are its kind."""
    fast, w = kernels(), arrays[0]
    if fast is None or w.size == 0 or w.dtype not in (np.float32, np.float64):
        return False
    if not all(array.dtype == w.dtype and array.flags.c_contiguous and array.flags.aligned for array in arrays):
        return False
    flat, step = [array.reshape(-1) for array in arrays], getattr(fast, rule)
    share(lambda first, last: step(*flat, *numbers, first, last), count=w.size, cost=_COST * w.size)
    return True


def _pieces(*arrays):
    """Yield (matching pieces of the arrays as views, two scratch pieces of the type of the first array)."""
    w = arrays[0]
    if not all(array.flags.c_contiguous for array in arrays):
        # No flat view exists: take the arrays whole, only a little slower.
        yield arrays, (np.empty(w.shape, w.dtype), np.empty(w.shape, w.dtype))
        return
    flat = [array.reshape(-1) for array in arrays]
    scratch = np.empty((2, min(_PIECE, w.size)), dtype=w.dtype)
    for start in range(0, w.size, _PIECE):
        pieces = [array[start:start + _PIECE] for array in flat]
        yield pieces, scratch[:, :len(pieces[0])]
