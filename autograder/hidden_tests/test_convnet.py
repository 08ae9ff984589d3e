"""Hidden tests of ThreeLayerConvNet."""

import numpy as np
import pytest

from autograder.testing.compare import (
    check_array,
    check_initial_values,
    check_network_gradients,
    check_network_shapes,
    check_scalar,
)

# The network is built from the fast layers; the exercises before it are scored with these out of view.
pytestmark = pytest.mark.view("fast layers")

SIZES = {"input_dim": (2, 8, 6), "num_filters": 3, "filter_size": 3, "hidden_dim": 10, "num_classes": 4}
CASE = "2 × 8 × 6 images, 3 filters, 10 hidden units, 4 classes"


def networks(student, reference, rng, *, reg=0.0, sizes=SIZES, scale=0.15):
    """The submission's and the reference's network with the same random parameters, and a batch for them."""
    right = reference.ThreeLayerConvNet(**sizes, reg=reg, dtype=np.float64)
    network = student.ThreeLayerConvNet(**sizes, reg=reg, dtype=np.float64)
    check_network_shapes(network.params, right.params, CASE)
    params = {name: rng.standard_normal(value.shape) * scale for name, value in right.params.items()}
    # A filter and hidden units that are mostly off, others mostly on, and scores of both signs: there a ReLU too few or
    # too many shows.
    params["b1"][:] = [-3, *[0.5] * (sizes["num_filters"] - 1)]
    params["b2"][:] = np.resize([-1, 1], sizes["hidden_dim"])
    params["b3"] = rng.uniform(1.5, 2.5, sizes["num_classes"]) * np.resize([-1, 1], sizes["num_classes"])
    right.params.update({name: value.copy() for name, value in params.items()})
    network.set_params(params)
    X = rng.standard_normal((7, *sizes["input_dim"]))
    y = rng.integers(0, sizes["num_classes"], 7)
    return network, right, X, y


@pytest.mark.scores("ThreeLayerConvNet", weight=2)
def test_shapes_of_parameters(student, reference):
    """The parameters have the right names and shapes for images that are not square."""
    expected = reference.ThreeLayerConvNet(**SIZES).params
    check_network_shapes(student.ThreeLayerConvNet(**SIZES).params, expected, CASE)


@pytest.mark.scores("ThreeLayerConvNet", weight=1)
def test_initial_values(student, reference):
    """Weights start random with the given scale, biases at zero."""
    sizes = SIZES | {"num_filters": 12, "hidden_dim": 40, "input_dim": (3, 8, 12), "num_classes": 10}
    scale = 0.02  # no other rule for the deviation, such as 1 ÷ √inputs, comes near it with these sizes
    params = student.ThreeLayerConvNet(**sizes, weight_scale=scale).params
    check_network_shapes(params, reference.ThreeLayerConvNet(**sizes).params, "3 × 8 × 12 images, 12 filters")
    check_initial_values(params, scale)


@pytest.mark.scores("ThreeLayerConvNet", weight=3)
def test_scores(student, reference, rng):
    """Without labels, loss returns the class scores."""
    network, right, X, _ = networks(student, reference, rng)
    check_array("scores", network.scores(X), right.loss(X), "network", case=CASE)


@pytest.mark.scores("ThreeLayerConvNet", weight=1)
def test_loss(student, reference, rng):
    """The softmax loss without regularization."""
    network, right, X, y = networks(student, reference, rng)
    check_scalar("loss", network.loss(X, y)[0], right.loss(X, y)[0], "projection", case="reg 0")


@pytest.mark.scores("ThreeLayerConvNet", weight=1)
def test_regularized_loss(student, reference, rng):
    """The loss with half of the squared weights, times reg, added."""
    network, right, X, y = networks(student, reference, rng, reg=0.4)
    check_scalar("loss", network.loss(X, y)[0], right.loss(X, y)[0], "projection", case="reg 0.4")


@pytest.mark.scores("ThreeLayerConvNet", weight=3)
def test_gradients(student, reference, rng):
    """The gradients of all six parameters without regularization."""
    network, right, X, y = networks(student, reference, rng)
    check_network_gradients(network.gradients(X, y)[1], right.loss(X, y)[1], "reg 0")


@pytest.mark.scores("ThreeLayerConvNet", weight=2)
def test_regularized_gradients(student, reference, rng):
    """The gradients with regularization of the weights."""
    network, right, X, y = networks(student, reference, rng, reg=0.4)
    check_network_gradients(network.gradients(X, y)[1], right.loss(X, y)[1], "reg 0.4")
