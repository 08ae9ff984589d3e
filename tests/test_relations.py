"""Relations between wrong and correct values: each is reported where it holds, and only there."""

import numpy as np
import pytest
from attack_range import scored_alone
from courses import COURSE, replaced

from autograder.model import TestStatus
from autograder.sample_class.command import solved_submission
from autograder.scoring.scorer import scorer_for
from student_tools.relations import RELATIONS, Values, other_shape, relation

RNG = np.random.default_rng(7)
X = RNG.standard_normal((5, 4))
IMAGES = RNG.standard_normal((3, 2, 5, 4))
CUBE = RNG.standard_normal((3, 5, 2))
SQUARE = RNG.standard_normal((4, 4))
GAMMA, DOUT = np.array([0.5, 1.5, -2.0, 3.0]), RNG.standard_normal((5, 4))
INPUTS = {"dout": DOUT, "gamma": GAMMA, "dropout_param['p']": 0.3, "w": RNG.standard_normal((7, 3))}


def told(got, expected=X, **more):
    return relation(Values("dx", np.asarray(got, dtype=float), expected, 1e-6, **more))


def changed(array, index, value):
    array = array.copy()
    array[index] = value
    return array


NAN = changed(X, (slice(None), 1), np.nan)
BORDER = np.zeros(IMAGES.shape, bool)
BORDER[..., [0, -1], :] = BORDER[..., [0, -1]] = True


@pytest.mark.parametrize(
    ("got", "expected", "words"),
    [
        (-X, X, "dx has the opposite sign and is otherwise right."),
        (X + 1, X, "dx is what db should be."),
        (DOUT, X, "dx is the argument dout, unchanged."),
        (-DOUT, X, "dx is the argument dout with the opposite sign."),
        (SQUARE.T, SQUARE, "The axes 0 and 1 of dx are exchanged."),
        (X[::-1], X, "dx is in reverse order along axis 0."),
        (IMAGES[..., ::-1, ::-1], IMAGES, "dx is in reverse order along the axes 2 and 3."),
        (np.roll(X, 1, 0), X, "dx is shifted forward by one place along axis 0."),
        (np.pad(X, ((0, 0), (0, 1)))[:, 1:], X, "dx is shifted back by one place along axis 1."),
        (5 * X, X, "dx is 5 times what it should be: the size of axis 0."),
        (X / 4, X, "dx is 0.25 times what it should be: one divided by the size of axis 1."),
        (7 * X, X, "dx is 7 times what it should be: the size of axis 0 of w."),
        (2 * X, X, "dx is 2 times what it should be."),
        (-X / 2, X, "dx is -0.5 times what it should be."),
        (0.3 * X, X, "dx is 0.3 times what it should be: dropout_param['p']."),
        (X / 0.3, X, "dx is 3.33333 times what it should be: one divided by dropout_param['p']."),
        (0.7 * X, X, "dx is 0.7 times what it should be: 1 minus dropout_param['p']."),
        (1.37 * X, X, "dx is 1.37 times what it should be, everywhere."),
        (X * GAMMA, X, "dx is what it should be, multiplied by gamma."),
        (X / GAMMA, X, "dx is what it should be, divided by gamma."),
        (X - GAMMA, X, "dx is what it should be minus gamma."),
        (X + DOUT, X, "dx is what it should be plus dout."),
        (X - 2 * GAMMA, X, "dx is what it should be minus twice gamma."),
        (3.3 * (X - GAMMA) + GAMMA, X, "Apart from gamma, dx is 3.3 times what it should be, everywhere."),
        (np.maximum(X, 0), X, "dx is right where it should be positive, and zero where it should be negative."),
        (np.abs(X), X, "dx is the absolute value of what it should be."),
        (X**2, X, "dx is the square of what it should be."),
        (np.exp(X), X, "dx is the exponential of what it should be."),
        (X - 1, X, "dx is what it should be minus 1."),
        (changed(X, slice(1, None), 0), X, "dx is zero in every row but the first, and right elsewhere."),
        (changed(X, (slice(None), 3), 0), X, "dx is zero in column 3, and right elsewhere."),
        (changed(CUBE, (slice(None), [1, 3]), 0), CUBE, "dx is zero in the places 1 and 3 along axis 1, and right"),
        (
            changed(CUBE, [0, 2], CUBE[:1] ** 2),
            CUBE,
            "dx is wrong in every place along axis 0 but place 1 along axis 0",
        ),
        (changed(IMAGES, (slice(None), 1), 0), IMAGES, "dx is zero in channel 1, and right elsewhere."),
        (np.where(BORDER, 0, IMAGES), IMAGES, "dx is zero at the border, and right elsewhere."),
        (changed(X, slice(1, None), X[:1] * 3), X, "dx is wrong in every row but the first, and right elsewhere."),
        (np.where(BORDER, IMAGES**3, IMAGES), IMAGES, "dx is wrong at the border, and right elsewhere."),
        (np.where(BORDER, IMAGES, IMAGES**3), IMAGES, "dx is wrong away from the border, and right elsewhere."),
        (X + 0.3, X, "dx is off by the same number everywhere, 0.3."),
        (X + GAMMA**2, X, "The error of dx is the same everywhere along axis 0."),
        (np.broadcast_to(X[:1] ** 2 + 3, X.shape), X, "dx is the same for every row, but it should differ."),
        (X * (1 + 1e-4 * DOUT), X, "dx is nearly right, within 0.0"),
        (IMAGES.reshape(3, 4, 5, 2).transpose(0, 3, 2, 1), IMAGES, "dx has the right numbers in other places"),
        (np.full(X.shape, np.nan), X, "Every number of dx is nan."),
        (NAN, X, "dx is nan in all of column 1, and finite elsewhere."),
        (changed(X, (2, 3), np.inf), X, "5 % of dx is infinite."),
    ],
)
def test_what_is_observed_is_told(got, expected, words):
    assert told(got, expected, others={"dx": X, "db": X + 1}, inputs=INPUTS).startswith(words)


@pytest.mark.parametrize(
    ("got", "expected", "words"),
    [
        ((4, 5), (5, 4), "dx has the transposed shape."),
        ((3, 2, 4), (2, 3, 4), "The axes of dx are in another order."),
        ((1, 4), (4,), "dx has more axes of length 1 than it should have."),
        ((4,), (4, 1), "dx has fewer axes of length 1 than it should have."),
        ((5, 6), (5, 2, 3), "dx has the right number of elements in another shape. Reshape it."),
        ((5, 4), (5, 4, 3), "Axis 2 of dx is missing, as after a sum or a maximum over it."),
        ((5, 4), (4,), "dx has one axis too many, axis 0. Sum over it, or drop it."),
        ((5, 7), (4, 3), ""),
        ((), (4, 3), ""),
    ],
)
def test_another_shape_is_described(got, expected, words):
    assert other_shape("dx", got, expected) == words


@pytest.mark.parametrize("seed", range(20))
def test_of_unrelated_values_nothing_is_told(seed):
    rng = np.random.default_rng(seed)
    for shape in ((), (1,), (3,), (5, 4), (3, 3), (3, 2, 5, 4)):
        got, expected = rng.standard_normal(shape), rng.standard_normal(shape)
        assert told(got, expected, inputs=INPUTS) == ""


def test_one_number_has_a_factor_only_if_the_factor_has_a_meaning():
    assert told(np.array(3.7), np.array(1.0)) == ""
    assert told(np.array(2.0), np.array(1.0)) == "dx is 2 times what it should be."


@pytest.mark.parametrize("holds", RELATIONS)
def test_no_relation_holds_of_right_values_or_fails_on_odd_ones(holds):
    for got, expected in ((X, X), (np.zeros(0), np.zeros(0)), (np.zeros((2, 3)), np.zeros((2, 3)))):
        assert relation(Values("dx", got, expected, 1e-6)) == ""
    for shape in ((1, 1, 1), (2, 1, 3), (1,), (2, 3, 4)):
        holds(Values("dx", np.ones(shape), np.zeros(shape), 1e-6))


def test_large_values_and_other_shapes_are_left_alone():
    assert told(np.zeros((1000, 1000)), np.ones((1000, 1000))) == ""
    assert told(np.zeros((2, 3)), np.ones((3, 2))) == ""


@pytest.fixture(scope="module")
def scorer():
    return scorer_for(COURSE.root, "assignment2")


def messages(scorer, exercise, *pairs):
    """The messages of the failed tests of an exercise, in the solution of which some texts are replaced: set."""
    change = {exercise: replaced(*pairs)}
    submission = solved_submission(scorer.assignment, "somebody", change=change)
    tests = scored_alone(scorer, exercise).score(submission).exercises[exercise].tests
    return {test.message for test in tests if test.status is TestStatus.FAILED and not test.misconception}


RETURN = "return dx, dw, db"


@pytest.mark.parametrize(
    ("new", "words"),
    [
        ("return 1.37 * dx, dw, db", ". dx is 1.37 times what it should be, everywhere."),
        ("return dx, dw, abs(db)", ". db is the absolute value of what it should be."),
        ("return dx[..., ::-1], dw, db", "dx is in reverse order along axis"),
        ("return dx, w, db", ". dw is the argument w, unchanged."),
    ],
)
def test_feedback_tells_the_relation_where_no_known_mistake_explains_it(scorer, new, words):
    told = messages(scorer, "affine_backward", (RETURN, new))
    assert told
    assert any(words in message for message in told), told


def test_what_a_known_mistake_explains_is_not_told_twice(scorer):
    assert messages(scorer, "affine_forward", ("+ b", "")) == set()


def test_a_relation_that_can_not_be_worked_out_costs_the_sentence_alone(scorer, monkeypatch):
    def fails(*_):
        raise OverflowError

    monkeypatch.setattr("autograder.scoring.test_runner.relation_of", fails)
    told = messages(scorer, "affine_backward", (RETURN, "return 1.37 * dx, dw, db"))
    assert told
    assert not any("what it should be" in message for message in told)
