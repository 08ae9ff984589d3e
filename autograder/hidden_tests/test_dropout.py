"""Hidden tests of dropout: not which numbers are dropped, but how what comes out relates to what came in."""

import numpy as np
import pytest

from autograder.errors import StudentFault
from autograder.testing.compare import check_array, check_form, check_scalar


def away_from_zero(rng, shape):
    """Numbers of both signs, so that a zero can only come from dropout."""
    return rng.uniform(0.5, 2, shape) * rng.choice([-1, 1], shape)


def dropped(student, x, p, *, mode="train", case="", **param):
    """out of the student's forward pass, which has to be an array of the shape of x."""
    out, _ = student.dropout_forward(x, {"mode": mode, "p": p, **param})
    check_form("out", out, x.shape, case=case)
    return out


def check_values(out, x, p, case):
    """Each number has to be zero or x ÷ p, whichever it is nearer to."""
    expected = np.where(np.abs(out) < np.abs(x / p) / 2, 0, x / p)
    check_array("out", out, expected, "exact", case=case)


@pytest.mark.scores("dropout_forward", weight=2)
def test_zero_or_scaled(student, reference, rng):
    """In training mode each number becomes zero or is divided by p."""
    x = away_from_zero(rng, (20, 30))
    for p in (0.3, 0.8):
        case = f"train, p = {p}"
        check_values(dropped(student, x, p, case=case), x, p, case)


@pytest.mark.scores("dropout_forward", weight=2)
def test_share_that_is_kept(student, reference, rng):
    """In training mode the share of the numbers that is kept is about p."""
    # Rows and columns enough that the share tells the same of programs that drop whole ones.
    x = away_from_zero(rng, (900, 900))
    for p in (0.3, 0.8):
        case = f"810 000 numbers, p = {p}"
        check_scalar("the share that is kept", np.mean(dropped(student, x, p, case=case) != 0), p, "random", case=case)


@pytest.mark.scores("dropout_forward", weight=1)
def test_each_number_has_its_own_lot(student, reference, rng):
    """Whether a number is kept depends neither on its sample nor on its feature."""
    kept = dropped(student, away_from_zero(rng, (200, 200)), 0.5) != 0
    for words, one, other in (("samples", kept[1:], kept[:-1]), ("features", kept[:, 1:], kept[:, :-1])):
        about = f"the share of numbers of neighbouring {words} that are both kept or both dropped"
        check_scalar(about, np.mean(one == other), 0.5, "random", case="p = 0.5")


@pytest.mark.scores("dropout_forward", weight=2)
def test_test_mode(student, reference, rng):
    """In test mode nothing is dropped and nothing is scaled."""
    x = away_from_zero(rng, (6, 7))
    check_array("out", dropped(student, x, 0.3, mode="test"), x, "exact", case="test mode, p = 0.3")


@pytest.mark.scores("dropout_forward", weight=1)
def test_keeping_all_or_few(student, reference, rng):
    """With p = 1 nothing changes, and with p = 0.05 the few that are kept become twenty times as large."""
    x = away_from_zero(rng, (40, 50))
    check_array("out", dropped(student, x, 1), x, "exact", case="train, p = 1")
    check_values(dropped(student, x, 0.05), x, 0.05, "train, p = 0.05")


@pytest.mark.scores("dropout_forward", weight=1)
def test_feature_maps(student, reference, rng):
    """The input may have any shape."""
    x = away_from_zero(rng, (2, 3, 4, 5))
    check_values(dropped(student, x, 0.6), x, 0.6, "train, 2 × 3 × 4 × 5 numbers, p = 0.6")


@pytest.mark.scores("dropout_forward", weight=1)
def test_new_lots_unless_there_is_a_seed(student, reference, rng):
    """Each call draws new lots; with a seed all calls drop the same numbers."""
    x = away_from_zero(rng, (20, 30))
    first, second = (dropped(student, x, 0.5, seed=7) for _ in range(2))
    check_array("out of a second call with the same seed", second, first, "exact", case="train, p = 0.5, seed 7")
    first, second = (dropped(student, x, 0.5) for _ in range(2))
    if np.array_equal(first, second):
        raise StudentFault("failed", "two calls without a seed drop the same numbers (train, p = 0.5)")


def check_backward(student, rng, shape, p):
    """The backward pass has to have the mask that the forward pass of the same seed has."""
    x, param = away_from_zero(rng, shape), {"mode": "train", "p": p, "seed": 11}
    dout = away_from_zero(rng, shape)
    dx = student.gradients("dropout_backward", (x, param), dout)
    mask = dropped(student, x, p, seed=11) / x
    check_array("dx", dx, dout * mask, "exact", case=f"p = {p}")


@pytest.mark.scores("dropout_backward", weight=2)
def test_same_mask(student, reference, rng):
    """The gradient passes where the forward pass kept the input, with the same factor."""
    check_backward(student, rng, (20, 30), 0.3)


@pytest.mark.scores("dropout_backward", weight=1)
def test_same_mask_of_feature_maps(student, reference, rng):
    """The input may have any shape, and nearly all of it may be kept."""
    check_backward(student, rng, (2, 3, 4, 5), 0.9)
