import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from cs231n.gradient_check import (
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    eval_numerical_gradient_blobs,
    eval_numerical_gradient_net,
    grad_check_sparse,
    rel_error,
)


@pytest.fixture
def x():
    return np.random.default_rng(8).standard_normal((2, 3))


def test_gradient_of_a_number(x, capsys):
    grad = eval_numerical_gradient(lambda x: np.sum(x**3), x, verbose=False)
    assert rel_error(grad, 3 * x**2) < 1e-6
    assert capsys.readouterr().out == ""


def test_verbose_prints_every_index(x, capsys):
    eval_numerical_gradient(np.sum, x)
    assert len(capsys.readouterr().out.splitlines()) == x.size


def test_gradient_of_an_array(x):
    w, df = np.arange(12.0).reshape(3, 4), np.arange(8.0).reshape(2, 4) - 3
    grad = eval_numerical_gradient_array(lambda x: x @ w, x, df)
    assert rel_error(grad, df @ w.T) < 1e-7


def test_a_wrong_gradient_is_detected(x):
    grad = eval_numerical_gradient_array(np.sin, x, np.ones_like(x))
    assert rel_error(grad, np.cos(x)) < 1e-7
    assert rel_error(grad, np.cos(x) * 1.001) > 1e-4


def test_function_may_ignore_its_argument_and_read_x_itself(x):
    grad = eval_numerical_gradient(lambda _: np.sum(x**2), x, verbose=False)
    assert rel_error(grad, 2 * x) < 1e-7


def test_function_may_reuse_its_result_array(x):
    buffer = np.empty_like(x)
    grad = eval_numerical_gradient_array(lambda x: np.multiply(x, 3, out=buffer), x, np.ones_like(x))
    assert rel_error(grad, np.full_like(x, 3)) < 1e-7


def test_x_in_any_memory_order(x):
    for layout in (np.asfortranarray(x), np.repeat(x, 2, axis=1)[:, ::2], np.array(1.5)):
        before = layout.copy()
        grad = eval_numerical_gradient(lambda x: np.sum(x**2), layout, verbose=False)
        assert rel_error(grad, 2 * layout) < 1e-7
        np.testing.assert_array_equal(layout, before)


@pytest.mark.parametrize(
    "check",
    [
        lambda f, x: eval_numerical_gradient(f, x, verbose=False),
        lambda f, x: eval_numerical_gradient_array(f, x, np.ones(())),
        lambda f, x: grad_check_sparse(f, x, x),
        lambda f, x: eval_numerical_gradient_blobs(
            lambda a, out: f(a.vals), [SimpleNamespace(vals=x)], SimpleNamespace()
        ),
    ],
)
def test_x_is_restored_exactly_also_when_the_function_raises(check, x):
    before, calls = x.copy(), []

    def fails_late(x):
        calls.append(1)
        if len(calls) == 2:
            raise KeyError("broken layer")
        return x.sum()

    with pytest.raises((KeyError, AttributeError)):
        check(fails_late, x)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (np.arange(3), "int64.*np.float64"),
        ([1.0, 2.0], "a list"),
        (np.array([1 + 2j]), "complex128"),
    ],
)
def test_x_too_coarse_for_a_small_step_is_refused(bad, message):
    for check in (
        lambda: eval_numerical_gradient(np.sum, bad),
        lambda: grad_check_sparse(np.sum, bad, bad),
        lambda: eval_numerical_gradient_array(np.copy, bad, bad),
    ):
        with pytest.raises(ValueError, match=message):
            check()


def test_read_only_x_is_refused(x):
    x.setflags(write=False)
    with pytest.raises(ValueError, match="read-only"):
        eval_numerical_gradient(np.sum, x)


def test_float32_x_gets_a_warning_and_float64_none(x):
    with pytest.warns(UserWarning, match="float32"):
        eval_numerical_gradient(np.sum, x.astype(np.float32), verbose=False)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        eval_numerical_gradient(np.sum, x, verbose=False)


def test_upstream_gradient_of_another_shape_is_refused(x):
    with pytest.raises(ValueError, match=r"\(2, 3\).*\(3,\)"):
        eval_numerical_gradient_array(np.copy, x, np.ones(3))


def test_blobs_and_nets(x):
    y = np.arange(6.0).reshape(2, 3)
    a, b = SimpleNamespace(vals=x, diffs=None), SimpleNamespace(vals=y, diffs=None)
    out = SimpleNamespace(vals=np.zeros((2, 3)), diffs=np.full((2, 3), 2.0))

    def multiply(a, b, out):
        out.vals[...] = a.vals * b.vals

    net = SimpleNamespace(forward=lambda: multiply(a, b, out))
    for grads in (eval_numerical_gradient_blobs(multiply, (a, b), out), eval_numerical_gradient_net(net, [a, b], out)):
        assert rel_error(grads[0], 2 * y) < 1e-6
        assert rel_error(grads[1], 2 * x) < 1e-6


def test_sparse_check_prints_both_gradients_and_their_error(x, capsys):
    grad_check_sparse(lambda x: np.sum(x**2), x, 2 * x, num_checks=3)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    for line in lines:
        assert line.startswith("numerical: ")
        assert float(line.rpartition(" ")[2]) < 1e-7


def test_sparse_check_of_two_zeros_is_no_error(x, capsys):
    grad_check_sparse(lambda x: 1.0, x, np.zeros_like(x), num_checks=1)
    assert capsys.readouterr().out.endswith("relative error: 0.000000e+00\n")


def test_rel_error_by_hand():
    assert rel_error(np.array([1.0, 3.0]), np.array([1.0, 1.0])) == 0.5
    assert rel_error(0.0, 1e-9) == pytest.approx(0.1)
    assert rel_error(np.uint8(3), np.uint8(5)) == 0.25
    assert rel_error([], []) == 0.0
    assert np.isnan(rel_error(np.nan, 1.0))
