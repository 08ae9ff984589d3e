"""Fast convolution, max pooling and affine layers: compiled kernels, or a NumPy twin.

The interface is that of the naive layers in the notebooks: the forward pass returns
``(out, cache)``, the backward pass takes ``dout`` and that cache, whose contents are private.

float32 and float64 arrays keep their type, mixed arrays give the wider type, and integer and
boolean arrays are computed in float64. Inputs are never changed; they may have any memory order and
may be read-only. NaN and infinities behave as in NumPy. Results are bitwise the same for any number
of threads.

The functions ending in ``_fast`` use the extension; docs/fast_layers.md explains it. The others use
only NumPy, to compare algorithms: ``*_im2col`` and ``*_strides`` for convolution (two names of the
same algorithm), ``*_im2col`` (strided windows) and ``*_reshape`` (a reshape, if the windows tile
the input) for pooling.

Environment variables, read at the first call:
- ``CS231N_BACKEND``: ``numpy`` forces the twin, ``cython`` requires the extension; ``avx512``,
  ``avx2`` or ``baseline`` also select its build
- ``CS231N_WINOGRAD``: ``off`` computes all convolutions directly, which is slower for 3 x 3 filters
  and more accurate
- ``CS231N_NUM_THREADS``: the number of threads, until set_num_threads changes it
"""

from typing import NamedTuple

import numpy as np

from cs231n import _fast_numpy
from cs231n._fast_affine import affine_backward_fast, affine_forward_fast
from cs231n._fast_backend import Backend, backend, kernels
from cs231n._fast_checks import check_conv, check_dout, check_pool, common_float, conv_cost
from cs231n._fast_threads import get_num_threads, set_num_threads, share
from cs231n._fast_winograd import is_faster, winograd_dw, winograd_dx, winograd_forward

__all__ = [
    "Backend",
    "affine_backward_fast",
    "affine_forward_fast",
    "backend",
    "conv_backward_fast",
    "conv_backward_im2col",
    "conv_backward_strides",
    "conv_forward_fast",
    "conv_forward_im2col",
    "conv_forward_strides",
    "get_num_threads",
    "max_pool_backward_fast",
    "max_pool_backward_im2col",
    "max_pool_backward_reshape",
    "max_pool_forward_fast",
    "max_pool_forward_im2col",
    "max_pool_forward_reshape",
    "set_num_threads",
]


class _ConvCache(NamedTuple):
    x: np.ndarray
    w: np.ndarray
    stride: int
    pad: int
    out_shape: tuple


class _PoolCache(NamedTuple):
    choice: np.ndarray  # (N, C, H', W'): uint8 indices in 2 x 2 tiles, or int32 indices in the plane
    x_shape: tuple
    dtype: np.dtype
    shape: tuple  # height and width of x, the window and the stride, height and width of out


def conv_forward_fast(x, w, b, conv_param):
    """Forward pass of a convolution layer (strictly a cross-correlation: filters are not flipped).

    Inputs:
    - x: (N, C, H, W) images
    - w: (F, C, HH, WW) filters
    - b: (F,) biases
    - conv_param: dict with
      - 'stride': step between windows in both directions, an int >= 1; required
      - 'pad': rows and columns of zeros on each side, an int >= 0; required

    Returns a tuple of:
    - out: (N, F, H', W') with H' = 1 + (H + 2 * pad - HH) // stride and W' = 1 + (W + 2 * pad - WW)
      // stride
    - cache: for conv_backward_fast

    Raises ValueError if the shapes, stride or pad are wrong, or a filter is larger than the padded
    image.
    """
    fast = kernels()
    if fast is None:
        return conv_forward_im2col(x, w, b, conv_param)
    x, w, b, stride, pad, out_shape = check_conv(x, w, b, conv_param)
    cache = _ConvCache(x, w, stride, pad, out_shape)
    out = np.empty(out_shape, dtype=x.dtype)
    if not (out.size and w.size):
        out[...] = b[:, np.newaxis, np.newaxis]  # no channels: out is the bias
        return out, cache
    shape = _plain_shape(x, w, stride, pad, out_shape)
    if is_faster(w.shape, stride, out_shape) and winograd_forward(fast, x, w, b, shape, out):
        return out, cache
    packed = pack_filters(fast, w, shape)
    flat_x, flat_out = x.reshape(-1), out.reshape(-1)
    share(
        lambda first, last: fast.conv_forward(flat_x, packed, b, flat_out, shape, first, last),
        count=len(x),
        cost=conv_cost(w, out_shape),
    )
    return out, cache


def conv_backward_fast(dout, cache, *, needs_dx=True):
    """Backward pass of a convolution layer.

    Inputs:
    - dout: (N, F, H', W') upstream gradient
    - cache: from conv_forward_fast
    - needs_dx: False skips the gradient with respect to x, which the first layer of a network does
      not need; default True

    Returns a tuple of:
    - dx: (N, C, H, W) gradient with respect to x, or None if needs_dx is False
    - dw: (F, C, HH, WW) gradient with respect to w
    - db: (F,) gradient with respect to b

    Raises ValueError if dout does not have the shape of the output.
    """
    fast = kernels()
    if fast is None or not (cache.x.size and cache.w.size):
        dx, dw, db = conv_backward_im2col(dout, cache)
        return (dx if needs_dx else None), dw, db
    dout, x, w = _gradient_arrays(dout, cache)
    shape, cost = _plain_shape(x, w, *cache[2:]), conv_cost(w, cache.out_shape)
    if is_faster(w.shape, cache.stride, cache.out_shape):
        grads = winograd_dw(fast, x, dout, w, shape)
        dx = np.empty_like(x) if needs_dx else None
        if grads and (not needs_dx or winograd_dx(fast, dout, w, shape, dx)):
            return dx, *grads
    dx, dw, db = None, np.empty_like(w), np.empty(len(w), dtype=w.dtype)
    flat_dout, flat_x, flat_dw = (array.reshape(-1) for array in (dout, x, dw))
    if needs_dx:
        dx = conv_dx(fast, flat_dout, None, x.shape, w, shape, cost)
    share(
        lambda first, last: fast.conv_dw(flat_x, flat_dout, flat_dw, db, shape, first, last),
        count=len(w),
        cost=cost,
        parts_each=1,
    )
    # The kernels multiply by some zeros beyond the borders, which is wrong if the other factor is infinite or NaN: in w
    # for dx, in x for dw.
    if not (fast.all_finite(w.reshape(-1)) and fast.all_finite(flat_dw)):
        dx, dw, db = _fast_numpy.conv_backward(dout, x, w, cache.stride, cache.pad)
    return (dx if needs_dx else None), dw, db


def conv_shape(x, w, stride, pad, out_shape):
    """Return the kernels' shape (N, C, H, W, F, HH, WW, stride, pad, H', W') of a convolution."""
    return (*x.shape, len(w), *w.shape[2:], stride, pad, *out_shape[2:])


def _plain_shape(x, w, stride, pad, out_shape):
    """Return conv_shape of a convolution alone: with filters of one pixel, each map is a single long row.

    A long row fills registers better than short rows.
    """
    if w.shape[2:] == (1, 1) and (stride, pad) == (1, 0):
        pixels = x.shape[2] * x.shape[3]
        return (*x.shape[:2], 1, pixels, len(w), 1, 1, 1, 0, 1, pixels)
    return conv_shape(x, w, stride, pad, out_shape)


def pack_filters(fast, w, shape):
    """Return the weights, flat, in the order that the kernels of the forward pass need."""
    packed = np.empty(_packed_size(fast, w, len(w)), dtype=w.dtype)
    fast.pack_filters(w.reshape(-1), packed, shape)
    return packed


def conv_dx(fast, dout, numbers, x_shape, w, shape, cost):
    """Return dx of a convolution, from its flat dout, or from dout and numbers of fused pooling."""
    dx = np.empty(x_shape, dtype=w.dtype)
    flipped = np.empty(_packed_size(fast, w, w.shape[1]), dtype=w.dtype)
    fast.pack_flipped(w.reshape(-1), flipped, shape)
    flat_dx = dx.reshape(-1)
    share(
        lambda first, last: fast.conv_dx(dout, numbers, flipped, flat_dx, shape, first, last), count=len(dx), cost=cost
    )
    return dx


def conv_forward_im2col(x, w, b, conv_param):
    """Forward pass of a convolution layer by im2col, in NumPy; see conv_forward_fast."""
    x, w, b, stride, pad, out_shape = check_conv(x, w, b, conv_param)
    return _fast_numpy.conv_forward(x, w, b, stride, pad, out_shape), _ConvCache(x, w, stride, pad, out_shape)


def conv_backward_im2col(dout, cache):
    """Backward pass of conv_forward_im2col, in NumPy; see conv_backward_fast."""
    return _fast_numpy.conv_backward(*_gradient_arrays(dout, cache), cache.stride, cache.pad)


def conv_forward_strides(x, w, b, conv_param):
    """Forward pass of a convolution layer with strided views; the same as conv_forward_im2col."""
    return conv_forward_im2col(x, w, b, conv_param)


def conv_backward_strides(dout, cache):
    """Backward pass of conv_forward_strides; the same as conv_backward_im2col."""
    return conv_backward_im2col(dout, cache)


def max_pool_forward_fast(x, pool_param):
    """Forward pass of a max-pooling layer.

    Of several equal maxima the first one counts. NaN counts as the largest number.

    Inputs:
    - x: (N, C, H, W) feature maps
    - pool_param: dict with
      - 'pool_height': height of a window, an int >= 1; required
      - 'pool_width': width of a window, an int >= 1; required
      - 'stride': step between windows in both directions, an int >= 1; required. Windows may
        overlap or leave gaps

    Returns a tuple of:
    - out: (N, C, H', W') with H' = 1 + (H - pool_height) // stride and W' = 1 + (W - pool_width) //
      stride
    - cache: for max_pool_backward_fast

    Raises ValueError if x does not have four axes, pool_param is wrong, or a window is larger than
    the image.
    """
    fast = kernels()
    if fast is None:
        return max_pool_forward_im2col(x, pool_param)
    x, cache = _pool_cache(x, pool_param)
    out = np.empty((*x.shape[:2], *cache.shape[5:]), dtype=x.dtype)
    tiles = cache.shape[2:5] == (2, 2, 2)
    choice = np.empty(out.shape, dtype=np.uint8 if tiles else np.intc)
    kernel = fast.tile_pool if tiles else fast.max_pool
    flat_x, flat_out, flat_choice = x.reshape(-1), out.reshape(-1), choice.reshape(-1)
    share(
        lambda first, last: kernel(flat_x, flat_out, flat_choice, cache.shape, first, last),
        count=x.shape[0] * x.shape[1],
        cost=_POOLING_COST * x.size,
    )
    return out, cache._replace(choice=choice)


def max_pool_backward_fast(dout, cache):
    """Backward pass of a max-pooling layer.

    Each dout goes to the first maximum of its window; overlaps add up.

    Inputs:
    - dout: (N, C, H', W') upstream gradient
    - cache: from max_pool_forward_fast

    Returns dx (N, C, H, W). Raises ValueError if dout does not have the shape of the output.
    """
    fast = kernels()
    if fast is None:
        return max_pool_backward_im2col(dout, cache)
    dout = _pool_dout(dout, cache)
    dx = np.empty(cache.x_shape, dtype=dout.dtype)
    kernel = fast.tile_pool_dx if cache.choice.dtype == np.uint8 else fast.max_pool_dx
    flat_dout, flat_choice, flat_dx = dout.reshape(-1), cache.choice.reshape(-1), dx.reshape(-1)
    share(
        lambda first, last: kernel(flat_dout, flat_choice, flat_dx, cache.shape, first, last),
        count=dx.shape[0] * dx.shape[1],
        cost=_POOLING_COST * dx.size,
    )
    return dx


def max_pool_forward_im2col(x, pool_param):
    """Forward pass of max pooling over strided windows, in NumPy; see max_pool_forward_fast."""
    x, cache = _pool_cache(x, pool_param)
    out_shape = (*x.shape[:2], *cache.shape[5:])
    out, places = _fast_numpy.max_pool_forward(x, *cache.shape[2:5], out_shape)
    return out, cache._replace(choice=places)


def max_pool_backward_im2col(dout, cache):
    """Backward pass of max_pool_forward_im2col, in NumPy; see max_pool_backward_fast."""
    return _fast_numpy.max_pool_backward(_pool_dout(dout, cache), cache.choice, cache.x_shape)


def max_pool_forward_reshape(x, pool_param):
    """Forward pass of max pooling by a reshape, for square windows of the stride's size, in NumPy.

    Rows and columns left over at the end are not used. Other windows use max_pool_forward_im2col.
    Arguments, results and the choice of equal maxima are those of max_pool_forward_fast.
    """
    x, cache = _pool_cache(x, pool_param)
    height, width, stride = cache.shape[2:5]
    if not height == width == stride:
        return max_pool_forward_im2col(x, pool_param)
    out, places = _fast_numpy.tile_pool_forward(x, stride, (*x.shape[:2], *cache.shape[5:]))
    return out, cache._replace(choice=places)


def max_pool_backward_reshape(dout, cache):
    """Backward pass of max_pool_forward_reshape, in NumPy; see max_pool_backward_fast."""
    return max_pool_backward_im2col(dout, cache)


# Pooling is bound by memory: a pixel takes as long as this many multiply-adds of a convolution.
_POOLING_COST = 8


def _packed_size(fast, w, filters):
    """Return the size of packed weights: filters fill up whole registers, and start at one."""
    lanes = fast.lanes(w.dtype == np.float64)
    return w.size // filters * -(-filters // lanes) * lanes + lanes


def _gradient_arrays(dout, cache):
    """Return dout, x and w, contiguous and of one type, or raise ValueError."""
    dout = check_dout("conv_backward", dout, cache.out_shape)
    dtype = np.result_type(dout, cache.x)
    return tuple(np.ascontiguousarray(array, dtype=dtype) for array in (dout, cache.x, cache.w))


def _pool_cache(x, pool_param):
    """Return contiguous x and a cache without its choice, or raise ValueError."""
    x = np.asarray(x)
    height, width, stride, out_shape = check_pool(x.shape, pool_param)
    x = np.ascontiguousarray(x, dtype=common_float("max_pool_forward", x))
    return x, _PoolCache(None, x.shape, x.dtype, (*x.shape[2:], height, width, stride, *out_shape[2:]))


def _pool_dout(dout, cache):
    """Return dout, contiguous and of the type of dx, or raise ValueError."""
    dout = check_dout("max_pool_backward", dout, cache.choice.shape)
    return np.ascontiguousarray(dout, dtype=np.result_type(dout, cache.dtype))
