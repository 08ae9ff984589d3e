"""The kernels compiled to WebAssembly, for Python in a browser: the functions of _fast.pyx, by ctypes.

`autograder lite` builds kernels.wasm from kernels/kernels_wasm.c. The library works in Python's
memory, so it gets the addresses of arrays, and nothing is copied. Like _fast.pyx, it checks
nothing.
"""

import ctypes
from functools import cache as once
from pathlib import Path

import numpy as np

# In the order of float_kernels and double_kernels in kernels.h.
_NAMES = ("pack_filters", "pack_flipped", "conv_forward", "conv_dx", "conv_dw", "conv_relu_pool", "conv_relu_pool_dw")
_NAMES += ("max_pool", "max_pool_dx", "tile_pool", "tile_pool_dx", "affine", "affine_dx", "affine_dw")
_NAMES += ("sgd_step", "momentum_step", "rmsprop_step", "adam_step", "all_finite", "multiply_adds")
_NAMES += ("winograd_filters", "winograd", "winograd_dw")
_WITHOUT_RESULT = (*_NAMES[:2], *_NAMES[7:11], *_NAMES[14:18])
BUILDS = ("wasm",)

_find_build = ctypes.CDLL(str(Path(__file__).with_name("kernels.wasm"))).find_build
# The struct kernel_build: a name, two numbers of lanes, and the addresses of the kernels, in 32 bits each.
_find_build.restype = ctypes.POINTER(ctypes.c_int32 * (3 + 2 * len(_NAMES)))
_build = _find_build().contents


def use(name):
    """Take one of BUILDS from now on."""
    if name not in BUILDS:
        raise ValueError(f"a browser cannot run a build {name!r}; it can run {', '.join(BUILDS)}")


def in_use():
    """Return the name of the build in use."""
    return BUILDS[0]


def lanes(of_double):
    """Return how many numbers a register holds."""
    return _build[2 if of_double else 1]


def all_finite(x):
    """Return True if no number of a flat array is infinite or NaN."""
    return x.size == 0 or _call("all_finite", x, x.size) != 0


def multiply_adds(rounds, of_double):
    """Do rounds of multiply-adds on registers alone; return how many there were in all."""
    return rounds * _kernel("multiply_adds", of_double, ctypes.c_int32)(rounds)


def __getattr__(name):
    """Return the function of _fast.pyx with this name."""
    if name not in _NAMES:
        raise AttributeError(name)

    def run(*arguments):
        if _call(name, *arguments):
            raise MemoryError("cs231n.fast_layers: no memory for copies in the cache")

    return globals().setdefault(name, run)


def _call(name, *arguments):
    """Call a kernel. The first argument is an array of its type; a tuple is a struct of numbers."""
    is_double = arguments[0].dtype == np.float64
    kinds = {int: ctypes.c_int32, float: ctypes.c_double if is_double else ctypes.c_float}
    types = tuple(kinds.get(type(argument), ctypes.c_void_p) for argument in arguments)
    structs = [np.array(a, dtype=np.int32) if isinstance(a, tuple) else a for a in arguments]
    values = [a.ctypes.data if isinstance(a, np.ndarray) else a for a in structs]
    return _kernel(name, is_double, *types)(*values)


@once
def _kernel(name, is_double, *types):
    result = None if name in _WITHOUT_RESULT else ctypes.c_int32
    return ctypes.CFUNCTYPE(result, *types)(_build[3 + len(_NAMES) * is_double + _NAMES.index(name)])
