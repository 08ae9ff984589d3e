"""Hidden tests of ThreeLayerConvNet.

Only the tests of shapes compare the initial parameters' shapes. The other tests set parameters of
the right shapes, so that a wrong shape loses points only once.
"""

import functools

import numpy as np

from autograder import check_array, check_scalar, hidden_test, tr

from ..cases import joined, times
from ..checks import check_initial_values, check_names, check_network_gradients, check_network_shapes
from ..inputs import fill

# The network uses the fast layers; earlier exercises are scored without them.
network_test = functools.partial(hidden_test, "ThreeLayerConvNet", imports="fast layers")

SECONDS = 4  # for gradients: correct naive layers of a student take 0.1 s
SIZES = {"input_dim": (2, 8, 8), "num_filters": 5, "filter_size": 3, "hidden_dim": 10, "num_classes": 4}
# Hard-coded, because drawing that many numbers takes longer than all other tests.
DEFAULT_SHAPES = {"W1": (32, 3, 7, 7), "b1": (32,), "W2": (8192, 100), "b2": (100,), "W3": (100, 10), "b3": (10,)}
PARAMETERS = ("W1", "b1", "W2", "b2", "W3", "b3")


def images_of(sizes):
    """Return the description of images."""
    return tr("{sizes} images", sizes=times(sizes["input_dim"]))


def case_of(sizes):
    """Return the description of images and network."""
    return tr(
        "{images}, {filters} filters, {hidden} hidden units, {classes} classes",
        images=images_of(sizes),
        filters=sizes["num_filters"],
        hidden=sizes["hidden_dim"],
        classes=sizes["num_classes"],
    )


def networks(student, reference, rng, *, reg=0.0, sizes=SIZES, scale=0.15):
    """Return the student's and the reference's network with equal random parameters, and a batch."""
    right = reference.ThreeLayerConvNet(**sizes, reg=reg, dtype=np.float64)
    network = student.ThreeLayerConvNet(**sizes, reg=reg, dtype=np.float64)
    params = {name: rng.standard_normal(value.shape) * scale for name, value in right.params.items()}
    # A filter and hidden units that are mostly off, others mostly on, and scores of both signs, to detect a missing or
    # an extra ReLU.
    params["b1"][:] = [-3, *[0.5] * (sizes["num_filters"] - 1)]
    params["b2"][:] = np.resize([-1, 1], sizes["hidden_dim"])
    params["b3"] = rng.uniform(1.5, 2.5, sizes["num_classes"]) * np.resize([-1, 1], sizes["num_classes"])
    fill(network, right, params)
    X = rng.standard_normal((7, *sizes["input_dim"]))
    y = rng.integers(0, sizes["num_classes"], 7)
    return network, right, X, y


@network_test(weight=2, parts=PARAMETERS)
def test_shapes_of_parameters(student, reference):
    """The shape of {part} for images that are not square."""
    sizes = SIZES | {"input_dim": (2, 8, 6)}
    params, expected = student.ThreeLayerConvNet(**sizes).params, reference.ThreeLayerConvNet(**sizes).params
    check_names(params, expected)
    check_network_shapes(params, expected, case_of(sizes))


@network_test(weight=1)
def test_shapes_for_odd_images(student, reference):
    """The shapes of the parameters for images of odd height and width, where pooling omits a row or column."""
    sizes = SIZES | {"input_dim": (3, 7, 9)}
    expected = reference.ThreeLayerConvNet(**sizes).params
    check_network_shapes(student.ThreeLayerConvNet(**sizes).params, expected, images_of(sizes))


@network_test(weight=1)
def test_defaults(student):
    """The defaults give a network for CIFAR-10 with 32 filters of 7 × 7, 100 hidden units and weight_scale 1e-3."""
    params = student.ThreeLayerConvNet().params
    expected = {name: np.broadcast_to(0, shape) for name, shape in DEFAULT_SHAPES.items()}
    check_network_shapes(params, expected, tr("no arguments"))
    check_initial_values({name: params[name] for name in ("W1", "W3")}, 1e-3)


@network_test(weight=1)
def test_initial_values(student, reference):
    """Weights start at random values of the given scale, biases at zero."""
    sizes = SIZES | {"num_filters": 12, "hidden_dim": 40, "input_dim": (3, 8, 12), "num_classes": 10}
    scale = 0.02  # far from other rules for the deviation, such as 1 ÷ √inputs, with these sizes
    params = student.ThreeLayerConvNet(**sizes, weight_scale=scale).params
    check_names(params, reference.ThreeLayerConvNet(**sizes).params)
    check_initial_values(params, scale)


@network_test(weight=3)
def test_scores(student, reference, rng):
    """Without labels, loss returns the class scores."""
    network, right, X, _ = networks(student, reference, rng)
    check_array("scores", network.scores(X), right.loss(X), "network", case=case_of(SIZES))


@network_test(weight=1)
def test_scores_of_odd_images(student, reference, rng):
    """The scores of images that are not square, with an odd height and width."""
    sizes = SIZES | {"input_dim": (2, 7, 11), "filter_size": 5}
    network, right, X, _ = networks(student, reference, rng, sizes=sizes)
    case = joined(images_of(sizes), tr("filters of {sizes}", sizes=times((5, 5))))
    check_array("scores", network.scores(X), right.loss(X), "network", case=case)


@network_test(weight=1)
def test_loss(student, reference, rng):
    """The softmax loss without regularization."""
    network, right, X, y = networks(student, reference, rng)
    check_scalar("loss", network.loss(X, y)[0], right.loss(X, y)[0], "projection", case="reg 0")


@network_test(weight=1)
def test_regularized_loss(student, reference, rng):
    """The loss with regularization: plus reg times half the sum of the squared weights."""
    network, right, X, y = networks(student, reference, rng, reg=0.4)
    check_scalar("loss", network.loss(X, y)[0], right.loss(X, y)[0], "projection", case="reg 0.4")


@network_test(weight=3, parts=PARAMETERS, seconds=SECONDS)
def test_gradients(student, reference, rng):
    """The gradient of {part} without regularization."""
    network, right, X, y = networks(student, reference, rng)
    check_network_gradients(network.gradients(X, y)[1], right.loss(X, y)[1], "reg 0")


@network_test(weight=2, parts=PARAMETERS, seconds=SECONDS)
def test_regularized_gradients(student, reference, rng):
    """The gradient of {part} with regularization of the weights."""
    network, right, X, y = networks(student, reference, rng, reg=0.4)
    check_network_gradients(network.gradients(X, y)[1], right.loss(X, y)[1], "reg 0.4")
