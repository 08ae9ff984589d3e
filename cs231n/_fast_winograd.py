"""3 x 3 convolutions with stride 1 by Winograd's method, for cs231n.fast_layers.

docs/fast_layers.md explains the method, and when it is used.
"""

import numpy as np

from cs231n._fast_backend import uses_winograd
from cs231n._fast_threads import share

__all__ = ["is_faster", "winograd_dw", "winograd_dx", "winograd_forward"]

# Measured, see docs/fast_layers.md. With fewer channels or filters, the transforms take longer than they save, or the
# fused layers are faster. With fewer tiles in all images, transforming the filters does.
_LEAST_CHANNELS = 32
_LEAST_TILES = 32
# Transformed filters take 36 numbers per weight. Up to here they take at most 2.4 MB in float32.
_MOST_WEIGHTS = 128 * 128
# Parts of the sum for dw: a fixed number, so that the result does not depend on the number of threads. Each takes at
# least this many tiles, to be worth its own transforms.
_PARTS = 8
_TILES_OF_PART = 128


def is_faster(w_shape, stride, out_shape):
    """Return True if the kernels of this module should compute a convolution."""
    filters, channels, *size = w_shape
    n, _, height, width = out_shape
    if size != [3, 3] or stride != 1 or min(filters, channels) < _LEAST_CHANNELS:
        return False
    if filters * channels > _MOST_WEIGHTS or n * _tiles(out_shape) < _LEAST_TILES:
        return False
    # A tile with few outputs, at the border of a small image, takes as many products as a full one of 16.
    return 8 * height * width >= 3 * 16 * _tiles(out_shape) and uses_winograd()


def winograd_forward(fast, x, w, b, shape, out):
    """Fill out (N, F, H', W'). Return False if a number of it is infinite or NaN; others may be wrong then."""
    return _convolve(fast, x, w, b, shape, out, flipped=False)


def winograd_dx(fast, dout, w, shape, dx):
    """Fill dx (N, C, H, W), like winograd_forward: a convolution of dout with the flipped filters."""
    n, c, height, width, f, _, _, _, pad, out_height, out_width = shape
    turned = (n, f, out_height, out_width, c, 3, 3, 1, 2 - pad, height, width)
    return _convolve(fast, dout, w, np.zeros(c, dtype=w.dtype), turned, dx, flipped=True)


def winograd_dw(fast, x, dout, w, shape):
    """Return dw (F, C, 3, 3) and db (F,), or None if a number of them is infinite or NaN."""
    n = len(x)
    parts = max(1, min(_PARTS, n, n * _tiles(dout.shape) // _TILES_OF_PART))
    dw, db = np.empty((parts, w.size), dtype=w.dtype), np.empty((parts, len(w)), dtype=w.dtype)
    flat_x, flat_dout = x.reshape(-1), dout.reshape(-1)

    def work(first, last):
        for part in range(first, last):
            images = n * part // parts, n * (part + 1) // parts
            fast.winograd_dw(flat_x, flat_dout, dw[part], db[part], shape, *images)

    share(work, count=parts, cost=_cost(shape))
    if not fast.all_finite(dw.reshape(-1)):
        return None
    return dw.sum(axis=0).reshape(w.shape), db.sum(axis=0)


def _convolve(fast, x, w, b, shape, out, *, flipped):
    channels, filters = shape[1], shape[4]
    transformed = np.empty(36 * channels * (filters + 15) + 16, dtype=w.dtype)
    fast.winograd_filters(w.reshape(-1), transformed, shape, int(flipped))
    flat_x, flat_out, marks = x.reshape(-1), out.reshape(-1), np.zeros(len(x), dtype=w.dtype)
    share(
        lambda first, last: fast.winograd(flat_x, transformed, b, flat_out, marks, shape, first, last),
        count=len(x),
        cost=_cost(shape),
    )
    return fast.all_finite(marks)


def _tiles(out_shape):
    """Return the number of tiles of 4 x 4 outputs that cover an image."""
    return -(-out_shape[2] // 4) * -(-out_shape[3] // 4)


def _cost(shape):
    """Return the multiply-adds of a direct convolution that takes as long."""
    n, c, _, _, f, *_, out_height, out_width = shape
    return n * c * f * out_height * out_width * 4
