"""Checks of several topics: running averages of normalizations, and parameters of networks."""

import numpy as np

from autograder import (
    check_array,
    check_entry,
    check_form,
    check_keys,
    check_scalar,
    check_shape,
    fail,
    listed,
    together,
    tr,
)

from .inputs import copied

__all__ = [
    "AVERAGES",
    "check_averages",
    "check_initial_values",
    "check_names",
    "check_network_gradients",
    "check_network_shapes",
]

AVERAGES = ("running_mean", "running_var")


def check_averages(student, reference, layer, arguments, case, *, loose=True):
    """Compare the running averages after a forward pass, not its output; their names are the parts.

    Inputs:
    - layer: prefix of the name of the forward pass, such as "batchnorm".
    - arguments: arguments of the forward pass; the last is bn_param.
    - loose: see check_array.

    Raises: WrongParts.
    """
    got, expected = copied(arguments), copied(arguments)
    for program, own in ((student, got), (reference, expected)):
        getattr(program, f"{layer}_forward")(*own)
    options = {"case": case, "loose": loose}
    with together() as check:
        for name in AVERAGES:
            values = expected[-1][name]
            check(name, check_entry, check_array, "bn_param", got[-1], name, values, "normalized", **options)


def check_names(params, expected):
    """Compare the names of a network's parameters: dicts of name → array."""
    check_keys("params", params, expected)


def check_network_shapes(params, expected, case):
    """Compare the shapes of a network's parameters, dicts of name → array; names are the parts."""
    with together() as check:
        for name, value in expected.items():
            check(name, check_shape, f"params['{name}']", params.get(name), value.shape, case=case)


def check_initial_values(params, scale):
    """Expect biases of zero, and random weights with mean 0 and standard deviation `scale`."""
    case = f"weight_scale {scale}"
    with together() as check:
        for name, value in sorted(params.items()):
            label = f"params['{name}']"
            check(name, check_form, label, value, getattr(value, "shape", ()))
            if type(value) is not np.ndarray or value.dtype.kind not in "fiu":
                continue
            if name.startswith("b"):
                check(name, check_array, label, value, np.zeros(value.shape), "exact")
            else:
                deviation = np.std(value)
                mean = np.mean(value) / (deviation or 1)
                about = tr("the standard deviation of {name} ÷ weight_scale", name=label)
                check(name, check_scalar, about, deviation / scale, 1, "random", case=case)
                about = tr("the mean of {name} ÷ its standard deviation", name=label)
                check(name, check_scalar, about, mean, 0, "random", case=case)
                check(name, _must_differ, label, value)


def _must_differ(name, values):
    different = len(np.unique(values))
    if different <= values.size / 2:
        fail(tr("{name} has {count} different numbers, expected {size}", name=name, count=different, size=values.size))


def check_network_gradients(grads, expected, case, tolerance="network", *, without=(), check=None):
    """Compare the gradients of a network: dicts of name → array; the names are the parts.

    Inputs:
    - without: names of gradients that are not compared.
    - check: from `together`, to combine these checks with others.
    """
    if check is None:
        with together() as check:
            return check_network_gradients(grads, expected, case, tolerance, without=without, check=check)
    for name, value in expected.items():
        if name not in without:
            check(name, _check_gradient, name, grads, value, tolerance, case=case)


def _check_gradient(name, grads, expected, tolerance, case):
    if name not in grads:
        fail(tr("grads has no {name!r}, it has the keys {keys}", name=name, keys=listed(grads)))
    check_array(f"grads['{name}']", grads[name], expected, tolerance, case=case, loose=True)
