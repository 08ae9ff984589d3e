"""Hidden tests of the naive max pooling, forward and backward."""

import numpy as np
import pytest

from autograder.compare import check_array, check_gradients
from autograder.errors import StudentFault


def problem(rng, *, N=2, C=3, H=6, W=8, height=2, width=2, stride=2):
    """Inputs of max pooling without ties."""
    x = rng.permutation(N * C * H * W).reshape(N, C, H, W) / 10 - N * C * H * W / 20
    pool_param = {"pool_height": height, "pool_width": width, "stride": stride}
    return (x, pool_param), f"{height} × {width} windows, stride {stride}, {H} × {W} image"


def check_forward(student, reference, arguments, case):
    out, _ = student.max_pool_forward_naive(*arguments)
    check_array("out", out, reference.max_pool_forward_naive(*arguments)[0], "exact", case=case)


def check_backward(student, reference, rng, arguments, case, *, large=""):
    out, cache = reference.max_pool_forward_naive(*arguments)
    dout = rng.standard_normal(out.shape)
    dx = student_dx(student, arguments, dout, large=large)
    check_gradients({"dx": dx}, {"dx": reference.max_pool_backward_naive(dout, cache)}, "exact", case=case)


def student_dx(student, arguments, dout, *, large=""):
    names = ("max_pool_backward_naive", "max_pool_forward_naive")
    return student.gradients(*names, arguments, dout, documented_cache=arguments, large=large)


@pytest.mark.scores("max_pool_forward_naive", weight=1)
def test_two_by_two(student, reference, rng):
    """Windows of 2 × 2 that tile the image, values of both signs."""
    check_forward(student, reference, *problem(rng))


@pytest.mark.scores("max_pool_forward_naive", weight=2)
def test_windows_that_are_not_square(student, reference, rng):
    """Windows wider than high."""
    check_forward(student, reference, *problem(rng, H=7, W=9, height=2, width=4, stride=1))


@pytest.mark.scores("max_pool_forward_naive", weight=1)
def test_overlapping_windows(student, reference, rng):
    """A stride smaller than the window."""
    check_forward(student, reference, *problem(rng, H=7, W=9, height=3, width=3, stride=2))


@pytest.mark.scores("max_pool_forward_naive", weight=1)
def test_windows_with_gaps(student, reference, rng):
    """A stride larger than the window, with pixels left over at the border."""
    check_forward(student, reference, *problem(rng, N=1, H=9, W=8, height=2, width=1, stride=3))


BACKWARD = (
    *("test_gradient_goes_to_the_maximum", "test_overlapping_windows_add_up"),
    *("test_gradient_of_windows_that_are_not_square", "test_ties"),
)


@pytest.mark.voids(*BACKWARD)
@pytest.mark.scores("max_pool_backward_naive", weight=1)
def test_large_image(student, reference, rng):
    """The gradient of a large image, which takes a moment to compute and minutes to estimate."""
    arguments, case = problem(rng, N=1, H=256, W=256, height=16, width=16, stride=16)
    check_backward(student, reference, rng, arguments, case, large="a 3 × 256 × 256 image")


@pytest.mark.scores("max_pool_backward_naive", weight=2)
def test_gradient_goes_to_the_maximum(student, reference, rng):
    """Windows of 2 × 2 that tile the image: each upstream value goes where its maximum was."""
    check_backward(student, reference, rng, *problem(rng))


@pytest.mark.scores("max_pool_backward_naive", weight=2)
def test_overlapping_windows_add_up(student, reference, rng):
    """A pixel that is the maximum of several windows gets the sum of their gradients."""
    check_backward(student, reference, rng, *problem(rng, H=7, W=8, height=3, width=3, stride=1))


@pytest.mark.scores("max_pool_backward_naive", weight=1)
def test_gradient_of_windows_that_are_not_square(student, reference, rng):
    """Windows higher than wide, with pixels left over at the border."""
    check_backward(student, reference, rng, *problem(rng, H=8, W=7, height=3, width=2, stride=3))


@pytest.mark.scores("max_pool_backward_naive", weight=1)
def test_ties(student, rng):
    """Where several pixels tie for the maximum, their gradients add up to the upstream value."""
    x = np.maximum(0, rng.integers(-4, 3, (2, 3, 6, 8)).astype(np.float64))
    x[0, 0] = 0  # what a ReLU leaves behind
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    dout = rng.uniform(0.5, 1.5, (2, 3, 3, 4))
    dx = student_dx(student, (x, pool_param), dout)
    check_array(
        "the shape of dx",
        np.zeros(np.shape(dx)) if type(dx) is np.ndarray else dx,
        np.zeros(x.shape),
        "exact",
    )
    windows = x.reshape(2, 3, 3, 2, 4, 2)
    is_maximum = (windows == windows.max(axis=(3, 5), keepdims=True)).reshape(x.shape)
    if np.any(np.abs(dx[~is_maximum]) > 1e-9):
        raise StudentFault("failed", "dx is not zero at a pixel that is not the maximum of its window")
    if np.any(dx < -1e-9):
        raise StudentFault("failed", "dx has another sign than the upstream gradient")
    check_array("dx, summed over each window,", dx.reshape(windows.shape).sum(axis=(3, 5)), dout, "exact", case="ties")
