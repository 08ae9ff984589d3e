"""Hidden tests of FullyConnectedNet. Its layers are lent where the student's own are wrong."""

import numpy as np
import pytest

from autograder.testing.compare import (
    check_array,
    check_initial_values,
    check_network_gradients,
    check_network_shapes,
    check_scalar,
    together,
)

PLAIN = ("affine_forward", "affine_backward", "relu_forward", "relu_backward")
BATCH, LAYER = (("batchnorm_forward", "batchnorm_backward"), ("layernorm_forward", "layernorm_backward"))
DROPOUT = ("dropout_forward", "dropout_backward")
SIZES = {"hidden_dims": [9, 7], "input_dim": 10, "num_classes": 4}
CASE = "10 inputs, hidden layers of 9 and 7 units, 4 classes"


def networks(student, reference, rng, *, sizes=SIZES, scale=0.5, samples=6, **options):
    """The submission's and the reference's network with the same random parameters, and a batch for them."""
    options = {**sizes, "dtype": np.float64, **options}
    right, network = reference.FullyConnectedNet(**options), student.FullyConnectedNet(**options)
    check_network_shapes(network.params, right.params, CASE)
    params = {}
    for name, value in right.params.items():
        if name.startswith("W"):
            params[name] = rng.standard_normal(value.shape) * scale
        else:
            # Units that are mostly off, others mostly on, and scores of both signs: there a ReLU too few or too many
            # shows. A gamma far from one, and a beta that matters.
            base = 1.5 if name.startswith("gamma") else np.resize([-1, 1], value.shape)
            params[name] = base * rng.uniform(0.6, 1.4, value.shape)
    right.params.update({name: value.copy() for name, value in params.items()})
    network.set_params(params)
    X = rng.standard_normal((samples, 2, sizes["input_dim"] // 2))
    return network, right, X, rng.integers(0, sizes["num_classes"], samples)


@pytest.mark.scores("FullyConnectedNet", weight=2)
def test_shapes_of_parameters(student, reference):
    """Every affine layer has its weights and biases, named and shaped as the docstring says."""
    expected = reference.FullyConnectedNet(**SIZES).params
    check_network_shapes(student.FullyConnectedNet(**SIZES).params, expected, CASE)


@pytest.mark.scores("FullyConnectedNet", weight=1)
def test_parameters_of_normalization(student, reference):
    """With normalization every hidden layer has gamma, ones, and beta, zeros; the last layer has neither."""
    for normalization in ("batchnorm", "layernorm"):
        expected = reference.FullyConnectedNet(**SIZES, normalization=normalization).params
        params = student.FullyConnectedNet(**SIZES, normalization=normalization).params
        check_network_shapes(params, expected, normalization)
        with together() as check:
            for name, value in expected.items():
                if not name.startswith("W"):
                    check(check_array, f"params['{name}']", params[name], value, "exact", case=normalization)


@pytest.mark.scores("FullyConnectedNet", weight=1)
def test_initial_values(student, reference):
    """Weights start random with the given scale, biases at zero."""
    sizes = {"hidden_dims": [40, 30], "input_dim": 60, "num_classes": 20}
    scale = 0.02  # no other rule for the deviation, such as 1 ÷ √inputs, comes near it with these sizes
    params = student.FullyConnectedNet(**sizes, weight_scale=scale).params
    check_network_shapes(params, reference.FullyConnectedNet(**sizes).params, "60 inputs, 40 and 30 units")
    check_initial_values(params, scale)


@pytest.mark.lends(*PLAIN)
@pytest.mark.scores("FullyConnectedNet", weight=3)
def test_scores(student, reference, rng):
    """Without labels, loss returns the class scores."""
    network, right, X, _ = networks(student, reference, rng)
    check_array("scores", network.scores(X), right.loss(X), "network", case=CASE)


@pytest.mark.lends(*PLAIN)
@pytest.mark.scores("FullyConnectedNet", weight=1)
def test_any_depth(student, reference, rng):
    """The network may have one hidden layer or four."""
    for hidden_dims in ([5], [8, 7, 6, 5]):
        sizes = SIZES | {"hidden_dims": hidden_dims}
        network, right, X, y = networks(student, reference, rng, sizes=sizes, scale=0.7)
        case = f"hidden layers of {hidden_dims} units"
        check_array("scores", network.scores(X), right.loss(X), "network", case=case)
        check_network_gradients(network.gradients(X, y)[1], right.loss(X, y)[1], case)


@pytest.mark.lends(*PLAIN)
@pytest.mark.scores("FullyConnectedNet", weight=1)
def test_loss(student, reference, rng):
    """The softmax loss without regularization."""
    network, right, X, y = networks(student, reference, rng)
    check_scalar("loss", network.loss(X, y)[0], right.loss(X, y)[0], "projection", case="reg 0")


@pytest.mark.lends(*PLAIN)
@pytest.mark.scores("FullyConnectedNet", weight=1)
def test_regularized_loss(student, reference, rng):
    """The loss with half of the squared weights, times reg, added."""
    network, right, X, y = networks(student, reference, rng, reg=0.4)
    check_scalar("loss", network.loss(X, y)[0], right.loss(X, y)[0], "projection", case="reg 0.4")


@pytest.mark.lends(*PLAIN)
@pytest.mark.scores("FullyConnectedNet", weight=3)
def test_gradients(student, reference, rng):
    """The gradients of all parameters without regularization."""
    network, right, X, y = networks(student, reference, rng)
    check_network_gradients(network.gradients(X, y)[1], right.loss(X, y)[1], "reg 0")


@pytest.mark.lends(*PLAIN)
@pytest.mark.scores("FullyConnectedNet", weight=2)
def test_regularized_gradients(student, reference, rng):
    """The gradients with regularization of the weights."""
    network, right, X, y = networks(student, reference, rng, reg=0.4)
    check_network_gradients(network.gradients(X, y)[1], right.loss(X, y)[1], "reg 0.4")


def check_normalized(student, reference, rng, normalization):
    # Small weights, for scores of which none is far above the others: there each of them matters.
    options = {"normalization": normalization, "reg": 0.2}
    network, right, X, y = networks(student, reference, rng, samples=30, scale=0.2, **options)
    got, expected = network.gradients(X, y), right.loss(X, y)
    case = f"{normalization}, reg 0.2"
    check_scalar("loss", got[0], expected[0], "network", case=case)
    # What batch normalization subtracts has no influence: the gradients of biases before it are rounding errors.
    without = ("b1", "b2") if normalization == "batchnorm" else ()
    check_network_gradients(got[1], expected[1], case, "gradient", without=without)
    return network, right, X, y


@pytest.mark.lends(*PLAIN, *BATCH)
@pytest.mark.scores("FullyConnectedNet", weight=2)
def test_batch_normalization(student, reference, rng):
    """Loss and gradients with batch normalization of the hidden layers."""
    check_normalized(student, reference, rng, "batchnorm")


@pytest.mark.lends(*PLAIN, *BATCH)
@pytest.mark.scores("FullyConnectedNet", weight=2)
def test_batch_normalization_at_test_time(student, reference, rng):
    """Scores come from running averages, of which every hidden layer has its own."""
    network, right, X, y = networks(student, reference, rng, normalization="batchnorm", samples=8)
    for _ in range(2):  # two minibatches leave something in the averages
        network.loss(X, y)
        right.loss(X, y)
    other = rng.standard_normal((3, *X.shape[1:]))
    case = "after two steps in training mode"
    check_array("scores", network.scores(other), right.loss(other), "network", case=case)


@pytest.mark.lends(*PLAIN, *LAYER)
@pytest.mark.scores("FullyConnectedNet", weight=1)
def test_layer_normalization(student, reference, rng):
    """Loss and gradients with layer normalization of the hidden layers."""
    check_normalized(student, reference, rng, "layernorm")


@pytest.mark.lends(*PLAIN, *DROPOUT)
@pytest.mark.scores("FullyConnectedNet", weight=2)
def test_dropout(student, reference, rng):
    """Loss and gradients with dropout in the hidden layers, with a seed."""
    options = {"dropout_keep_ratio": 0.7, "seed": 5}
    network, right, X, y = networks(student, reference, rng, samples=20, **options)
    got, expected = network.gradients(X, y), right.loss(X, y)
    case = "dropout that keeps 0.7, seed 5"
    check_scalar("loss", got[0], expected[0], "network", case=case)
    check_network_gradients(got[1], expected[1], case)


@pytest.mark.lends(*PLAIN, *DROPOUT)
@pytest.mark.scores("FullyConnectedNet", weight=1)
def test_no_dropout_at_test_time(student, reference, rng):
    """Scores are those of the whole network, also after a step in training mode."""
    network, right, X, y = networks(student, reference, rng, dropout_keep_ratio=0.4, seed=5)
    network.loss(X, y)
    check_array("scores", network.scores(X), right.loss(X), "network", case="dropout that keeps 0.4")
