"""Hidden tests of the naive max pooling, forward and backward."""

import numpy as np

from autograder import check_array, check_cache, check_form, hidden_test, together, tr


def problem(rng, *, N=2, C=3, H=6, W=8, height=2, width=2, stride=2):
    """Return inputs without ties and their case in words; the first image is all negative."""
    x = rng.permutation(N * C * H * W).reshape(N, C, H, W) / 10 - N * C * H * W / 20
    x[0] -= N * C * H * W / 10
    pool_param = {"pool_height": height, "pool_width": width, "stride": stride}
    case = tr(
        "{height} × {width} windows, stride {stride}, {H} × {W} image",
        height=height,
        width=width,
        stride=stride,
        H=H,
        W=W,
    )
    return (x, pool_param), case


def check_forward(student, reference, arguments, case):
    out, _ = student.max_pool_forward_naive(*arguments)
    check_array("out", out, reference.max_pool_forward_naive(*arguments)[0], "exact", case=case)


def check_backward(student, reference, rng, arguments, case):
    out, cache = reference.max_pool_forward_naive(*arguments)
    dout = rng.standard_normal(out.shape)
    dx = student_dx(student, arguments, dout)
    check_array("dx", dx, reference.max_pool_backward_naive(dout, cache), "exact", case=case)


def student_dx(student, arguments, dout):
    return student.gradients("max_pool_backward_naive", arguments, dout)


@hidden_test("max_pool_forward_naive", weight=1)
def test_two_by_two(student, reference, rng):
    """Windows of 2 × 2 that tile the image, values of both signs."""
    check_forward(student, reference, *problem(rng))


@hidden_test("max_pool_forward_naive", weight=2)
def test_windows_that_are_not_square(student, reference, rng):
    """Windows wider than high."""
    check_forward(student, reference, *problem(rng, H=7, W=9, height=2, width=4, stride=1))


@hidden_test("max_pool_forward_naive", weight=1)
def test_overlapping_windows(student, reference, rng):
    """A stride smaller than the window."""
    check_forward(student, reference, *problem(rng, H=7, W=9, height=3, width=3, stride=2))


@hidden_test("max_pool_forward_naive", weight=1)
def test_windows_with_gaps(student, reference, rng):
    """A stride larger than the window, with pixels left over at the border."""
    check_forward(student, reference, *problem(rng, N=1, H=13, W=10, height=2, width=3, stride=4))


@hidden_test("max_pool_forward_naive", weight=1)
def test_cache(student, reference, rng):
    """The cache is (x, pool_param), unchanged."""
    (x, pool_param), case = problem(rng)
    out, cache = student.opened("max_pool_forward_naive", (x, pool_param))
    check_array("out", out, reference.max_pool_forward_naive(x, pool_param)[0], "exact", case=case)
    check_cache("max_pool_forward_naive", cache, {"x": x, "pool_param": pool_param})


@hidden_test("max_pool_backward_naive", weight=2)
def test_gradient_goes_to_the_maximum(student, reference, rng):
    """Windows of 2 × 2 that tile the image: each upstream value goes to its maximum."""
    check_backward(student, reference, rng, *problem(rng))


@hidden_test("max_pool_backward_naive", weight=2)
def test_overlapping_windows_add_up(student, reference, rng):
    """A pixel that is the maximum of several windows gets the sum of their gradients."""
    check_backward(student, reference, rng, *problem(rng, H=7, W=8, height=3, width=3, stride=1))


@hidden_test("max_pool_backward_naive", weight=2)
def test_gradient_of_windows_that_are_not_square(student, reference, rng):
    """Windows higher than wide, with pixels left over at the border."""
    check_backward(student, reference, rng, *problem(rng, H=8, W=7, height=3, width=2, stride=3))


@hidden_test("max_pool_backward_naive", weight=1)
def test_ties(student, rng, options):
    """If several pixels share the maximum, their gradients add up to the upstream value."""
    x = np.maximum(0, rng.integers(-4, 3, (2, 3, 6, 8)).astype(np.float64))
    x[0, 0] = 0  # as after a ReLU
    pool_param = {"pool_height": 2, "pool_width": 2, "stride": 2}
    dout = rng.uniform(0.5, 1.5, (2, 3, 3, 4))
    dx = student_dx(student, (x, pool_param), dout)
    check_form("dx", dx, x.shape)
    windows = x.reshape(2, 3, 3, 2, 4, 2)
    is_maximum = (windows == windows.max(axis=(3, 5), keepdims=True)).reshape(x.shape)
    to_every_maximum = is_maximum * dout.repeat(2, axis=2).repeat(2, axis=3)
    if options["max_pool_ties"] == "every" and np.allclose(dx, to_every_maximum):
        return
    zeros = np.zeros(x.shape)
    with together() as check:
        check("", check_array, tr("dx outside the maxima of the windows"), np.where(is_maximum, 0, dx), zeros, "exact")
        check("", check_array, tr("the part of dx with the wrong sign"), np.minimum(dx, 0), zeros, "exact")
        sums = dx.reshape(windows.shape).sum(axis=(3, 5))
        check("", check_array, tr("the sum of dx over each window"), sums, dout, "exact", case=tr("ties"))
