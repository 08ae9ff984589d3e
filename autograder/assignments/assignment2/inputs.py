"""Random inputs that separate right from wrong code, and the gradients for them."""

import numpy as np

__all__ = ["SMALL", "TINY", "copied", "fill", "gradients", "spread", "upstream"]

TINY, SMALL = (0.15, 0.25), (0.5, 2)  # scales at which an eps of a half matters most, or still matters


def spread(rng, shape, axes, *, scale=(20, 60)):
    """Return random numbers, well spread along `axes`, with other means and scales elsewhere.

    Means over `axes` are random, up to four times the standard deviation, which is drawn from
    `scale`. Independent random numbers would sometimes have almost no variance, and could not test
    a normalization.

    Inputs:
    - axes: tuple of the axes of the normalization.
    - scale: bounds of the standard deviation. With the default, eps = 1e-5 is negligible, so that
      only tests of eps depend on it.

    Returns: ndarray of float64 of that shape.
    """
    others = [axis for axis in range(len(shape)) if axis not in axes]
    count = int(np.prod([shape[axis] for axis in axes]))
    rows = int(np.prod([shape[axis] for axis in others]))
    # Evenly spaced and jittered, in random order.
    values = rng.permuted(np.tile(np.arange(count), (rows, 1)), axis=1) + rng.uniform(-0.3, 0.3, (rows, count))
    values = (values - values.mean(axis=1, keepdims=True)) / max(values.std(), 1e-9)
    values = (values + rng.uniform(-4, 4, (rows, 1))) * rng.uniform(*scale, (rows, 1))
    order = [*others, *axes]
    return np.ascontiguousarray(values.reshape([shape[axis] for axis in order]).transpose(np.argsort(order)))


def upstream(rng, out):
    """Return an upstream gradient that correlates with the output and has a mean that is not zero.

    So the terms of a gradient from mean and variance are as large as the others.
    """
    return rng.standard_normal(out.shape) + (out - out.mean()) / out.std() + 1


def fill(network, right, params):
    """Set the same parameters in the student's and the reference's network.

    Inputs:
    - network: the student's network.
    - right: the reference's network.
    - params: dict of name → array.
    """
    network.update("params", params)
    right.params.update({name: value.copy() for name, value in params.items()})


def copied(arguments):
    """Return the arguments with a copy of their last dict, which a forward pass may change."""
    *arrays, param = arguments
    return *arrays, {key: value.copy() if hasattr(value, "copy") else value for key, value in param.items()}


def gradients(student, reference, rng, layer, arguments, names, *, backward=""):
    """Run a backward pass of the submission and of the reference.

    Inputs:
    - layer: prefix of the names of both passes, such as "batchnorm".
    - arguments: arguments of the forward pass; the last is a dict.
    - names: names of the gradients, in the order of the backward pass.
    - backward: name of the backward pass; default: that of the layer.

    Returns: the gradients of the submission and of the reference, two dicts of name → array.
    """
    backward = backward or f"{layer}_backward"
    out, cache = getattr(reference, f"{layer}_forward")(*copied(arguments))
    dout = upstream(rng, out)
    got = student.gradients(backward, copied(arguments), dout)
    expected = getattr(reference, backward)(dout, cache)
    return dict(zip(names, got, strict=True)), dict(zip(names, expected, strict=True))
