"""The solved notebooks, executed from the first cell to the last, and the numbers they print."""

import os
import shutil
from pathlib import Path

import pytest

from autograder.release.run import execute_notebook
from cs231n.data_utils import REAL_FOLDER

ROOT = Path(__file__).parent.parent
SOURCE = ROOT / "source" / "assignment2"
NOTEBOOKS = ("BatchNormalization.ipynb", "ConvolutionalNetworks.ipynb")
REAL_DATA = Path(os.environ.get("CS231N_DATA", "nowhere"))

needs_cifar10 = pytest.mark.skipif(
    not (REAL_DATA / REAL_FOLDER).is_dir(), reason="CS231N_DATA does not lead to CIFAR-10"
)


@pytest.fixture(scope="module", params=["stand-in", pytest.param("cifar10", marks=needs_cifar10)])
def printed(request, tmp_path_factory, synthetic_data):
    """(which data, grade_id or cell id → printed text) of both notebooks, executed in a folder of their own."""
    data = synthetic_data if request.param == "stand-in" else REAL_DATA
    folder = tmp_path_factory.mktemp("notebooks")
    texts = {}
    for name in NOTEBOOKS:
        shutil.copy(SOURCE / name, folder)
    for name in NOTEBOOKS:
        notebook = execute_notebook(folder / name, data=data)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                label = cell.metadata.get("nbgrader", {}).get("grade_id", cell.id)
                texts[label] = "".join(output.get("text", "") for output in cell.outputs)
                texts[f"{label} pictures"] = sum("image/png" in output.get("data", {}) for output in cell.outputs)
    return request.param, texts
