"""Hidden tests of dropout: the relation of output and input, not which numbers are dropped."""

import numpy as np

from autograder import StudentFault, check_array, check_form, check_scalar, hidden_test


def away_from_zero(rng, shape):
    """Return numbers of both signs, far from zero, so that only dropout gives zeros."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)


def dropped(program, x, p, *, mode="train", case="", **param):
    """Return the output of the student's or reference's forward pass, of the shape of x."""
    out, _ = program.dropout_forward(x, {"mode": mode, "p": p, **param})
    check_form("out", out, x.shape, case=case)
    return out


def kept_in(out, x, p, case):
    """Return a bool array of the kept numbers; fail unless each is zero or x ÷ p and both occur.

    Otherwise all zeros, the input and x ÷ p would pass as the output of dropout.
    """
    kept = out != 0
    must_drop(kept, case)
    factors = out[kept] / x[kept]
    if np.allclose(factors, factors[0], rtol=1e-4, atol=0):
        check_scalar("the factor of the kept numbers", factors[0], 1 / p, "exact", case=case)
    check_array("out", out, np.where(kept, x / p, 0), "exact", case=case)
    return kept


def must_drop(kept, case):
    if kept.all():
        raise StudentFault("failed", f"out has no zeros: no number was dropped ({case})")
    if not kept.any():
        raise StudentFault("failed", f"out is zero everywhere: every number was dropped ({case})")


def largest_correlation(kept):
    """Return the largest autocorrelation of the mask; near 0 for independent numbers."""
    centred = kept - kept.mean()
    power = np.abs(np.fft.fftn(centred)) ** 2
    correlation = np.fft.ifftn(power).real / max(np.sum(centred**2), 1e-9)
    correlation.flat[0] = 0  # without a shift
    return np.max(np.abs(correlation))


@hidden_test("dropout_forward", weight=2)
def test_zero_or_scaled(student, reference, rng):
    """In training mode each number becomes zero or is divided by p."""
    x = away_from_zero(rng, (60, 50))  # practically never all of a row or column
    for p in (0.3, 0.8):
        case = f"train, p = {p}"
        kept_in(dropped(student, x, p, case=case), x, p, case)


@hidden_test("dropout_forward", weight=2)
def test_share_that_is_kept(student, reference, rng):
    """Training mode keeps a share of about p of the numbers, and different ones in each call."""
    # Enough rows and columns that the share is also accurate if whole ones are dropped.
    x = away_from_zero(rng, (200, 200))
    for p in (0.3, 0.8):
        case = f"40 000 numbers, p = {p}"
        check_scalar(
            "the share of kept numbers", np.mean(dropped(student, x, p, case=case) != 0), p, "share", case=case
        )
    first, second = (dropped(student, x, 0.5) != 0 for _ in range(2))
    about = "the share of numbers kept in two calls"
    check_scalar(about, np.mean(first & second), 0.25, "share", case="40 000 numbers, p = 0.5")


@hidden_test("dropout_forward", weight=2)
def test_each_number_has_its_own_lot(student, reference, rng):
    """Each number is dropped independently of its position and of the other numbers."""
    kept = dropped(student, away_from_zero(rng, (200, 200)), 0.5) != 0
    must_drop(kept, "train, p = 0.5")
    about = "the correlation of kept numbers with those some rows and columns away"
    check_scalar(about, largest_correlation(kept), 0, "random", case="the largest of all distances, p = 0.5")


@hidden_test("dropout_forward", weight=2)
def test_test_mode(student, reference, rng):
    """Test mode drops and scales nothing."""
    x = away_from_zero(rng, (6, 7))
    check_array("out", dropped(student, x, 0.3, mode="test"), x, "exact", case="test mode, p = 0.3")


@hidden_test("dropout_forward", weight=1)
def test_keeping_all_or_few(student, reference, rng):
    """With p = 1 nothing changes; with p = 0.05 the kept numbers become twenty times as large."""
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
    # Independent numbers practically never keep or drop a whole map.
    whole = kept.all(axis=(2, 3)) | ~kept.any(axis=(2, 3))
    if whole.any():
        raise StudentFault("failed", f"{np.sum(whole)} of 120 feature maps are kept or dropped as a whole ({case})")


@hidden_test("dropout_forward", weight=3)
def test_new_lots_in_each_call(student, reference, rng):
    """Each call draws a new mask, independent of those of earlier calls."""
    x = away_from_zero(rng, (60, 80))
    calls = np.array([dropped(student, x, 0.5) != 0 for _ in range(3)])
    for kept in calls:
        must_drop(kept, "train, p = 0.5")
    if np.array_equal(calls[0], calls[1]):
        raise StudentFault("failed", "two calls without a seed drop the same numbers (train, p = 0.5)")
    about = "the correlation of kept numbers with those of another call"
    check_scalar(about, largest_correlation(calls), 0, "random", case="the largest of all distances, p = 0.5")


@hidden_test("dropout_forward", weight=1)
def test_lots_follow_the_seed(student, reference, rng):
    """The same seed drops the same numbers in every call; another seed drops others."""
    x = away_from_zero(rng, (20, 30))
    first, second, other = (dropped(student, x, 0.5, seed=seed) for seed in (7, 7, 8))
    must_drop(first != 0, "train, p = 0.5, seed 7")
    check_array("out of a second call with the same seed", second, first, "exact", case="train, p = 0.5, seed 7")
    if np.array_equal(first, other):
        raise StudentFault("failed", "two seeds drop the same numbers (train, p = 0.5, seeds 7 and 8)")


def check_backward(student, reference, rng, shape, p):
    """Expect the backward pass to use the mask of the forward pass with the same seed."""
    x, param = away_from_zero(rng, shape), {"mode": "train", "p": p, "seed": 11}
    dout = away_from_zero(rng, shape)
    dx = student.gradients("dropout_backward", (x, param), dout)
    mask = dropped(reference if student.has_right_cache else student, x, p, seed=11) / x
    must_be_mask(mask, p)
    check_array("dx", dx, dout * mask, "exact", case=f"p = {p}")


def must_be_mask(mask, p):
    """Skip the test if the forward pass is not dropout: the gradient needs a mask.

    The factor may be wrong: the forward pass has lost points for that already.
    """
    kept = mask != 0
    factors = mask[kept]
    if kept.all():
        raise StudentFault("skipped", f"not tested: dropout_forward drops nothing (p = {p})")
    if not kept.any():
        raise StudentFault("skipped", f"not tested: dropout_forward drops everything (p = {p})")
    if not np.allclose(factors, factors[0], rtol=1e-4, atol=0):
        raise StudentFault("skipped", f"not tested: dropout_forward scales kept numbers by different factors (p = {p})")
    if not 0.1 < np.mean(kept) < 0.99:
        raise StudentFault(
            "skipped", f"not tested: dropout_forward drops almost nothing or almost everything (p = {p})"
        )


@hidden_test("dropout_backward", weight=2)
def test_same_mask(student, reference, rng):
    """The gradient passes where the forward pass kept the input, with the same factor."""
    check_backward(student, reference, rng, (20, 30), 0.3)


@hidden_test("dropout_backward", weight=1)
def test_same_mask_of_feature_maps(student, reference, rng):
    """The input may have any shape, also with a large p."""
    check_backward(student, reference, rng, (4, 3, 4, 5), 0.8)
