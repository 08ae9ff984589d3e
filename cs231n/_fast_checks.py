"""Validate and convert the arguments of cs231n.fast_layers."""

import math
import operator

import numpy as np

from student_tools.language import tr

__all__ = ["check_affine", "check_conv", "check_dout", "check_pool", "common_float", "conv_cost"]


def check_affine(x, w, b):
    """Return contiguous x, w, b of one float type, or raise ValueError."""
    x, w, b = np.asarray(x), np.asarray(w), np.asarray(b)
    dtype = common_float("affine_forward_fast", x, w, b)
    if x.size == 0 or x.ndim < 1 or w.ndim != 2 or b.shape != w.shape[1:]:
        raise ValueError(
            tr(
                "affine_forward_fast: expected x (N, ...), w (D, M) and b (M,), none of them empty, got x {x}, w {w}, "
                "b {b}",
                x=x.shape,
                w=w.shape,
                b=b.shape,
            )
        )
    features = math.prod(x.shape[1:])
    if features != w.shape[0]:
        raise ValueError(
            tr(
                "affine_forward_fast: expected w of shape {shape}, as each sample of x {x} has {count} numbers, got w "
                "{w}",
                shape=(features, w.shape[1]),
                x=x.shape,
                count=features,
                w=w.shape,
            )
        )
    return tuple(np.ascontiguousarray(array, dtype=dtype) for array in (x, w, b))


def check_conv(x, w, b, conv_param):
    """Return contiguous x, w, b, then stride, pad and the output's shape, or raise ValueError."""
    x, w, b = np.asarray(x), np.asarray(w), np.asarray(b)
    dtype = common_float("conv_forward", x, w, b)
    if x.ndim != 4 or w.ndim != 4:
        raise ValueError(
            tr(
                "conv_forward: expected x (N, C, H, W) and w (F, C, HH, WW), both with four axes, got x {x} and w {w}",
                x=x.shape,
                w=w.shape,
            )
        )
    if x.shape[1] != w.shape[1]:
        raise ValueError(
            tr(
                "conv_forward: expected the same number of channels on axis 1 of x and w, got {x_channels} in x {x} "
                "and {w_channels} in w {w}",
                x_channels=x.shape[1],
                x=x.shape,
                w_channels=w.shape[1],
                w=w.shape,
            )
        )
    if b.shape != w.shape[:1]:
        words = {"shape": w.shape[:1], "got": b.shape}
        raise ValueError(tr("conv_forward: expected b of shape {shape}, one bias per filter, got {got}", **words))
    stride = _integer("conv_param", conv_param, "stride", 1)
    pad = _integer("conv_param", conv_param, "pad", 0)
    height, width = x.shape[2] + 2 * pad, x.shape[3] + 2 * pad
    if min(w.shape[2:]) < 1 or w.shape[2] > height or w.shape[3] > width:
        raise ValueError(
            tr(
                "conv_forward: expected a filter from 1 x 1 to {height} x {width}, the size of the padded image (pad "
                "{pad}), got {filter_height} x {filter_width}; use a smaller filter or more padding",
                height=height,
                width=width,
                pad=pad,
                filter_height=w.shape[2],
                filter_width=w.shape[3],
            )
        )
    out_h, out_w = 1 + (height - w.shape[2]) // stride, 1 + (width - w.shape[3]) // stride
    x, w, b = (np.ascontiguousarray(array, dtype=dtype) for array in (x, w, b))
    return x, w, b, stride, pad, (x.shape[0], w.shape[0], out_h, out_w)


def check_pool(x_shape, pool_param):
    """Return window height, window width, stride and the output's shape, or raise ValueError."""
    if len(x_shape) != 4:
        raise ValueError(tr("max_pool_forward: expected x (N, C, H, W), with four axes, got {got}", got=x_shape))
    height = _integer("pool_param", pool_param, "pool_height", 1)
    width = _integer("pool_param", pool_param, "pool_width", 1)
    stride = _integer("pool_param", pool_param, "stride", 1)
    image_height, image_width = x_shape[2:]
    if height > image_height or width > image_width:
        raise ValueError(
            tr(
                "max_pool_forward: expected a window of at most {image_height} x {image_width}, the size of the image, "
                "got {height} x {width}",
                image_height=image_height,
                image_width=image_width,
                height=height,
                width=width,
            )
        )
    if image_height * image_width > np.iinfo(np.intc).max:
        raise ValueError(
            tr(
                "max_pool_forward: expected at most {most} pixels per image, got {height} x {width}; split the image",
                most=np.iinfo(np.intc).max,
                height=image_height,
                width=image_width,
            )
        )
    out_h, out_w = 1 + (image_height - height) // stride, 1 + (image_width - width) // stride
    return height, width, stride, (*x_shape[:2], out_h, out_w)


def check_dout(function, dout, out_shape):
    """Return dout as a float array of the output's shape, or raise ValueError."""
    dout = np.asarray(dout)
    if dout.shape != tuple(out_shape):
        raise ValueError(
            tr(
                "{function}: expected dout of shape {shape}, the shape of the forward pass's out, got {got}",
                function=function,
                shape=tuple(out_shape),
                got=dout.shape,
            )
        )
    return dout.astype(common_float(function, dout), copy=False)


def conv_cost(w, out_shape):
    """Return the multiply-adds of one pass of a convolution."""
    return w[0].size * math.prod(out_shape) if len(w) else 0


def common_float(function, *arrays):
    """Return the common type of the arrays: float32, or float64 for all other types."""
    dtype = np.result_type(*arrays)
    if dtype.kind not in "fiub":
        raise ValueError(
            tr(
                "{function}: expected real numbers, preferably float32 or float64, got {got}",
                function=function,
                got=", ".join(str(array.dtype) for array in arrays),
            )
        )
    return np.dtype(np.float32 if dtype == np.float32 else np.float64)


def _integer(name, parameters, key, least):
    """Return parameters[key] as an int >= least, or raise ValueError."""
    words = {"name": name, "key": key, "least": least, "got": parameters}
    try:
        value = operator.index(parameters[key])
    except KeyError:
        raise ValueError(tr("{name}: expected a key {key!r} with an int >= {least}, got {got!r}", **words)) from None
    except TypeError:
        fault = tr("{name}: expected a dict whose {key!r} is an int >= {least}, got {got!r}", **words)
        raise ValueError(fault) from None
    if value < least:
        raise ValueError(
            tr("{entry}: expected an int >= {least}, got {got}", entry=f"{name}[{key!r}]", least=least, got=value)
        )
    return value
