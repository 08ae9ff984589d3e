"""Visible checks fail for mistakes that lose most of the points."""

import re

import matplotlib as mpl
import numpy as np
import pytest
from courses import CONTENT

from cs231n.check import CheckFailed

MAGIC = re.compile(r"^%.*$", re.MULTILINE)

# They cost between a fifth of the points and all of them, and a check on other numbers would not see them.
MISTAKES = (
    *("sgd_momentum/momentum-fixed", "FullyConnectedNet/decay-of-biases"),
    *("batchnorm_backward/eps-forgotten", "layernorm_backward/eps-forgotten"),
    *("spatial_groupnorm_backward/eps-forgotten", "spatial_groupnorm_forward/eps-outside"),
    *("ThreeLayerConvNet/literal-channels", "ThreeLayerConvNet/no-relu-after-convolution"),
    *("spatial_batchnorm_forward/no-transpose-before", "spatial_batchnorm_forward/columns-first-before"),
    *("spatial_batchnorm_forward/per-sample", "spatial_batchnorm_forward/eps-fixed"),
    *("spatial_groupnorm_forward/per-pixel", "spatial_groupnorm_forward/eps-forgotten"),
)
LONG = ("ThreeLayerConvNet/no-pooling", "ThreeLayerConvNet/biases-regularized")  # half a minute each
# Normalization in the network is checked where both are there.
IN_THE_NETWORK = ("gamma-on-the-last-layer", "norm-left-out", "norm-after-relu", "norm-mode-not-switched")


@pytest.fixture(scope="module")
def cells(assignment):
    """Return the code cells of all notebooks by grade_id, without magics."""
    found = [cell for notebook in assignment.notebooks.values() for cell in notebook.cells if cell.kind == "code"]
    return {cell.grade_id: MAGIC.sub("", cell.source) for cell in found}


@pytest.fixture
def namespace(cells, assignment):
    """Return the definitions of the setup cells and solutions of all notebooks."""
    made = {"__name__": "notebook"}
    with mpl.rc_context():
        for name, source in cells.items():
            if name.startswith("setup_") or name in assignment.exercises:
                exec(source, made)
    return made


@pytest.mark.parametrize(
    ("name", "check"),
    [
        *((name, f"check_{name.partition('/')[0]}") for name in MISTAKES),
        *(pytest.param(name, "check_ThreeLayerConvNet", marks=pytest.mark.slow) for name in LONG),
        *((f"FullyConnectedNet/{name}", "network_gradients_with_normalization") for name in IN_THE_NETWORK),
    ],
)
def test_a_mistake_that_costs_many_points_does_not_pass_the_check(cells, namespace, name, check):
    (mutant,) = (mutant for mutant in CONTENT.mutants if mutant.id == name)
    before = np.random.get_state()  # noqa: NPY002 - what the checks draw from
    # Defined in the same place as what it calls, and as the check that calls it.
    exec(mutant.applied(cells[mutant.exercise]), namespace)
    with pytest.raises(CheckFailed):
        exec(cells[check], namespace)
    np.random.set_state(before)  # noqa: NPY002
