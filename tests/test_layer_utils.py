import numpy as np
import pytest

from cs231n import layer_utils
from cs231n.gradient_check import eval_numerical_gradient_array, rel_error

CONV, POOL = {"stride": 1, "pad": 1}, {"pool_height": 2, "pool_width": 2, "stride": 2}


@pytest.mark.parametrize(
    ("name", "x_shape", "w_shape", "parameters"),
    [
        ("affine_relu", (2, 3, 4), (12, 5), ()),
        ("conv_relu", (2, 3, 5, 4), (2, 3, 3, 3), (CONV,)),
        ("conv_relu_pool", (2, 3, 6, 4), (2, 3, 3, 3), (CONV, POOL)),
    ],
)
def test_sandwich_gradient_agrees_with_numerical_gradient(name, x_shape, w_shape, parameters):
    forward, backward = (getattr(layer_utils, f"{name}_{way}") for way in ("forward", "backward"))
    rng = np.random.default_rng(2)
    count = w_shape[1] if name.startswith("affine") else w_shape[0]
    x, w, b = rng.standard_normal(x_shape), rng.standard_normal(w_shape), rng.standard_normal(count)
    out, cache = forward(x, w, b, *parameters)
    dout = rng.standard_normal(out.shape)
    assert (out >= 0).all()
    for array, grad in zip((x, w, b), backward(dout, cache), strict=True):
        numerical = eval_numerical_gradient_array(lambda _: forward(x, w, b, *parameters)[0], array, dout)
        assert rel_error(grad, numerical) < 1e-6


def test_batchnorm_sandwich_uses_the_functions_it_is_given():
    # Scale and shift replace the normalization, which is an exercise.
    def scale_forward(x, gamma, beta, bn_param):
        bn_param["seen"] = True
        return x * gamma[:, np.newaxis, np.newaxis] + beta[:, np.newaxis, np.newaxis], (x, gamma)

    def scale_backward(dout, cache):
        x, gamma = cache
        return dout * gamma[:, np.newaxis, np.newaxis], (dout * x).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))

    rng = np.random.default_rng(4)
    arrays = [rng.standard_normal(shape) for shape in ((2, 3, 4, 5), (2, 3, 3, 3), (2,), (2,), (2,))]
    bn_param = {"mode": "train"}

    def forward():
        return layer_utils.conv_bn_relu_forward(*arrays, CONV, bn_param, spatial_batchnorm_forward=scale_forward)

    out, cache = forward()
    dout = rng.standard_normal(out.shape)
    grads = layer_utils.conv_bn_relu_backward(dout, cache, spatial_batchnorm_backward=scale_backward)
    assert bn_param["seen"]
    for array, grad in zip(arrays, grads, strict=True):
        assert rel_error(grad, eval_numerical_gradient_array(lambda _: forward()[0], array, dout)) < 1e-6
