"""Where the parts of the kit lie on this machine."""

import importlib.util
import os
import sys
from pathlib import Path

import student_tools
from autograder.errors import UsageError

__all__ = ["KIT", "TOOLS", "let_alembic_be_found", "package_folder"]

KIT = Path(__file__).parent
TOOLS = Path(student_tools.__file__).parent  # what every student package comes with


def package_folder(name):
    """The folder of a student package, which is not imported here. Raises: UsageError when there is none."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        spec = None
    if spec is None or not spec.submodule_search_locations:
        raise UsageError(
            f"there is no package {name!r}, which c.Assignment.package names: put its folder into the folder of the"
            " course, or install it"
        )
    return Path(next(iter(spec.submodule_search_locations)))


def let_alembic_be_found():
    """nbgrader starts the program `alembic` to make a database; it lies beside Python, where PATH need not lead."""
    beside_python = str(Path(sys.executable).parent)
    if beside_python not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([beside_python, os.environ.get("PATH", "")])
