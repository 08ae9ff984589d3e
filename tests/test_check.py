from types import SimpleNamespace

import numpy as np
import pytest

from cs231n.check import check_trained
from student_tools.check import check_close, check_true

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
        (None, "got None: finish the function"),
        ([[1.0, 2.0], [3.0, 4.0]], "expected a NumPy array, got list"),
        (np.ma.masked_array(EXPECTED), "got MaskedArray"),
        (EXPECTED.astype(object), "array of object"),
        (EXPECTED.astype(complex), "array of complex128"),
        (EXPECTED[:1], r"expected shape \(2, 2\), got shape \(1, 2\)"),
        (np.array([[1.0, np.nan], [3.0, np.inf]]), r"got nan at index \(0, 1\); 2 of 4"),
        (np.array([[1.0, 2.0], [3.5, 4.0]]), r"worst at index \(1, 0\): expected 3, got 3.5"),
        (np.zeros((2, 2)), "relative error 1 is above the tolerance 1e-07"),
    ],
)
def test_wrong_result_is_named_in_one_line(got, message):
    with pytest.raises(AssertionError, match=message) as caught:
        check_close("dx error", got, EXPECTED, 1e-7)
    assert str(caught.value).startswith("dx error: ")
    assert "\n" not in str(caught.value)


def test_negative_zero_is_written_as_0():
    with pytest.raises(AssertionError, match=r"expected 1, got 0$"):
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
    with pytest.raises(AssertionError, match=r"^loss: expected"):
        check_close("loss", got, 2.5, 1e-12)


def test_number_is_refused_for_an_array():
    with pytest.raises(AssertionError, match="expected a NumPy array, got float"):
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
