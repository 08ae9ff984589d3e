import numpy as np
import pytest

from cs231n.gradient_check import eval_numerical_gradient, rel_error
from cs231n.layers import softmax_loss, svm_loss


@pytest.fixture
def rng():
    return np.random.default_rng(5)


@pytest.mark.parametrize("loss_function", [softmax_loss, svm_loss])
def test_loss_gradient_agrees_with_numerical_gradient(loss_function, rng):
    x, y = rng.standard_normal((4, 3)), np.array([0, 2, 1, 2])
    numerical = eval_numerical_gradient(lambda x: loss_function(x, y)[0], x, verbose=False)
    assert rel_error(loss_function(x, y)[1], numerical) < 1e-7


def test_softmax_loss_of_equal_scores_is_log_of_classes():
    loss, _ = softmax_loss(np.zeros((3, 7)), np.array([0, 3, 6]))
    assert loss == pytest.approx(np.log(7))


def test_softmax_loss_stays_finite_for_huge_scores():
    loss, dx = softmax_loss(np.array([[1e4, 0.0], [0.0, -1e4]]), np.array([1, 0]))
    assert loss == pytest.approx(5e3)
    assert np.isfinite(dx).all()


def test_svm_loss_by_hand():
    loss, dx = svm_loss(np.array([[3.0, 2.5, 1.0]]), np.array([0]))
    assert loss == pytest.approx(0.5)
    np.testing.assert_array_equal(dx, [[-1, 1, 0]])


@pytest.mark.parametrize("loss_function", [softmax_loss, svm_loss])
def test_float32_stays_float32(loss_function, rng):
    _, dx = loss_function(rng.standard_normal((3, 4)).astype(np.float32), np.array([0, 1, 1]))
    assert dx.dtype == np.float32


def test_inputs_are_not_changed(rng):
    x, y = rng.standard_normal((4, 3)), np.array([0, 2, 1, 2])
    before = x.copy()
    for call in (lambda: softmax_loss(x, y), lambda: svm_loss(x, y)):
        call()
        np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: softmax_loss(np.zeros((2, 3)), np.array([0, 3])), "labels from 0 to 2"),
        (lambda: softmax_loss(np.zeros((2, 3)), np.array([0, -1])), "got -1 to 0"),
        (lambda: svm_loss(np.zeros((2, 3)), np.array([0.0, 1.0])), "integers"),
        (lambda: svm_loss(np.zeros((2, 3)), np.array([0])), "got x .* and y"),
        (lambda: softmax_loss(np.zeros((0, 3)), np.zeros(0, int)), "N, C >= 1"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
