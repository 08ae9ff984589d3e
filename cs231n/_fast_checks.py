"""Checks of the arguments of cs231n.fast_layers: good ones come back in the form the kernels need."""

import math
import operator

import numpy as np

__all__ = ["check_affine", "check_conv", "check_dout", "check_pool", "common_float", "conv_cost"]


def check_affine(x, w, b):
    """Return contiguous x, w, b of one float type; or raise ValueError."""
    x, w, b = np.asarray(x), np.asarray(w), np.asarray(b)
    dtype = common_float("affine_forward_fast", x, w, b)
    if x.size == 0 or x.ndim < 1 or w.ndim != 2 or b.shape != w.shape[1:]:
        raise ValueError(
            f"affine_forward_fast: x {x.shape}, w {w.shape}, b {b.shape} came; needed are x (N, ...), not "
            "empty, w (D, M) and b (M,)"
        )
    features = math.prod(x.shape[1:])
    if features != w.shape[0]:
        raise ValueError(
            f"affine_forward_fast: each row of x {x.shape} has {features} numbers, but w {w.shape} takes "
            f"{w.shape[0]}; make w of shape ({features}, {w.shape[1]})"
        )
    return tuple(np.ascontiguousarray(array, dtype=dtype) for array in (x, w, b))


def check_conv(x, w, b, conv_param):
    """Return contiguous x, w, b of one float type, stride, pad and the output's shape; or raise ValueError."""
    x, w, b = np.asarray(x), np.asarray(w), np.asarray(b)
    dtype = common_float("conv_forward", x, w, b)
    if x.ndim != 4 or w.ndim != 4:
        raise ValueError(
            f"conv_forward: x {x.shape} and w {w.shape} came; needed are x (N, C, H, W) and "
            "w (F, C, HH, WW), both with four axes"
        )
    if x.shape[1] != w.shape[1]:
        raise ValueError(
            f"conv_forward: x {x.shape} has {x.shape[1]} channels, but the filters w {w.shape} have "
            f"{w.shape[1]}; axis 1 of both must agree"
        )
    if b.shape != w.shape[:1]:
        raise ValueError(f"conv_forward: b {b.shape} came; needed is one bias per filter, shape {w.shape[:1]}")
    stride = _integer("conv_param", conv_param, "stride", 1)
    pad = _integer("conv_param", conv_param, "pad", 0)
    height, width = x.shape[2] + 2 * pad, x.shape[3] + 2 * pad
    if min(w.shape[2:]) < 1 or w.shape[2] > height or w.shape[3] > width:
        raise ValueError(
            f"conv_forward: a filter of {w.shape[2]} x {w.shape[3]} does not fit into the padded image "
            f"of {height} x {width} (pad {pad}); use a filter from 1 x 1 to that size, or more padding"
        )
    out_h, out_w = 1 + (height - w.shape[2]) // stride, 1 + (width - w.shape[3]) // stride
    x, w, b = (np.ascontiguousarray(array, dtype=dtype) for array in (x, w, b))
    return x, w, b, stride, pad, (x.shape[0], w.shape[0], out_h, out_w)


def check_pool(x_shape, pool_param):
    """Return window height, window width, stride and the output's shape; or raise ValueError."""
    if len(x_shape) != 4:
        raise ValueError(f"max_pool_forward: x {x_shape} came; needed is x (N, C, H, W), with four axes")
    height = _integer("pool_param", pool_param, "pool_height", 1)
    width = _integer("pool_param", pool_param, "pool_width", 1)
    stride = _integer("pool_param", pool_param, "stride", 1)
    image_height, image_width = x_shape[2:]
    if height > image_height or width > image_width:
        raise ValueError(
            f"max_pool_forward: a window of {height} x {width} does not fit into the image of "
            f"{image_height} x {image_width}; use a window of at most that size"
        )
    if image_height * image_width > np.iinfo(np.intc).max:
        raise ValueError(
            f"max_pool_forward: an image of {image_height} x {image_width} has more places than a C int "
            "counts; pool it in pieces"
        )
    out_h, out_w = 1 + (image_height - height) // stride, 1 + (image_width - width) // stride
    return height, width, stride, (*x_shape[:2], out_h, out_w)


def check_dout(function, dout, out_shape):
    """Return dout as a float array of the shape of the forward pass's output; or raise ValueError."""
    dout = np.asarray(dout)
    if dout.shape != tuple(out_shape):
        raise ValueError(
            f"{function}: dout {dout.shape} came; the forward pass gave out of shape "
            f"{tuple(out_shape)}, and dout must have the same"
        )
    return dout.astype(common_float(function, dout), copy=False)


def conv_cost(w, out_shape):
    """Return the multiply-adds of one pass of a convolution."""
    return w[0].size * math.prod(out_shape) if len(w) else 0


def common_float(function, *arrays):
    """Return float32 or float64, whichever holds all arrays; integers and half precision count as float64."""
    dtype = np.result_type(*arrays)
    if dtype.kind not in "fiub":
        raise ValueError(
            f"{function}: arrays of {', '.join(str(array.dtype) for array in arrays)} came; "
            "needed are real numbers, best float32 or float64"
        )
    return np.dtype(np.float32 if dtype == np.float32 else np.float64)


def _integer(name, parameters, key, least):
    """Return parameters[key] as an int >= least, or raise ValueError."""
    try:
        value = operator.index(parameters[key])
    except KeyError:
        raise ValueError(f"{name} has no {key!r}: {parameters!r} came; give it an int >= {least}") from None
    except TypeError:
        raise ValueError(f"{name} must be a dict whose {key!r} is an int >= {least}; {parameters!r} came") from None
    if value < least:
        raise ValueError(f"{name}[{key!r}] is {value}; it must be an int >= {least}")
    return value
