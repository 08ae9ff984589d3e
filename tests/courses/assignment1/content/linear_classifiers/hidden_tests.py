"""Hidden tests of the losses of linear classifiers."""

import numpy as np

from autograder import check_array, check_loops, check_scalar, hidden_test, together

PARTS = ("loss", "dW")


def check_loss(student, reference, rng, name, *, reg, scale=1.0):
    """Compare a loss and its gradient, as two parts, for 9 samples with 6 numbers and 4 classes."""
    W, X, y = rng.standard_normal((6, 4)), scale * rng.standard_normal((9, 6)), rng.integers(0, 4, 9)
    loss, dW = getattr(student, name)(W, X, y, reg)
    right_loss, right_dW = getattr(reference, name)(W, X, y, reg)
    case = f"9 samples, 6 numbers, 4 classes, reg {reg:g}"
    with together() as check:
        check("loss", check_scalar, "loss", loss, right_loss, "exact", case=case)
        check("dW", check_array, "dW", dW, right_dW, "exact", case=case)


@hidden_test("svm_loss_vectorized", weight=3, parts=PARTS)
def test_svm_without_regularization(student, reference, rng):
    """{part} of the SVM loss without regularization."""
    check_loss(student, reference, rng, "svm_loss_vectorized", reg=0.0)


@hidden_test("svm_loss_vectorized", weight=2, parts=PARTS)
def test_svm_with_regularization(student, reference, rng):
    """{part} of the SVM loss with regularization."""
    check_loss(student, reference, rng, "svm_loss_vectorized", reg=0.7)


@hidden_test("softmax_loss_vectorized", weight=3, parts=PARTS)
def test_softmax_without_regularization(student, reference, rng):
    """{part} of the softmax loss without regularization."""
    check_loss(student, reference, rng, "softmax_loss_vectorized", reg=0.0)


@hidden_test("softmax_loss_vectorized", weight=2, parts=PARTS)
def test_softmax_with_regularization(student, reference, rng):
    """{part} of the softmax loss with regularization."""
    check_loss(student, reference, rng, "softmax_loss_vectorized", reg=0.7)


@hidden_test("softmax_loss_vectorized", weight=1)
def test_softmax_of_large_scores(student, reference, rng):
    """Scores of several thousands give a finite loss."""
    W, X, y = 1000 * rng.uniform(1, 2, (6, 4)), rng.uniform(1, 2, (9, 6)), np.arange(9) % 4
    loss = student.softmax_loss_vectorized(W, X, y, 0.0)[0]
    check_scalar("loss", loss, reference.softmax_loss_vectorized(W, X, y, 0.0)[0], "exact", case="large scores")


@hidden_test("svm_loss_vectorized", weight=1)
def test_svm_has_no_loop(student):
    """svm_loss_vectorized has no loop."""
    check_loops(student, "svm_loss_vectorized", functions=True)


@hidden_test("softmax_loss_vectorized", weight=1)
def test_softmax_has_no_loop(student):
    """softmax_loss_vectorized has no loop."""
    check_loops(student, "softmax_loss_vectorized", functions=True)
