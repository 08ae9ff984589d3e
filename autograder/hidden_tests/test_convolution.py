"""Hidden tests of the naive convolution, forward and backward."""

import numpy as np
import pytest

from autograder.compare import check_array, check_gradients


def problem(rng, *, N=2, C=3, H=6, W=5, F=4, HH=3, WW=2, stride=1, pad=1):
    """Inputs of a convolution in which all sizes differ, unless a test asks for something special."""
    x = rng.standard_normal((N, C, H, W))
    w = rng.standard_normal((F, C, HH, WW))
    b = rng.standard_normal(F)
    return (
        x,
        w,
        b,
        {"stride": stride, "pad": pad},
    ), f"stride {stride}, pad {pad}, {H} × {W} image, {HH} × {WW} filter"


def check_forward(student, reference, arguments, case):
    out, _ = student.conv_forward_naive(*arguments)
    check_array("out", out, reference.conv_forward_naive(*arguments)[0], "exact", case=case)


def gradients(student, reference, rng, arguments, *, large=""):
    """(dx, dw, db) of the submission and of the reference, for a random upstream gradient."""
    out, cache = reference.conv_forward_naive(*arguments)
    dout = rng.standard_normal(out.shape)
    got = student.gradients(
        "conv_backward_naive", "conv_forward_naive", arguments, dout, documented_cache=arguments, large=large
    )
    return got, reference.conv_backward_naive(dout, cache)


@pytest.mark.scores("conv_forward_naive", weight=2)
def test_same_size_output(student, reference, rng):
    """Stride 1 with padding that keeps the size of the image."""
    check_forward(student, reference, *problem(rng, H=5, W=5, HH=3, WW=3))


@pytest.mark.scores("conv_forward_naive", weight=2)
def test_no_padding(student, reference, rng):
    """No padding, image and filter taller than wide."""
    check_forward(student, reference, *problem(rng, H=8, W=5, HH=4, WW=2, stride=2, pad=0))


@pytest.mark.scores("conv_forward_naive", weight=2)
def test_wide_padding(student, reference, rng):
    """Padding of two pixels and a stride of three."""
    check_forward(student, reference, *problem(rng, H=7, W=10, HH=5, WW=3, stride=3, pad=2))


@pytest.mark.scores("conv_forward_naive", weight=2)
def test_stride_that_does_not_tile(student, reference, rng):
    """A stride that leaves rows and columns of the image over."""
    check_forward(student, reference, *problem(rng, H=8, W=7, HH=3, WW=4, stride=2, pad=0))


@pytest.mark.scores("conv_forward_naive", weight=1)
def test_bias(student, reference, rng):
    """The bias of each filter is added exactly once to each of its outputs."""
    (x, w, b, conv_param), case = problem(rng, H=6, W=8)
    check_forward(student, reference, (np.zeros_like(x), w, b, conv_param), "an image of zeros, " + case)


@pytest.mark.scores("conv_forward_naive", weight=1)
def test_orientation(student, reference, rng):
    """A filter with a single one in it picks the pixel that lies under that one."""
    (x, w, b, conv_param), case = problem(rng, N=1, C=2, F=1, HH=3, WW=4, pad=0)
    w = np.zeros_like(w)
    w[0, 1, 2, 0] = 1
    check_forward(student, reference, (x, w, np.zeros_like(b), conv_param), case)


@pytest.mark.scores("conv_forward_naive", weight=1)
def test_one_pixel_filter(student, reference, rng):
    """One sample and filters of a single pixel."""
    check_forward(student, reference, *problem(rng, N=1, H=4, W=6, HH=1, WW=1, pad=0))


BACKWARD = (
    *("test_dx", "test_dx_without_padding", "test_dx_with_wide_padding"),
    *("test_dw", "test_dw_that_does_not_tile", "test_db"),
)


@pytest.mark.voids(*BACKWARD)
@pytest.mark.scores("conv_backward_naive", weight=2)
def test_large_image(student, reference, rng):
    """The gradients of a large image, which take a moment to compute and minutes to estimate."""
    # Few windows, so that it takes a moment even pixel by pixel, and large ones: with small ones, pixels that share no
    # window could be estimated together. Nothing that is often forgotten is needed: the other tests ask for that.
    arguments, case = problem(rng, N=1, H=254, W=254, F=3, HH=64, WW=64, stride=64, pad=1)
    got, expected = gradients(student, reference, rng, arguments, large="a 3 × 254 × 254 image")
    names = ("dx", "dw", "db")
    check_gradients(dict(zip(names, got, strict=True)), dict(zip(names, expected, strict=True)), "exact", case=case)


@pytest.mark.scores("conv_backward_naive", weight=2)
def test_dx(student, reference, rng):
    """The gradient dx where neighbouring windows overlap."""
    arguments, case = problem(rng, H=7, W=6, HH=4, WW=3, stride=2, pad=1)
    (dx, _, _), (expected, _, _) = gradients(student, reference, rng, arguments)
    check_array("dx", dx, expected, "exact", case=case)


@pytest.mark.scores("conv_backward_naive", weight=2)
def test_dx_without_padding(student, reference, rng):
    """The gradient dx when nothing was padded."""
    arguments, case = problem(rng, H=5, W=6, HH=3, WW=2, stride=1, pad=0)
    (dx, _, _), (expected, _, _) = gradients(student, reference, rng, arguments)
    check_array("dx", dx, expected, "exact", case=case)


@pytest.mark.scores("conv_backward_naive", weight=1)
def test_dx_with_wide_padding(student, reference, rng):
    """The gradient dx with two padded pixels and pixels that no window reaches."""
    arguments, case = problem(rng, H=6, W=9, HH=3, WW=4, stride=3, pad=2)
    (dx, _, _), (expected, _, _) = gradients(student, reference, rng, arguments)
    check_array("dx", dx, expected, "exact", case=case)


@pytest.mark.scores("conv_backward_naive", weight=3)
def test_dw(student, reference, rng):
    """The gradient dw collects the terms of all samples and positions."""
    arguments, case = problem(rng, N=3, H=7, W=5, HH=2, WW=4, stride=2, pad=1)
    (_, dw, _), (_, expected, _) = gradients(student, reference, rng, arguments)
    check_array("dw", dw, expected, "exact", case=case)


@pytest.mark.scores("conv_backward_naive", weight=1)
def test_dw_that_does_not_tile(student, reference, rng):
    """The gradient dw when the stride leaves a part of the image over."""
    arguments, case = problem(rng, H=8, W=10, HH=3, WW=4, stride=3, pad=0)
    (_, dw, _), (_, expected, _) = gradients(student, reference, rng, arguments)
    check_array("dw", dw, expected, "exact", case=case)


@pytest.mark.scores("conv_backward_naive", weight=1)
def test_db(student, reference, rng):
    """The gradient db sums over samples, rows and columns."""
    arguments, case = problem(rng, N=3, H=6, W=7, stride=2, pad=0)
    (_, _, db), (_, _, expected) = gradients(student, reference, rng, arguments)
    check_array("db", db, expected, "exact", case=case)
