"""Student package of CS231n: data, fast layers, Solver, gradient checks and visible checks."""

from pathlib import Path

from student_tools.language import use_package

__version__ = "0.1.0"

use_package(Path(__file__).parent)
