"""Where the parts of the kit lie on this machine."""

import os
import sys
from pathlib import Path

import cs231n
import student_tools

__all__ = ["KIT", "PACKAGE", "STUDENT_PACKAGES", "let_alembic_be_found"]

KIT = Path(__file__).parent
PACKAGE = Path(cs231n.__file__).parent
# Name → folder of what students get beside the notebooks. In graded code these packages are always the grader's.
STUDENT_PACKAGES = {folder.name: folder for folder in (PACKAGE, Path(student_tools.__file__).parent)}


def let_alembic_be_found():
    """nbgrader starts the program `alembic` to make a database; it lies beside Python, where PATH need not lead."""
    beside_python = str(Path(sys.executable).parent)
    if beside_python not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([beside_python, os.environ.get("PATH", "")])
