"""Hidden tests of the affine layer and of ReLU."""

import numpy as np

from autograder import check_array, check_cache, check_gradients, hidden_test, together, tr, tr_plural

from ..cases import numbers_of, times

NAMES = ("dx", "dw", "db")


def problem(rng, *, N=3, sample=(2, 5), M=4):
    """Return x, w and b of an affine layer; all sizes differ."""
    D = int(np.prod(sample))
    return rng.standard_normal((N, *sample)), rng.standard_normal((D, M)), rng.uniform(1, 3, M) * np.resize([-1, 1], M)


def case_of(x, w, b):
    """Return the description of the arguments of an affine layer."""
    fields = {"sizes": times(x.shape[1:]), "units": len(b)}
    if x.ndim == 4:
        return tr("{count} images of {sizes}, {units} units", count=len(x), **fields)
    return tr_plural(
        "{count} sample of {sizes} numbers, {units} units",
        "{count} samples of {sizes} numbers, {units} units",
        len(x),
        **fields,
    )


def away_from_zero(rng, shape):
    """Return numbers of both signs; the first two have different signs."""
    x = rng.uniform(0.5, 3, shape) * rng.choice([-1, 1], shape)
    x.flat[:2] = [-1.5, 2.5]
    return x


def check_forward(student, reference, arguments):
    out, _ = student.affine_forward(*arguments)
    check_array("out", out, reference.affine_forward(*arguments)[0], "exact", case=case_of(*arguments))


def gradients(student, reference, rng, arguments):
    """Return the gradients of the submission and of the reference, two dicts of name → array."""
    out, cache = reference.affine_forward(*arguments)
    dout = rng.standard_normal(out.shape) + 0.5  # not zero on average
    got = student.gradients("affine_backward", arguments, dout)
    expected = reference.affine_backward(dout, cache)
    return dict(zip(NAMES, got, strict=True)), dict(zip(NAMES, expected, strict=True))


@hidden_test("affine_forward", weight=3)
def test_weighted_sums(student, reference, rng):
    """Each output is a weighted sum of the numbers of a sample, plus the bias of its unit."""
    check_forward(student, reference, problem(rng))


@hidden_test("affine_forward", weight=1)
def test_images(student, reference, rng):
    """Samples may have three axes, like images."""
    check_forward(student, reference, problem(rng, N=2, sample=(3, 4, 5), M=7))


@hidden_test("affine_forward", weight=1)
def test_flat_samples(student, reference, rng):
    """Samples may already be flat, and the batch may have a single sample."""
    check_forward(student, reference, problem(rng, N=1, sample=(6,), M=3))


@hidden_test("affine_forward", weight=1)
def test_affine_cache(student, reference, rng):
    """The cache is (x, w, b), unchanged."""
    arguments = problem(rng)
    out, cache = student.opened("affine_forward", arguments)
    check_array("out", out, reference.affine_forward(*arguments)[0], "exact")
    check_cache("affine_forward", cache, dict(zip(("x", "w", "b"), arguments, strict=True)))


@hidden_test("affine_backward", weight=6, parts=NAMES)
def test_affine_gradients(student, reference, rng):
    """The gradient {part} of a few samples."""
    arguments = problem(rng)
    check_gradients(*gradients(student, reference, rng, arguments), "exact", case=case_of(*arguments))


@hidden_test("affine_backward", weight=3, parts=NAMES)
def test_affine_gradients_of_images(student, reference, rng):
    """The gradient {part} of samples with three axes, like images."""
    arguments = problem(rng, N=2, sample=(3, 4, 5), M=7)
    check_gradients(*gradients(student, reference, rng, arguments), "exact", case=case_of(*arguments))


@hidden_test("affine_backward", weight=1, parts=NAMES)
def test_shapes_of_affine_gradients(student, reference, rng):
    """The gradient {part} has exactly the shape of its argument."""
    arguments = problem(rng)
    check_gradients(*gradients(student, reference, rng, arguments), "exact", case=case_of(*arguments), loose=False)


@hidden_test("relu_forward", weight=4)
def test_negative_numbers_become_zero(student, reference, rng):
    """Negative numbers become zero, positive numbers do not change."""
    x = away_from_zero(rng, (4, 5))
    out, _ = student.relu_forward(x)
    check_array("out", out, reference.relu_forward(x)[0], "exact", case=numbers_of(x.shape))


@hidden_test("relu_forward", weight=2, parts=("four axes", "a single axis"))
def test_any_shape(student, reference, rng):
    """The input may have any shape: {part}."""
    with together() as check:
        for part, shape in (("four axes", (2, 3, 4, 5)), ("a single axis", (30,))):
            check(part, check_relu, student, reference, away_from_zero(rng, shape))


def check_relu(student, reference, x):
    out, _ = student.relu_forward(x)
    check_array("out", out, reference.relu_forward(x)[0], "exact", case=numbers_of(x.shape))


@hidden_test("relu_forward", weight=1)
def test_x_stays(student, reference, rng):
    """The input is not changed."""
    x = away_from_zero(rng, (4, 5))
    out, _ = student.relu_forward(x)
    check_array("out", out, reference.relu_forward(x)[0], "exact", case=numbers_of(x.shape))
    check_array(tr("x after the call"), student.after_call(0, x), x, "exact", case=numbers_of(x.shape))


@hidden_test("relu_forward", weight=1)
def test_relu_cache(student, reference, rng):
    """The cache is x."""
    x = away_from_zero(rng, (4, 5))
    out, cache = student.opened("relu_forward", (x,))
    check_array("out", out, reference.relu_forward(x)[0], "exact", case=numbers_of(x.shape))
    # A submission that changes x has lost points for that already, so it may keep the changed x.
    left = student.after_call(0, x)
    check_cache("relu_forward", cache, {"x": left if (left.shape, left.dtype) == (x.shape, x.dtype) else x})


@hidden_test("relu_backward", weight=4)
def test_gradient_passes_where_the_input_was_positive(student, reference, rng):
    """The upstream gradient, of either sign, passes where the input was positive, and becomes zero elsewhere."""
    x = away_from_zero(rng, (4, 6))
    x.flat[2:4] = [-2.5, 1.5]
    dout = away_from_zero(rng, x.shape)
    dout.flat[:4] = [2.0, -2.0, -1.0, 3.0]  # all four pairs of signs
    dx = student.gradients("relu_backward", (x,), dout)
    check_array("dx", dx, reference.relu_backward(dout, x), "exact", case=numbers_of(x.shape))


@hidden_test("relu_backward", weight=2, parts=("three axes", "a single axis"))
def test_gradient_of_any_shape(student, reference, rng):
    """The input may have any shape, and its gradient has the same shape: {part}."""
    with together() as check:
        for part, shape in (("three axes", (2, 3, 4)), ("a single axis", (30,))):
            check(part, check_relu_gradient, student, reference, rng, away_from_zero(rng, shape))


def check_relu_gradient(student, reference, rng, x):
    dout = away_from_zero(rng, x.shape)
    dx = student.gradients("relu_backward", (x,), dout)
    check_array("dx", dx, reference.relu_backward(dout, x), "exact", case=numbers_of(x.shape))
