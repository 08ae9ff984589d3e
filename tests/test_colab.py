"""The first cell of the notebooks: in Google Colab it finds the kit in the student's Drive, elsewhere it is idle."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from courses import released_files

from autograder.intake.submission import read_submission

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ("FullyConnectedNets.ipynb", "BatchNormalization.ipynb", "Dropout.ipynb", "ConvolutionalNetworks.ipynb")
DEFAULT = "/content/drive/MyDrive/assignment2"
# Stands in for Google's module: to mount the Drive makes its folder appear.
GOOGLE = """
import os
class drive:
    def mount(place):
        print("mounted at", place)
        if os.path.exists("drive"):
            os.rename("drive", "mounted")
"""
REPORT = """
import cs231n.check, os
print("cs231n from", cs231n.check.__file__)
print("works in", os.getcwd())
"""


def code_cells(name):
    cells = json.loads((ROOT / "release" / "assignment2" / name).read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.fixture
def colab(tmp_path):
    """A folder as Colab has it: Google's module, no kit, and a Drive not mounted yet with the unzipped bundle in it."""
    for path, content in released_files().items():
        (tmp_path / "drive" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "drive" / path).write_bytes(content)
    (tmp_path / "google").mkdir()
    (tmp_path / "google" / "__init__.py").touch()
    (tmp_path / "google" / "colab.py").write_text(GOOGLE)
    return tmp_path


def run(folder, *cells):
    """Run cells in a fresh Python that starts in the folder and finds modules there."""
    lines = (line for cell in cells for line in cell.splitlines() if not line.startswith("%"))
    environment = {**os.environ, "PYTHONPATH": str(folder), "MPLBACKEND": "agg"}
    command = [sys.executable, "-c", "\n".join(lines)]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_in_colab_the_kit_comes_from_the_folder_in_the_drive(colab, name):
    first, setup, *_ = code_cells(name)
    assert DEFAULT in first
    first = first.replace(DEFAULT, str(colab / "mounted" / "assignment2"))
    done = run(colab, first, setup, REPORT)
    assert done.stdout.splitlines() == [
        "mounted at /content/drive",
        f"cs231n from {colab / 'mounted' / 'assignment2' / 'cs231n' / 'check.py'}",
        f"works in {colab / 'mounted' / 'assignment2'}",
    ], done.stderr
    # The Drive is there now. `python -m cs231n.check`, say, must not ask for it: nobody would answer.
    assert run(colab, first, setup, REPORT).stdout.splitlines() == done.stdout.splitlines()[1:]


def test_in_colab_a_folder_that_is_not_there_is_told_in_one_line(colab):
    folder = str(colab / "mounted" / "assignment3")
    done = run(colab, code_cells(NOTEBOOKS[0])[0].replace(DEFAULT, folder))
    last = done.stderr.splitlines()[-1]
    assert last == f"FileNotFoundError: no folder {folder} with cs231n in it: name yours above, as COLAB_FOLDER"


def test_elsewhere_the_cell_does_nothing(tmp_path):
    watched = "import os, sys\nbefore = os.getcwd(), list(sys.path)", "assert before == (os.getcwd(), sys.path)"
    done = run(tmp_path, watched[0], code_cells(NOTEBOOKS[0])[0], watched[1])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_first_cell_is_the_same_in_every_notebook():
    assert len({code_cells(name)[0] for name in NOTEBOOKS}) == 1


def test_a_folder_of_their_own_that_students_name_is_no_matter_for_intake(folder, assignment):
    fresh = read_submission(folder, assignment, student="ann")
    for name in NOTEBOOKS:
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace(DEFAULT, "/content/drive/MyDrive/cs231n/hw2"), encoding="utf-8")
    assert read_submission(folder, assignment, student="ann") == fresh
