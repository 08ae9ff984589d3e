"""Choose the code of the fast layers: the extension if it is built, else its NumPy twin."""

import os
from functools import cache as once
from typing import NamedTuple

from student_tools.language import tr

__all__ = ["Backend", "backend", "kernels"]


class Backend(NamedTuple):
    """The code that the fast layers run.

    - name: 'cython' or 'numpy'
    - reason: why, as text
    """

    name: str
    reason: str


def backend():
    """Return the Backend in use: ('cython', reason) or ('numpy', reason)."""
    return _load()[1]


def kernels():
    """Return the extension, or None if the NumPy twin is used."""
    return _load()[0]


@once
def _load():
    """Return (extension or None, Backend), and print one line if the extension is not built."""
    wish = os.environ.get("CS231N_BACKEND", "")
    builds = ("avx512", "avx2", "baseline")
    if wish not in ("", "cython", "numpy", *builds):
        raise ValueError(
            tr(
                "CS231N_BACKEND: expected 'cython', 'numpy', {builds} or unset, got {got!r}",
                builds=", ".join(map(repr, builds)),
                got=wish,
            )
        )
    if wish == "numpy":
        return None, Backend("numpy", tr("CS231N_BACKEND is numpy"))
    try:
        from cs231n import _fast
    except ImportError as error:
        if wish:
            raise
        print(
            tr(
                "cs231n.fast_layers: the Cython extension is not built; using the slower NumPy twin. To build it, run "
                "`python setup.py build_ext --inplace` in the cs231n folder and restart."
            )
        )
        return None, Backend("numpy", tr("the Cython extension is not built ({error})", error=error))
    if wish in builds:
        _fast.use(wish)
    reason = tr("the extension is built, and this processor runs its {build} kernels", build=_fast.in_use())
    return _fast, Backend("cython", reason)
