"""Hidden tests of FullyConnectedNet. The reference's layers replace the student's wrong layers.

Only the tests of shapes compare the initial parameters' shapes. The other tests set parameters of
the right shapes, so that a wrong shape loses points only once.
"""

import re

import numpy as np

from autograder import StudentFault, check_array, check_scalar, hidden_test, together, tr

from ..cases import joined
from ..checks import check_initial_values, check_names, check_network_gradients, check_network_shapes
from ..inputs import fill

PLAIN = ("affine_forward", "affine_backward", "relu_forward", "relu_backward")
BATCH = ("batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt")
LAYER = ("layernorm_forward", "layernorm_backward")
DROPOUT = ("dropout_forward", "dropout_backward")
SIZES = {"hidden_dims": [9, 7], "input_dim": 10, "num_classes": 4}
PARAMETERS = ("W1", "b1", "W2", "b2", "W3", "b3")
NORMALIZED = ("gamma1", "beta1", "gamma2", "beta2")
# Names of two arguments in the course before 2019.
OLDER_NAMES = {"dropout_keep_ratio": "dropout", "normalization": "use_batchnorm"}
UNKNOWN = re.compile(r"unexpected keyword argument '(\w+)'")


def case_of_sizes():
    """Return the description of a network of SIZES."""
    return tr(
        "{inputs} inputs, hidden layers of {first} and {second} units, {classes} classes",
        inputs=SIZES["input_dim"],
        first=SIZES["hidden_dims"][0],
        second=SIZES["hidden_dims"][1],
        classes=SIZES["num_classes"],
    )


def network_of(student, **options):
    """Return the submission's network. An older signature loses only the points of one test."""
    for _ in OLDER_NAMES:
        try:
            return student.FullyConnectedNet(**options)
        except StudentFault as fault:
            unknown = UNKNOWN.search(fault.message)
            name = unknown and unknown.group(1)
            if name not in options or name not in OLDER_NAMES:
                raise
            options = _with_older_name(name, options)
    return student.FullyConnectedNet(**options)


def _with_older_name(name, options):
    value = options[name]
    if name == "normalization" and value != "batchnorm":
        message = tr("FullyConnectedNet has no argument {name!r}, expected one for {value}", name=name, value=value)
        raise StudentFault("failed", message)
    others = {key: item for key, item in options.items() if key != name}
    return others | {OLDER_NAMES[name]: True if name == "normalization" else value}


def networks(student, reference, rng, *, sizes=SIZES, scale=0.5, samples=6, **options):
    """Return the student's and the reference's network with equal random parameters, and a batch."""
    options = {**sizes, "dtype": np.float64, **options}
    right, network = reference.FullyConnectedNet(**options), network_of(student, **options)
    params = {}
    for name, value in right.params.items():
        if name.startswith("W"):
            # With a mean, so that the square of the sum differs from the sum of the squares.
            weights = rng.standard_normal(value.shape)
            params[name] = (weights - weights.mean() + 0.5) * scale
        else:
            # Units that are mostly off, others mostly on, and scores of both signs, to detect a missing or an extra
            # ReLU. A gamma far from one, and a beta that matters.
            base = 2 if name.startswith("gamma") else np.resize([-1, 1], value.shape)
            params[name] = base * rng.uniform(0.6, 1.4, value.shape)
    X = rng.standard_normal((samples, 2, sizes["input_dim"] // 2))
    y = rng.integers(0, sizes["num_classes"], samples)
    if options.get("normalization") != "batchnorm":  # its scores depend on the mode
        y = centre_scores(right, params, X)
    fill(network, right, params)
    return network, right, X, y


def centre_scores(right, params, X):
    """Change the last layer so that each class has scores of both signs and of similar size.

    Returns: the class of the largest score for each sample. With these labels the loss grows when a
    ReLU follows.
    """
    right.params.update({name: value.copy() for name, value in params.items()})
    scores, last = right.loss(X), sum(name.startswith("W") for name in params)
    mean = scores.mean(axis=0)
    factor = min(1, 1 / np.std(scores - mean))
    params[f"W{last}"] = params[f"W{last}"] * factor
    params[f"b{last}"] = (params[f"b{last}"] - mean) * factor
    return np.argmax(scores - mean, axis=1)


@hidden_test("FullyConnectedNet", weight=2, parts=PARAMETERS)
def test_shapes_of_parameters(student, reference):
    """The shape of {part}."""
    params, expected = student.FullyConnectedNet(**SIZES).params, reference.FullyConnectedNet(**SIZES).params
    check_names(params, expected)
    check_network_shapes(params, expected, case_of_sizes())


@hidden_test("FullyConnectedNet", weight=1, parts=("batchnorm", "layernorm"))
def test_parameters_of_normalization(student, reference):
    """With {part} every hidden layer has gamma, ones, and beta, zeros; the last layer has neither."""
    with together() as check:
        for normalization in ("batchnorm", "layernorm"):
            check(normalization, check_parameters_of, normalization, student, reference)


def check_parameters_of(normalization, student, reference):
    expected = reference.FullyConnectedNet(**SIZES, normalization=normalization).params
    params = network_of(student, **SIZES, normalization=normalization).params
    check_names(params, expected)
    for name, value in expected.items():
        if name.startswith(("gamma", "beta")):
            check_array(f"params['{name}']", params[name], value, "exact", case=normalization)


@hidden_test("FullyConnectedNet", weight=1)
def test_initial_values(student, reference):
    """Weights start at random values of the given scale, biases at zero."""
    sizes = {"hidden_dims": [40, 30], "input_dim": 60, "num_classes": 20}
    scale = 0.02  # far from other rules for the deviation, such as 1 ÷ √inputs, with these sizes
    params = student.FullyConnectedNet(**sizes, weight_scale=scale).params
    check_names(params, reference.FullyConnectedNet(**sizes).params)
    check_initial_values(params, scale)


@hidden_test("FullyConnectedNet", weight=1)
def test_signature(student, reference):
    """The arguments have the names of the docstring."""
    options = {"dropout_keep_ratio": 0.7, "normalization": "batchnorm", "reg": 0.1, "weight_scale": 0.1, "seed": 3}
    params = student.FullyConnectedNet(**SIZES, **options, dtype=np.float64).params
    check_names(params, reference.FullyConnectedNet(**SIZES, **options, dtype=np.float64).params)


@hidden_test("FullyConnectedNet", weight=1)
def test_defaults(student, reference):
    """The defaults give a network for CIFAR-10 with weight_scale 1e-2 and no normalization."""
    params = student.FullyConnectedNet([20]).params
    case = tr("a hidden layer of {units} units, no more given", units=20)
    check_network_shapes(params, reference.FullyConnectedNet([20]).params, case)
    check_initial_values({"W1": params["W1"]}, 1e-2)


@hidden_test("FullyConnectedNet", weight=3, substitutes=PLAIN)
def test_scores(student, reference, rng):
    """Without labels, loss returns the class scores."""
    network, right, X, _ = networks(student, reference, rng)
    check_array("scores", network.scores(X), right.loss(X), "network", case=case_of_sizes())


@hidden_test("FullyConnectedNet", weight=1, substitutes=PLAIN)
def test_any_depth(student, reference, rng):
    """The network may have one hidden layer or four."""
    for hidden_dims in ([5], [8, 7, 6, 5]):
        sizes = SIZES | {"hidden_dims": hidden_dims}
        network, right, X, y = networks(student, reference, rng, sizes=sizes, scale=0.7)
        units = joined(*map(str, hidden_dims))
        if len(hidden_dims) > 1:
            case = tr("hidden layers of {units} units", units=units)
        else:
            case = tr("one hidden layer of {units} units", units=units)
        check_array("scores", network.scores(X), right.loss(X), "network", case=case)
        check_network_gradients(network.gradients(X, y)[1], right.loss(X, y)[1], case)


@hidden_test("FullyConnectedNet", weight=1, substitutes=PLAIN)
def test_loss(student, reference, rng):
    """The softmax loss without regularization."""
    network, right, X, y = networks(student, reference, rng)
    check_scalar("loss", network.loss(X, y)[0], right.loss(X, y)[0], "projection", case="reg 0")


@hidden_test("FullyConnectedNet", weight=1, substitutes=PLAIN)
def test_regularized_loss(student, reference, rng):
    """The loss with regularization: plus reg times half the sum of the squared weights."""
    network, right, X, y = networks(student, reference, rng, reg=0.4)
    check_scalar("loss", network.loss(X, y)[0], right.loss(X, y)[0], "projection", case="reg 0.4")


@hidden_test("FullyConnectedNet", weight=3, parts=PARAMETERS, substitutes=PLAIN)
def test_gradients(student, reference, rng):
    """The gradient of {part} without regularization."""
    network, right, X, y = networks(student, reference, rng)
    check_network_gradients(network.gradients(X, y)[1], right.loss(X, y)[1], "reg 0")


@hidden_test("FullyConnectedNet", weight=2, parts=PARAMETERS, substitutes=PLAIN)
def test_regularized_gradients(student, reference, rng):
    """The gradient of {part} with regularization of the weights."""
    network, right, X, y = networks(student, reference, rng, reg=0.4)
    check_network_gradients(network.gradients(X, y)[1], right.loss(X, y)[1], "reg 0.4")


def check_normalized(student, reference, rng, normalization):
    # Small weights where the scores are not centred, so that scores are of similar size and each of them matters.
    options = {"normalization": normalization, "reg": 0.2, "scale": 0.4 if normalization == "batchnorm" else 0.5}
    network, right, X, y = networks(student, reference, rng, samples=32, **options)
    # The gradients of biases before batch normalization are rounding errors.
    without = ("b1", "b2") if normalization == "batchnorm" else ()
    case = joined(normalization, "reg 0.2")
    check_loss_and_gradients(network.gradients(X, y), right.loss(X, y), case, "gradient", without=without)


def check_loss_and_gradients(got, expected, case, tolerance="network", *, without=()):
    with together() as check:
        check("loss", check_scalar, "loss", got[0], expected[0], "network", case=case)
        check_network_gradients(got[1], expected[1], case, tolerance, without=without, check=check)


@hidden_test(
    "FullyConnectedNet",
    weight=2,
    parts=("loss", "W1", "W2", "W3", "b3", *NORMALIZED),
    substitutes=(
        *PLAIN,
        *BATCH,
    ),
)
def test_batch_normalization(student, reference, rng):
    """Loss and gradients with batch normalization of the hidden layers: {part}."""
    check_normalized(student, reference, rng, "batchnorm")


@hidden_test(
    "FullyConnectedNet",
    weight=2,
    substitutes=(
        *PLAIN,
        *BATCH,
    ),
)
def test_batch_normalization_at_test_time(student, reference, rng):
    """Scores use the running averages, and every hidden layer has its own."""
    network, right, X, y = networks(student, reference, rng, normalization="batchnorm", samples=8)
    for _ in range(2):  # two minibatches fill the running averages
        network.loss(X, y)
        right.loss(X, y)
    other = rng.standard_normal((10, *X.shape[1:]))
    # Scores of both signs, to detect an extra ReLU.
    last = f"b{len(SIZES['hidden_dims']) + 1}"
    bias = {last: right.params[last] - right.loss(other).mean(axis=0)}
    network.update("params", bias)
    right.params.update(bias)
    case = tr("after two steps in training mode")
    check_array("scores", network.scores(other), right.loss(other), "network", case=case)


@hidden_test(
    "FullyConnectedNet",
    weight=1,
    parts=("loss", *PARAMETERS, *NORMALIZED),
    substitutes=(
        *PLAIN,
        *LAYER,
    ),
)
def test_layer_normalization(student, reference, rng):
    """Loss and gradients with layer normalization of the hidden layers: {part}."""
    check_normalized(student, reference, rng, "layernorm")


@hidden_test(
    "FullyConnectedNet",
    weight=2,
    parts=("loss", *PARAMETERS),
    substitutes=(
        *PLAIN,
        *DROPOUT,
    ),
)
def test_dropout(student, reference, rng):
    """Loss and gradients with dropout in the hidden layers, with a seed: {part}."""
    options = {"dropout_keep_ratio": 0.7, "seed": 5}
    network, right, X, y = networks(student, reference, rng, samples=20, **options)
    case = joined(tr("dropout that keeps {share}", share=0.7), tr("seed {seed}", seed=5))
    check_loss_and_gradients(network.gradients(X, y), right.loss(X, y), case)


@hidden_test(
    "FullyConnectedNet",
    weight=1,
    substitutes=(
        *PLAIN,
        *DROPOUT,
    ),
)
def test_no_dropout_at_test_time(student, reference, rng):
    """Scores are those of the whole network, even after a step in training mode."""
    network, right, X, y = networks(student, reference, rng, dropout_keep_ratio=0.4, seed=5)
    network.loss(X, y)
    case = tr("dropout that keeps {share}", share=0.4)
    check_array("scores", network.scores(X), right.loss(X), "network", case=case)
