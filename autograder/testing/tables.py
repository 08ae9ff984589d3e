"""Checks of pandas tables; the message names the column, the rows, and the expected value.

Both tables are compared in the form in which they cross the wire: categories as their values, and
nullable numbers as floating point numbers.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.errors import AuthorError
from autograder.language import english_of, tr, tr_later, tr_plural
from autograder.sandbox.worker.protocol import ProtocolError
from autograder.sandbox.worker.wire_types import LIBRARIES, CannotCross, decode, encode, is_table
from autograder.testing.compare import describe
from autograder.testing.plain_values import EXACT, Rules, about, digest_of, first_difference, keys_off, named, shown
from autograder.testing.recording import fail, first_fault, in_case, note_array, note_plain, tolerance_of
from autograder.testing.tolerances import Tolerance

__all__ = ["check_series", "check_table"]

MOST_ROWS = 5  # that a message names
NUMBERS, TRUTHS, TEXTS = tr_later("numbers"), tr_later("truth values"), tr_later("texts")
MIXED, NOTHING = tr_later("values of several types"), tr_later("missing values")
TIMES = {"M": tr_later("times"), "m": tr_later("durations")}


@dataclass(frozen=True, eq=False)
class _Column:
    """A column, or one level of an index.

    - kind: NUMBERS, TRUTHS, TEXTS, …
    - is_int: whether its dtype is an integer type
    - values: array of numbers or times, or list of plain values
    """

    kind: str
    is_int: bool
    values: Any


@dataclass(frozen=True)
class _How:
    """Options of a comparison, see check_table; `where` is the end of each message."""

    tolerance: Tolerance
    same_dtypes: bool
    where: str


def _how(tolerance: str | Tolerance | None, same_dtypes: bool, case: str) -> _How:
    return _How(tolerance_of(EXACT if tolerance is None else tolerance), same_dtypes, in_case(case))


def check_table(
    name: str,
    got: Any,
    expected: Any,
    tolerance: str | Tolerance | None = None,
    *,
    same_column_order: bool = False,
    any_row_order: bool = False,
    index: bool = True,
    extra_columns: bool = False,
    same_dtypes: bool = False,
    case: str = "",
) -> None:
    """Check the columns, rows and index of a DataFrame.

    Missing values equal each other. A column of another kind is wrong: the kinds are numbers, truth
    values, texts, times and durations. By default, the size of the numbers' dtype, integers stored
    as floats, and the names of the index do not count.

    Inputs:
    - name: of the table, for the message
    - got: the value from the worker
    - expected: DataFrame
    - tolerance: error of the numbers, relative to the largest of their column; None means 1e-9
    - same_column_order: require the expected order of columns
    - any_row_order: accept any order of rows; each row keeps its label
    - index: compare the labels of the rows
    - extra_columns: accept additional columns
    - same_dtypes: require integer dtypes for integers and float dtypes for floats
    - case: the input in a few words, for the message

    Raises: StudentFault with status failed; AuthorError if `expected` can't be compared.
    """
    expected = _normal(name, expected, 2)
    how = _how(tolerance, same_dtypes, case)
    is_table_too = is_table(got) and got.ndim == 2
    labels, wanted = list(got.columns) if is_table_too else [], list(expected.columns)
    fault = _columns_fault(labels, wanted, same_column_order, extra_columns)
    digest = digest_of([repr(label) for label in labels]) if is_table_too else digest_of(english_of(describe(got)))
    note_plain(f"the columns of {name}", *digest, is_right=is_table_too and not fault, tolerance=EXACT)
    if not is_table_too:
        fail(tr("{name}: expected a DataFrame, got {got}", name=name, got=describe(got)) + how.where)
    with first_fault() as check:
        if fault:
            check(fail, about(name, fault) + how.where)
        columns = {label: number for number, label in enumerate(labels)}
        pairs = [
            (tr("column {label}", label=shown(label, most=40)), got.iloc[:, columns[label]], expected.iloc[:, number])
            for number, label in enumerate(wanted)
            if label in columns
        ]
        _check_rows(check, name, got, expected, pairs, how, any_row_order=any_row_order, index=index)


def check_series(
    name: str,
    got: Any,
    expected: Any,
    tolerance: str | Tolerance | None = None,
    *,
    any_row_order: bool = False,
    index: bool = True,
    same_name: bool = False,
    same_dtypes: bool = False,
    case: str = "",
) -> None:
    """Check the values and index of a Series.

    Inputs:
    - name: of the Series, for the message
    - got: the value from the worker
    - expected: Series
    - tolerance: see check_table
    - any_row_order: see check_table
    - index: see check_table
    - same_name: require the expected name
    - same_dtypes: see check_table
    - case: the input in a few words, for the message

    Raises: StudentFault with status failed; AuthorError if `expected` can't be compared.
    """
    expected = _normal(name, expected, 1)
    how = _how(tolerance, same_dtypes, case)
    is_series = is_table(got) and got.ndim == 1
    note_plain(f"the type of {name}", *digest_of(english_of(describe(got))), is_right=is_series, tolerance=EXACT)
    if not is_series:
        fail(tr("{name}: expected a Series, got {got}", name=name, got=describe(got)) + how.where)
    with first_fault() as check:
        if same_name and got.name != expected.name:
            words = {"name": name, "expected": shown(expected.name), "got": shown(got.name)}
            check(fail, tr("{name}: expected the name {expected}, got {got}", **words) + how.where)
        _check_rows(check, name, got, expected, [("", got, expected)], how, any_row_order=any_row_order, index=index)


def _normal(name: str, expected: Any, ndim: int) -> Any:
    """The expected table as it would cross the wire."""
    kind = "DataFrame" if ndim == 2 else "Series"
    if not is_table(expected) or expected.ndim != ndim:
        raise AuthorError(f"expected a {kind} as the expected {name}, got {describe(expected)}")
    arrays: list = []
    try:
        tree = encode(expected, arrays, packages=LIBRARIES, must_cross=True)
    except (CannotCross, ProtocolError) as error:
        raise AuthorError(f"{name} can't be compared: {error}") from None
    table = decode(tree, arrays, packages=LIBRARIES)
    if ndim == 2 and not table.columns.is_unique:  # type: ignore[attr-defined]
        raise AuthorError(f"expected a DataFrame with distinct columns as the expected {name}")
    return table


def _columns_fault(labels: list, wanted: list, same_order: bool, may_be_more: bool) -> str:
    """The difference of the columns in words, or ""."""
    missing = [label for label in wanted if label not in labels]
    extra = [label for label in labels if label not in wanted]
    twice = [label for label in wanted if labels.count(label) > 1]
    if missing or (extra and not may_be_more):
        words = {"columns": named(wanted), "off": keys_off(missing, extra)}
        return tr("expected the columns {columns}, got a table with {off}", **words)
    if twice:
        times = labels.count(twice[0])
        return tr("expected the column {column} once, got it {times} times", column=shown(twice[0]), times=times)
    if same_order and [label for label in labels if label in wanted] != wanted:
        return tr("expected the columns in the order {columns}, got {got}", columns=named(wanted), got=named(labels))
    return ""


def _check_rows(
    check: Any, name: str, got: Any, expected: Any, pairs: list, how: _How, *, any_row_order: bool, index: bool
) -> None:
    """Compare the number of rows, the index, and pairs of columns: (words, got, expected)."""
    note_array(tr("the rows of {name}", name=name), np.asarray(len(got)), np.asarray(len(expected)), EXACT)
    if len(got) != len(expected):
        counts = {"expected": len(expected), "got": len(got)}
        check(fail, tr("{name}: expected {expected} rows, got {got}", name=name, **counts) + how.where)
        return
    if index and got.index.nlevels != expected.index.nlevels:
        message = tr(
            "{name}: expected an index of {expected}, got one of {got}: add or remove a reset_index",
            name=name,
            expected=_levels(expected),
            got=_levels(got),
        )
        check(fail, message + how.where)
        index = False
    levels = range(expected.index.nlevels) if index else ()
    indexes = [(got.index.get_level_values(level), expected.index.get_level_values(level)) for level in levels]
    compared = [
        (tr("index level {level}", level=level) if len(levels) > 1 else tr("index"), _column(one), _column(other))
        for level, (one, other) in enumerate(indexes)
    ]
    compared += [(words, _column(one), _column(other)) for words, one, other in pairs]
    labels = [_label(expected.index, row) for row in range(len(expected))] if index else list(range(len(expected)))
    if any_row_order:
        orders = [_order([pair[side] for pair in compared], len(expected)) for side in (1, 2)]
        compared = [(w, _sorted(one, orders[0]), _sorted(other, orders[1])) for w, one, other in compared]
        labels = [labels[row] for row in orders[1]]
    for number, (words, one, other) in enumerate(compared):
        # Differences of the index are reported by row number: the label itself is in question.
        rows = list(range(len(expected))) if number < len(indexes) else labels
        place = tr("{name}, {words}", name=name, words=words) if words else name
        check(_check_column, place, one, other, rows, how)


def _levels(table: Any) -> str:
    return tr_plural("one level", "{count} levels", table.index.nlevels)


def _label(index: Any, row: int) -> Any:
    label = index[row]
    return label if type(label) is tuple else _plain(label)


def _plain(value: Any) -> Any:
    """A value of an array or an index as a Python value; times stay NumPy values."""
    if isinstance(value, np.generic) and value.dtype.kind not in "mM":
        return value.item()
    return value.to_numpy() if hasattr(value, "to_numpy") else value


def _column(values: Any) -> _Column:
    """The _Column of a Series or Index that crossed the wire."""
    dtype = values.dtype
    if isinstance(dtype, np.dtype) and dtype.kind in "iufmM":
        array = values.to_numpy()
        return _Column(TIMES.get(dtype.kind, NUMBERS), dtype.kind in "iu", array)
    cells = [_cell(value) for value in values.to_numpy(dtype=object)]
    kinds = {type(cell) for cell in cells} - {type(None)}
    if isinstance(dtype, np.dtype) and dtype.kind == "b":
        return _Column(TRUTHS, False, cells)
    if kinds and kinds <= {int, float}:
        return _Column(NUMBERS, False, np.array([np.nan if cell is None else float(cell) for cell in cells]))
    if len(kinds) > 1:
        return _Column(MIXED, False, cells)
    kind = {bool: TRUTHS, str: TEXTS}.get(next(iter(kinds)), MIXED) if kinds else NOTHING
    return _Column(TEXTS if kind == NOTHING and not isinstance(dtype, np.dtype) else kind, False, cells)


def _cell(value: Any) -> Any:
    value = _plain(value)
    return None if value is None or value != value else value


def _check_column(words: str, got: _Column, expected: _Column, rows: list, how: _How) -> None:
    different = _different(got, expected, how.tolerance.bound)
    is_right_kind = _is_kind(got, expected, how.same_dtypes)
    numbers = got.kind == expected.kind == NUMBERS and not any(np.isnan(c.values).any() for c in (got, expected))
    if numbers:
        note_array(words, np.asarray(got.values, np.float64), np.asarray(expected.values, np.float64), how.tolerance)
    else:
        is_right = is_right_kind and not different.any()
        note_plain(words, *digest_of(_remembered(got)), is_right=is_right, tolerance=how.tolerance)
    if not is_right_kind:
        a, b = _kind_words(expected, how.same_dtypes), _kind_words(got, how.same_dtypes)
        fail(tr("{name}: expected {expected}, got {got}", name=words, expected=a, got=b) + how.where)
    if not different.any():
        return
    wrong = np.flatnonzero(different)
    at = int(wrong[0])
    if (
        got.kind == expected.kind == NUMBERS
        and np.isfinite(got.values[wrong]).all()
        and np.isfinite(expected.values[wrong]).all()
    ):
        at = int(wrong[np.argmax(np.abs(got.values[wrong].astype(np.float64) - expected.values[wrong]))])
    about_row = {"name": words, "row": shown(rows[at], most=40)}
    about_row |= {"expected": _value(expected, at), "got": _value(got, at)}
    found = tr("{name}, row {row}: expected {expected}, got {got}", **about_row)
    if len(different) > 1:
        places = named([rows[i] for i in wrong], most=MOST_ROWS)
        found += tr("; {count} of {total} rows differ ({rows})", count=len(wrong), total=len(different), rows=places)
    fail(found + how.where)


def _is_kind(got: _Column, expected: _Column, same_dtypes: bool) -> bool:
    if same_dtypes and got.kind == expected.kind == NUMBERS:
        return got.is_int == expected.is_int
    if not len(expected.values) or got.kind == expected.kind or MIXED in (got.kind, expected.kind):
        return True
    if NOTHING in (got.kind, expected.kind):  # None and NaN both mean a missing value
        return True
    return all(c.kind in (NUMBERS, *TIMES.values()) and not _known(c).any() for c in (got, expected))


def _known(column: _Column) -> np.ndarray:
    """A bool array: True where a column has a value."""
    if isinstance(column.values, np.ndarray):
        return ~(np.isnat(column.values) if column.values.dtype.kind in "mM" else np.isnan(column.values))
    return np.array([cell is not None for cell in column.values], dtype=bool)


def _kind_words(column: _Column, same_dtypes: bool) -> str:
    if column.kind == NUMBERS and same_dtypes:
        return tr("whole numbers") if column.is_int else tr("floating point numbers")
    return tr(column.kind)


def _different(got: _Column, expected: _Column, bound: float) -> np.ndarray:
    """A bool array: True for the rows that differ."""
    known = _known(got), _known(expected)
    different = known[0] != known[1]
    both = known[0] & known[1]
    if not both.any():
        return different
    if got.kind == expected.kind == NUMBERS:
        with np.errstate(all="ignore"):
            one, other = (np.asarray(column.values, np.float64) for column in (got, expected))
            finite = np.abs(other[both & np.isfinite(other)])
            scale = np.max(finite, initial=0) or 1.0
            is_near = (one == other) | (np.isfinite(one) & (np.abs(one - other) <= bound * scale))
        return different | (both & ~is_near)
    if got.kind == expected.kind and got.kind in TIMES.values():
        return different | (both & (got.values != expected.values))
    pairs = zip(both, _cells(got), _cells(expected), strict=True)
    rules = Rules(bound)
    differ = [is_known and first_difference(one, other, rules, "") is not None for is_known, one, other in pairs]
    return different | np.array(differ, dtype=bool)


def _cells(column: _Column) -> list:
    return column.values.tolist() if isinstance(column.values, np.ndarray) else column.values


def _remembered(column: _Column) -> list:
    """The values of a column, times as texts."""
    if column.kind in TIMES.values():
        return column.values.astype(str).tolist()
    return [None if value != value else value for value in _cells(column)]


def _value(column: _Column, row: int) -> str:
    value = column.values[row]
    if isinstance(column.values, np.ndarray) and column.values.dtype.kind not in "mM":
        value = value.item()
    return tr("a missing value") if value is None or value != value else shown(value)


def _order(columns: list, rows: int) -> list:
    """A canonical order of the rows; numbers with rounding errors decide last."""
    first = [column for column in columns if column.kind != NUMBERS or column.is_int]
    cells = [_remembered(column) for column in (*first, *(c for c in columns if c not in first))]
    return sorted(range(rows), key=lambda row: [_sort_key(column[row]) for column in cells])


def _sort_key(value: Any) -> tuple:
    if isinstance(value, (int, float)):
        return "", float(value)
    return type(value).__name__, str(value)


def _sorted(column: _Column, order: list) -> _Column:
    values = column.values[order] if isinstance(column.values, np.ndarray) else [column.values[row] for row in order]
    return _Column(column.kind, column.is_int, values)
