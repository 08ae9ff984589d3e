"""Choose the code of the fast layers: the extension if it is built, else its NumPy twin.

In a browser the extension is a library of WebAssembly, see _fast_wasm.
"""

import os
import sys
from functools import cache as once
from typing import NamedTuple

from student_tools.language import tr

__all__ = ["Backend", "backend", "kernels", "uses_winograd"]


class Backend(NamedTuple):
    """The code that the fast layers run.

    - name: 'cython', 'wasm' (in a browser) or 'numpy'
    - reason: why, as text
    """

    name: str
    reason: str


def backend():
    """Return the Backend in use: its name and the reason."""
    return _load()[1]


def kernels():
    """Return the extension, or None if the NumPy twin is used."""
    return _load()[0]


@once
def uses_winograd():
    """Return False if CS231N_WINOGRAD is off: the kernels then compute all convolutions directly."""
    wish = os.environ.get("CS231N_WINOGRAD", "")
    if wish not in ("", "off"):
        raise ValueError(tr("CS231N_WINOGRAD: expected 'off' or unset, got {got!r}", got=wish))
    return not wish


@once
def _load():
    """Return (extension or None, Backend), and print one line if the extension is not built."""
    wish = os.environ.get("CS231N_BACKEND", "")
    name, builds = ("wasm", ()) if sys.platform == "emscripten" else ("cython", ("avx512", "avx2", "baseline"))
    if wish not in ("", name, "numpy", *builds):
        expected = ", ".join(map(repr, (name, "numpy", *builds)))
        raise ValueError(tr("CS231N_BACKEND: expected {names} or unset, got {got!r}", names=expected, got=wish))
    if wish == "numpy":
        return None, Backend("numpy", tr("CS231N_BACKEND is numpy"))
    try:
        if name == "wasm":
            from cs231n import _fast_wasm as fast
        else:
            from cs231n import _fast as fast
    except (ImportError, OSError) as error:
        if wish:
            raise
        if name == "wasm":
            print(tr("cs231n.fast_layers: this site has no compiled kernels; using the slower NumPy twin."))
            return None, Backend("numpy", tr("this site has no compiled kernels"))
        print(
            tr(
                "cs231n.fast_layers: the Cython extension is not built; using the slower NumPy twin. To build it, run "
                "`python setup.py build_ext --inplace` in the cs231n folder and restart."
            )
        )
        return None, Backend("numpy", tr("the Cython extension is not built ({error})", error=error))
    if wish in builds:
        fast.use(wish)
    reason = tr("the extension is built, and this processor runs its {build} kernels", build=fast.in_use())
    if name == "wasm":
        reason = tr("this browser runs the kernels compiled to WebAssembly")
    return fast, Backend(name, reason if uses_winograd() else tr("{reason}; CS231N_WINOGRAD is off", reason=reason))
