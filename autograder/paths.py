"""Where the parts of the kit lie on this machine."""

import os
import sys
from pathlib import Path

import student_tools

__all__ = ["KIT", "TOOLS", "let_alembic_be_found"]

KIT = Path(__file__).parent
TOOLS = Path(student_tools.__path__[0])  # what every student package comes with


def let_alembic_be_found() -> None:
    """nbgrader starts the program `alembic` to make a database; it lies beside Python, where PATH need not lead."""
    beside_python = str(Path(sys.executable).parent)
    if beside_python not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([beside_python, os.environ.get("PATH", "")])
