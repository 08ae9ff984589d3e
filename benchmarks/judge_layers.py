"""Judges of layers and update rules. Each takes the name of an exercise and the Calls into a submission."""

import functools

import numpy as np

from autograder.errors import StudentFault
from benchmarks import formulas
from benchmarks.judging import TOLERANCE, Wrong, compare, numbers
from benchmarks.layer_cases import cases

__all__ = ["judge_backward", "judge_dropout", "judge_dropout_backward", "judge_forward", "judge_update_rule"]


@functools.cache
def _expected(forward, case):
    return formulas.FORWARD[forward](*cases(forward)[case])


def judge_forward(exercise, call):
    for case, arguments in cases(exercise).items():
        out, after = call("probe_forward", exercise, arguments)
        compare("out", out, _expected(exercise, case), case)
        if exercise == "relu_forward" and not np.array_equal(after[0], arguments[0]):
            raise Wrong("argument", f"x is changed ({case})")
        param = arguments[-1]
        if isinstance(param, dict) and "mode" in param:
            _compare_running(arguments[0], param, after[-1], case)


def _compare_running(x, param, after, case):
    """Compare the running averages after a forward pass."""
    rows = np.moveaxis(x, 1, -1).reshape(-1, x.shape[1])
    names, momentum = ("running_mean", "running_var"), param.get("momentum", 0.9)
    for name, statistic in zip(names, formulas.batch_statistics(rows), strict=True):
        old = param.get(name, np.zeros(x.shape[1]))
        new = old if param["mode"] == "test" else momentum * old + (1 - momentum) * statistic
        compare(name, after.get(name), new, case)


@functools.cache
def _expected_gradients(forward, case):
    """Return the gradients with respect to all arrays among the arguments."""
    arguments, dout = cases(forward)[case], _upstream(forward, case)

    def product():
        return float(np.sum(formulas.FORWARD[forward](*arguments) * dout))

    return [formulas.differences(product, array) for array in arguments if isinstance(array, np.ndarray)]


@functools.cache
def _upstream(forward, case):
    (dout,) = numbers(7, _expected(forward, case).shape)
    return dout


def judge_backward(exercise, call):
    forward = call.functions[exercise].forward
    for case, arguments in cases(forward).items():
        if case == "test mode":
            continue
        _judge_gradients(exercise, call, arguments, case)
    if exercise == "max_pool_backward_naive" and call.ties == "subgradient":
        _judge_ties(exercise, call)


def _judge_gradients(exercise, call, arguments, case):
    signature = call.functions[exercise]
    forward, dout = signature.forward, _upstream(signature.forward, case)

    def compare_all(gradients):
        gradients = [gradients] if len(signature.returns) == 1 else gradients
        if type(gradients) not in (list, tuple) or len(gradients) != len(signature.returns):
            raise Wrong("error", f"expected {len(signature.returns)} return values ({case})")
        for name, got, right in zip(signature.returns, gradients, _expected_gradients(forward, case), strict=True):
            compare(name, got, right, case)

    _with_any_cache(exercise, call, arguments, dout, case, _expected(forward, case), compare_all)


def _with_any_cache(exercise, call, arguments, dout, case, out, judge):
    """Judge the gradients from the cache of the student's forward pass.

    If the forward pass is wrong, try the documented cache first. One of the two must give correct gradients.
    """
    forward = call.functions[exercise].forward
    caches = [(forward, arguments, None)]
    try:
        got, _ = call("probe_forward", forward, arguments)
        compare("out", got, out, case)
    except (Wrong, StudentFault) as wrong:
        if not call.functions[forward].has_documented_cache:
            raise Wrong("not judged", f"{forward} is wrong: {wrong}") from None
        caches.insert(0, ("", [], tuple(arguments) if len(arguments) > 1 else arguments[0]))
    faults = []
    for cache in caches:
        try:
            return judge(call("probe_backward", exercise, *cache, dout)[1])
        except (Wrong, StudentFault) as fault:
            faults.append(fault)
    raise faults[0]


def _judge_ties(exercise, call):
    """Judge disjoint windows of 2 × 3 with many equal numbers."""
    x = np.random.default_rng(8).integers(0, 2, (2, 1, 5, 6)).astype(float)
    param = {"pool_height": 2, "pool_width": 3, "stride": 3}
    dout = np.array([[[[1.0, -2.0], [0.5, 3.0]]], [[[-1.5, 2.0], [4.0, -0.5]]]])
    out = formulas.FORWARD[call.functions[exercise].forward](x, param)
    _with_any_cache(exercise, call, [x, param], dout, "ties", out, lambda dx: _compare_ties(dx, x, dout))


def _compare_ties(dx, x, dout):
    compare("the shape of dx", np.zeros(np.shape(dx)), np.zeros(x.shape), "ties")
    left = dx.copy()
    for n, _, i, j in np.ndindex(dout.shape):
        window = np.s_[n, 0, 3 * i : 3 * i + 2, 3 * j : 3 * j + 3]
        shares = dx[window] / dout[n, 0, i, j]
        is_largest = x[window] == x[window].max()
        if shares.min() < -TOLERANCE or np.any(shares[~is_largest]) or abs(shares.sum() - 1) > TOLERANCE:
            raise Wrong("values", f"tied maxima get {shares[is_largest].round(3).tolist()} of the gradient")
        left[window] = 0
    compare("dx outside of the windows", left, np.zeros(x.shape), "ties")


def judge_dropout(exercise, call):
    (x,) = numbers(70, (41, 53))
    for p in (0.3, 0.75):
        case = f"training, p {p}"
        param = {"mode": "train", "p": p, "seed": 5}
        out, _ = call("probe_forward", exercise, [x, param])
        if type(out) is not np.ndarray or out.shape != x.shape:
            raise Wrong("shape", f"out has shape {np.shape(out)} ({case})")
        kept = out != 0
        if abs(kept.mean() - p) > 0.05:
            raise Wrong("values", f"{kept.mean():.2f} of the numbers are kept ({case})")
        compare("out where it is kept", out[kept], x[kept] / p, case)
        if np.ptp(kept.mean(axis=0)) == 0 or kept.all(axis=1).any() or len(np.unique(kept, axis=0)) < len(x):
            raise Wrong("values", f"whole rows or columns are dropped ({case})")
        again, _ = call("probe_forward", exercise, [x, param])
        compare("out with the same seed", again, out, case)
    out, _ = call("probe_forward", exercise, [x, {"mode": "test", "p": 0.3}])
    compare("out", out, x, "test mode")


def judge_dropout_backward(exercise, call):
    for seed, p, shape in ((71, 0.6, (9, 7)), (72, 0.35, (3, 2, 5, 4))):
        x, dout = numbers(seed, shape, shape)
        param = {"mode": "train", "p": p, "seed": seed}
        out, dx = call("probe_backward", exercise, "dropout_forward", [x, param], None, dout)
        if type(out) is not np.ndarray or out.shape != x.shape:
            raise Wrong("not judged", "dropout_forward is wrong")
        # For any mask, each number of out is x times a factor, and that factor is the gradient.
        compare("dx", dx, dout * (out / x), f"p {p}")


def judge_update_rule(exercise, call):
    shape = (3, 2)
    w, *gradients = numbers(80, shape, shape, shape, shape)
    old = {name: np.abs(value) for name, value in zip("mv", numbers(81, shape, shape), strict=True)}
    given = {
        "sgd_momentum": {"learning_rate": 0.07, "momentum": 0.6, "velocity": old["m"]},
        "rmsprop": {"learning_rate": 0.03, "decay_rate": 0.8, "epsilon": 0.01, "cache": old["v"]},
        "adam": {"learning_rate": 0.02, "beta1": 0.8, "beta2": 0.95, "epsilon": 0.01, **old, "t": 2},
    }[exercise]
    for case, config in {"given settings": given, "defaults": None}.items():
        got, after = call("probe_update", exercise, w, gradients, config)
        steps = list(formulas.UPDATE_RULES[exercise](w, gradients, config or {}))
        for number, (found, (expected, _)) in enumerate(zip(got, steps, strict=True), start=1):
            # Compare the change: next to the parameters themselves, a small step would be negligible.
            moved = np.asarray(found) - w if np.shape(found) == shape else found
            compare("the change of w", moved, expected - w, f"{case}, step {number}")
        for name, value in steps[-1][1].items():
            compare(f"config['{name}']", after.get(name) if type(after) is dict else None, value, case)
