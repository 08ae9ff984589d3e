from types import SimpleNamespace

import numpy as np
import pytest

from cs231n.check import check_trained
from student_tools.check import check_close, check_keys, check_true

EXPECTED = np.array([[1.0, 2.0], [3.0, 4.0]])


def test_right_result_prints_label_and_error_and_shows_nothing_else(capsys):
    """In the last line of a cell, a notebook would show a returned value again."""
    assert check_close("difference", EXPECTED + 1e-9, EXPECTED, 1e-7) is None
    label, error, mark = capsys.readouterr().out.split()
    assert (label, mark) == ("difference:", "✔")
    assert 0 < float(error) < 1e-7


@pytest.mark.parametrize(
    ("got", "message"),
    [
        (None, r"dx is None, expected an array of shape \(2, 2\): compute and return it$"),
        ([[1.0, 2.0], [3.0, 4.0]], r"dx is a list of 2, expected a numpy array of shape \(2, 2\)$"),
        ((EXPECTED, "cache"), r"dx is a tuple of 2, .* \(2, 2\): does the function return the cache, too\?$"),
        (("cache", EXPECTED), r"dx is a tuple of 2, expected a numpy array of shape \(2, 2\)$"),
        (np.float64(3), r"dx is one number, expected shape \(2, 2\): is an axis missing in the sum\?$"),
        (np.ma.masked_array(EXPECTED), "dx is MaskedArray, expected a numpy array"),
        (EXPECTED.astype(object), "dx has dtype object, expected real numbers$"),
        (EXPECTED.astype(complex), "dtype complex128"),
        (EXPECTED[:1], r"dx has shape \(1, 2\), expected \(2, 2\)$"),
        (EXPECTED.ravel(), r"expected \(2, 2\)\. dx has the right number of elements in another shape\. Reshape it\.$"),
        (EXPECTED[None], r"expected \(2, 2\)\. dx has more axes of length 1 than it should have\.$"),
        (np.array([[1.0, np.nan], [3.0, np.inf]]), r"got nan at index \(0, 1\); 2 of 4 .*infinity\. dx is infinite in"),
        (np.array([[1.0, 2.0], [3.5, 4.0]]), r"worst at index \(1, 0\): expected 3, got 3.5$"),
        (-EXPECTED, r"got -1\. dx has the opposite sign and is otherwise right\.$"),
        (EXPECTED / 2, r"got 0\.5\. dx is 0\.5 times what it should be\.$"),
        (EXPECTED.T, r"got 3\. The axes 0 and 1 of dx are exchanged\.$"),
        (np.zeros((2, 2)), r"relative error 1 is above the tolerance 1e-07.*got 0\. dx is zero everywhere\.$"),
    ],
)
def test_wrong_result_is_named_in_one_line(got, message):
    with pytest.raises(AssertionError, match=message) as caught:
        check_close("dx error", got, EXPECTED, 1e-7)
    assert str(caught.value).startswith("dx error: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("label", "start"),
    [
        ("dx error", "dx is 2 times"),
        ("W1 difference without padding", "W1 is 2 times"),
        ("dx 误差", "dx is 2 times"),
        ("difference", "Your result is 2 times"),
        ("与 beta 比较", "Your result is 2 times"),
        ("  scores in test mode", "Your result is 2 times"),
    ],
)
def test_a_relation_names_the_value(label, start):
    with pytest.raises(AssertionError, match=rf"\. {start} what it should be\.$"):
        check_close(label, 2 * EXPECTED, EXPECTED, 1e-7)


def test_a_coarse_tolerance_proves_no_relation():
    with pytest.raises(AssertionError, match=r"got 2$"):
        check_close("share", 2.0, 1.0, 0.01)


@pytest.mark.parametrize("seed", range(10))
def test_unrelated_values_get_no_relation(seed):
    rng = np.random.default_rng(seed)
    for shape in ((), (1,), (3,), (5, 4), (3, 3), (3, 2, 5, 4)):
        with pytest.raises(AssertionError, match=r"got [-\d.e]+$"):
            check_close("dx error", rng.standard_normal(shape), rng.standard_normal(shape), 1e-6)


def test_a_number_has_no_worst_place():
    with pytest.raises(AssertionError, match=r"is above the tolerance 1e-08: expected 2\.5, got 3$"):
        check_close("loss", 3.0, 2.5, 1e-8)


def test_other_keys_are_listed():
    check_keys("params", {"W1": 1, "b1": 2}, ["b1", "W1"])
    with pytest.raises(AssertionError, match=r"^params has the keys W0, b0, expected W1, b1$"):
        check_keys("params", {"W0": 1, "b0": 2}, ["W1", "b1"])
    with pytest.raises(AssertionError, match=r"^grads is None, expected a dict with the keys W1$"):
        check_keys("grads", None, ["W1"])


def test_negative_zero_is_written_as_0():
    with pytest.raises(AssertionError, match=r"expected 1, got 0\b"):
        check_close("dx error", np.array([1.0, -0.0]), np.ones(2), 1e-7)


def test_error_is_printed_before_a_failure(capsys):
    with pytest.raises(AssertionError):
        check_close("out", EXPECTED + 1, EXPECTED, 1e-7)
    printed = capsys.readouterr().out
    assert printed.startswith("out:  0.")
    assert "✔" not in printed


@pytest.mark.parametrize("got", [2.5, np.float32(2.5), np.array(2.5)])
def test_numbers_are_compared_with_numbers(got, capsys):
    check_close("loss", got, 2.5, 1e-12)
    assert capsys.readouterr().out == "loss:  0.0  ✔\n"


@pytest.mark.parametrize("got", ["2.5", True, 2.5j, np.array([2.5])])
def test_other_types_are_refused_for_a_number(got):
    with pytest.raises(AssertionError, match=r"^loss: your result is .*expected one number$"):
        check_close("loss", got, 2.5, 1e-12)


def test_number_is_refused_for_an_array():
    with pytest.raises(
        AssertionError,
        match=r"^out: your result is one number, expected shape \(3,\): is an axis missing in the sum\?$",
    ):
        check_close("out", 1.0, np.ones(3), 1e-7)


def test_unsigned_results_are_compared_without_wrapping_around():
    with pytest.raises(AssertionError, match=r"worst at index \(1,\)"):
        check_close("labels", np.array([5, 3], np.uint8), np.array([5, 4], np.uint8), 1e-7)


def test_check_true_raises_its_message():
    check_true(True, "never")
    with pytest.raises(AssertionError, match=r"^shape is wrong$"):
        check_true(False, "shape is wrong")


@pytest.mark.parametrize("solver", [None, SimpleNamespace(loss_history=[])], ids=["no solver", "not one step"])
def test_a_missing_training_names_the_exercise_that_it_needs(solver):
    with pytest.raises(RuntimeError, match=r"^nothing is trained yet: complete Net first, then run the cell above"):
        check_trained(solver, "Net")
    check_trained(SimpleNamespace(loss_history=[2.5]), "Net")
