"""Student package of CS231n: data, fast layers, Solver, gradient checks and visible checks."""

__version__ = "0.1.0"
