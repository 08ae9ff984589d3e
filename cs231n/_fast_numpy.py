"""The NumPy twin of cs231n._fast: the same four functions, for machines where the extension is not built.

Like the Cython kernels they check nothing and write into arrays that the caller made.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

__all__ = ["col2im", "im2col", "max_pool_backward", "max_pool_forward"]


def im2col(x, cols, stride, pad):
    """Copy every window of x (N, C, H, W) into cols (N, C, HH, WW, H', W'); outside x there are zeros."""
    filter_height, filter_width = cols.shape[2:4]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = sliding_window_view(padded, (filter_height, filter_width), axis=(2, 3))[:, :, ::stride, ::stride]
    np.copyto(cols, windows.transpose(0, 1, 4, 5, 2, 3))


def col2im(cols, dx, stride, pad):
    """Add every window of cols (N, C, HH, WW, H', W') to its place in dx (N, C, H, W): the adjoint of im2col."""
    n, c, filter_height, filter_width, out_h, out_w = cols.shape
    height, width = dx.shape[2:]
    padded = np.zeros((n, c, height + 2 * pad, width + 2 * pad), dtype=dx.dtype)
    for i in range(filter_height):
        rows = slice(i, i + stride * (out_h - 1) + 1, stride)
        for j in range(filter_width):
            columns = slice(j, j + stride * (out_w - 1) + 1, stride)
            padded[:, :, rows, columns] += cols[:, :, i, j]
    dx += padded[:, :, pad:pad + height, pad:pad + width]


def max_pool_forward(x, out, index, height, width, stride):
    """Fill out (P, H', W') with the maxima of the windows of planes x (P, H, W), index with their place in the plane.

    The first maximum of a window counts; a NaN counts as larger than any number: argmax does both.
    """
    windows = sliding_window_view(x, (height, width), axis=(1, 2))[:, ::stride, ::stride]
    first_maxima(windows.reshape(*out.shape, height * width), out, index, width, stride, x.shape[2])


def first_maxima(windows, out, index, width, stride, row_length):
    """Fill out and index (P, H', W') from windows (P, H', W', height * width) of planes with rows of row_length."""
    choice = windows.argmax(axis=3)
    out[...] = np.take_along_axis(windows, choice[..., np.newaxis], axis=3)[..., 0]
    rows = np.arange(out.shape[1])[:, np.newaxis] * stride + choice // width
    columns = np.arange(out.shape[2]) * stride + choice % width
    index[...] = rows * row_length + columns


def max_pool_backward(dout, index, dx):
    """Add every dout (P, H', W') to dx (P, H, W) at the place that index (P, H', W') names."""
    planes = dx.reshape(dx.shape[0], dx.shape[1] * dx.shape[2])
    np.add.at(planes, (np.arange(dx.shape[0])[:, np.newaxis, np.newaxis], index), dout)
