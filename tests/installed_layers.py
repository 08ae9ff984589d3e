"""A program that is run where cs231n was installed: its fast layers against NumPy. Prints which backend ran.

cibuildwheel runs it on each wheel (pyproject.toml), tests/test_install.py on the installations that students make.
"""

import numpy as np

from cs231n import fast_layers as layers
from cs231n.check import check_close

rng = np.random.default_rng(231)
x, w, b = rng.standard_normal((3, 2, 9, 7)), rng.standard_normal((5, 2, 3, 2)), rng.standard_normal(5)
window = {"pool_height": 2, "pool_width": 2, "stride": 2}

out, cache = layers.conv_forward_fast(x, w, b, {"stride": 2, "pad": 1})
expected, plain_cache = layers.conv_forward_im2col(x, w, b, {"stride": 2, "pad": 1})
check_close("convolution", out, expected, 1e-10)
dout = rng.standard_normal(out.shape)
gradients = zip(layers.conv_backward_fast(dout, cache), layers.conv_backward_im2col(dout, plain_cache), strict=True)
for name, (got, expected) in zip(("dx", "dw", "db"), gradients, strict=True):
    check_close(f"convolution, {name}", got, expected, 1e-10)

out, cache = layers.max_pool_forward_fast(x, window)
expected, plain_cache = layers.max_pool_forward_im2col(x, window)
check_close("pooling", out, expected, 1e-12)
dout = rng.standard_normal(out.shape)
expected = layers.max_pool_backward_im2col(dout, plain_cache)
check_close("pooling, dx", layers.max_pool_backward_fast(dout, cache), expected, 1e-12)
print("backend:", layers.backend().name)
