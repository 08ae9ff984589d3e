"""Half-done notebooks run through: an exercise that is not written stops its own cells, and those that need it."""

import json

import matplotlib.pyplot as plt
import numpy as np
import pytest

from autograder.gradebook.merge_notebook import stage_submission
from autograder.sample_class.command import solved_submission
from student_tools import notebook

NOTEBOOKS = ("FullyConnectedNets.ipynb", "BatchNormalization.ipynb", "Dropout.ipynb", "ConvolutionalNetworks.ipynb")
TAG = "raises-exception"  # Jupyter goes on after an error in a cell with this tag

# Cells that need a network, and of these in BatchNormalization those that need a normalization.
BY_BATCHNORM = {
    *("network_gradients_with_normalization", "train_deep_networks", "train_weight_scales", "plot_weight_scales"),
    *("train_batch_sizes", "plot_batch_sizes"),
}
BY_LAYERNORM = {"network_gradients_with_normalization", "train_batch_sizes", "plot_batch_sizes"}
BY_NETWORK = BY_BATCHNORM | {
    *("overfit_fifty_images", "plot_overfitting_fifty", "train_with_momentum", "plot_momentum"),
    *("train_with_all_rules", "plot_update_rules", "train_good_model", "test_good_model"),
    *("plot_deep_networks", "network_with_dropout", "train_with_dropout", "plot_dropout"),
}

# The cells that need an exercise, except its own check.
NEEDS = {
    "affine_forward": {"check_affine_backward", "check_FullyConnectedNet"} | BY_NETWORK,
    "affine_backward": {"check_FullyConnectedNet"} | BY_NETWORK,
    "relu_forward": {"check_relu_backward", "check_FullyConnectedNet"} | BY_NETWORK,
    "relu_backward": {"check_FullyConnectedNet"} | BY_NETWORK,
    "FullyConnectedNet": BY_NETWORK,
    "sgd_momentum": {"momentum_in_a_valley", "train_with_momentum"},
    "rmsprop": {"train_with_all_rules"},
    "adam": {"train_with_all_rules", "train_good_model", "test_good_model"},
    "dropout_forward": {"check_dropout_backward", "network_with_dropout", "train_with_dropout"},
    "dropout_backward": {"network_with_dropout", "train_with_dropout"},
    "batchnorm_forward": {
        "batchnorm_test_time",
        "check_batchnorm_backward",
        "check_batchnorm_backward_alt",
        "check_spatial_batchnorm_forward",
        "spatial_batchnorm_test_time",
        "check_spatial_batchnorm_backward",
        *BY_BATCHNORM,
    },
    "batchnorm_backward": {"check_batchnorm_backward_alt", "check_spatial_batchnorm_backward", *BY_BATCHNORM},
    "batchnorm_backward_alt": set(),
    "layernorm_forward": {"check_layernorm_backward", *BY_LAYERNORM},
    "layernorm_backward": BY_LAYERNORM,
    "conv_forward_naive": {"image_processing", "check_conv_backward_naive", "compare_fast_convolution"},
    "conv_backward_naive": {"compare_fast_convolution"},
    "max_pool_forward_naive": {
        "check_max_pool_backward_naive",
        "ties_max_pool_backward_naive",
        "compare_fast_pooling",
    },
    "max_pool_backward_naive": {"ties_max_pool_backward_naive", "compare_fast_pooling"},
    "ThreeLayerConvNet": {"overfit_small_data", "plot_overfitting", "train_network", "visualize_filters"},
    "spatial_batchnorm_forward": {"spatial_batchnorm_test_time", "check_spatial_batchnorm_backward"},
    "spatial_batchnorm_backward": set(),
    "spatial_groupnorm_forward": {"check_spatial_groupnorm_backward"},
    "spatial_groupnorm_backward": set(),
}

# The same cells with less to compute.
SMALLER = {
    **{
        f"load_cifar10{which}": [("data = get_CIFAR10_data(dtype=np.float32)", "data = images")]
        for which in ("", "_for_fully_connected", "_for_batchnorm", "_for_dropout")
    },
    "train_with_momentum": [("batch_size=100", "batch_size=20")],
    "train_good_model": [("batch_size=100", "batch_size=20")],
    # A hundred images that are easily told apart show no difference.
    "train_deep_networks": [('np.mean(deep["batch', '0 * np.mean(deep["batch')],
    "train_with_dropout": [("np.mean(solvers[0.5]", "0 * np.mean(solvers[0.5]")],
    "train_weight_scales": [("logspace(-4, 0, 7)", "logspace(-4, 0, 3)"), ("> good[None]", ">= 0")],
    "image_processing": [("block = 2 ", "block = 40 ")],
    "compare_fast_convolution": [("randn(100,", "randn(2,")],
    "compare_fast_pooling": [("randn(100,", "randn(2,")],
    "check_ThreeLayerConvNet": [("(3, 16, 16)", "(3, 4, 4)")],
    "train_network": [("num_epochs=1", "num_epochs=3"), ("weight_scale=0.001", "weight_scale=0.01")],
}


@pytest.fixture(scope="module")
def images():
    """A few images of ten classes that are easily told apart."""
    rng = np.random.default_rng(1)
    classes = 60 * rng.standard_normal((10, 3, 32, 32))
    data = {}
    for part, count in (("train", 100), ("val", 20), ("test", 20)):
        y = rng.integers(10, size=count)
        X = classes[y] + 20 * rng.standard_normal((count, 3, 32, 32))
        data |= {f"X_{part}": X.astype(np.float32), f"y_{part}": y}
    return data


@pytest.fixture(autouse=True)
def no_windows():
    plt.switch_backend("agg")
    with plt.rc_context():
        yield
    plt.close("all")


def run_all(path, images):
    """Run the code cells of a notebook one by one, past all errors; returns dict of grade_id → (error, tags)."""
    namespace, ended = {"images": images}, {}
    for cell in json.loads(path.read_text())["cells"]:
        if cell["cell_type"] != "code":
            continue
        name, source = cell["metadata"]["nbgrader"]["grade_id"], "".join(cell["source"])
        for old, new in SMALLER.get(name, ()):
            assert old in source, f"{name} has changed: adapt SMALLER"
            source = source.replace(old, new)
        lines = (line for line in source.splitlines() if not line.startswith("%"))
        error = None
        try:
            exec(compile("\n".join(lines), name, "exec"), namespace)
        except Exception as caught:
            error = caught
        ended[name] = (error, cell["metadata"].get("tags", []))
    return ended


@pytest.mark.slow
@pytest.mark.parametrize("exercise", NEEDS)
def test_one_exercise_left_out_stops_only_what_needs_it(tmp_path, monkeypatch, assignment, images, exercise):
    stage_submission(solved_submission(assignment, "somebody", blank=[exercise]), assignment, tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(notebook, "IN_MEMORY", {})  # notebooks of graded submissions must not replace files
    ended = {}
    for name in NOTEBOOKS:
        ended |= run_all(tmp_path / name, images)
    raising = {name: (error, tags) for name, (error, tags) in ended.items() if error}
    assert raising.keys() == {f"check_{exercise}", *NEEDS[exercise]}, raising
    for name, (error, tags) in raising.items():
        assert TAG in tags, name
        # Some cells show what the training above them made, which is not there.
        looks_at_training = name.startswith("plot_") or name in ("visualize_filters", "test_good_model")
        assert isinstance(error, RuntimeError if looks_at_training else NotImplementedError), name
        assert looks_at_training or exercise in str(error)


def test_every_exercise_is_in_the_table(assignment):
    assert set(NEEDS) == set(assignment.exercises)
