"""Every build of the compiled kernels against the NumPy twin, for whole and partial registers, tiles and blocks.

tests/test_kernels_wasm.py runs this file in a browser.
"""

import contextlib
import os
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs231n import _fast_rules, _fast_threads, fast_layers, layer_utils
from cs231n._fast_backend import kernels

_fast = kernels()
if _fast is None:
    pytest.skip("the extension is not built here", allow_module_level=True)
needs_threads = pytest.mark.skipif(sys.platform == "emscripten", reason="Python has one thread in a browser")

TOLERANCE = {np.float64: 1e-11, np.float32: 3e-4}
DTYPES = st.sampled_from([np.float32, np.float64])
POOL = {"pool_height": 2, "pool_width": 2, "stride": 2}


@contextlib.contextmanager
def using(build):
    """Use the kernels of a build."""
    before = _fast.in_use()
    _fast.use(build)
    try:
        yield
    finally:
        _fast.use(before)


@pytest.fixture(params=_fast.BUILDS)
def build(request):
    with using(request.param):
        yield request.param


@pytest.fixture
def two_threads(monkeypatch):
    monkeypatch.setattr(_fast_threads, "_WORTH_SHARING", 1)
    before = _fast_threads._wanted
    yield
    fast_layers.set_num_threads(before)


def normal(rng, shape, dtype):
    return rng.standard_normal(shape).astype(dtype)


@st.composite
def convolutions(draw):
    """Draw shapes of x and w, stride and pad, some with several registers, tiles and blocks."""
    stride, pad = draw(st.sampled_from([1, 1, 2, 3, 50])), draw(st.integers(0, 4))
    height, width = draw(st.integers(1, 12)), draw(st.integers(1, 40))
    filter_height = draw(st.integers(1, min(5, height + 2 * pad)))
    filter_width = draw(st.integers(1, min(7, width + 2 * pad)))
    n, c, f = draw(st.integers(0, 9)), draw(st.integers(1, 19)), draw(st.integers(1, 19))
    return (n, c, height, width), (f, c, filter_height, filter_width), {"stride": stride, "pad": pad}


def assert_like_the_twin(x, w, b, param, dout=None):
    out, cache = fast_layers.conv_forward_fast(x, w, b, param)
    expected, twin_cache = fast_layers.conv_forward_im2col(x, w, b, param)
    dout = normal(np.random.default_rng(0), out.shape, x.dtype) if dout is None else dout
    got = (out, *fast_layers.conv_backward_fast(dout, cache))
    wanted = (expected, *fast_layers.conv_backward_im2col(dout, twin_cache))
    for name, one, other in zip(("out", "dx", "dw", "db"), got, wanted, strict=True):
        scale = np.abs(other[np.isfinite(other)]).max(initial=1)
        assert one.dtype == x.dtype
        np.testing.assert_allclose(one, other, rtol=0, atol=TOLERANCE[x.dtype.type] * scale, err_msg=name)


@settings(max_examples=40, deadline=None)
@given(case=convolutions(), dtype=DTYPES, seed=st.integers(0, 99))
@pytest.mark.parametrize("name", _fast.BUILDS)
def test_convolution_agrees_with_the_twin(name, case, dtype, seed):
    (x_shape, w_shape, param), rng = case, np.random.default_rng(seed)
    x, w, b = (normal(rng, shape, dtype) for shape in (x_shape, w_shape, w_shape[:1]))
    with using(name):
        assert_like_the_twin(x, w, b, param)


@st.composite
def narrow_convolutions(draw):
    """Draw shapes whose rows are shorter than registers, with enough filters to fill some."""
    stride, pad = draw(st.sampled_from([1, 1, 2, 3])), draw(st.integers(0, 2))
    height, width = draw(st.integers(2, 9)), draw(st.integers(2, 9))
    filter_height = draw(st.integers(1, min(5, height + 2 * pad)))
    filter_width = draw(st.integers(1, min(5, width + 2 * pad)))
    n, c, f = draw(st.integers(1, 20)), draw(st.integers(1, 70)), draw(st.integers(1, 70))
    return (n, c, height, width), (f, c, filter_height, filter_width), {"stride": stride, "pad": pad}


@settings(max_examples=40, deadline=None)
@given(case=narrow_convolutions(), dtype=DTYPES, seed=st.integers(0, 99))
@pytest.mark.parametrize("name", _fast.BUILDS)
def test_convolution_of_narrow_maps_agrees_with_the_twin(name, case, dtype, seed):
    (x_shape, w_shape, param), rng = case, np.random.default_rng(seed)
    x, w, b = (normal(rng, shape, dtype) for shape in (x_shape, w_shape, w_shape[:1]))
    with using(name):
        assert_like_the_twin(x, w, b, param)
        assert_fused_like_single_layers(x, w, b, param, rng)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_lanes_run_along_filters_where_that_fills_more_of_them(build, dtype):
    """The order of the packed weights shows the choice: all filters of a term, or some of a block."""
    lanes, rng = _fast.lanes(dtype == np.float64), np.random.default_rng(12)
    w = normal(rng, (8 * lanes, 40, 3, 3), dtype)
    first_group = w.reshape(len(w), -1)[: 2 * lanes, :2].T  # two registers of filters, for the first two terms
    for width, along in ((1, True), (4 * lanes, False)):
        packed = fast_layers.pack_filters(_fast, w, (1, 40, 5, width, len(w), 3, 3, 1, 1, 5, width))
        start = -packed.ctypes.data // packed.itemsize % lanes  # the first whole register
        assert np.array_equal(packed[start : start + 4 * lanes], first_group.reshape(-1)) == along


@needs_threads
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "stride"),
    [((9, 33, 6, 5), (41, 33, 3, 3), 1), ((9, 33, 8, 7), (41, 33, 3, 3), 2), ((9, 20, 6, 5), (19, 20, 1, 1), 1)],
)
def test_narrow_maps_have_the_same_bits_for_any_number_of_threads(build, two_threads, x_shape, w_shape, stride, dtype):
    rng, param, results = np.random.default_rng(13), {"stride": stride, "pad": w_shape[2] // 2}, []
    x, w, b = (normal(rng, shape, dtype) for shape in (x_shape, w_shape, w_shape[:1]))
    for n in (1, 2, 3, 8):
        fast_layers.set_num_threads(n)
        out, cache = fast_layers.conv_forward_fast(x, w, b, param)
        fused, fused_cache = layer_utils.conv_relu_pool_forward(x, w, b, param, POOL)
        grads = fast_layers.conv_backward_fast(out, cache)
        results.append((out, fused, *grads, *layer_utils.conv_relu_pool_backward(fused, fused_cache)))
    for several in results[1:]:
        for one, other in zip(several, results[0], strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.skipif(sys.platform == "emscripten", reason="a browser has one build")
@pytest.mark.parametrize("name", _fast.BUILDS)
def test_the_environment_selects_the_build_of_narrow_maps_too(name):
    code = (
        "import numpy as np; from cs231n import fast_layers; from cs231n._fast_backend import kernels\n"
        "x, w = np.ones((2, 40, 4, 4), np.float32), np.ones((32, 40, 3, 3), np.float32)\n"
        "out, cache = fast_layers.conv_forward_fast(x, w, np.zeros(32, np.float32), {'stride': 1, 'pad': 1})\n"
        "print(kernels().in_use(), fast_layers.backend().name, out[1, 31, 1, 1])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"CS231N_BACKEND": name},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == f"{name} cython 360.0\n", done.stderr


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("x_shape", "w_shape", "stride", "pad"),
    [
        ((3, 64, 16, 16), (64, 64, 3, 3), 1, 1),  # a sum of several slices, images in one batch
        ((2, 3, 33, 47), (32, 3, 7, 7), 1, 3),
        ((11, 2, 3, 3), (5, 2, 3, 3), 1, 2),  # more images than one batch of dw
        ((2, 3, 64, 31), (25, 3, 3, 3), 2, 1),
        ((1, 1, 1, 100), (1, 1, 1, 1), 1, 0),
        ((3, 5, 7, 9), (33, 5, 1, 1), 1, 0),  # one long row
        ((9, 128, 4, 4), (70, 128, 3, 3), 1, 1),  # lanes along filters, several slices and groups
        ((2, 2, 5, 6), (3, 2, 2, 2), 100_000_000, 0),  # a stride beyond the image takes no memory of its own
        ((2, 2, 2, 2), (3, 2, 1, 1), 3, 5),  # whole windows in the padding
    ],
)
def test_special_sizes(build, x_shape, w_shape, stride, pad, dtype):
    rng = np.random.default_rng(1)
    x, w, b = (normal(rng, shape, dtype) for shape in (x_shape, w_shape, w_shape[:1]))
    assert_like_the_twin(x, w, b, {"stride": stride, "pad": pad})


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("where", ["x", "w", "b", "dout"])
@pytest.mark.parametrize("stride", [1, 2])
def test_nan_and_infinity_are_those_of_numpy(build, value, where, stride):
    rng = np.random.default_rng(2)
    arrays = {"x": normal(rng, (2, 2, 6, 21), np.float64), "w": normal(rng, (3, 2, 3, 3), np.float64)}
    arrays |= {"b": normal(rng, 3, np.float64)}
    param = {"stride": stride, "pad": 1}
    out = fast_layers.conv_forward_im2col(*arrays.values(), param)[0]
    arrays["dout"] = normal(rng, out.shape, np.float64)
    arrays[where].flat[arrays[where].size // 2] = value
    assert_like_the_twin(*(arrays[name] for name in ("x", "w", "b")), param, arrays["dout"])


@settings(max_examples=40, deadline=None)
@given(
    shape=st.tuples(st.integers(0, 3), st.integers(1, 3), st.integers(2, 9), st.integers(2, 70)),
    dtype=DTYPES,
    seed=st.integers(0, 99),
)
@pytest.mark.parametrize("name", _fast.BUILDS)
def test_pooling_of_tiles_agrees_with_the_twin(name, shape, dtype, seed):
    rng = np.random.default_rng(seed)
    # Few distinct values, so that ties are everywhere, and NaN, infinities and both zeros now and then.
    x = rng.choice([0, -0.0, 1, 2, np.nan, np.inf, -np.inf], p=[0.3, 0.2, 0.2, 0.2, 0.04, 0.03, 0.03], size=shape)
    x = x.astype(dtype)
    with using(name):
        out, cache = fast_layers.max_pool_forward_fast(x, POOL)
        expected, twin_cache = fast_layers.max_pool_forward_im2col(x, POOL)
        dout = normal(rng, out.shape, dtype)
        np.testing.assert_array_equal(out, expected)
        np.testing.assert_array_equal(
            fast_layers.max_pool_backward_fast(dout, cache), fast_layers.max_pool_backward_im2col(dout, twin_cache)
        )


def test_a_window_as_large_as_the_image(build):
    x = normal(np.random.default_rng(3), (2, 3, 40, 33), np.float32)
    out, cache = fast_layers.max_pool_forward_fast(x, {"pool_height": 40, "pool_width": 33, "stride": 7})
    np.testing.assert_array_equal(out[..., 0, 0], x.max(axis=(2, 3)))
    assert (fast_layers.max_pool_backward_fast(out, cache) != 0).sum() == 6


def one_by_one(x, w, b, param, dout_of):
    """Return the output of the three layers of conv_relu_pool, and their gradients."""
    a, conv_cache = fast_layers.conv_forward_fast(x, w, b, param)
    out, pool_cache = fast_layers.max_pool_forward_fast(np.maximum(a, 0), POOL)
    dout = dout_of(out)
    da = fast_layers.max_pool_backward_fast(dout, pool_cache) * (a > 0)
    return out, dout, fast_layers.conv_backward_fast(da, conv_cache)


def assert_fused_like_single_layers(x, w, b, param, rng):
    if min(fast_layers.conv_forward_fast(x, w, b, param)[0].shape[2:]) < 2:
        return  # no window fits
    expected, dout, grads = one_by_one(x, w, b, param, lambda out: normal(rng, out.shape, x.dtype))
    out, cache = layer_utils.conv_relu_pool_forward(x, w, b, param, POOL)
    np.testing.assert_array_equal(out, expected)  # the sums are the same, in the same order
    for one, other in zip(layer_utils.conv_relu_pool_backward(dout, cache), grads, strict=True):
        scale = np.abs(other).max(initial=1)
        np.testing.assert_allclose(one, other, rtol=0, atol=TOLERANCE[x.dtype.type] * scale)


@settings(max_examples=40, deadline=None)
@given(case=convolutions(), dtype=DTYPES, seed=st.integers(0, 99))
@pytest.mark.parametrize("name", _fast.BUILDS)
def test_fused_layers_agree_with_the_single_layers(name, case, dtype, seed):
    (x_shape, w_shape, param), rng = case, np.random.default_rng(seed)
    x, w, b = (normal(rng, shape, dtype) for shape in (x_shape, w_shape, w_shape[:1]))
    with using(name):
        assert_fused_like_single_layers(x, w, b, param, rng)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("where", ["x", "w", "b", "dout"])
def test_fused_layers_with_nan_and_infinity(build, value, where):
    rng = np.random.default_rng(4)
    arrays = {"x": normal(rng, (2, 2, 6, 22), np.float64), "w": normal(rng, (3, 2, 3, 3), np.float64)}
    arrays |= {"b": normal(rng, 3, np.float64), "dout": normal(rng, (2, 3, 3, 11), np.float64)}
    arrays[where].flat[-1] = value
    x, w, b, dout = arrays.values()
    expected, _, grads = one_by_one(x, w, b, {"stride": 1, "pad": 1}, lambda _: dout)
    out, cache = layer_utils.conv_relu_pool_forward(x, w, b, {"stride": 1, "pad": 1}, POOL)
    np.testing.assert_array_equal(out, expected)
    for one, other in zip(layer_utils.conv_relu_pool_backward(dout, cache), grads, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-11)


def momentum_step(w, dw, config):
    config["velocity"] = 0.8 * config.get("velocity", 0) - 0.1 * dw
    return w + config["velocity"]


def rmsprop_step(w, dw, config):
    config["cache"] = 0.7 * config.get("cache", 0) + 0.3 * dw**2
    return w - 0.1 * dw / (np.sqrt(config["cache"]) + 1e-3)


def adam_step(w, dw, config):
    config["t"] = config.get("t", 0) + 1
    config["m"] = 0.8 * config.get("m", 0) + 0.2 * dw
    config["v"] = 0.7 * config.get("v", 0) + 0.3 * dw**2
    m, v = config["m"] / (1 - 0.8 ** config["t"]), config["v"] / (1 - 0.7 ** config["t"])
    return w - 0.1 * m / (np.sqrt(v) + 1e-3)


RULES = {
    "sgd_momentum": (momentum_step, {"momentum": 0.8}),
    "rmsprop": (rmsprop_step, {"decay_rate": 0.7, "epsilon": 1e-3}),
    "adam": (adam_step, {"beta1": 0.8, "beta2": 0.7, "epsilon": 1e-3}),
}


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_update_rules_in_one_pass_agree_with_those_in_several(build, rule, dtype):
    rng = np.random.default_rng(5)
    w, gradients = normal(rng, (7, 11), dtype), normal(rng, (4, 7, 11), dtype)
    step, options = RULES[rule]
    expected, state, config = w.astype(np.float64), {}, {"learning_rate": 0.1, **options}
    for gradient in gradients:
        w, config = _fast_rules.COMPILED[rule](w, gradient, config)
        expected = step(expected, gradient.astype(np.float64), state)
    np.testing.assert_allclose(w, expected, rtol=0, atol=1e-6 if dtype == np.float32 else 1e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("rows", "inputs", "outputs"),
    [(50, 700, 100), (4, 4096, 16), (9, 1202, 61), (256, 300, 250), (3, 40, 7), (513, 300, 250)],
)
def test_affine_kernels_agree_with_numpy(build, rows, inputs, outputs, dtype):
    rng = np.random.default_rng(8)
    x, w, b = (normal(rng, shape, dtype) for shape in ((rows, 2, inputs // 2), (inputs, outputs), outputs))
    dout = normal(rng, (rows, outputs), dtype)
    out, cache = fast_layers.affine_forward_fast(x, w, b)
    got = (out, *fast_layers.affine_backward_fast(dout, cache))
    flat = x.reshape(rows, -1)
    wanted = (flat @ w + b, (dout @ w.T).reshape(x.shape), flat.T @ dout, dout.sum(axis=0))
    for one, other in zip(got, wanted, strict=True):
        assert one.dtype == dtype
        np.testing.assert_allclose(one, other, rtol=0, atol=TOLERANCE[dtype] * np.abs(other).max())


@settings(max_examples=25, deadline=None)
@given(rows=st.integers(4, 60), outputs=st.integers(16, 600), more=st.integers(0, 99), dtype=DTYPES)
@pytest.mark.parametrize("name", _fast.BUILDS)
def test_affine_kernels_of_any_size_agree_with_numpy(name, rows, outputs, more, dtype):
    rng, inputs = np.random.default_rng(rows), (1 << 16) // outputs + more
    x, w, b = (normal(rng, shape, dtype) for shape in ((rows, inputs), (inputs, outputs), outputs))
    dout = normal(rng, (rows, outputs), dtype)
    with using(name):
        out, cache = fast_layers.affine_forward_fast(x, w, b)
        got = (out, *fast_layers.affine_backward_fast(dout, cache))
    for one, other in zip(got, (x @ w + b, dout @ w.T, x.T @ dout, dout.sum(axis=0)), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=TOLERANCE[dtype] * np.abs(other).max())


@needs_threads
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("rows", "inputs", "outputs"), [(50, 1300, 500), (7, 5000, 17), (33, 700, 129)])
def test_affine_layers_have_the_same_bits_for_any_number_of_threads(build, two_threads, rows, inputs, outputs, dtype):
    rng = np.random.default_rng(10)
    x, w, b = (normal(rng, shape, dtype) for shape in ((rows, inputs), (inputs, outputs), outputs))
    dout, results = normal(rng, (rows, outputs), dtype), []
    for n in (1, 2, 3, 8):
        fast_layers.set_num_threads(n)
        out, cache = fast_layers.affine_forward_fast(x, w, b)
        results.append((out, *fast_layers.affine_backward_fast(dout, cache)))
    for several in results[1:]:
        for one, other in zip(several, results[0], strict=True):
            np.testing.assert_array_equal(one, other)


@needs_threads
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_fused_layers_have_the_same_bits_for_any_number_of_threads(build, two_threads, dtype):
    rng, param, results = np.random.default_rng(11), {"stride": 1, "pad": 3}, []
    x, w, b = (normal(rng, shape, dtype) for shape in ((5, 3, 22, 26), (7, 3, 7, 7), 7))
    dout = normal(rng, (5, 7, 11, 13), dtype)
    for n in (1, 2, 3, 8):
        fast_layers.set_num_threads(n)
        out, cache = layer_utils.conv_relu_pool_forward(x, w, b, param, POOL)
        results.append((out, *layer_utils.conv_relu_pool_backward(dout, cache)))
    for several in results[1:]:
        for one, other in zip(several, results[0], strict=True):
            np.testing.assert_array_equal(one, other)


@pytest.mark.filterwarnings("ignore:invalid value")
@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("which", range(4))
def test_affine_kernels_with_nan_and_infinity(build, value, which):
    rng = np.random.default_rng(9)
    arrays = [normal(rng, shape, np.float64) for shape in ((5, 1500), (1500, 61), (61,), (5, 61))]
    arrays[which].flat[70 % arrays[which].size] = value
    x, w, b, dout = arrays
    out, cache = fast_layers.affine_forward_fast(x, w, b)
    got = (out, *fast_layers.affine_backward_fast(dout, cache))
    for one, other in zip(got, (x @ w + b, dout @ w.T, x.T @ dout, dout.sum(axis=0)), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-9)


@needs_threads
def test_results_are_bitwise_the_same_for_any_number_of_threads(two_threads):
    rng = np.random.default_rng(6)
    x, w, b = (normal(rng, shape, np.float32) for shape in ((5, 3, 20, 24), (13, 3, 5, 5), 13))
    plain_w, plain_b = normal(rng, (1440, 70), np.float32), normal(rng, 70, np.float32)
    param = {"stride": 1, "pad": 2}

    def everything():
        out, cache = fast_layers.conv_forward_fast(x, w, b, param)
        fused, fused_cache = layer_utils.conv_relu_pool_forward(x, w, b, param, POOL)
        pooled, pool_cache = fast_layers.max_pool_forward_fast(out, POOL)
        odd, odd_cache = fast_layers.max_pool_forward_fast(out, POOL | {"stride": 1})
        hidden, affine_cache = layer_utils.affine_relu_forward(x, plain_w, plain_b)
        parameters, config = w.copy(), {}
        _fast_rules.COMPILED["adam"](parameters, w + 1, config)
        return [
            *(out, fused, pooled, odd, hidden, parameters, config["m"]),
            *layer_utils.affine_relu_backward(hidden, affine_cache),
            *fast_layers.conv_backward_fast(out, cache),
            *layer_utils.conv_relu_pool_backward(fused, fused_cache),
            fast_layers.max_pool_backward_fast(pooled, pool_cache),
            fast_layers.max_pool_backward_fast(odd, odd_cache),
        ]

    fast_layers.set_num_threads(1)
    alone = everything()
    for n in (2, 3, 8):
        fast_layers.set_num_threads(n)
        for one, other in zip(everything(), alone, strict=True):
            np.testing.assert_array_equal(one, other)


@needs_threads
def test_several_python_threads_may_call_at_once(two_threads):
    rng = np.random.default_rng(7)
    x, w, b = (normal(rng, shape, np.float32) for shape in ((6, 3, 20, 24), (8, 3, 5, 5), 8))
    fast_layers.set_num_threads(3)
    expected = fast_layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 2})[0]
    results = []

    def call():
        results.extend(fast_layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 2})[0] for _ in range(20))

    callers = [threading.Thread(target=call) for _ in range(5)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join(60)
    assert len(results) == 100
    for result in results:
        np.testing.assert_array_equal(result, expected)


FORKING = """
import os, numpy as np
from cs231n import _fast_affine, _fast_threads, fast_layers
_fast_threads._WORTH_SHARING = 1
fast_layers.set_num_threads(2)
x, w, b = np.ones((8, 3, 9, 9)), np.ones((4, 3, 3, 3)), np.zeros(4)
out = fast_layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})[0]
child = os.fork()
again = fast_layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})[0]
assert np.array_equal(again, out)
if child == 0:
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@needs_threads
@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_forked_process_can_compute():
    done = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "7\n", done.stderr


@pytest.mark.parametrize("n", [0, -1, 1.5, "2", True])
def test_an_impossible_number_of_threads_is_refused(n):
    with pytest.raises(ValueError, match="an int >= 1, or None"):
        fast_layers.set_num_threads(n)


@needs_threads
def test_number_of_threads_from_the_environment(monkeypatch):
    monkeypatch.setattr(_fast_threads, "_wanted", None)
    monkeypatch.setenv("CS231N_NUM_THREADS", "3")
    assert fast_layers.get_num_threads() == 3
    monkeypatch.setenv("CS231N_NUM_THREADS", "many")
    with pytest.raises(ValueError, match=r"CS231N_NUM_THREADS: expected .* got 'many'"):
        fast_layers.get_num_threads()


@needs_threads
def test_exceptions_of_a_helper_are_raised(two_threads):
    fast_layers.set_num_threads(2)

    def work(first, last):
        raise MemoryError(f"{first}")

    with pytest.raises(MemoryError):
        _fast_threads.share(work, 10, 1e9)


def test_this_processor_runs_the_widest_build_it_can():
    """A mistake in the compiler flags would make the kernels four times slower."""
    try:
        with open("/proc/cpuinfo") as file:
            flags = set(file.read().split())
    except OSError:
        pytest.skip("the processor's features are read from /proc/cpuinfo")
    if "avx512f" in flags and "avx512dq" in flags:
        assert _fast.BUILDS[0] == "avx512"
    elif "avx2" in flags and "fma" in flags:
        assert _fast.BUILDS[0] == "avx2"
    assert _fast.BUILDS[-1] == "baseline"


def test_an_unknown_build_is_refused():
    with pytest.raises(ValueError, match=f"'mmx'.*it can run .*{_fast.BUILDS[-1]}"):
        _fast.use("mmx")
