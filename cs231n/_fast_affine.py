"""Fast affine layer. NumPy computes the sizes that the affine kernels do not support."""

import numpy as np

from cs231n._fast_backend import kernels
from cs231n._fast_checks import check_affine, check_dout
from cs231n._fast_threads import share

__all__ = ["affine_backward_fast", "affine_forward_fast"]

_MOST_ROWS = 256


def affine_forward_fast(x, w, b):
    """Forward pass of an affine (fully connected) layer.

    Inputs:
    - x: (N, d_1, ..., d_k) minibatch with d_1 * ... * d_k = D
    - w: (D, M) weights
    - b: (M,) biases

    Returns a tuple of:
    - out: (N, M)
    - cache: for affine_backward_fast

    Raises ValueError if the shapes do not match.
    """
    x, w, b = check_affine(x, w, b)
    fast, cache = kernels(), (x, w)
    if parts := _parts(fast, x, w):
        return np.concatenate([affine_forward_fast(part, w, b)[0] for part in np.array_split(x, parts)]), cache
    if not _suit(fast, x, w):
        return x.reshape(len(x), -1) @ w + b, cache
    out, shape = np.empty((len(x), w.shape[1]), dtype=x.dtype), (len(x), *w.shape)
    flat_x, flat_w, flat_out = (array.reshape(-1) for array in (x, w, out))
    registers = -(-w.shape[1] // fast.lanes(x.dtype == np.float64))
    share(
        lambda first, last: fast.affine(flat_x, flat_w, b, flat_out, shape, first, last),
        count=registers,
        cost=len(x) * w.size,
        parts_each=1,
    )
    return out, cache


def affine_backward_fast(dout, cache):
    """Backward pass of an affine layer.

    Inputs:
    - dout: (N, M) upstream gradient
    - cache: from affine_forward_fast

    Returns a tuple of:
    - dx: (N, d_1, ..., d_k) gradient with respect to x
    - dw: (D, M) gradient with respect to w
    - db: (M,) gradient with respect to b

    Raises ValueError if dout does not have the shape of the output.
    """
    x, w = cache
    dout = check_dout("affine_backward_fast", dout, (len(x), w.shape[1]))
    dtype = np.result_type(dout, x)
    dout, x, w = (np.ascontiguousarray(array, dtype=dtype) for array in (dout, x, w))
    fast = kernels()
    if parts := _parts(fast, x, w):
        pairs = zip(np.array_split(dout, parts), np.array_split(x, parts), strict=True)
        dx, dw, db = zip(*(affine_backward_fast(part, (part_x, w)) for part, part_x in pairs), strict=True)
        return np.concatenate(dx), sum(dw[1:], dw[0]), sum(db[1:], db[0])
    if not _suit(fast, x, w):
        return _backward_in_numpy(dout, x, w)
    dx, dw = np.empty(x.shape, dtype=dtype), np.empty(w.shape, dtype=dtype)
    flat_x, flat_w, flat_dout = (array.reshape(-1) for array in (x, w, dout))
    flat_dx, flat_dw, shape, cost = dx.reshape(-1), dw.reshape(-1), (len(x), *w.shape), len(x) * w.size
    share(lambda first, last: fast.affine_dx(flat_dout, flat_w, flat_dx, shape, first, last), count=len(w), cost=cost)
    share(lambda first, last: fast.affine_dw(flat_x, flat_dout, flat_dw, shape, first, last), count=len(w), cost=cost)
    if not fast.all_finite(flat_dx):  # an infinity or NaN in a row of w may have reached the row before
        return _backward_in_numpy(dout, x, w)
    return dx, dw, dout.sum(axis=0)


def _backward_in_numpy(dout, x, w):
    return (dout @ w.T).reshape(x.shape), x.reshape(len(x), -1).T @ dout, dout.sum(axis=0)


def _suit(fast, x, w):
    """Return whether the kernels are available and support these sizes."""
    return fast is not None and 4 <= len(x) <= _MOST_ROWS and w.shape[1] >= 16 and w.size >= 1 << 16


def _parts(fast, x, w):
    """Return the number of parts in which the kernels compute more rows than they support at once, or 0."""
    return -(-len(x) // _MOST_ROWS) if len(x) > _MOST_ROWS and _suit(fast, x[:_MOST_ROWS], w) else 0
