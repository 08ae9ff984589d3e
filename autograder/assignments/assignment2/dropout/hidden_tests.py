"""Hidden tests of dropout: not which numbers are dropped, but how what comes out relates to what came in."""

import numpy as np

from autograder import StudentFault, check_array, check_form, check_scalar, hidden_test


def away_from_zero(rng, shape):
    """Numbers of both signs, so that a zero can only come from dropout."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)


def dropped(program, x, p, *, mode="train", case="", **param):
    """The output of a forward pass, the student's or the reference's; it must be an array of the shape of x."""
    out, _ = program.dropout_forward(x, {"mode": mode, "p": p, **param})
    check_form("out", out, x.shape, case=case)
    return out


def kept_in(out, x, p, case):
    """Which numbers were kept: an array of bool, when each is zero or x ÷ p and there are some of either.

    Zeros alone, the input alone and x ÷ p alone would otherwise pass for what a mask leaves.
    """
    kept = out != 0
    must_drop(kept, case)
    factors = out[kept] / x[kept]
    if np.allclose(factors, factors[0], rtol=1e-4, atol=0):
        check_scalar("the factor of what is kept", factors[0], 1 / p, "exact", case=case)
    check_array("out", out, np.where(kept, x / p, 0), "exact", case=case)
    return kept


def must_drop(kept, case):
    if kept.all():
        raise StudentFault("failed", f"out has no zeros: no number was dropped ({case})")
    if not kept.any():
        raise StudentFault("failed", f"out is zero everywhere: every number was dropped ({case})")


def largest_correlation(kept):
    """The largest correlation of what is kept with itself, moved along the axes by any distance; 0 by chance alone."""
    centred = kept - kept.mean()
    power = np.abs(np.fft.fftn(centred)) ** 2
    correlation = np.fft.ifftn(power).real / max(np.sum(centred**2), 1e-9)
    correlation.flat[0] = 0  # with itself, not moved
    return np.max(np.abs(correlation))


@hidden_test("dropout_forward", weight=2)
def test_zero_or_scaled(student, reference, rng):
    """In training mode each number becomes zero or is divided by p."""
    x = away_from_zero(rng, (60, 50))  # by chance alone, never all of a row or column
    for p in (0.3, 0.8):
        case = f"train, p = {p}"
        kept_in(dropped(student, x, p, case=case), x, p, case)


@hidden_test("dropout_forward", weight=2)
def test_share_that_is_kept(student, reference, rng):
    """In training mode the share of the numbers that is kept is about p, and others are kept in each call."""
    # Rows and columns enough that the share tells the same of programs that drop whole ones.
    x = away_from_zero(rng, (200, 200))
    for p in (0.3, 0.8):
        case = f"40 000 numbers, p = {p}"
        check_scalar("the share that is kept", np.mean(dropped(student, x, p, case=case) != 0), p, "share", case=case)
    first, second = (dropped(student, x, 0.5) != 0 for _ in range(2))
    about = "the share that is kept in both of two calls"
    check_scalar(about, np.mean(first & second), 0.25, "share", case="40 000 numbers, p = 0.5")


@hidden_test("dropout_forward", weight=2)
def test_each_number_has_its_own_lot(student, reference, rng):
    """Whether a number is kept does not depend on its place, nor on what happens to the others."""
    kept = dropped(student, away_from_zero(rng, (200, 200)), 0.5) != 0
    must_drop(kept, "train, p = 0.5")
    about = "the correlation of the numbers that are kept with those some rows and columns away"
    check_scalar(about, largest_correlation(kept), 0, "random", case="the largest of all distances, p = 0.5")


@hidden_test("dropout_forward", weight=2)
def test_test_mode(student, reference, rng):
    """In test mode nothing is dropped and nothing is scaled."""
    x = away_from_zero(rng, (6, 7))
    check_array("out", dropped(student, x, 0.3, mode="test"), x, "exact", case="test mode, p = 0.3")


@hidden_test("dropout_forward", weight=1)
def test_keeping_all_or_few(student, reference, rng):
    """With p = 1 nothing changes, and with p = 0.05 the few that are kept become twenty times as large."""
    x = away_from_zero(rng, (200, 210))
    check_array("out", dropped(student, x, 1), x, "exact", case="train, p = 1")
    case = "train, p = 0.05"
    kept_in(dropped(student, x, 0.05), x, 0.05, case)


@hidden_test("dropout_forward", weight=1)
def test_feature_maps(student, reference, rng):
    """The input may have any shape."""
    x = away_from_zero(rng, (40, 3, 14, 15))
    case = "train, 40 × 3 × 14 × 15 numbers, p = 0.6"
    kept = kept_in(dropped(student, x, 0.6), x, 0.6, case)
    # By chance alone, no map is kept or dropped as a whole.
    whole = kept.all(axis=(2, 3)) | ~kept.any(axis=(2, 3))
    if whole.any():
        raise StudentFault("failed", f"{np.sum(whole)} of 120 feature maps are kept or dropped as a whole ({case})")


@hidden_test("dropout_forward", weight=3)
def test_new_lots_in_each_call(student, reference, rng):
    """Each call draws new lots, which have nothing to do with those of the calls before."""
    x = away_from_zero(rng, (60, 80))
    calls = np.array([dropped(student, x, 0.5) != 0 for _ in range(3)])
    for kept in calls:
        must_drop(kept, "train, p = 0.5")
    if np.array_equal(calls[0], calls[1]):
        raise StudentFault("failed", "two calls without a seed drop the same numbers (train, p = 0.5)")
    about = "the correlation of the numbers that are kept with those of another call"
    check_scalar(about, largest_correlation(calls), 0, "random", case="the largest of all distances, p = 0.5")


@hidden_test("dropout_forward", weight=1)
def test_lots_follow_the_seed(student, reference, rng):
    """With the same seed all calls drop the same numbers, with another seed they drop others."""
    x = away_from_zero(rng, (20, 30))
    first, second, other = (dropped(student, x, 0.5, seed=seed) for seed in (7, 7, 8))
    must_drop(first != 0, "train, p = 0.5, seed 7")
    check_array("out of a second call with the same seed", second, first, "exact", case="train, p = 0.5, seed 7")
    if np.array_equal(first, other):
        raise StudentFault("failed", "two seeds drop the same numbers (train, p = 0.5, seeds 7 and 8)")


def check_backward(student, reference, rng, shape, p):
    """The backward pass has to have the mask that the forward pass of the same seed has."""
    x, param = away_from_zero(rng, shape), {"mode": "train", "p": p, "seed": 11}
    dout = away_from_zero(rng, shape)
    dx = student.gradients("dropout_backward", (x, param), dout)
    mask = dropped(reference if student.has_right_cache else student, x, p, seed=11) / x
    must_be_mask(mask, p)
    check_array("dx", dx, dout * mask, "exact", case=f"p = {p}")


def must_be_mask(mask, p):
    """What the forward pass did has to be dropout: without a mask nothing can be said of the gradient.

    The factor may be a wrong one, which has been paid for in the forward pass.
    """
    kept = mask != 0
    factors = mask[kept]
    if kept.all():
        raise StudentFault("skipped", f"not tested: dropout_forward does not drop anything (p = {p})")
    if not kept.any():
        raise StudentFault("skipped", f"not tested: dropout_forward drops everything (p = {p})")
    if not np.allclose(factors, factors[0], rtol=1e-4, atol=0):
        raise StudentFault("skipped", f"not tested: dropout_forward does not scale all that it keeps alike (p = {p})")
    if not 0.1 < np.mean(kept) < 0.99:
        raise StudentFault("skipped", f"not tested: dropout_forward drops next to nothing, or nearly all (p = {p})")


@hidden_test("dropout_backward", weight=2)
def test_same_mask(student, reference, rng):
    """The gradient passes where the forward pass kept the input, with the same factor."""
    check_backward(student, reference, rng, (20, 30), 0.3)


@hidden_test("dropout_backward", weight=1)
def test_same_mask_of_feature_maps(student, reference, rng):
    """The input may have any shape, and most of it may be kept."""
    check_backward(student, reference, rng, (4, 3, 4, 5), 0.8)
