"""Which code the fast layers run: the compiled extension where it is built, else its NumPy twin."""

import os
from functools import cache as once
from typing import NamedTuple

__all__ = ["Backend", "backend", "kernels"]


class Backend(NamedTuple):
    """Which code the fast layers run: name is 'cython' or 'numpy', reason says why."""

    name: str
    reason: str


def backend():
    """Return the Backend in use, ('cython', why) or ('numpy', why)."""
    return _load()[1]


def kernels():
    """Return the extension, or None where the NumPy twin serves."""
    return _load()[0]


@once
def _load():
    """Return (the extension or None, Backend); say once, in one line, when the extension is not built."""
    wish = os.environ.get("CS231N_BACKEND", "")
    builds = ("avx512", "avx2", "baseline")
    if wish not in ("", "cython", "numpy", *builds):
        raise ValueError(
            f"CS231N_BACKEND is {wish!r}; it must be 'cython', 'numpy', {', '.join(map(repr, builds))} or unset"
        )
    if wish == "numpy":
        return None, Backend("numpy", "CS231N_BACKEND=numpy asks for it")
    try:
        from cs231n import _fast
    except ImportError as error:
        if wish:
            raise
        print(
            "cs231n.fast_layers: the Cython extension is not built, so the slower NumPy twin serves; to build it run "
            "`python setup.py build_ext --inplace` in the cs231n folder and restart."
        )
        return None, Backend("numpy", f"the Cython extension is not built ({error})")
    if wish in builds:
        _fast.use(wish)
    return _fast, Backend("cython", f"the extension is built, and this processor runs its {_fast.in_use()} kernels")
