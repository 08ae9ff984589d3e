"""The solved notebooks, executed from the first cell to the last, and the numbers they print."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
from courses import ASSIGNMENT

from autograder.course.expected_output import changed_output, printed_texts, read_expected_output
from autograder.release.side_by_side import execute_notebook
from cs231n.data_utils import REAL_FOLDER
from cs231n.synthetic import make_synthetic

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "source" / "assignment2"
NOTEBOOKS = ("FullyConnectedNets.ipynb", "BatchNormalization.ipynb", "Dropout.ipynb", "ConvolutionalNetworks.ipynb")
PICTURES = (
    *("image_processing", "plot_overfitting", "visualize_filters"),
    *("picture_batch_and_layer", "picture_sliding_window", "picture_im2col", "picture_normalizations"),
    *("picture_fully_connected", "plot_overfitting_fifty", "plot_momentum", "plot_update_rules"),
    *("plot_deep_networks", "plot_weight_scales", "plot_batch_sizes", "picture_dropout", "plot_dropout"),
)
REAL_DATA = Path(os.environ.get("CS231N_DATA", "nowhere"))

HAS_CIFAR10 = (REAL_DATA / REAL_FOLDER).is_dir()
needs_cifar10 = pytest.mark.skipif(not HAS_CIFAR10, reason="CS231N_DATA does not lead to CIFAR-10")


# Training takes most of the time that the notebooks take; `make release` goes through it, too. For `make test` the
# longest trainings use few images, real ones where there are any, or one epoch, and are not checked.
ALL_IMAGES = "    data,\n"
LONG = {  # notebook → (cell, its text, a shorter one, the check that is left out)
    "ConvolutionalNetworks.ipynb": (
        *("train_network", ALL_IMAGES, "    small_data,\n"),
        "check_true(\n    solver.train_acc_history[-1] > 0.4",
    ),
    "FullyConnectedNets.ipynb": (
        *("train_good_model", ALL_IMAGES, "    four_thousand,\n"),
        "check_true(\n    best_solver.best_val_acc > 0.45",
    ),
    "BatchNormalization.ipynb": ("train_batch_sizes", "num_epochs=6", "num_epochs=1", None),
}


def shorten(path):
    """Shorten the longest training of a notebook."""
    cell_id, old, new, check = LONG[path.name]
    notebook = json.loads(path.read_text(encoding="utf-8"))
    names = [c["metadata"].get("nbgrader", {}).get("grade_id", c["id"]) for c in notebook["cells"]]
    cell = notebook["cells"][names.index(cell_id)]
    source = "".join(cell["source"])
    if check:
        source, check_line, rest = source.partition(check)
        assert check_line
        assert rest.partition("\n")[2].strip() == ")", "nothing comes after the check"
    assert source.count(old) == 1
    cell["source"] = source.replace(old, new)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def execute(which, folder, synthetic_data, *, short):
    """Execute all notebooks in a folder of their own; return grade_id or cell id → printed text."""
    data = synthetic_data if which == "stand-in" else REAL_DATA
    texts = {}
    for name in NOTEBOOKS:
        shutil.copy(SOURCE / name, folder)
    if short:
        for name in LONG:
            shorten(folder / name)
    for name in NOTEBOOKS:
        notebook = execute_notebook(folder / name, environment={"CS231N_DATA": str(data)})
        texts[f"{name} printed"] = printed_texts(notebook)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                label = cell.metadata.get("nbgrader", {}).get("grade_id", cell.id)
                texts[label] = "".join(output.get("text", "") for output in cell.outputs)
                texts[f"{label} pictures"] = sum("image/png" in output.get("data", {}) for output in cell.outputs)
    return texts


stand_in = pytest.param("stand-in", marks=[pytest.mark.slow] if HAS_CIFAR10 else [])
cifar10 = pytest.param("cifar10", marks=needs_cifar10)


@pytest.fixture(scope="module", params=[stand_in, cifar10])
def printed(request, tmp_path_factory, synthetic_data):
    """Return (kind of data, output of all notebooks)."""
    return request.param, execute(request.param, tmp_path_factory.mktemp("notebooks"), synthetic_data, short=True)


def numbers_after(text, label, count=1):
    """Return the first `count` numbers after a label."""
    found = re.findall(r"-?\d+\.?\d*(?:e[+-]?\d+)?", text.split(label, 1)[1])
    return [float(number) for number in found[:count]]


def test_the_worked_examples_print_the_seeds_differences(printed):
    _, texts = printed
    assert numbers_after(texts["check_conv_forward_naive"], "difference:") == [2.2121476417505994e-08]
    assert numbers_after(texts["check_max_pool_forward_naive"], "difference:") == [4.1666665157267834e-08]


def test_the_output_that_students_see_has_the_words_of_each_run(printed):
    """Whatever the data: a release without CIFAR-10, as in `make demo`, must not stop."""
    _, texts = printed
    shortened = {cell for cell, *_ in LONG.values()}
    recorded = {
        name: {cell: text for cell, text in cells.items() if cell not in shortened}
        for name, cells in read_expected_output(ASSIGNMENT).items()
    }
    now = {
        name: {cell: text for cell, text in texts[f"{name} printed"].items() if cell not in shortened}
        for name in NOTEBOOKS
    }
    assert list(changed_output(recorded, now)) == []


def test_spatial_batchnorm_prints_the_seeds_means_and_deviations(printed):
    _, texts = printed
    text = texts["check_spatial_batchnorm_forward"]
    before = text.split("After")[0]
    assert "Means:  [9.33463814 8.90909116 9.11056338]" in before
    assert "Stds:  [3.61447857 3.19347686 3.5168142 ]" in before
    plain, scaled = text.split("After")[1:]
    assert numbers_after(plain, "Means:", 3) == pytest.approx([0, 0, 0], abs=1e-14)
    assert "Stds:  [0.99999962 0.99999951 0.9999996 ]" in plain
    assert "Means:  [6. 7. 8.]" in scaled
    assert "Stds:  [2.99999885 3.99999804 4.99999798]" in scaled
    text = texts["spatial_batchnorm_test_time"]
    assert "[-0.08034406  0.07562881  0.05716371  0.04378383]" in text
    assert "[0.96718744 1.0299714  1.02887624 1.00585577]" in text


def test_group_normalization_prints_the_seeds_means_and_deviations(printed):
    _, texts = printed
    before, after = texts["check_spatial_groupnorm_forward"].split("After", 1)
    assert "Means:  [9.72505327 8.51114185 8.9147544  9.43448077]" in before
    assert "Stds:  [3.67070958 3.09892597 4.27043622 3.97521327]" in before
    assert "Stds:  [0.99999963 0.99999948 0.99999973 0.99999968]" in after


@pytest.mark.parametrize(
    "exercise",
    [
        "affine_backward",
        "relu_backward",
        "dropout_backward",
        "conv_backward_naive",
        "max_pool_backward_naive",
        "batchnorm_backward",
        "layernorm_backward",
        "spatial_batchnorm_backward",
        "spatial_groupnorm_backward",
    ],
)
def test_gradient_errors_are_small(printed, exercise):
    errors = [float(e) for e in re.findall(r"error[^:]*:\s+(\S+)", printed[1][f"check_{exercise}"])]
    assert errors
    assert max(errors) < 1e-6


def test_the_fast_layers_are_faster_and_agree(printed):
    _, texts = printed
    for cell in ("compare_fast_convolution", "compare_fast_pooling"):
        speedups = [float(s) for s in re.findall(r"[Ss]peedup: ([\d.]+)x", texts[cell])]
        assert len(speedups) == 2
        assert all(error < 1e-7 for error in numbers_after(texts[cell], "ifference:"))


def test_the_network_overfits_a_hundred_images(printed):
    data, texts = printed
    lines = texts["overfit_small_data"].splitlines()
    assert "(Iteration 1 / 30) loss: " in lines[0]
    assert numbers_after(texts["overfit_small_data"], "(Epoch 15 / 15) train acc:")[0] > 0.8
    if data == "cifar10":
        assert lines[0] == "(Iteration 1 / 30) loss: 2.414060"
        assert lines[1] == "(Epoch 0 / 15) train acc: 0.200000; val_acc: 0.137000"
        assert lines[3] == "(Epoch 1 / 15) train acc: 0.140000; val_acc: 0.087000"


@pytest.mark.slow
@pytest.mark.parametrize("which", ["stand-in", cifar10])
def test_one_epoch_gives_more_than_forty_percent(which, tmp_path):
    """Every check holds with the stand-in as students and `make demo` get it, a fifth of CIFAR-10."""
    stand_in = make_synthetic(tmp_path / "data").parent
    texts = execute(which, tmp_path, stand_in, short=False)
    train, val = numbers_after(texts["train_network"].replace("val_acc", ""), "(Epoch 1 / 1) train acc:", 2)
    assert train > 0.4
    assert val > 0.35


@pytest.mark.parametrize("cell", PICTURES)
def test_the_cells_show_figures(printed, cell):
    assert printed[1][f"{cell} pictures"] == 1


def test_the_stand_in_is_announced(printed):
    data, texts = printed
    assert ("python -m cs231n.datasets cifar10" in texts["load_cifar10"]) == (data == "stand-in")
