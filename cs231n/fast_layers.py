"""Fast convolution and max pooling: Cython kernels when the extension is built, their NumPy twin when not.

The interface is that of the naive layers you write: forward gives ``(out, cache)``, backward takes ``dout`` and that
cache (whose contents are private). float32 and float64 arrays keep their type, mixed ones give the wider type, integer
and boolean arrays are computed in float64. Inputs are never changed; any memory order, and read-only arrays, will do.

The plain names use the extension. The others are for comparing approaches: ``*_im2col`` and ``*_strides`` for
convolution (active backend / NumPy strided windows), ``*_im2col`` and ``*_reshape`` for pooling (strided windows /
a reshape where windows tile the input). The environment variable ``CS231N_BACKEND=numpy`` forces the twin.
"""

import os
from functools import cache as once
from typing import NamedTuple

import numpy as np

from cs231n import _fast_numpy
from cs231n._fast_checks import check_conv, check_dout, check_pool, common_float

__all__ = [
    "Backend",
    "backend",
    "conv_backward_fast",
    "conv_backward_im2col",
    "conv_backward_strides",
    "conv_forward_fast",
    "conv_forward_im2col",
    "conv_forward_strides",
    "max_pool_backward_fast",
    "max_pool_backward_im2col",
    "max_pool_backward_reshape",
    "max_pool_forward_fast",
    "max_pool_forward_im2col",
    "max_pool_forward_reshape",
]

# Columns of this many bytes stay in a core's second-level cache between being written and being multiplied.
_BLOCK_BYTES = 1 << 20


class Backend(NamedTuple):
    """Which code the fast layers run: name is 'cython' or 'numpy', reason says why."""

    name: str
    reason: str


class _ConvCache(NamedTuple):
    x: np.ndarray
    w: np.ndarray
    stride: int
    pad: int
    out_shape: tuple


class _PoolCache(NamedTuple):
    index: np.ndarray
    x_shape: tuple
    dtype: np.dtype


def backend():
    """Return the Backend in use, ('cython', why) or ('numpy', why)."""
    return _load()[1]


@once
def _load():
    """Return (module with the kernels, Backend); say once, in one line, when the extension is not built."""
    wish = os.environ.get("CS231N_BACKEND", "")
    if wish not in ("", "cython", "numpy"):
        raise ValueError(f"CS231N_BACKEND is {wish!r}; it must be 'cython', 'numpy' or unset")
    if wish == "numpy":
        return _fast_numpy, Backend("numpy", "CS231N_BACKEND=numpy asks for it")
    try:
        from cs231n import _fast
    except ImportError as error:
        if wish == "cython":
            raise
        reason = f"the Cython extension is not built ({error})"
        print("cs231n.fast_layers: the Cython extension is not built, so the slower NumPy twin serves; to build it run "
              "`python setup.py build_ext --inplace` in the cs231n folder and restart.")
        return _fast_numpy, Backend("numpy", reason)
    return _fast, Backend("cython", "the extension is built")


def conv_forward_fast(x, w, b, conv_param):
    """Forward pass of a convolution layer (strictly a cross-correlation: filters are not flipped).

    Inputs:
    - x: (N, C, H, W) images
    - w: (F, C, HH, WW) filters
    - b: (F,) biases
    - conv_param: dict with
      - 'stride': step between windows, an int >= 1, for both directions
      - 'pad': rows and columns of zeros on each side, an int >= 0

    Returns a tuple of:
    - out: (N, F, H', W') with H' = 1 + (H + 2 * pad - HH) // stride and W' = 1 + (W + 2 * pad - WW) // stride
    - cache: for conv_backward_fast

    Raises ValueError when a rank, a channel count, stride or pad is wrong, or a filter exceeds the padded image.
    """
    return _conv_forward(_load()[0], x, w, b, conv_param)


def conv_backward_fast(dout, cache):
    """Backward pass of a convolution layer.

    Inputs:
    - dout: (N, F, H', W') upstream gradient
    - cache: from conv_forward_fast

    Returns a tuple of dx (N, C, H, W), dw (F, C, HH, WW), db (F,).
    Raises ValueError when dout is not of the shape of the forward pass's output.
    """
    return _conv_backward(_load()[0], dout, cache)


def conv_forward_im2col(x, w, b, conv_param):
    """Forward pass of convolution by im2col and matrix products; what conv_forward_fast does."""
    return conv_forward_fast(x, w, b, conv_param)


def conv_backward_im2col(dout, cache):
    """Backward pass of conv_forward_im2col; what conv_backward_fast does."""
    return conv_backward_fast(dout, cache)


def conv_forward_strides(x, w, b, conv_param):
    """Forward pass of convolution whose windows are strided NumPy views; arguments as in conv_forward_fast."""
    return _conv_forward(_fast_numpy, x, w, b, conv_param)


def conv_backward_strides(dout, cache):
    """Backward pass of conv_forward_strides, in NumPy alone; arguments as in conv_backward_fast."""
    return _conv_backward(_fast_numpy, dout, cache)


def max_pool_forward_fast(x, pool_param):
    """Forward pass of max pooling; of several equal maxima the first one counts, NaN counts as the largest.

    Inputs:
    - x: (N, C, H, W)
    - pool_param: dict with
      - 'pool_height', 'pool_width': size of a window, ints >= 1
      - 'stride': step between windows, an int >= 1; windows may overlap, and need not tile x

    Returns a tuple of:
    - out: (N, C, H', W') with H' = 1 + (H - pool_height) // stride and W' = 1 + (W - pool_width) // stride
    - cache: for max_pool_backward_fast

    Raises ValueError when x is not of rank 4, a number is wrong, or a window exceeds the image.
    """
    return _pool_forward(_load()[0].max_pool_forward, x, pool_param)


def max_pool_backward_fast(dout, cache):
    """Backward pass of max pooling: each dout goes to the first maximum of its window; overlaps add up.

    Inputs:
    - dout: (N, C, H', W') upstream gradient
    - cache: from max_pool_forward_fast

    Returns dx (N, C, H, W). Raises ValueError when dout is not of the shape of the forward pass's output.
    """
    return _pool_backward(_load()[0], dout, cache)


def max_pool_forward_im2col(x, pool_param):
    """Forward pass of max pooling over strided NumPy windows; arguments as in max_pool_forward_fast."""
    return _pool_forward(_fast_numpy.max_pool_forward, x, pool_param)


def max_pool_backward_im2col(dout, cache):
    """Backward pass of max_pool_forward_im2col, in NumPy alone."""
    return _pool_backward(_fast_numpy, dout, cache)


def max_pool_forward_reshape(x, pool_param):
    """Forward pass of max pooling by one reshape, for square windows as wide as the stride.

    Rows and columns left over at the end are cut off. Other windows go through strided views instead.
    Arguments and tie rule are those of max_pool_forward_fast.
    """
    return _pool_forward(_reshape_kernel, x, pool_param)


def max_pool_backward_reshape(dout, cache):
    """Backward pass of max_pool_forward_reshape, in NumPy alone."""
    return _pool_backward(_fast_numpy, dout, cache)


def _conv_forward(kernels, x, w, b, conv_param):
    x, w, b, stride, pad, out_shape = check_conv(x, w, b, conv_param)
    n, f, out_h, out_w = out_shape
    out = np.empty(out_shape, dtype=x.dtype)
    flat_w, flat_out = w.reshape(f, -1), out.reshape(n, f, out_h * out_w)
    for block, cols, flat_cols in _blocks(n, w.shape[1:], (out_h, out_w), x.dtype):
        kernels.im2col(x[block], cols, stride, pad)
        # The bias is added here, while the block is in cache.
        np.matmul(flat_w, flat_cols, out=flat_out[block])
        flat_out[block] += b[:, np.newaxis]
    return out, _ConvCache(x, w, stride, pad, out_shape)


def _conv_backward(kernels, dout, cache):
    x, w, stride, pad, out_shape = cache
    dout = check_dout("conv_backward", dout, out_shape)
    dtype = np.result_type(dout, x)
    dout, x, w = (np.ascontiguousarray(array, dtype=dtype) for array in (dout, x, w))
    n, f, out_h, out_w = out_shape
    dx, dw = np.zeros(x.shape, dtype=dtype), np.zeros(w.shape, dtype=dtype)
    flat_w_t, flat_dw, flat_dout = w.reshape(f, -1).T, dw.reshape(f, -1), dout.reshape(n, f, out_h * out_w)
    for block, cols, flat_cols in _blocks(n, w.shape[1:], (out_h, out_w), dtype):
        kernels.im2col(x[block], cols, stride, pad)
        for image, image_cols in zip(flat_dout[block], flat_cols, strict=True):
            flat_dw += image @ image_cols.T
        np.matmul(flat_w_t, flat_dout[block], out=flat_cols)  # the same scratch now holds the columns' gradient
        kernels.col2im(cols, dx[block], stride, pad)
    return dx, dw, flat_dout.sum(axis=(0, 2))


def _blocks(n, window_shape, out_shape, dtype):
    """Yield (slice of images, its columns (n', C, HH, WW, H', W'), the same as (n', K, H' * W')) on one scratch."""
    columns, positions = int(np.prod(window_shape)), int(np.prod(out_shape))
    image_bytes = max(1, columns * positions * np.dtype(dtype).itemsize)
    size = max(1, min(n, _BLOCK_BYTES // image_bytes))
    scratch = np.empty((size, columns, positions), dtype=dtype)
    for start in range(0, n, size):
        flat_cols = scratch[:min(size, n - start)]
        cols = flat_cols.reshape(len(flat_cols), *window_shape, *out_shape)
        yield slice(start, start + len(flat_cols)), cols, flat_cols


def _pool_forward(kernel, x, pool_param):
    x = np.asarray(x)
    height, width, stride, out_shape = check_pool(x, pool_param)
    x = np.ascontiguousarray(x, dtype=common_float("max_pool_forward", x))
    planes = x.reshape(out_shape[0] * out_shape[1], *x.shape[2:])
    out = np.empty(out_shape, dtype=x.dtype)
    index = np.empty((len(planes), *out_shape[2:]), dtype=np.intc)
    kernel(planes, out.reshape(index.shape), index, height, width, stride)
    return out, _PoolCache(index, x.shape, x.dtype)


def _pool_backward(kernels, dout, cache):
    index, x_shape, x_dtype = cache
    dout = check_dout("max_pool_backward", dout, (*x_shape[:2], *index.shape[1:]))
    dtype = np.result_type(dout, x_dtype)
    dx = np.zeros(x_shape, dtype=dtype)
    dout = np.ascontiguousarray(dout, dtype=dtype).reshape(index.shape)
    kernels.max_pool_backward(dout, index, dx.reshape(len(index), *x_shape[2:]))
    return dx


def _reshape_kernel(x, out, index, height, width, stride):
    """Do what _fast_numpy.max_pool_forward does, without overlapping views where the windows allow it."""
    if not height == width == stride:
        _fast_numpy.max_pool_forward(x, out, index, height, width, stride)
        return
    planes, out_h, out_w = out.shape
    tiles = x[:, :out_h * stride, :out_w * stride].reshape(planes, out_h, stride, out_w, stride)
    windows = tiles.transpose(0, 1, 3, 2, 4).reshape(planes, out_h, out_w, stride * stride)
    _fast_numpy.first_maxima(windows, out, index, width, stride, x.shape[2])
