"""The affine layer on the kernels, for the minibatches and sizes that they are made for; others go to NumPy."""

import numpy as np

from cs231n._fast_threads import share
from cs231n.fast_layers import kernels
from cs231n.layers import affine_backward, affine_forward, check_affine, check_affine_dout

__all__ = ["fast_affine_backward", "fast_affine_forward"]


def fast_affine_forward(x, w, b):
    """Do what affine_forward does; the cache is the same."""
    x, w, b, _ = check_affine(x, w, b)
    fast = kernels()
    if not _suit(fast, x, w, b):
        return affine_forward(x, w, b)
    out, shape = np.empty((len(x), w.shape[1]), dtype=x.dtype), (len(x), *w.shape)
    flat_x, flat_w, flat_b, flat_out = (np.ascontiguousarray(array).reshape(-1) for array in (x, w, b, out))
    registers = -(-w.shape[1] // fast.lanes(x.dtype == np.float64))
    share(lambda first, last: fast.affine_forward(flat_x, flat_w, flat_b, flat_out, *shape, first, last),
          count=registers, cost=len(x) * w.size, parts_each=1)
    return out, (x, w, b)


def fast_affine_backward(dout, cache):
    """Do what affine_backward does."""
    x, w, _ = cache
    dout = check_affine_dout(dout, x, w)
    fast = kernels()
    if not _suit(fast, x, w, dout):
        return affine_backward(dout, cache)
    dx, dw = np.empty(x.shape, dtype=x.dtype), np.empty(w.shape, dtype=w.dtype)
    flat_x, flat_w, flat_dout = (np.ascontiguousarray(array).reshape(-1) for array in (x, w, dout))
    flat_dx, flat_dw, shape, cost = dx.reshape(-1), dw.reshape(-1), (len(x), *w.shape), len(x) * w.size
    share(lambda first, last: fast.affine_dx(flat_dout, flat_w, flat_dx, *shape, first, last), count=len(w), cost=cost)
    share(lambda first, last: fast.affine_dw(flat_x, flat_dout, flat_dw, *shape, first, last), count=len(w), cost=cost)
    if not fast.all_finite(flat_dx):  # an infinity or NaN in a row of w may have reached the row before
        return affine_backward(dout, cache)
    return dx, dw, dout.sum(axis=0)


def _suit(fast, x, w, other):
    """Return whether the kernels take these arrays, and are made for their sizes."""
    if fast is None or not x.dtype == w.dtype == other.dtype or w.dtype not in (np.float32, np.float64):
        return False
    return 4 <= len(x) <= 256 and w.shape[1] >= 16 and w.size >= 1 << 16 and w.flags.c_contiguous
