"""The Cython kernels, their NumPy twin and the variants, all against plain loops."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cs231n import _fast_backend, fast_layers

CONVOLUTIONS = [
    (getattr(fast_layers, f"conv_forward_{name}"), getattr(fast_layers, f"conv_backward_{name}"))
    for name in ("fast", "im2col", "strides")
]
POOLINGS = [
    (getattr(fast_layers, f"max_pool_forward_{name}"), getattr(fast_layers, f"max_pool_backward_{name}"))
    for name in ("fast", "im2col", "reshape")
]
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-4}


def arranged(array, order):
    """Return the same numbers in another memory layout."""
    if order == "fortran":
        return np.asfortranarray(array)
    if order == "strided":
        wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), dtype=array.dtype)
        wide[..., ::2] = array
        return wide[..., ::2]
    if order == "reversed":
        return np.ascontiguousarray(array[..., ::-1])[..., ::-1]
    array = array.copy()
    array.setflags(write=order != "readonly")
    return array


def loop_conv(x, w, b, dout_of, stride, pad):
    """Return out, dx, dw, db of a convolution, by the definition; dout_of(out) gives the upstream gradient."""
    x, w, b = (np.asarray(array, dtype=np.float64) for array in (x, w, b))
    (n, _, height, width), (f, _, fh, fw) = x.shape, w.shape
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((n, f, 1 + (height + 2 * pad - fh) // stride, 1 + (width + 2 * pad - fw) // stride))
    places = list(np.ndindex(out.shape))
    for i, j, r, c in places:
        window = padded[i, :, r * stride : r * stride + fh, c * stride : c * stride + fw]
        out[i, j, r, c] = np.sum(window * w[j]) + b[j]
    dout = dout_of(out)
    dpadded, dw, db = np.zeros_like(padded), np.zeros_like(w), np.zeros_like(b)
    for i, j, r, c in places:
        window = (i, slice(None), slice(r * stride, r * stride + fh), slice(c * stride, c * stride + fw))
        dpadded[window] += w[j] * dout[i, j, r, c]
        dw[j] += padded[window] * dout[i, j, r, c]
        db[j] += dout[i, j, r, c]
    return out, dpadded[:, :, pad : pad + height, pad : pad + width], dw, db


def loop_pool(x, height, width, stride, dout_of):
    """Return out and dx of max pooling, by the definition with the first maximum chosen."""
    n, c = x.shape[:2]
    out = np.zeros((n, c, 1 + (x.shape[2] - height) // stride, 1 + (x.shape[3] - width) // stride), dtype=x.dtype)
    chosen = {}
    for i, j, r, s in np.ndindex(out.shape):
        window = x[i, j, r * stride : r * stride + height, s * stride : s * stride + width]
        row, column = np.unravel_index(np.argmax(window), window.shape)
        out[i, j, r, s] = window[row, column]
        chosen[i, j, r, s] = (i, j, r * stride + row, s * stride + column)
    dout, dx = dout_of(out), np.zeros(x.shape)
    for place, source in chosen.items():
        dx[source] += dout[place]
    return out, dx


@st.composite
def conv_cases(draw):
    stride, pad = draw(st.integers(1, 3)), draw(st.integers(0, 3))
    height, width = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    filter_shape = (draw(st.integers(1, min(4, height + 2 * pad))), draw(st.integers(1, min(4, width + 2 * pad))))
    n, c, f = draw(st.integers(0, 3)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    return (n, c, height, width), (f, c, *filter_shape), {"stride": stride, "pad": pad}


@st.composite
def pool_cases(draw):
    height, width = draw(st.integers(1, 7)), draw(st.integers(1, 7))
    window = (draw(st.integers(1, height)), draw(st.integers(1, width)))
    shape = (draw(st.integers(0, 2)), draw(st.integers(1, 3)), height, width)
    return shape, {"pool_height": window[0], "pool_width": window[1], "stride": draw(st.integers(1, 3))}


ORDERS = st.sampled_from(["c", "fortran", "strided", "reversed", "readonly"])
DTYPES = st.sampled_from([np.float32, np.float64])


@settings(max_examples=60, deadline=None)
@given(case=conv_cases(), order=ORDERS, dtype=DTYPES, seed=st.integers(0, 99))
def test_convolution_agrees_with_plain_loops(case, order, dtype, seed):
    (x_shape, w_shape, param), rng = case, np.random.default_rng(seed)
    x, w, b = (arranged(rng.standard_normal(shape).astype(dtype), order) for shape in (x_shape, w_shape, w_shape[:1]))
    upstream = {}

    def dout_of(out):
        upstream["dout"] = arranged(rng.standard_normal(out.shape).astype(dtype), order)
        return upstream["dout"]

    expected = loop_conv(x, w, b, dout_of, param["stride"], param["pad"])
    for forward, backward in CONVOLUTIONS:
        out, cache = forward(x, w, b, param)
        got = (out, *backward(upstream["dout"], cache))
        for name, one, other in zip(("out", "dx", "dw", "db"), got, expected, strict=True):
            assert one.dtype == dtype
            np.testing.assert_allclose(one, other, rtol=0, atol=TOLERANCE[dtype], err_msg=f"{forward} {name}")


@settings(max_examples=60, deadline=None)
@given(case=pool_cases(), order=ORDERS, dtype=DTYPES, seed=st.integers(0, 99))
def test_pooling_agrees_with_plain_loops(case, order, dtype, seed):
    (shape, param), rng = case, np.random.default_rng(seed)
    # Few distinct values, so that ties are everywhere, and NaN now and then.
    values = rng.integers(-1, 2, size=shape).astype(dtype)
    values[rng.random(shape) < 0.05] = np.nan
    x = arranged(values, order)
    upstream = {}

    def dout_of(out):
        upstream["dout"] = arranged(rng.integers(-4, 5, size=out.shape).astype(dtype), order)
        return upstream["dout"]

    out, dx = loop_pool(x, param["pool_height"], param["pool_width"], param["stride"], dout_of)
    for forward, backward in POOLINGS:
        got, cache = forward(x, param)
        got_dx = backward(upstream["dout"], cache)
        assert got.dtype == got_dx.dtype == dtype
        np.testing.assert_array_equal(got, out)
        np.testing.assert_array_equal(got_dx, dx)


@pytest.mark.parametrize(("forward", "backward"), CONVOLUTIONS)
def test_convolution_of_more_images_than_one_block(forward, backward):
    rng = np.random.default_rng(3)
    x, w, b = rng.standard_normal((7, 16, 24, 20)), rng.standard_normal((2, 16, 5, 3)), rng.standard_normal(2)
    param = {"stride": 1, "pad": 2}
    out, cache = forward(x, w, b, param)
    dout = rng.standard_normal(out.shape)
    dx, dw, db = backward(dout, cache)
    parts = [forward(x[i : i + 1], w, b, param) for i in range(7)]
    grads = [backward(dout[i : i + 1], part[1]) for i, part in enumerate(parts)]
    np.testing.assert_allclose(out, np.concatenate([part[0] for part in parts]), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dx, np.concatenate([grad[0] for grad in grads]), rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(dw, sum(grad[1] for grad in grads), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(db, sum(grad[2] for grad in grads), rtol=1e-10, atol=1e-10)


def test_integer_arrays_are_computed_in_float64():
    x = np.arange(16).reshape(1, 1, 4, 4)
    out, cache = fast_layers.conv_forward_fast(x, np.ones((1, 1, 2, 2), int), np.array([1]), {"stride": 2, "pad": 0})
    np.testing.assert_array_equal(out, [[[[11, 19], [43, 51]]]])
    pooled, _ = fast_layers.max_pool_forward_fast(x, {"pool_height": 2, "pool_width": 2, "stride": 2})
    assert out.dtype == pooled.dtype == fast_layers.conv_backward_fast(out, cache)[0].dtype == np.float64


def test_mixed_types_give_the_wider_one():
    x, w = np.ones((1, 1, 3, 3), np.float32), np.ones((1, 1, 2, 2), np.float32)
    out, cache = fast_layers.conv_forward_fast(x, w, np.array([0.1]), {"stride": 1, "pad": 0})
    assert out.dtype == np.float64
    assert out[0, 0, 0, 0] == 4.1
    out32, cache = fast_layers.conv_forward_fast(x, w, np.zeros(1, np.float32), {"stride": 1, "pad": 0})
    assert out32.dtype == np.float32
    assert {grad.dtype for grad in fast_layers.conv_backward_fast(out, cache)} == {np.dtype(np.float64)}


def test_backward_may_run_twice_on_one_cache():
    rng = np.random.default_rng(1)
    x, w, b = rng.standard_normal((2, 2, 4, 5)), rng.standard_normal((3, 2, 3, 2)), np.zeros(3)
    out, cache = fast_layers.conv_forward_fast(x, w, b, {"stride": 1, "pad": 1})
    first, second = (fast_layers.conv_backward_fast(out, cache) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one, other)


X, W, B = np.ones((2, 3, 5, 6)), np.ones((4, 3, 3, 2)), np.ones(4)
GOOD = {"stride": 1, "pad": 0}


@pytest.mark.parametrize(
    ("x", "w", "b", "param", "message"),
    [
        (X[0], W, B, GOOD, "four axes"),
        (X, W[:, :2], B, GOOD, "the same number of channels.*got 3 in"),
        (X, W, B[:3], GOOD, "one bias per filter"),
        (X, W, B[:, np.newaxis], GOOD, "one bias per filter"),
        (X, W, B, {"stride": 0, "pad": 0}, r"conv_param\['stride'\]: expected an int >= 1, got 0"),
        (X, W, B, {"stride": 1, "pad": -1}, r"conv_param\['pad'\]: expected an int >= 0, got -1"),
        (X, W, B, {"stride": 1.5, "pad": 0}, "expected a dict whose 'stride' is an int"),
        (X, W, B, {"pad": 0}, "expected a key 'stride'"),
        (X, W, B, None, "expected a dict"),
        (X, np.ones((4, 3, 6, 2)), B, GOOD, "from 1 x 1 to 5 x 6, the size of the padded image"),
        (X, np.ones((4, 3, 3, 0)), B, GOOD, "expected a filter from 1 x 1"),
        (X.astype(complex), W, B, GOOD, "real numbers"),
    ],
)
@pytest.mark.parametrize("forward", [pair[0] for pair in CONVOLUTIONS])
def test_bad_convolution_is_refused(forward, x, w, b, param, message):
    with pytest.raises(ValueError, match=message):
        forward(x, w, b, param)


@pytest.mark.parametrize(
    ("x", "changes", "message"),
    [
        (X[0], {}, "four axes"),
        (X, {"stride": 0}, r"pool_param\['stride'\]: expected an int >= 1, got 0"),
        (X, {"pool_height": 0}, "pool_height"),
        (X, {"pool_width": 7}, "a window of at most .*, got 2 x 7"),
        (X.astype(str), {}, "real numbers|got"),
    ],
)
@pytest.mark.parametrize("forward", [pair[0] for pair in POOLINGS])
def test_bad_pooling_is_refused(forward, x, changes, message):
    with pytest.raises(ValueError, match=message):
        forward(x, {"pool_height": 2, "pool_width": 2, "stride": 2} | changes)


def test_wrong_upstream_gradient_is_refused():
    out, cache = fast_layers.conv_forward_fast(X, W, B, GOOD)
    with pytest.raises(ValueError, match=r"\(2, 4, 3, 5\)"):
        fast_layers.conv_backward_fast(out[:1], cache)
    pooled, cache = fast_layers.max_pool_forward_fast(X, {"pool_height": 2, "pool_width": 3, "stride": 2})
    with pytest.raises(ValueError, match=r"\(2, 3, 2, 2\)"):
        fast_layers.max_pool_backward_fast(pooled[..., :1], cache)


def run(code, **variables):
    """Run code in a fresh interpreter; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=os.environ | variables,
        text=True,
        capture_output=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout


def test_environment_forces_the_twin_silently():
    printed = run("from cs231n.fast_layers import backend; print(backend().name)", CS231N_BACKEND="numpy")
    assert printed == "numpy\n"


def test_a_missing_extension_is_announced_once_and_the_twin_is_used():
    printed = run(
        "import sys; sys.modules['cs231n._fast'] = None\n"
        "import numpy as np\n"
        "from cs231n import fast_layers as fast\n"
        "x = np.ones((1, 1, 4, 4)); p = {'stride': 1, 'pad': 1}\n"
        "out, cache = fast.conv_forward_fast(x, x[..., :3, :3], np.zeros(1), p)\n"
        "print(fast.conv_backward_fast(out, cache)[0].shape, fast.backend().name)",
        CS231N_BACKEND="",
    )
    lines = printed.splitlines()
    assert "python setup.py build_ext --inplace" in lines[0]
    assert lines[1:] == ["(1, 1, 4, 4) numpy"]


def test_unknown_backend_is_refused(monkeypatch):
    monkeypatch.setenv("CS231N_BACKEND", "cuda")
    _fast_backend._load.cache_clear()
    try:
        with pytest.raises(ValueError, match="'cuda'"):
            fast_layers.backend()
    finally:
        _fast_backend._load.cache_clear()


@pytest.mark.parametrize(
    ("keep_project_file", "hidden", "message"),
    [
        (True, "Cython", "Cython is missing; run: python -m pip install cython"),
        (True, "setuptools", "setuptools is missing"),
        (False, None, "cannot read the declaration of the extension"),
    ],
)
def test_a_build_that_cannot_start_prints_one_line(tmp_path, keep_project_file, hidden, message):
    package = Path(fast_layers.__file__).parent
    (tmp_path / "cs231n").mkdir()
    shutil.copy(package / "setup.py", tmp_path / "cs231n")
    if keep_project_file:
        shutil.copy(package.parent / "pyproject.toml", tmp_path)
    code = (
        f"import runpy, sys; sys.modules[{hidden!r}] = None; sys.argv[1:] = ['build_ext', '--inplace']; "
        "runpy.run_path('setup.py', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "cs231n", text=True, capture_output=True, check=False
    )
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
