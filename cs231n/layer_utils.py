"""Sandwich layers of the fast layers: affine or convolution, then ReLU and others."""

from cs231n._fast_fused import FusedCache, fused_backward, fused_forward
from cs231n._fast_relu import relu_backward_fast, relu_forward_fast
from cs231n.fast_layers import (
    affine_backward_fast,
    affine_forward_fast,
    conv_backward_fast,
    conv_forward_fast,
    max_pool_backward_fast,
    max_pool_forward_fast,
)

__all__ = [
    "affine_relu_backward",
    "affine_relu_forward",
    "conv_bn_relu_backward",
    "conv_bn_relu_forward",
    "conv_relu_backward",
    "conv_relu_forward",
    "conv_relu_pool_backward",
    "conv_relu_pool_forward",
]


def affine_relu_forward(x, w, b):
    """Forward pass: affine, then ReLU.

    Inputs:
    - x: (N, d_1, ..., d_k) minibatch
    - w: (D, M) weights, D = d_1 * ... * d_k
    - b: (M,) biases

    Returns a tuple of:
    - out: (N, M)
    - cache: for affine_relu_backward
    """
    a, affine_cache = affine_forward_fast(x, w, b)
    out, relu_cache = relu_forward_fast(a)
    return out, (affine_cache, relu_cache)


def affine_relu_backward(dout, cache):
    """Backward pass of affine_relu_forward.

    Inputs:
    - dout: (N, M) upstream gradient
    - cache: from affine_relu_forward

    Returns a tuple of:
    - dx: (N, d_1, ..., d_k) gradient with respect to x
    - dw: (D, M) gradient with respect to w
    - db: (M,) gradient with respect to b
    """
    affine_cache, relu_cache = cache
    return affine_backward_fast(relu_backward_fast(dout, relu_cache), affine_cache)


def conv_relu_forward(x, w, b, conv_param):
    """Forward pass: convolution, then ReLU.

    Inputs:
    - x: (N, C, H, W) images
    - w: (F, C, HH, WW) filters
    - b: (F,) biases
    - conv_param: dict with 'stride' and 'pad', see conv_forward_fast

    Returns a tuple of:
    - out: (N, F, H', W')
    - cache: for conv_relu_backward
    """
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    out, relu_cache = relu_forward_fast(a)
    return out, (conv_cache, relu_cache)


def conv_relu_backward(dout, cache, *, needs_dx=True):
    """Backward pass of conv_relu_forward.

    Inputs:
    - dout: (N, F, H', W') upstream gradient
    - cache: from conv_relu_forward
    - needs_dx: False skips the gradient with respect to x, which the first layer of a network does
      not need; default True

    Returns a tuple of:
    - dx: (N, C, H, W) gradient with respect to x, or None if needs_dx is False
    - dw: (F, C, HH, WW) gradient with respect to w
    - db: (F,) gradient with respect to b
    """
    conv_cache, relu_cache = cache
    return conv_backward_fast(relu_backward_fast(dout, relu_cache), conv_cache, needs_dx=needs_dx)


def conv_bn_relu_forward(x, w, b, gamma, beta, conv_param, bn_param, *, spatial_batchnorm_forward):
    """Forward pass: convolution, spatial batch normalization, then ReLU.

    Inputs:
    - x: (N, C, H, W) images
    - w: (F, C, HH, WW) filters
    - b: (F,) biases
    - gamma: (F,) scale
    - beta: (F,) shift
    - conv_param: dict with 'stride' and 'pad', see conv_forward_fast
    - bn_param: dict for batch normalization; its running averages are updated in place
    - spatial_batchnorm_forward: your own function; this package has none, because it is an exercise

    Returns a tuple of:
    - out: (N, F, H', W')
    - cache: for conv_bn_relu_backward
    """
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    normalized, bn_cache = spatial_batchnorm_forward(a, gamma, beta, bn_param)
    out, relu_cache = relu_forward_fast(normalized)
    return out, (conv_cache, bn_cache, relu_cache)


def conv_bn_relu_backward(dout, cache, *, spatial_batchnorm_backward):
    """Backward pass of conv_bn_relu_forward.

    Inputs:
    - dout: (N, F, H', W') upstream gradient
    - cache: from conv_bn_relu_forward
    - spatial_batchnorm_backward: your own function, the backward pass of the one in the forward
      pass

    Returns a tuple of:
    - dx: (N, C, H, W) gradient with respect to x
    - dw: (F, C, HH, WW) gradient with respect to w
    - db: (F,) gradient with respect to b
    - dgamma: (F,) gradient with respect to gamma
    - dbeta: (F,) gradient with respect to beta
    """
    conv_cache, bn_cache, relu_cache = cache
    da, dgamma, dbeta = spatial_batchnorm_backward(relu_backward_fast(dout, relu_cache), bn_cache)
    dx, dw, db = conv_backward_fast(da, conv_cache)
    return dx, dw, db, dgamma, dbeta


def conv_relu_pool_forward(x, w, b, conv_param, pool_param):
    """Forward pass: convolution, ReLU, then max pooling.

    Inputs:
    - x: (N, C, H, W) images
    - w: (F, C, HH, WW) filters
    - b: (F,) biases
    - conv_param: dict with 'stride' and 'pad', see conv_forward_fast
    - pool_param: dict with 'pool_height', 'pool_width' and 'stride', see max_pool_forward_fast

    Returns a tuple of:
    - out: (N, F, H', W')
    - cache: for conv_relu_pool_backward
    """
    fused = fused_forward(x, w, b, conv_param, pool_param)
    if fused is not None:
        return fused
    return _one_by_one(x, w, b, conv_param, pool_param)


def conv_relu_pool_backward(dout, cache, *, needs_dx=True):
    """Backward pass of conv_relu_pool_forward.

    Inputs:
    - dout: (N, F, H', W') upstream gradient
    - cache: from conv_relu_pool_forward
    - needs_dx: False skips the gradient with respect to x, which the first layer of a network does
      not need; default True

    Returns a tuple of:
    - dx: (N, C, H, W) gradient with respect to x, or None if needs_dx is False
    - dw: (F, C, HH, WW) gradient with respect to w
    - db: (F,) gradient with respect to b
    """
    if isinstance(cache, FusedCache):
        fused = fused_backward(dout, cache, needs_dx=needs_dx)
        if fused is not None:
            return fused
        _, cache = _one_by_one(cache.x, cache.w, cache.b, cache.conv_param, cache.pool_param)
    conv_cache, relu_cache, pool_cache = cache
    da = relu_backward_fast(max_pool_backward_fast(dout, pool_cache), relu_cache)
    return conv_backward_fast(da, conv_cache, needs_dx=needs_dx)


def _one_by_one(x, w, b, conv_param, pool_param):
    """Return the output of the three layers, and the tuple of their caches."""
    a, conv_cache = conv_forward_fast(x, w, b, conv_param)
    rectified, relu_cache = relu_forward_fast(a)
    out, pool_cache = max_pool_forward_fast(rectified, pool_param)
    return out, (conv_cache, relu_cache, pool_cache)
