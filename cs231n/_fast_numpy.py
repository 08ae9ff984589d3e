"""NumPy twin of the fast layers: their fallback, and the reference of their tests.

Like the kernels, these functions check nothing: they expect valid, contiguous arrays of one float
type.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = ["conv_backward", "conv_forward", "max_pool_backward", "max_pool_forward", "tile_pool_forward"]

# Columns of this many bytes stay in a core's second-level cache between being written and being multiplied.
_BLOCK_BYTES = 1 << 20


def conv_forward(x, w, b, stride, pad, out_shape):
    """Return out (N, F, H', W') of x (N, C, H, W), w (F, C, HH, WW), b (F,), by im2col."""
    n, f, out_h, out_w = out_shape
    out = np.empty(out_shape, dtype=x.dtype)
    flat_w, flat_out = w.reshape(f, -1), out.reshape(n, f, out_h * out_w)
    for block, cols, flat_cols in _blocks(n, w.shape[1:], (out_h, out_w), x.dtype):
        _im2col(x[block], cols, stride, pad)
        # Add the bias here, while the block is in the CPU cache.
        np.matmul(flat_w, flat_cols, out=flat_out[block])
        flat_out[block] += b[:, np.newaxis]
    return out


def conv_backward(dout, x, w, stride, pad):
    """Return dx, dw, db for the upstream gradient dout (N, F, H', W')."""
    n, f, out_h, out_w = dout.shape
    dx, dw = np.zeros(x.shape, dtype=dout.dtype), np.zeros(w.shape, dtype=dout.dtype)
    flat_w_t, flat_dw, flat_dout = w.reshape(f, -1).T, dw.reshape(f, -1), dout.reshape(n, f, out_h * out_w)
    for block, cols, flat_cols in _blocks(n, w.shape[1:], (out_h, out_w), dout.dtype):
        _im2col(x[block], cols, stride, pad)
        for image, image_cols in zip(flat_dout[block], flat_cols, strict=True):
            flat_dw += image @ image_cols.T
        np.matmul(flat_w_t, flat_dout[block], out=flat_cols)  # the same scratch now holds the columns' gradient
        _col2im(cols, dx[block], stride, pad)
    return dx, dw, flat_dout.sum(axis=(0, 2))


def max_pool_forward(x, height, width, stride, out_shape):
    """Return out (N, C, H', W') of x (N, C, H, W), and the int32 index of each maximum in its plane.

    Of equal maxima the first one counts. NaN counts as larger than any number. argmax does both.
    """
    windows = sliding_window_view(x, (height, width), axis=(2, 3))[:, :, ::stride, ::stride]
    return _first_maxima(windows.reshape(*out_shape, height * width), width, stride, x.shape[3])


def tile_pool_forward(x, size, out_shape):
    """Return the result of max_pool_forward for windows that tile the image, by one reshape."""
    n, c, out_h, out_w = out_shape
    tiles = x[:, :, : out_h * size, : out_w * size].reshape(n, c, out_h, size, out_w, size)
    windows = tiles.transpose(0, 1, 2, 4, 3, 5).reshape(*out_shape, size * size)
    return _first_maxima(windows, size, size, x.shape[3])


def max_pool_backward(dout, places, x_shape):
    """Return dx (N, C, H, W): add every dout (N, C, H', W') at its index in the plane."""
    dx = np.zeros(x_shape, dtype=dout.dtype)
    count = x_shape[0] * x_shape[1]
    planes, flat = dx.reshape(count, x_shape[2] * x_shape[3]), (count, int(np.prod(dout.shape[2:])))
    np.add.at(planes, (np.arange(count)[:, np.newaxis], places.reshape(flat)), dout.reshape(flat))
    return dx


def _first_maxima(windows, width, stride, row_length):
    """Return maxima and places (N, C, H', W') of windows (N, C, H', W', height * width)."""
    choice = windows.argmax(axis=4)
    out = np.take_along_axis(windows, choice[..., np.newaxis], axis=4)[..., 0]
    rows = np.arange(out.shape[2])[:, np.newaxis] * stride + choice // width
    columns = np.arange(out.shape[3]) * stride + choice % width
    return out, (rows * row_length + columns).astype(np.intc)


def _blocks(n, window_shape, out_shape, dtype):
    """Yield (slice of images, columns (n', C, HH, WW, H', W'), the same as (n', K, H' * W'))."""
    columns, positions = int(np.prod(window_shape)), int(np.prod(out_shape))
    image_bytes = max(1, columns * positions * np.dtype(dtype).itemsize)
    size = max(1, min(n, _BLOCK_BYTES // image_bytes))
    scratch = np.empty((size, columns, positions), dtype=dtype)
    for start in range(0, n, size):
        flat_cols = scratch[: min(size, n - start)]
        cols = flat_cols.reshape(len(flat_cols), *window_shape, *out_shape)
        yield slice(start, start + len(flat_cols)), cols, flat_cols


def _im2col(x, cols, stride, pad):
    """Copy every window of the padded x (N, C, H, W) into cols (N, C, HH, WW, H', W')."""
    filter_height, filter_width = cols.shape[2:4]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = sliding_window_view(padded, (filter_height, filter_width), axis=(2, 3))[:, :, ::stride, ::stride]
    np.copyto(cols, windows.transpose(0, 1, 4, 5, 2, 3))


def _col2im(cols, dx, stride, pad):
    """Add every window of cols (N, C, HH, WW, H', W') to dx (N, C, H, W); the adjoint of im2col."""
    n, c, filter_height, filter_width, out_h, out_w = cols.shape
    height, width = dx.shape[2:]
    padded = np.zeros((n, c, height + 2 * pad, width + 2 * pad), dtype=dx.dtype)
    for i in range(filter_height):
        rows = slice(i, i + stride * (out_h - 1) + 1, stride)
        for j in range(filter_width):
            columns = slice(j, j + stride * (out_w - 1) + 1, stride)
            padded[:, :, rows, columns] += cols[:, :, i, j]
    dx += padded[:, :, pad : pad + height, pad : pad + width]
