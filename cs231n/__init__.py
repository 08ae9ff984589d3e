"""Student package of CS231n Assignment 2: data, fast layers, Solver, gradient checks and visible checks."""

__version__ = "0.1.0"
