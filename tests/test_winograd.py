"""Convolutions of 3 x 3 filters by Winograd's method: its matrices, its errors, and when it is used.

tests/test_kernels_wasm.py runs this file in a browser.
"""

import os
import re
import subprocess
import sys
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cs231n import _fast_fused, _fast_threads, _fast_winograd, fast_layers, layer_utils
from cs231n._fast_backend import kernels

_fast = kernels()
if _fast is None:
    pytest.skip("the extension is not built here", allow_module_level=True)

# Largest error of a result over its largest number, compared with the NumPy twin in float64: three times the largest
# errors in 3000 random cases, 3.3e-6 and 6.2e-15.
TOLERANCE = {np.float32: 1e-5, np.float64: 2e-14}
EPS = {dtype: np.finfo(dtype).eps for dtype in TOLERANCE}
DTYPES = st.sampled_from([np.float32, np.float64])
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}
POINTS = (Fraction(0), Fraction(1), Fraction(-1), Fraction(1, 2), Fraction(-2))  # and infinity
TABLES = Path(fast_layers.__file__).parent / "kernels" / "winograd_tiles.h"


@contextmanager
def winograd(build, *, use=True):
    """Use Winograd's method of a build for all shapes, or for none."""
    before, rule = _fast.in_use(), fast_layers.is_faster
    _fast.use(build)
    fast_layers.is_faster = _fast_fused.is_faster = lambda w_shape, stride, out_shape: use
    try:
        yield
    finally:
        _fast.use(before)
        fast_layers.is_faster = _fast_fused.is_faster = rule


@pytest.fixture(params=_fast.BUILDS)
def build(request):
    with winograd(request.param):
        yield request.param


def normal(rng, shape, dtype):
    return rng.standard_normal(shape).astype(dtype)


def layer(rng, x_shape, filters, dtype):
    return [normal(rng, shape, dtype) for shape in (x_shape, (filters, x_shape[1], 3, 3), filters)]


def all_results(x, w, b, pad, dout):
    """Return out, dx, dw, db."""
    out, cache = fast_layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": pad})
    return (out, *fast_layers.conv_backward_fast(dout, cache))


def true_results(x, w, b, pad, dout):
    x, w, b, dout = (array.astype(np.float64) for array in (x, w, b, dout))
    out, cache = fast_layers.conv_forward_im2col(x, w, b, {"stride": 1, "pad": pad})
    return (out, *fast_layers.conv_backward_im2col(dout, cache))


def assert_right(x, w, b, pad, seed=0):
    n, _, height, width = x.shape
    shape = (n, len(w), height + 2 * pad - 2, width + 2 * pad - 2)
    dout = normal(np.random.default_rng(seed), shape, x.dtype)
    expected = true_results(x, w, b, pad, dout)
    # Where terms cancel, a sum has the rounding error of its terms.
    terms = true_results(*map(np.abs, (x, w, b)), pad, np.abs(dout))
    got = all_results(x, w, b, pad, dout)
    for name, one, other, size in zip(("out", "dx", "dw", "db"), got, expected, terms, strict=True):
        assert one.dtype == x.dtype
        assert one.shape == other.shape
        atol = TOLERANCE[x.dtype.type] * np.abs(other).max(initial=0) + 4 * EPS[x.dtype.type] * size.max(initial=0)
        np.testing.assert_allclose(one, other, rtol=0, atol=atol, err_msg=name)


def table(name, columns):
    """Return a matrix of the kernels in exact fractions."""
    text = re.search(rf"winograd_{name}\[\] = {{[^\n]*\n(.*?)\n}};", TABLES.read_text(), re.DOTALL).group(1)
    quotients = [number.split("/") for number in text.replace(" ", "").replace("\n", "").split(",") if number]
    numbers = [Fraction(top) / Fraction(*bottom or [1]) for top, *bottom in quotients]
    return [numbers[i : i + columns] for i in range(0, len(numbers), columns)]


@pytest.mark.parametrize(
    ("outputs", "weights", "names"),
    [(4, 3, ("outputs", "weights")), (3, 4, ("dw_weights", "gradients"))],
)
def test_the_matrices_follow_from_the_points(outputs, weights, names):
    a, g, b = table(names[0], 6), table(names[1], weights), table("pixels", 6)
    # A^T evaluates powers at the points. At infinity only the highest power counts.
    assert a == [[p**k for p in POINTS] + [Fraction(k == outputs - 1)] for k in range(outputs)]
    # Rows of G are powers as well, each times a factor.
    for row, point in zip(g, POINTS, strict=False):
        assert row == [row[0] * point**k for k in range(weights)]
    assert g[5] == [Fraction(k == weights - 1) for k in range(weights)]
    # Together they give the sums out[i] = sum over j of g[j] d[i + j], which determines B^T.
    for i, j, k in np.ndindex(outputs, weights, 6):
        assert sum(a[i][p] * g[p][j] * b[p][k] for p in range(6)) == (k == i + j)


@st.composite
def layers(draw):
    """Draw the shape of x, filters and padding; some with several registers, tiles and blocks."""
    pad = draw(st.integers(0, 2))
    least = max(1, 3 - 2 * pad)
    height, width = draw(st.integers(least, 23)), draw(st.integers(least, 40))
    return (draw(st.integers(1, 9)), draw(st.integers(1, 35)), height, width), draw(st.integers(1, 35)), pad


@settings(max_examples=40, deadline=None)
@given(case=layers(), dtype=DTYPES, seed=st.integers(0, 99))
@example(case=((1, 1, 1, 39), 1, 1), dtype=np.float32, seed=1)  # db is a sum of 39 numbers that nearly cancel
@pytest.mark.parametrize("name", _fast.BUILDS)
def test_errors_are_small(name, case, dtype, seed):
    x_shape, filters, pad = case
    with winograd(name):
        assert_right(*layer(np.random.default_rng(seed), x_shape, filters, dtype), pad, seed)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_all_small_images(build, dtype):
    rng = np.random.default_rng(1)
    for height, width, pad in np.ndindex(10, 10, 3):
        if min(height, width) >= max(1, 3 - 2 * pad):
            assert_right(*layer(rng, (2, 5, height, width), 3, dtype), pad)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("x_shape", "filters", "pad"),
    [
        ((3, 64, 16, 16), 64, 1),
        ((37, 40, 7, 7), 33, 1),  # several images in a block, and a rest
        ((2, 33, 61, 30), 34, 1),  # several blocks in an image
        ((1, 4, 9, 150), 5, 0),  # a row of more tiles than a block
        ((2, 3, 6, 6), 4, 5),  # whole tiles in the padding
        ((1, 130, 4, 4), 2, 1),
    ],
)
def test_special_sizes(build, x_shape, filters, pad, dtype):
    assert_right(*layer(np.random.default_rng(2), x_shape, filters, dtype), pad)


def test_other_memory_orders(build):
    rng = np.random.default_rng(3)
    arrays = layer(rng, (2, 5, 9, 11), 7, np.float32)
    dout = normal(rng, (2, 7, 9, 11), np.float32)
    expected = all_results(*arrays, 1, dout)
    for change in (np.asfortranarray, lambda a: a[::-1].copy()[::-1], shifted):
        got = all_results(*map(change, arrays), 1, change(dout))
        for one, other in zip(got, expected, strict=True):
            np.testing.assert_array_equal(one, other)


def shifted(array):
    """Return the array at an address that is a multiple of 4 bytes, but not of 64."""
    memory = np.empty(array.size + 1, dtype=array.dtype)
    memory[1:] = array.reshape(-1)
    return memory[1:].reshape(array.shape)


def test_an_empty_batch(build):
    x, w, b = layer(np.random.default_rng(4), (0, 5, 8, 8), 7, np.float32)
    out, *grads = all_results(x, w, b, 1, np.empty((0, 7, 8, 8), np.float32))
    assert out.shape == (0, 7, 8, 8)
    assert [np.abs(grad).sum() for grad in grads] == [0, 0, 0]


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", range(4))
def test_nan_and_infinity_stay_where_numpy_has_them(build, value, where):
    rng = np.random.default_rng(5)
    arrays = [*layer(rng, (2, 3, 9, 10), 4, np.float64), normal(rng, (2, 4, 9, 10), np.float64)]
    arrays[where].flat[arrays[where].size // 2] = value
    x, w, b, dout = arrays
    for one, other in zip(all_results(x, w, b, 1, dout), true_results(x, w, b, 1, dout), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-11)


def test_numbers_too_large_for_the_transforms_take_the_direct_kernels(build):
    x, w, b = layer(np.random.default_rng(6), (2, 3, 9, 10), 4, np.float32)
    x[1, 1, 4, 4], w[0], w[1:] = 3e38, 0, 0.1
    out = fast_layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})[0]
    assert np.isfinite(out).all()
    np.testing.assert_array_equal(out[:, 0], np.broadcast_to(b[0], out[:, 0].shape))


def test_an_image_does_not_depend_on_its_neighbours(build):
    rng = np.random.default_rng(7)
    x, w, b = layer(rng, (11, 5, 7, 9), 6, np.float32)
    dout = normal(rng, (11, 6, 7, 9), np.float32)
    out, dx, _, _ = all_results(x, w, b, 1, dout)
    for n in range(len(x)):
        alone = all_results(x[n : n + 1], w, b, 1, dout[n : n + 1])
        np.testing.assert_array_equal(alone[0][0], out[n])
        np.testing.assert_array_equal(alone[1][0], dx[n])


@pytest.mark.skipif(sys.platform == "emscripten", reason="Python has one thread in a browser")
def test_results_are_bitwise_the_same_for_any_number_of_threads(build, monkeypatch):
    monkeypatch.setattr(_fast_threads, "_WORTH_SHARING", 1)
    monkeypatch.setattr(_fast_winograd, "_TILES_OF_PART", 4)
    rng, before = np.random.default_rng(8), _fast_threads._wanted
    x, w, b = layer(rng, (19, 18, 10, 11), 20, np.float32)
    dout = normal(rng, (19, 20, 10, 11), np.float32)
    try:
        fast_layers.set_num_threads(1)
        alone = all_results(x, w, b, 1, dout)
        for n in (2, 3, 8):
            fast_layers.set_num_threads(n)
            for one, other in zip(all_results(x, w, b, 1, dout), alone, strict=True):
                np.testing.assert_array_equal(one, other)
    finally:
        fast_layers.set_num_threads(before)


@pytest.mark.parametrize("use", [False, True])
def test_fused_layers_are_those_of_the_single_layers(use):
    x, w, b = layer(np.random.default_rng(9), (3, 32, 16, 16), 32, np.float32)
    with winograd(_fast.BUILDS[0], use=use):
        a = fast_layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})[0]
        out = layer_utils.conv_relu_pool_forward(x, w, b, {"stride": 1, "pad": 1}, POOL)[0]
    np.testing.assert_array_equal(out, fast_layers.max_pool_forward_fast(np.maximum(a, 0), POOL)[0])


@pytest.mark.parametrize(
    ("w_shape", "stride", "out_shape", "expected"),
    [
        ((64, 64, 3, 3), 1, (64, 64, 16, 16), True),
        ((64, 32, 3, 3), 1, (128, 64, 32, 32), True),
        ((32, 32, 3, 3), 1, (64, 32, 5, 5), True),
        ((64, 64, 3, 3), 2, (64, 64, 16, 16), False),
        ((64, 64, 3, 5), 1, (64, 64, 16, 16), False),
        ((64, 3, 3, 3), 1, (64, 64, 16, 16), False),
        ((16, 64, 3, 3), 1, (64, 16, 16, 16), False),
        ((512, 512, 3, 3), 1, (64, 512, 8, 8), False),
        ((64, 64, 3, 3), 1, (1, 64, 16, 16), False),
        ((64, 64, 3, 3), 1, (64, 64, 1, 64), False),
    ],
)
def test_which_layers_use_it(monkeypatch, w_shape, stride, out_shape, expected):
    monkeypatch.setattr(_fast_winograd, "uses_winograd", lambda: True)
    assert _fast_winograd.is_faster(w_shape, stride, out_shape) is expected


PRINT_OUT = """
import numpy as np
from cs231n import fast_layers
rng = np.random.default_rng(0)
x, w = rng.standard_normal((8, 32, 16, 16)), rng.standard_normal((32, 32, 3, 3))
out = fast_layers.conv_forward_fast(x, w, np.zeros(32), {"stride": 1, "pad": 1})[0]
print(out.tobytes().hex(), fast_layers.backend().reason)
"""


@pytest.mark.skipif(sys.platform == "emscripten", reason="a browser starts no processes")
def test_the_environment_switches_it_off():
    printed = {}
    for value in ("off", "", "no"):
        done = subprocess.run(
            [sys.executable, "-c", PRINT_OUT],
            env=os.environ | {"CS231N_WINOGRAD": value},
            capture_output=True,
            text=True,
            check=False,
        )
        printed[value] = done.stdout.split(" ", 1) if done.returncode == 0 else done.stderr
    assert "CS231N_WINOGRAD: expected 'off' or unset, got 'no'" in printed["no"]
    assert printed["off"][0] != printed[""][0]
    assert "CS231N_WINOGRAD" in printed["off"][1]
    assert "CS231N_WINOGRAD" not in printed[""][1]
