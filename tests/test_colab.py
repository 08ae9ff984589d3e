"""The first two cells of the notebooks in Google Colab, where the kit comes from the student's Drive, and elsewhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from courses import released_files
from nbclient import NotebookClient
from test_install import install

from autograder.intake.submission import read_submission

ROOT = Path(__file__).parent.parent
NOTEBOOKS = ("FullyConnectedNets.ipynb", "BatchNormalization.ipynb", "Dropout.ipynb", "ConvolutionalNetworks.ipynb")
# What Colab has, as its maintainers publish it: Python 3.13 with these.
PYTHON = "3.13"
PINS = ("ipython==7.34.0", "ipykernel==6.17.1", "numpy==2.1.3", "matplotlib==3.10.0")
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
SHELL = """
import sys
from IPython.core.interactiveshell import InteractiveShell
class Shell(InteractiveShell):
    def enable_gui(self, gui=None):
        "There is no event loop here."
shell = Shell.instance()
for cell in sys.argv[1:]:
    shell.run_cell(cell).raise_error()
"""
# What Colab's IPython 7.34 does on Python 3.13: its extension imports `imp`, which is not there.
WITHOUT_AUTORELOAD = """
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name.endswith("autoreload"):
            raise ModuleNotFoundError("No module named 'imp'", name="imp")
sys.meta_path.insert(0, Finder())
"""
RESTART = "Changes in the cs231n package take effect here after a restart of the session."
REPORT = """
import cs231n.check, os
print("cs231n from", cs231n.check.__file__)
print("works in", os.getcwd())
"""


def code_cells(name):
    cells = json.loads((ROOT / "release" / "assignment2" / name).read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


SETUP = [code_cells(name)[1] for name in NOTEBOOKS]


@pytest.fixture
def colab(tmp_path):
    """Create a folder like Colab's: Google's module, no kit, and an unmounted Drive with the unzipped bundle."""
    for path, content in released_files().items():
        (tmp_path / "drive" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "drive" / path).write_bytes(content)
    (tmp_path / "google").mkdir()
    (tmp_path / "google" / "__init__.py").touch()
    (tmp_path / "google" / "colab.py").write_text(GOOGLE)
    return tmp_path


def run(folder, *cells, before=""):
    """Run cells, with magics, in a new IPython that starts in the folder and finds modules there."""
    environment = {**os.environ, "PYTHONPATH": str(folder), "IPYTHONDIR": str(folder / "ipython")}
    command = [sys.executable, "-c", before + SHELL, *cells]
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
    # The Drive is mounted now. A command such as `python -m cs231n.check` must not ask for it again.
    assert run(colab, first, setup, REPORT).stdout.splitlines() == done.stdout.splitlines()[1:]


def test_without_autoreload_the_setup_cells_print_a_note_and_continue(colab):
    done = run(colab / "drive" / "assignment2", *SETUP, before=WITHOUT_AUTORELOAD)
    assert (done.stdout.splitlines(), done.returncode) == ([RESTART] * len(SETUP), 0), done.stderr


def test_a_changed_function_of_the_package_is_used_in_the_next_cell(colab):
    folder = colab / "drive" / "assignment2"
    change = """
from pathlib import Path
import cs231n.optim
path = Path(cs231n.optim.__file__)
written = path.write_text(path.read_text() + "\\ndef new():\\n    return 'changed'\\n")
"""
    done = run(folder, SETUP[0], change, "print(cs231n.optim.new())")
    assert done.stdout == "changed\n", done.stderr


def python_like_colabs():
    """Return Colab's version of Python if this machine has it, else that of the tests."""
    found = [shutil.which(f"python{PYTHON}"), *Path.home().glob(f".pyenv/versions/{PYTHON}.*/bin/python")]
    for program in filter(None, found):
        if subprocess.run([program, "--version"], capture_output=True, check=False).returncode == 0:
            return program
    return sys.executable


@pytest.mark.slow
def test_run_all_works_with_what_colab_has_installed(colab, tmp_path, synthetic_data):
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python_like_colabs(), "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    install(python, *PINS, "tqdm")
    (colab / "imp.py").write_text("raise ModuleNotFoundError(\"No module named 'imp'\")")  # Python 3.11 has one
    environment = {"PYTHONPATH": str(colab), "CS231N_DATA": str(synthetic_data), "HOME": str(tmp_path)}
    (colab / "drive").rename(colab / "mounted")
    for name in NOTEBOOKS:
        path = colab / "mounted" / "assignment2" / name
        path.write_text(path.read_text(encoding="utf-8").replace(DEFAULT, str(path.parent)), encoding="utf-8")
        notebook = nbformat.read(path, as_version=4)
        client = NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(colab)}})
        client.create_kernel_manager()
        client.km.kernel_spec.argv[0] = str(python)
        client.execute(env={**os.environ, **environment})
        _, setup, *others = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert [output.get("text") for output in setup.outputs] == [f"{RESTART}\n"]
        assert all(cell.execution_count for cell in others)


def test_in_colab_a_missing_folder_gives_one_line(colab):
    folder = str(colab / "mounted" / "assignment3")
    done = run(colab, code_cells(NOTEBOOKS[0])[0].replace(DEFAULT, folder))
    last = done.stderr.splitlines()[-1]
    assert last == f"FileNotFoundError: no folder {folder} with cs231n in it: set COLAB_FOLDER above to your folder"


def test_elsewhere_the_cell_does_nothing(tmp_path):
    watched = "import os, sys\nbefore = os.getcwd(), list(sys.path)", "assert before == (os.getcwd(), sys.path)"
    done = run(tmp_path, watched[0], code_cells(NOTEBOOKS[0])[0], watched[1])
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_first_cell_is_the_same_in_every_notebook():
    assert len({code_cells(name)[0] for name in NOTEBOOKS}) == 1


def test_intake_accepts_another_colab_folder(folder, assignment):
    fresh = read_submission(folder, assignment, student="ann")
    for name in NOTEBOOKS:
        text = (folder / name).read_text(encoding="utf-8")
        (folder / name).write_text(text.replace(DEFAULT, "/content/drive/MyDrive/cs231n/hw2"), encoding="utf-8")
    assert read_submission(folder, assignment, student="ann") == fresh
