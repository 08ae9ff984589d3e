"""Parameters of tests of which `make test` tries some, and `make test-slow` the others."""

import pytest

__all__ = ["others_slow"]


def others_slow(values, *, often):
    """Return the parameters of a test: those that are not among `often` are marked as slow."""
    return [value if value in often else pytest.param(value, marks=pytest.mark.slow) for value in values]
