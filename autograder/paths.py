"""Folders of the installed packages."""

import os
import sys
from pathlib import Path

import student_tools

__all__ = ["KIT", "TOOLS", "let_alembic_be_found"]

KIT = Path(__file__).parent
TOOLS = Path(student_tools.__path__[0])  # released with every student package


def let_alembic_be_found() -> None:
    """Add the folder of Python, which contains nbgrader's program `alembic`, to PATH."""
    beside_python = str(Path(sys.executable).parent)
    if beside_python not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join([beside_python, os.environ.get("PATH", "")])
