"""Judges of networks: compare loss, gradients and scores with networks made of the layers' formulas."""

import ast
import functools
import itertools

import numpy as np

from benchmarks import formulas
from benchmarks.judging import TOLERANCE, Wrong, compare

__all__ = ["judge_fully_connected", "judge_three_layers"]


def _arguments_of(text):
    """Return the parameter names of a class's __init__, or None if the text cannot be parsed."""
    try:
        functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    except (SyntaxError, ValueError, RecursionError):
        return None
    return next(([arg.arg for arg in f.args.args + f.args.kwonlyargs] for f in functions if f.name == "__init__"), None)


def _network_case(call, name, options, params, X, y, case):
    """Return the results of a network with given parameters.

    Raises: Wrong if its own parameters have other names or shapes.
    """
    initial, loss, grads, scores = call("probe_network", name, options, params, X, y, values=4)
    shapes = {key: np.shape(value) for key, value in initial.items()}
    expected = {key: value.shape for key, value in params.items()}
    if shapes != expected:
        wrong = sorted(set(shapes.items()) ^ set(expected.items()))[:2]
        raise Wrong("values", f"params have other names or shapes: {wrong} ({case})")
    return loss, grads, scores


def compare_network(results, expected, case, constant=()):
    (loss, grads, scores), (right_loss, right_grads, right_scores) = results, expected
    compare("loss", loss, right_loss, case)
    if type(grads) is not dict or set(grads) != set(right_grads):
        raise Wrong("values", f"grads has other names ({case})")
    for name, gradient in right_grads.items():
        # The gradient of a bias before batch normalization is zero up to rounding errors.
        ours = np.zeros(gradient.shape) if name in constant else gradient
        got = grads[name]
        if name in constant and np.shape(got) == ours.shape and np.max(np.abs(got)) < TOLERANCE:
            continue
        compare(f"grads['{name}']", got, ours, case)
    compare("scores", scores, right_scores, case)


# case → (normalization, probability to keep, regularization)
_NETWORK_CASES = {
    "plain": (None, 1, 0.0),
    "reg": (None, 1, 0.7),
    "batchnorm": ("batchnorm", 1, 0.3),
    "layernorm": ("layernorm", 1, 0.0),
    "dropout": (None, 0.6, 0.2),
}
_DIMS = (5, 6, 4, 3)  # inputs, hidden layers, classes


@functools.cache
def _network_params(normalization):
    rng, params = np.random.default_rng(90), {}
    for i, (inputs, units) in enumerate(itertools.pairwise(_DIMS), start=1):
        params[f"W{i}"] = 0.7 * rng.standard_normal((inputs, units))
        params[f"b{i}"] = rng.standard_normal(units)
        if normalization and i < len(_DIMS) - 1:
            params[f"gamma{i}"] = rng.uniform(0.6, 1.6, units)
            params[f"beta{i}"] = rng.standard_normal(units)
    X = rng.standard_normal((5, 5))
    return params, X, rng.integers(0, 3, 5)


def _expected_network(case, masks):
    normalization, _, reg = _NETWORK_CASES[case]
    params, X, y = _network_params(normalization)
    params = {name: value.copy() for name, value in params.items()}

    def loss():
        scores = formulas.network_scores(params, X, normalization=normalization, masks=masks)
        return formulas.network_loss(scores, y, params, reg)

    grads = {name: formulas.differences(loss, value) for name, value in params.items()}
    running = _running_averages(params, X) if normalization == "batchnorm" else None
    return loss(), grads, formulas.network_scores(params, X, normalization=normalization, running=running)


def _running_averages(params, X):
    """Return the running averages after one minibatch: a tenth of its statistics."""
    running = []
    for i in range(1, len(_DIMS) - 1):
        X = formulas.affine(X, params[f"W{i}"], params[f"b{i}"])
        mean, var = formulas.batch_statistics(X)
        running.append((0.1 * mean, 0.1 * var))
        param = {"mode": "train"}
        X = formulas.relu(formulas.batchnorm(X, params[f"gamma{i}"], params[f"beta{i}"], param))
    return running


@functools.cache
def _expected_without_dropout(case):
    return _expected_network(case, None)


def judge_fully_connected(exercise, call):
    known = _arguments_of(call.text)
    keep = next((n for n in ("dropout_keep_ratio", "dropout") if n in (known or ())), "dropout_keep_ratio")
    is_old = "use_batchnorm" in (known or ())
    sizes = {"hidden_dims": list(_DIMS[1:-1]), "input_dim": _DIMS[0], "num_classes": _DIMS[-1]}
    for case, (normalization, p, reg) in _NETWORK_CASES.items():
        if is_old and normalization == "layernorm":
            continue
        params, X, y = _network_params(normalization)
        options = {**sizes, "reg": reg, "dtype": np.float64}
        if normalization:
            options |= {"use_batchnorm": True} if is_old else {"normalization": normalization}
        masks = None
        if p < 1:
            options |= {keep: p, "seed": 11}
            masks = [_mask(call, p, (len(X), units)) for units in _DIMS[1:-1]]
        expected = _expected_network(case, masks) if masks else _expected_without_dropout(case)
        constant = ("b1", "b2") if normalization == "batchnorm" else ()
        compare_network(_network_case(call, exercise, options, params, X, y, case), expected, case, constant)
    _judge_initial(call, exercise, {"hidden_dims": [60, 40]}, {"W1": (3072, 60), "W2": (60, 40), "W3": (40, 10)}, 1e-2)
    for normalization in ("batchnorm",) if is_old else ("batchnorm", "layernorm"):
        option = {"use_batchnorm": True} if is_old else {"normalization": normalization}
        initial = call("probe_network", exercise, {**sizes, **option}, {}, None, None, values=4)[0]
        for i, units in enumerate(_DIMS[1:-1], start=1):
            compare(f"params['gamma{i}']", initial.get(f"gamma{i}"), np.ones(units), f"{normalization}, initially")
            compare(f"params['beta{i}']", initial.get(f"beta{i}"), np.zeros(units), f"{normalization}, initially")
    if known is not None and (is_old or keep not in known or keep == "dropout" or "normalization" not in known):
        raise Wrong("signature", f"__init__ takes {', '.join(known[1:])}")


def _mask(call, p, shape):
    """Return the factors of dropout_forward, which is correct here, for a layer of that shape."""
    param = {"mode": "train", "p": p, "seed": 11}
    return call("probe_forward", "dropout_forward", [np.ones(shape), param])[0]


def _judge_initial(call, name, options, shapes, scale):
    """Judge the initial parameters of a network with default sizes and scale."""
    initial = call("probe_network", name, options, {}, None, None, values=4)[0]
    for key, shape in shapes.items():
        weights, biases = initial.get(key), initial.get(key.replace("W", "b"))
        if np.shape(weights) != shape:
            raise Wrong("values", f"params['{key}'] has shape {np.shape(weights)}, not {shape} (default sizes)")
        if not 0.8 < float(weights.std()) / scale < 1.2 or abs(float(weights.mean())) > 0.2 * scale:
            raise Wrong("values", f"params['{key}'] has the deviation {float(weights.std()):.2g}, not {scale}")
        if biases is None or np.any(biases):
            raise Wrong("values", f"params['{key.replace('W', 'b')}'] is not zero initially")


_IMAGES = {"input_dim": (2, 6, 4), "num_filters": 3, "filter_size": 3, "hidden_dim": 5, "num_classes": 4}


@functools.cache
def _three_layer_problem():
    rng = np.random.default_rng(95)
    shapes = {"W1": (3, 2, 3, 3), "b1": (3,), "W2": (18, 5), "b2": (5,), "W3": (5, 4), "b3": (4,)}
    params = {name: 0.5 * rng.standard_normal(shape) for name, shape in shapes.items()}
    return params, rng.standard_normal((2, 2, 6, 4)), np.array([3, 1])


@functools.cache
def _expected_three_layers(reg):
    params, X, y = _three_layer_problem()
    params = {name: value.copy() for name, value in params.items()}

    def loss():
        return formulas.network_loss(formulas.three_layers(params, X), y, params, reg)

    grads = {name: formulas.differences(loss, value) for name, value in params.items()}
    return loss(), grads, formulas.three_layers(params, X)


def judge_three_layers(exercise, call):
    params, X, y = _three_layer_problem()
    for reg in (0.0, 0.6):
        case = f"6 × 4 images, reg {reg}"
        options = {**_IMAGES, "reg": reg, "dtype": np.float64}
        results = _network_case(call, exercise, options, params, X, y, case)
        compare_network(results, _expected_three_layers(reg), case)
    _judge_initial(call, exercise, {}, {"W1": (32, 3, 7, 7), "W2": (8192, 100), "W3": (100, 10)}, 1e-3)
