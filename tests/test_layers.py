import numpy as np
import pytest

from cs231n.gradient_check import eval_numerical_gradient, eval_numerical_gradient_array, rel_error
from cs231n.layers import affine_backward, affine_forward, relu_backward, relu_forward, softmax_loss, svm_loss


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def test_affine_forward_multiplies_flattened_rows(rng):
    x, w, b = rng.standard_normal((2, 3, 2)), rng.standard_normal((6, 4)), rng.standard_normal(4)
    out, _ = affine_forward(x, w, b)
    expected = [[sum(x[n].ravel()[d] * w[d, m] for d in range(6)) + b[m] for m in range(4)] for n in range(2)]
    np.testing.assert_allclose(out, expected, rtol=1e-12)


def test_affine_backward_agrees_with_numerical_gradient(rng):
    x, w, b = rng.standard_normal((3, 2, 2)), rng.standard_normal((4, 5)), rng.standard_normal(5)
    dout = rng.standard_normal((3, 5))
    _, cache = affine_forward(x, w, b)
    for array, grad in zip((x, w, b), affine_backward(dout, cache), strict=True):
        numerical = eval_numerical_gradient_array(lambda _: affine_forward(x, w, b)[0], array, dout)
        assert grad.shape == array.shape
        assert rel_error(grad, numerical) < 1e-7


def test_relu_passes_gradient_where_input_is_positive_only():
    out, cache = relu_forward(np.array([[-1.0, 0.0, 2.0, np.nan]]))
    np.testing.assert_array_equal(out, [[0, 0, 2, np.nan]])
    np.testing.assert_array_equal(relu_backward(np.array([[5.0, 6.0, 7.0, 8.0]]), cache), [[0, 0, 7, 0]])


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


def test_float32_stays_float32(rng):
    x, w, b = (rng.standard_normal(shape).astype(np.float32) for shape in ((3, 4), (4, 2), (2,)))
    out, cache = affine_forward(x, w, b)
    hidden, relu_cache = relu_forward(out)
    _, dx = softmax_loss(hidden, np.array([0, 1, 1]))
    _, dsvm = svm_loss(hidden, np.array([0, 1, 1]))
    arrays = (out, hidden, dx, dsvm, relu_backward(dx, relu_cache), *affine_backward(dx, cache))
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_wider_bias_is_not_cut_down():
    out, _ = affine_forward(np.zeros((1, 2), np.float32), np.zeros((2, 1), np.float32), np.array([0.1]))
    assert out[0, 0] == 0.1


def test_inputs_are_left_alone(rng):
    x, y = rng.standard_normal((4, 3)), np.array([0, 2, 1, 2])
    before = x.copy()
    for call in (lambda: softmax_loss(x, y), lambda: svm_loss(x, y), lambda: relu_forward(x)):
        call()
        np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: affine_forward(np.zeros((2, 3)), np.zeros((4, 5)), np.zeros(5)), r"make w of shape \(3, 5\)"),
        (lambda: affine_forward(np.zeros((2, 3)), np.zeros((3, 5)), np.zeros((1, 5))), "b \\(1, 5\\)"),
        (
            lambda: affine_backward(np.zeros((2, 4)), affine_forward(np.ones((2, 3)), np.ones((3, 5)), np.ones(5))[1]),
            r"\(2, 5\)",
        ),
        (lambda: relu_backward(np.zeros(2), np.zeros((2, 2))), "same shape"),
        (lambda: softmax_loss(np.zeros((2, 3)), np.array([0, 3])), "classes 0 to 2"),
        (lambda: softmax_loss(np.zeros((2, 3)), np.array([0, -1])), "run from -1"),
        (lambda: svm_loss(np.zeros((2, 3)), np.array([0.0, 1.0])), "integers"),
        (lambda: svm_loss(np.zeros((2, 3)), np.array([0])), "came"),
        (lambda: softmax_loss(np.zeros((0, 3)), np.zeros(0, int)), "N, C >= 1"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
