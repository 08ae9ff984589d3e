"""Checks of values other than arrays: passing values, failing values, and messages."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import autograder
from autograder import check_dict, check_series, check_table, check_text, check_value
from autograder.errors import AuthorError, StudentFault
from autograder.testing.plain_values import digest_of
from autograder.testing.recording import PlainComparison, record_comparisons

ROOT = Path(__file__).parent.parent


def message(check, *arguments, **options):
    """The message for the student; "" if the check passes."""
    try:
        check("out", *arguments, **options)
    except StudentFault as error:
        fault = error
    else:
        return ""
    assert fault.status == "failed"
    assert len(fault.message) < 500
    assert fault.message.isprintable()
    return fault.message


@pytest.mark.parametrize(
    ("got", "expected", "options"),
    [
        (3, 3, {}),
        (3.0, 3, {}),
        (np.int64(3), 3, {}),
        (np.array(2.5), 2.5, {}),
        (0.1 + 0.2, 0.3, {}),
        (float("nan"), float("nan"), {}),
        (float("inf"), float("inf"), {}),
        (True, True, {}),
        (True, 1, {"bool_is_int": True}),
        (0, False, {"bool_is_int": True}),
        (None, None, {}),
        ([1, "a", None], (1, "a", None), {}),
        ({"a": [1, 2.0]}, {"a": (1, 2)}, {}),
        (1.01, 1.0, {"tolerance": 0.02}),
    ],
)
def test_a_value_that_is_as_good_passes(got, expected, options):
    from autograder import Tolerance

    if "tolerance" in options:
        options = {"tolerance": Tolerance(options["tolerance"], "measured")}
    assert message(check_value, got, expected, **options) == ""


@pytest.mark.parametrize(
    ("got", "expected", "options", "words"),
    [
        (4, 3, {}, "out: expected 3, got 4"),
        (None, 3, {}, "out: expected 3, got None"),
        (True, 1, {}, "out: expected 1, got True (a truth value)"),
        (1, True, {}, "out: expected True, got 1 (an int)"),
        ("3", 3, {}, "out: expected 3, got '3' (a text)"),
        (10**17 + 1, 10**17, {}, "out: expected 100000000000000000, got 100000000000000001"),
        ([1, 2], (1, 2), {"same_type": True}, "out: expected a tuple of 2, got a list of 2"),
        (3.0, 3, {"same_type": True}, "out: expected 3, got 3 (a float)"),
        ([1, 5, 3], [1, 2, 3], {}, "out[1]: expected 2, got 5"),
        ([1], [1, 2], {}, "out: expected 2 items, got 1"),
        (np.zeros(3), [0, 0, 0], {}, "out: expected a list of 3, got an array of shape (3,)"),
        ({"a": 1}, {"a": 1, "b": 2}, {}, "out: expected the keys 'a', 'b', got the dict with 'b' missing"),
        (float("nan"), 1.0, {}, "out: expected 1, got nan"),
    ],
)
def test_a_wrong_value_is_shown_with_the_expected_one(got, expected, options, words):
    assert message(check_value, got, expected, case="small", **options) == f"{words} (small)"


def test_what_can_not_be_compared_is_the_author_s_error():
    for check, expected in (
        (check_value, {1, 2}),
        (check_value, np.zeros(2)),
        (check_text, b"a"),
        (check_dict, [1]),
        (check_table, pd.Series([1])),
        (check_series, [1]),
        (check_table, pd.DataFrame({"x": pd.period_range("2020", periods=2, freq="M")})),
    ):
        with pytest.raises(AuthorError):
            check("out", None, expected)


def test_texts_show_the_first_difference():
    assert message(check_text, "a b", "a b") == ""
    assert message(check_text, "A  b\n", "a b", ignore_case=True, ignore_whitespace=True) == ""
    assert message(check_text, "abd", "abc") == "out: expected 'abc', got 'abd'; they differ first at character 3"
    assert message(check_text, "one\ntvo", "one\ntwo") == (
        r"out: expected 'one\ntwo', got 'one\ntvo'; they differ first at line 2, character 2"
    )
    long = "x" * 100
    assert message(check_text, long + "b", long + "a") == (
        f"out: expected …'{'x' * 20}a', got …'{'x' * 20}b'; they differ first at character 101"
    )
    assert message(check_text, None, "a") == "out: expected a text, got None"


def test_dicts_compare_each_value_with_the_check_that_fits():
    right = {"n": 2, "text": "a", "array": np.ones(2), "table": pd.DataFrame({"x": [1]}), "more": {"a": (1, 2)}}
    assert message(check_dict, right, right) == ""
    assert message(check_dict, {"b": 1, "c": 2}, {"a": 1, "b": 1}) == (
        "out: expected the keys 'a', 'b', got the dict with 'a' missing and 'c' in addition"
    )
    assert message(check_dict, {"a": 1, "c": 2}, {"a": 1}, ignore_extra=True) == ""
    assert message(check_dict, {1: "x"}, {1: "y"}).startswith("out[1]: expected 'y', got 'x'")
    assert message(check_dict, [1], {"a": 1}) == "out: expected a dict with the keys 'a', got a list of 1"
    wrong = {**right, "array": np.zeros(2)}
    assert "out['array'] is zero everywhere" in message(check_dict, wrong, right)
    wrong = {**right, "table": pd.DataFrame({"x": [2]})}
    assert message(check_dict, wrong, right) == "out['table'], column 'x', row 0: expected 1, got 2"


TABLE = pd.DataFrame(
    {"name": ["ann", "bob", None], "mean": [1.5, 2.0, np.nan], "n": [1, 2, 3], "ok": [True, False, True]},
    index=["a", "b", "c"],
)


@pytest.mark.parametrize(
    ("got", "options"),
    [
        (TABLE, {}),
        (TABLE[["ok", "n", "mean", "name"]], {}),
        (TABLE.astype({"n": float, "mean": "float32"}), {}),
        (TABLE.astype({"n": "Int64", "name": "category"}), {}),
        (TABLE.astype({"name": object}), {}),
        (TABLE.iloc[[2, 0, 1]], {"any_row_order": True}),
        (TABLE.iloc[[2, 0, 1]].reset_index(drop=True), {"any_row_order": True, "index": False}),
        (TABLE.reset_index(drop=True), {"index": False}),
        (TABLE.assign(extra=1), {"extra_columns": True}),
        (TABLE.assign(mean=TABLE["mean"] * (1 + 1e-12)), {}),
        (TABLE.rename_axis("group"), {}),
    ],
)
def test_a_table_that_is_as_good_passes(got, options):
    assert message(check_table, crossed(got), TABLE, **options) == ""


def crossed(value):
    from autograder.scoring.in_process_session import _crossed

    return _crossed(value)


@pytest.mark.parametrize(
    ("got", "options", "words"),
    [
        (None, {}, "out: expected a DataFrame, got None"),
        (TABLE["n"], {}, "out: expected a DataFrame, got a Series of 3 rows"),
        (
            TABLE.drop(columns="n").assign(N=1),
            {},
            "out: expected the columns 'name', 'mean', 'n', 'ok', got a table with 'n' missing and 'N' in addition",
        ),
        (
            TABLE[["mean", "name", "n", "ok"]],
            {"same_column_order": True},
            "out: expected the columns in the order 'name', 'mean', 'n', 'ok', got 'mean', 'name', 'n', 'ok'",
        ),
        (TABLE.iloc[:2], {}, "out: expected 3 rows, got 2"),
        (TABLE.reset_index(drop=True), {}, "out, index, row 0: expected texts, got numbers"),
        (
            TABLE.iloc[[1, 0, 2]],
            {},
            "out, index, row 0: expected 'a', got 'b'; 2 of 3 rows differ (0, 1)",
        ),
        (
            TABLE.assign(mean=[1.5, 2.5, 3]),
            {},
            "out, column 'mean', row 'b': expected 2, got 2.5; 2 of 3 rows differ ('b', 'c')",
        ),
        (
            TABLE.assign(mean=[1.5, 2.0, 3]),
            {},
            "out, column 'mean', row 'c': expected a missing value, got 3; 1 of 3 rows differ ('c')",
        ),
        (TABLE.assign(n=["1", "2", "3"]), {}, "out, column 'n': expected numbers, got texts"),
        (TABLE.assign(ok=[1, 0, 1]), {}, "out, column 'ok': expected truth values, got numbers"),
        (
            TABLE.astype({"n": float}),
            {"same_dtypes": True},
            "out, column 'n': expected whole numbers, got floating point numbers",
        ),
        (
            TABLE.set_index("name", append=True),
            {"extra_columns": True},
            "out: expected the columns 'name', 'mean', 'n', 'ok', got a table with 'name' missing",
        ),
    ],
)
def test_a_wrong_table_is_told_by_column_and_row(got, options, words):
    expected = words.replace("out, index, row 0: expected texts", "out, index: expected texts")
    assert message(check_table, crossed(got), TABLE, case="small", **options) == f"{expected} (small)"


def test_series_compare_values_index_and_name():
    right = TABLE.groupby("ok")["n"].sum()
    assert message(check_series, crossed(right), right) == ""
    assert message(check_series, crossed(right.rename("x")), right) == ""
    assert (
        message(check_series, crossed(right.rename("x")), right, same_name=True)
        == "out: expected the name 'n', got 'x'"
    )
    assert message(check_series, crossed(right.iloc[::-1]), right, any_row_order=True) == ""
    assert message(check_series, crossed(right + np.array([0, 1])), right) == (
        "out, row True: expected 4, got 5; 1 of 2 rows differ (True)"
    )
    two = TABLE.groupby(["ok", "name"])["n"].sum()
    assert message(check_series, crossed(two), two) == ""
    assert "expected an index of 2 levels, got one of one level" in message(check_series, crossed(right), two.iloc[:2])
    times = pd.Series(pd.to_datetime(["2020-01-01", "2020-01-02"]))
    assert message(check_series, crossed(times.astype("datetime64[s]")), times) == ""
    assert "expected 2020-01-01T00:00:00" in message(check_series, crossed(times.shift(1)), times)


HOSTILE = "\x1b[31m<b>\u202e" * 100


@pytest.mark.parametrize(
    ("check", "got", "expected"),
    [
        (check_value, HOSTILE, "a"),
        (check_value, [HOSTILE], [1]),
        (check_value, {HOSTILE: 1}, {"a": 1}),
        (check_value, [[[[[[0]]]]]], 1),
        (check_text, HOSTILE, "a"),
        (check_text, "\ud800", "a"),
        (check_dict, {HOSTILE + str(i): 1 for i in range(200)}, {"a": 1}),
        (check_dict, {i: 1 for i in range(200)}, {"a": 1}),
        (check_table, pd.DataFrame({HOSTILE: [1]}), TABLE),
        (check_table, pd.DataFrame({"\ud800": [1]}), TABLE),
        (check_table, pd.DataFrame({f"{i}{HOSTILE}": [1] for i in range(200)}), TABLE),
        (check_table, pd.DataFrame({"name": [HOSTILE] * 3}, index=[HOSTILE] * 3), TABLE[["name"]]),
        (check_series, pd.Series([HOSTILE, 1, None], dtype=object), TABLE["n"]),
        (check_series, pd.Series([np.inf, -np.inf, np.nan]), TABLE["mean"]),
        (check_series, pd.Series(np.array([-(2**63) + 1, 2**62, 0]).view("M8[s]")), TABLE["mean"]),
    ],
)
def test_hostile_values_give_a_short_printable_message(check, got, expected):
    with record_comparisons({}) as comparisons:
        assert message(check, got, expected)
    assert all(len(c.digest) <= 64 and len(c.numbers) <= 1000 for c in comparisons if type(c) is PlainComparison)


def test_every_check_is_in_the_table_of_the_documentation():
    table = (
        (ROOT / "docs" / "authoring.md").read_text(encoding="utf-8").partition("## Checks\n")[2].partition("\n## ")[0]
    )
    assert [name for name in autograder.__all__ if name.startswith("check_") and f"`{name}`" not in table] == []


@pytest.mark.parametrize("value", [None, True, np.False_, "", [], {}])
def test_a_value_that_any_mistake_may_give_is_no_evidence(value):
    assert digest_of(value) == ("", ())
    assert digest_of([value, "a"])[0]
