"""Convolution, ReLU and 2 x 2 max pooling in one pass, for cs231n.layer_utils."""

from typing import NamedTuple

import numpy as np

from cs231n._fast_backend import kernels
from cs231n._fast_checks import check_conv, check_dout, check_pool, conv_cost
from cs231n._fast_threads import share
from cs231n._fast_winograd import is_faster
from cs231n.fast_layers import conv_dx, conv_shape, pack_filters

__all__ = ["FusedCache", "fused_backward", "fused_forward"]


class FusedCache(NamedTuple):
    """Cache of a fused forward pass."""

    x: np.ndarray
    w: np.ndarray
    b: np.ndarray
    numbers: np.ndarray  # (N, F, H', W') uint8: index of the maximum in its window, 4 if none is above zero
    conv_param: dict
    pool_param: dict
    shape: tuple
    cost: int


def fused_forward(x, w, b, conv_param, pool_param):
    """Return (out, FusedCache), or None if the layers must run one by one.

    They must if the extension is not built, if the windows are not tiles of 2 x 2, if an array is
    empty, or if Winograd's method makes the single layers faster. Raises ValueError like the single
    layers.
    """
    fast = kernels()
    if fast is None:
        return None
    x, w, b, stride, pad, conv_out_shape = check_conv(x, w, b, conv_param)
    *window, out_shape = check_pool(conv_out_shape, pool_param)
    if window != [2, 2, 2] or not (x.size and w.size) or is_faster(w.shape, stride, conv_out_shape):
        return None
    shape = conv_shape(x, w, stride, pad, conv_out_shape)
    out, numbers = np.empty(out_shape, dtype=x.dtype), np.empty(out_shape, dtype=np.uint8)
    packed = pack_filters(fast, w, shape)
    flat_x, flat_out, flat_numbers = (array.reshape(-1) for array in (x, out, numbers))
    cost = conv_cost(w, conv_out_shape)
    share(
        lambda first, last: fast.conv_relu_pool(flat_x, packed, b, flat_out, flat_numbers, shape, first, last),
        count=len(x),
        cost=cost,
    )
    return out, FusedCache(x, w, b, numbers, dict(conv_param), dict(pool_param), shape, cost)


def fused_backward(dout, cache, *, needs_dx):
    """Return (dx or None, dw, db), or None if the layers must run one by one, for NaN or infinities.

    The fused pass skips products with zero, which are zero only for finite factors.
    """
    fast = kernels()
    dout = check_dout("conv_relu_pool_backward", dout, cache.numbers.shape)
    dtype = np.result_type(dout, cache.x)
    dout, x, w = (np.ascontiguousarray(array, dtype=dtype) for array in (dout, cache.x, cache.w))
    flat_dout, flat_x, flat_w, numbers = (array.reshape(-1) for array in (dout, x, w, cache.numbers))
    if not all(map(fast.all_finite, (flat_dout, flat_x, flat_w))):
        return None
    dw, db = np.empty_like(w), np.empty(len(w), dtype=dtype)
    flat_dw = dw.reshape(-1)
    dx = conv_dx(fast, flat_dout, numbers, x.shape, w, cache.shape, cache.cost) if needs_dx else None
    share(
        lambda first, last: fast.conv_relu_pool_dw(flat_x, flat_dout, numbers, flat_dw, db, cache.shape, first, last),
        count=len(w),
        cost=cache.cost // 2,
        parts_each=1,
    )
    return dx, dw, db
