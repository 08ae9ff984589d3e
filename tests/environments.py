"""Virtual environments for tests of what is installed."""

import os
import subprocess
import sys
from pathlib import Path

__all__ = ["install", "make_environment", "site_packages", "without_repository"]


def make_environment(folder, *, libraries=None):
    """Make a virtual environment, which can use the libraries of another; returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    python = folder / "bin" / "python"
    if libraries:
        (site_packages(python) / "libraries.pth").write_text(f"{libraries}\n")
    return python


def install(python, *what, environ=None):
    """Install with pip into the environment of a Python."""
    command = [sys.executable, "-m", "pip", "--python", python, "install", "-q", "--disable-pip-version-check", *what]
    subprocess.run(command, env=environ, check=True)


def site_packages(python):
    """The folder of the libraries of a Python."""
    code = "import sysconfig; print(sysconfig.get_path('purelib'))"
    return Path(subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip())


def without_repository(python, **more):
    """Environment variables: programs of an environment come first, and nothing of this repository is found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {"PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}"} | more
