"""Hidden tests of the two-layer network."""

import numpy as np

from autograder import check_array, check_entry, check_scalar, check_shape, hidden_test, together

NETWORK = "TwoLayerNet"
PARAMETERS = ("W1", "b1", "W2", "b2")
SIZES = {"input_dim": 6, "hidden_dim": 8, "num_classes": 4}


def networks(student, reference, rng, *, reg=0.0):
    """Return the student's and the reference's network with equal parameters, and 9 samples."""
    got, right = student.TwoLayerNet(**SIZES, reg=reg), reference.TwoLayerNet(**SIZES, reg=reg)
    params = {name: 0.5 * rng.standard_normal(value.shape) for name, value in right.params.items()}
    got.update("params", params)
    right.params.update({name: value.copy() for name, value in params.items()})
    return got, right, rng.standard_normal((9, 6)), rng.integers(0, 4, 9)


@hidden_test(NETWORK, weight=1, parts=PARAMETERS)
def test_shapes(student, reference):
    """The shape of {part}."""
    params = student.TwoLayerNet(**SIZES).params
    with together() as check:
        for name, value in reference.TwoLayerNet(**SIZES).params.items():
            check(name, check_entry, check_shape, "params", params, name, value.shape)


@hidden_test(NETWORK, weight=1, parts=PARAMETERS)
def test_initial_values(student):
    """The initial {part}: random weights with standard deviation weight_scale, biases of zero."""
    params = student.TwoLayerNet(40, 30, 20, weight_scale=0.02).params
    with together() as check:
        for name in ("W1", "W2"):
            deviation = np.std(params[name]) / 0.02
            check(name, check_scalar, f"the standard deviation of {name} ÷ weight_scale", deviation, 1, "random")
        for name, size in (("b1", 30), ("b2", 20)):
            check(name, check_array, name, params[name], np.zeros(size), "exact")


@hidden_test(NETWORK, weight=2)
def test_loss(student, reference, rng):
    """The loss with regularization."""
    got, right, X, y = networks(student, reference, rng, reg=0.4)
    check_scalar("loss", got.loss(X, y)[0], right.loss(X, y)[0], "exact", case="reg 0.4")


@hidden_test(NETWORK, weight=1)
def test_loss_of_large_scores(student, reference, rng):
    """Scores of several thousands give a finite loss."""
    got, right, X, y = networks(student, reference, rng)
    check_scalar("loss", got.loss(3000 * X, y)[0], right.loss(3000 * X, y)[0], "exact", case="large scores")


@hidden_test(NETWORK, weight=3, parts=PARAMETERS)
def test_gradients(student, reference, rng):
    """The gradient of {part} with regularization."""
    got, right, X, y = networks(student, reference, rng, reg=0.4)
    grads = got.loss(X, y)[1]
    with together() as check:
        for name, value in right.loss(X, y)[1].items():
            check(name, check_entry, check_array, "grads", grads, name, value, "exact", case="reg 0.4")


@hidden_test(NETWORK, weight=2)
def test_predictions(student, reference, rng):
    """predict gives each sample the class with the highest score."""
    got, right, _, _ = networks(student, reference, rng)
    X = rng.standard_normal((50, 6))
    check_array("y_pred", got.predict(X), right.predict(X), "exact", case="50 samples")
