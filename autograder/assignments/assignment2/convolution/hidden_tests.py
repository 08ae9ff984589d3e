"""Hidden tests of the naive convolution, forward and backward."""

import functools

import numpy as np

from autograder import check_array, check_cache, check_form, check_gradients, check_scalar, hidden_test, together, tr

from ..cases import joined

NAMES = ("dx", "dw", "db")

# Correct code that asks every window for every pixel takes 0.2 s.
backward_test = functools.partial(hidden_test, "conv_backward_naive", seconds=4)


def problem(rng, *, N=2, C=3, H=6, W=5, F=4, HH=3, WW=2, stride=1, pad=1):
    """Return inputs of a convolution and their case in words; by default all sizes differ."""
    x = rng.standard_normal((N, C, H, W))
    w = rng.standard_normal((F, C, HH, WW))
    b = rng.standard_normal(F)
    case = tr(
        "stride {stride}, pad {pad}, {H} × {W} image, {HH} × {WW} filter",
        stride=stride,
        pad=pad,
        H=H,
        W=W,
        HH=HH,
        WW=WW,
    )
    return (x, w, b, {"stride": stride, "pad": pad}), case


def check_forward(student, reference, arguments, case):
    out, _ = student.conv_forward_naive(*arguments)
    check_array("out", out, reference.conv_forward_naive(*arguments)[0], "exact", case=case)


def gradients(student, reference, rng, arguments, names=NAMES):
    """Compute the gradients of the submission and of the reference, for a random upstream gradient.

    Returns: two dicts of name → array; the second has only `names`.
    """
    out, cache = reference.conv_forward_naive(*arguments)
    dout = rng.standard_normal(out.shape)
    got = student.gradients("conv_backward_naive", arguments, dout)
    expected = dict(zip(NAMES, reference.conv_backward_naive(dout, cache), strict=True))
    return dict(zip(NAMES, got, strict=True)), {name: expected[name] for name in names}


def check_one(name, student, reference, rng, arguments, case):
    """Compare one gradient alone."""
    got, expected = gradients(student, reference, rng, arguments)
    check_array(name, got[name], expected[name], "exact", case=case, loose=True)


@hidden_test("conv_forward_naive", weight=2)
def test_same_size_output(student, reference, rng):
    """Stride 1 with padding that keeps the size of the image."""
    check_forward(student, reference, *problem(rng, H=5, W=5, HH=3, WW=3))


@hidden_test("conv_forward_naive", weight=2)
def test_no_padding(student, reference, rng):
    """No padding; image and filter are taller than wide."""
    check_forward(student, reference, *problem(rng, H=8, W=5, HH=4, WW=2, stride=2, pad=0))


@hidden_test("conv_forward_naive", weight=2)
def test_wide_padding(student, reference, rng):
    """Padding of two pixels and a stride of three."""
    check_forward(student, reference, *problem(rng, H=7, W=10, HH=5, WW=3, stride=3, pad=2))


@hidden_test("conv_forward_naive", weight=1)
def test_padding_nearly_as_wide_as_the_filter(student, reference, rng):
    """Stride 1 and padding of two pixels for filters of 3 × 3: the output is larger than the image."""
    check_forward(student, reference, *problem(rng, H=4, W=5, HH=3, WW=3, stride=1, pad=2))


@hidden_test("conv_forward_naive", weight=2)
def test_stride_that_does_not_tile(student, reference, rng):
    """A stride with rows and columns left over."""
    check_forward(student, reference, *problem(rng, H=7, W=8, HH=3, WW=4, stride=3, pad=0))


@hidden_test("conv_forward_naive", weight=1)
def test_bias(student, reference, rng):
    """The bias of each filter is added exactly once to each of its outputs."""
    (x, w, b, conv_param), case = problem(rng, H=6, W=8)
    b = np.abs(b) * np.resize([-1, 1], b.shape)  # both signs, to detect an extra ReLU
    check_forward(student, reference, (np.zeros_like(x), w, b, conv_param), joined(tr("an image of zeros"), case))


@hidden_test("conv_forward_naive", weight=1)
def test_orientation(student, reference, rng):
    """A filter with a single 1 selects the pixel under it."""
    (x, w, b, conv_param), case = problem(rng, N=1, C=2, F=1, HH=3, WW=4, pad=0)
    w = np.zeros_like(w)
    w[0, 1, 2, 0] = 1
    check_forward(student, reference, (x, w, np.zeros_like(b), conv_param), case)


@hidden_test("conv_forward_naive", weight=1)
def test_one_pixel_filter(student, reference, rng):
    """One sample and filters of a single pixel."""
    check_forward(student, reference, *problem(rng, N=1, H=4, W=6, HH=1, WW=1, pad=0))


def right_out(student, reference, *arguments, case):
    """Return the student's output if it is right; wrong outputs may have the tested property too."""
    out, _ = student.conv_forward_naive(*arguments)
    check_array("out", out, reference.conv_forward_naive(*arguments)[0], "exact", case=case)
    return out


@hidden_test("conv_forward_naive", weight=1)
def test_linearity(student, reference, rng):
    """The output is linear in the image and in the filters, apart from the bias."""
    (x, w, b, conv_param), case = problem(rng, H=7, W=5, HH=2, WW=3, pad=0)
    more_x, more_w = rng.standard_normal(x.shape), rng.standard_normal(w.shape)
    bias = b[:, None, None]
    once = right_out(student, reference, x, w, b, conv_param, case=case)
    for name, other, total in (
        (tr("out of a sum of images"), (more_x, w, b, conv_param), (x + 2 * more_x, w, b, conv_param)),
        (tr("out of a sum of filters"), (x, more_w, b, conv_param), (x, w + 2 * more_w, b, conv_param)),
    ):
        expected = once + 2 * (right_out(student, reference, *other, case=case) - bias)
        out, _ = student.conv_forward_naive(*total)
        check_array(name, out, expected, "exact", case=case)


@hidden_test("conv_forward_naive", weight=1)
def test_translation(student, reference, rng):
    """An image shifted by one stride gives an output shifted by one pixel."""
    (x, w, b, conv_param), case = problem(rng, H=9, W=13, HH=3, WW=5, stride=2, pad=0)
    once = right_out(student, reference, x, w, b, conv_param, case=case)
    moved, _ = student.conv_forward_naive(x[:, :, 2:, 2:], w, b, conv_param)
    case = tr("{case} without its first two rows and columns", case=case)
    check_array(tr("out of the moved image"), moved, once[:, :, 1:, 1:], "exact", case=case)


@hidden_test("conv_forward_naive", weight=1)
def test_samples_do_not_mix(student, reference, rng):
    """The output of an image does not depend on the others in the batch."""
    (x, w, b, conv_param), case = problem(rng, N=3, H=5, W=5, HH=3, WW=3)
    together = right_out(student, reference, x, w, b, conv_param, case=case)
    alone, _ = student.conv_forward_naive(x[1:2], w, b, conv_param)
    check_array(tr("out of one image of three"), alone, together[1:2], "exact", case=case)


@hidden_test("conv_forward_naive", weight=1)
def test_cache(student, reference, rng):
    """The cache is (x, w, b, conv_param), unchanged."""
    arguments, case = problem(rng)
    out, cache = student.opened("conv_forward_naive", arguments)
    check_array("out", out, reference.conv_forward_naive(*arguments)[0], "exact", case=case)
    promised = dict(zip(("x", "w", "b", "conv_param"), arguments, strict=True))
    check_cache("conv_forward_naive", cache, promised)


@backward_test(weight=2)
def test_dx(student, reference, rng):
    """The gradient dx with overlapping windows."""
    arguments, case = problem(rng, F=1, H=6, W=5, HH=4, WW=3, stride=2, pad=1)
    check_one("dx", student, reference, rng, arguments, case)


@backward_test(weight=2)
def test_dx_without_padding(student, reference, rng):
    """The gradient dx without padding."""
    arguments, case = problem(rng, N=1, F=2, H=5, W=6, HH=3, WW=2, stride=1, pad=0)
    check_one("dx", student, reference, rng, arguments, case)


@backward_test(weight=1)
def test_dx_with_wide_padding(student, reference, rng):
    """The gradient dx with padding of two pixels and pixels that no window covers."""
    arguments, case = problem(rng, N=1, F=2, H=6, W=9, HH=3, WW=4, stride=3, pad=2)
    check_one("dx", student, reference, rng, arguments, case)


@backward_test(weight=3)
def test_dw(student, reference, rng):
    """The gradient dw sums over all samples and positions."""
    arguments, case = problem(rng, N=3, C=4, F=2, H=7, W=5, HH=2, WW=4, stride=2, pad=1)
    check_one("dw", student, reference, rng, arguments, case)


@backward_test(weight=1)
def test_dw_that_does_not_tile(student, reference, rng):
    """The gradient dw with rows and columns left over."""
    arguments, case = problem(rng, C=4, F=3, H=7, W=8, HH=3, WW=4, stride=3, pad=0)
    check_one("dw", student, reference, rng, arguments, case)


@backward_test(weight=2)
def test_db(student, reference, rng):
    """The gradient db sums over samples, rows and columns."""
    arguments, case = problem(rng, N=3, F=2, H=5, W=6, stride=2, pad=0)
    check_one("db", student, reference, rng, arguments, case)


@backward_test(weight=1, parts=("dx", "dw"))
def test_padding_nearly_as_wide_as_the_filter_backward(student, reference, rng):
    """The gradient {part} with stride 1 and padding of two pixels for filters of 3 × 3."""
    arguments, case = problem(rng, N=1, F=2, H=3, W=4, HH=3, WW=3, stride=1, pad=2)
    check_gradients(*gradients(student, reference, rng, arguments, ("dx", "dw")), "exact", case=case)


@backward_test(weight=0.5, parts=NAMES)
def test_shapes_of_gradients(student, reference, rng):
    """The gradient {part} has exactly the shape of its argument."""
    arguments, case = problem(rng, N=1, F=2, H=4, W=6, stride=2, pad=1)
    check_gradients(*gradients(student, reference, rng, arguments), "exact", case=case, loose=False)


@backward_test(weight=1, parts=("dx", "dw"))
def test_adjointness(student, reference, rng):
    """The backward pass is the adjoint of the forward pass: {part} times its argument is ⟨out − bias, dout⟩."""
    (x, w, b, conv_param), case = problem(rng, N=1, F=2, H=4, W=6, HH=3, WW=4, stride=2, pad=2)
    out = reference.conv_forward_naive(x, w, np.zeros_like(b), conv_param)[0]
    # Add the output, so that the two products are not near zero by chance.
    dout = out + rng.standard_normal(out.shape)
    dx, dw, _ = student.gradients("conv_backward_naive", (x, w, b, conv_param), dout)
    with together() as check:
        for name, value, gradient in (("dx", x, dx), ("dw", w, dw)):
            check(name, check_product, name, value, gradient, np.sum(out * dout), case)


def check_product(name, value, gradient, expected, case):
    """Compare the sum of the products of a gradient and its argument."""
    check_form(name, gradient, value.shape, case=case)
    check_scalar(f"⟨{name[1:]}, {name}⟩", np.sum(value * gradient), expected, "projection", case=case)
