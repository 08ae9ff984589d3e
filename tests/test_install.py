"""The student bundle, installed from nothing into an environment of its own, with and without a compiler."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.assignment import load_assignment
from autograder.config import load_course
from autograder.release.bundle import bundle_files, zip_bytes

ROOT = Path(__file__).parent.parent
PROGRAM = "import numpy as np\nfrom cs231n.fast_layers import backend, max_pool_forward_fast as f\n" + (
    "print(f(np.arange(16.0).reshape(1, 1, 4, 4), {'pool_height': 2, 'pool_width': 2, 'stride': 2})[0].sum())\n"
    "print(backend().name)\n"
)


def unpack_bundle(folder):
    archive = folder / "student.zip"
    archive.write_bytes(zip_bytes(bundle_files(ROOT / "release" / "assignment2", "assignment2")))
    zipfile.ZipFile(archive).extractall(folder)


@pytest.mark.slow
@pytest.mark.parametrize(("compiler", "backend"), [(None, "cython"), ("/bin/false", "numpy")])
def test_a_student_can_install_the_unzipped_bundle(tmp_path, compiler, backend):
    unpack_bundle(tmp_path)
    folder = tmp_path / "assignment2"
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "CC")}
    if compiler:
        environment["CC"] = compiler
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", "-e", "."], cwd=folder, env=environment, check=True)
    done = subprocess.run(
        [python, "-c", PROGRAM], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-2:] == ["40.0", backend]
    if backend == "numpy":
        assert "python setup.py build_ext --inplace" in done.stdout


def test_the_extension_can_be_built_by_hand_in_the_package_folder(tmp_path):
    """The way that the notebook tells: `python setup.py build_ext --inplace` in `cs231n`."""
    unpack_bundle(tmp_path)
    package = tmp_path / "assignment2" / "cs231n"
    command = [sys.executable, "setup.py", "build_ext", "--inplace"]
    done = subprocess.run(command, cwd=package, capture_output=True, text=True)
    if shutil.which("cc") or shutil.which("gcc"):
        assert done.returncode == 0, done.stderr
        assert list(package.glob("_fast.*.so"))
    else:
        assert done.returncode != 0


def test_course_and_bundle_agree_on_the_notebooks():
    assignment = load_assignment(load_course(ROOT))
    released = {path.name for path in (ROOT / "release" / "assignment2").glob("*.ipynb")}
    assert released == set(assignment.notebooks)
