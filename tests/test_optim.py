import json

import numpy as np
import pytest

from cs231n import _fast_rules, optim
from cs231n._fast_backend import kernels

compiled = pytest.mark.skipif(kernels() is None, reason="the extension is not built")
COMPILED = [pytest.param(rule, marks=compiled, id=name) for name, rule in _fast_rules.COMPILED.items()]
RULES = [pytest.param(optim.sgd, id="sgd"), *COMPILED]
momentum, rmsprop, adam = _fast_rules.COMPILED.values()


def steps(rule, gradients, config=None):
    """Return the parameter, starting at 1, after each gradient."""
    w, path = np.array([1.0]), []
    for gradient in gradients:
        w, config = rule(w, np.array([gradient]), config)
        path.append(w[0])
    return path


def test_sgd_by_hand():
    assert steps(optim.sgd, [2.0, -4.0]) == pytest.approx([0.98, 1.02])


@compiled
def test_momentum_by_hand():
    assert steps(momentum, [1.0, 1.0], {"learning_rate": 0.1}) == pytest.approx([0.9, 0.71])


@compiled
def test_rmsprop_by_hand():
    first = 1 - 1e-2 * 2 / (np.sqrt(0.01 * 4) + 1e-8)
    second = first - 1e-2 * 3 / (np.sqrt(0.99 * 0.04 + 0.01 * 9) + 1e-8)
    assert steps(rmsprop, [2.0, 3.0]) == pytest.approx([first, second], rel=1e-12)


@compiled
def test_adam_by_hand():
    m, v, w, expected = 0.0, 0.0, 1.0, []
    for t, gradient in enumerate([2.0, -3.0, 1e-9], start=1):
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        w -= 1e-3 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        expected.append(w)
    assert steps(adam, [2.0, -3.0, 1e-9]) == pytest.approx(expected, rel=1e-12)


@compiled
def test_adam_epsilon_counts_after_the_bias_correction():
    config = {"learning_rate": 1.0, "epsilon": 1.0}
    assert steps(adam, [1.0], config) == pytest.approx([0.5])


@compiled
def test_adam_continues_from_a_given_state():
    config = {"m": np.array([0.5]), "v": np.array([0.25]), "t": 5}
    m, v = 0.9 * 0.5 + 0.1 * 2, 0.999 * 0.25 + 0.001 * 4
    expected = 1 - 1e-3 * (m / (1 - 0.9**6)) / (np.sqrt(v / (1 - 0.999**6)) + 1e-8)
    assert steps(adam, [2.0], config) == pytest.approx([expected], rel=1e-12)
    assert config["t"] == 6


@pytest.mark.parametrize(
    ("rule", "keys"),
    [
        (optim.sgd, {"learning_rate": 1e-2}),
        pytest.param(momentum, {"learning_rate": 1e-2, "momentum": 0.9}, marks=compiled),
        pytest.param(rmsprop, {"learning_rate": 1e-2, "decay_rate": 0.99, "epsilon": 1e-8}, marks=compiled),
        pytest.param(
            adam, {"learning_rate": 1e-3, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8, "t": 1}, marks=compiled
        ),
    ],
)
def test_defaults(rule, keys):
    _, config = rule(np.ones(2), np.ones(2))
    assert {key: config[key] for key in keys} == keys


@pytest.mark.parametrize("rule", RULES)
def test_memory_order_makes_no_difference(rule):
    rng = np.random.default_rng(6)
    start, gradients = rng.standard_normal((5, 7)), rng.standard_normal((3, 5, 7))

    def final(arrange):
        w, config = arrange(start), None
        for gradient in gradients:
            w, config = rule(w, arrange(gradient), config)
        return w

    whole = final(np.array)
    # A kernel may multiply and add in one rounding.
    np.testing.assert_allclose(final(lambda a: np.array(a, order="F")), whole, rtol=1e-14, atol=1e-15)
    assert not np.array_equal(whole, start)


def test_sgd_without_the_extension(monkeypatch):
    w, dw = np.ones((2, 3), np.float32), np.full((2, 3), 0.5)
    monkeypatch.setattr(_fast_rules, "kernels", lambda: None)
    next_w, _ = optim.sgd(w, dw, {"learning_rate": 0.5})
    assert next_w is w
    assert (w == 0.75).all()


@pytest.mark.parametrize("rule", RULES)
def test_w_is_updated_in_place_and_dw_is_not_changed(rule):
    w, dw = np.ones((2, 3), np.float32), np.full((2, 3), 0.5)
    next_w, config = rule(w, dw, {})
    assert next_w is w
    assert (w < 1).all()
    assert (dw == 0.5).all()
    assert w.dtype == np.float32
    assert {value.dtype for value in config.values() if isinstance(value, np.ndarray)} <= {np.dtype(np.float32)}


@pytest.mark.parametrize("rule", RULES)
def test_read_only_w_gives_a_new_array(rule):
    w = np.ones(3)
    w.setflags(write=False)
    next_w, _ = rule(w, np.ones(3))
    assert (w == 1).all()
    assert (next_w < 1).all()


@pytest.mark.parametrize("rule", RULES)
def test_bad_input_is_refused(rule):
    with pytest.raises(ValueError, match="int64"):
        rule(np.ones(3, int), np.ones(3))
    with pytest.raises(ValueError, match=r"got \(1, 3\)"):
        rule(np.ones(3), np.ones((1, 3)))


@pytest.mark.parametrize(("rule", "key"), [(momentum, "velocity"), (rmsprop, "cache"), (adam, "v")])
@compiled
def test_state_of_another_parameter_is_refused(rule, key):
    with pytest.raises(ValueError, match="one config per parameter"):
        rule(np.ones(3), np.ones(3), {key: np.ones(2)})


@pytest.mark.parametrize("rule", RULES)
def test_empty_parameters_are_fine(rule):
    assert rule(np.ones((0, 3)), np.ones((0, 3)))[0].shape == (0, 3)


@compiled
@pytest.mark.parametrize("name", ["sgd_momentum", "rmsprop", "adam"])
def test_a_name_is_the_compiled_rule_with_the_extension(name):
    assert optim.rule_named(name) is _fast_rules.COMPILED[name]


@pytest.mark.parametrize("name", ["sgd_momentum", "rmsprop", "adam"])
def test_a_name_is_the_students_rule_without_the_extension(name, tmp_path, monkeypatch):
    source = f"def {name}(w, dw, config=None):\n    return 'mine', config"
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "source": source}
    (tmp_path / "FullyConnectedNets.ipynb").write_text(json.dumps({"cells": [cell]}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(optim, "kernels", lambda: None)
    monkeypatch.setattr("student_tools.notebook.IN_MEMORY", {})  # other tests load notebooks
    assert optim.rule_named(name)(np.ones(3), np.ones(3))[0] == "mine"


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="from adam, rmsprop, sgd, sgd_momentum, or a function, got 'adagrad'"):
        optim.rule_named("adagrad")
