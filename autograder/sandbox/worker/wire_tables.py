"""Encoding of pandas tables: columns of a few kinds, with the labels of rows and columns.

pandas is imported when a table is decoded, not before. A table consists of blocks: all columns of
one kind, as one array with a row for each column. The body of a table is

    {"rows", "width", "columns": labels, "index": labels, "blocks": [[kind, positions, array], …]}

and labels are {"names", "range": [start, stop, step]}, or {"names", "blocks"} with one column for
each level.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING or __package__:
    from . import wire_plain
    from .protocol import ProtocolError
    from .wire_plain import CannotEncode, LibraryMissing
else:  # in the worker, which has no package autograder
    import wire_plain
    from protocol import ProtocolError
    from wire_plain import CannotEncode, LibraryMissing

__all__ = ["decode", "encode"]

MAX_COLUMNS = 2048
MAX_LEVELS = 8
MAX_ROWS = 1 << 31
NUMBERS = ("<f8", "<f4", "<i8", "<i4", "|b1")
TIMES = tuple(f"{kind}8[{unit}]" for kind in "Mm" for unit in ("s", "ms", "us", "ns"))
OBJECT, TEXT = "object", "text"
# Other dtypes cross as wider ones.
WIDER = {"|i1": "<i4", "|u1": "<i4", "<i2": "<i4", "<u2": "<i4", "<u4": "<i8", "<f2": "<f4"}


def encode(table: Any, add: Callable[[np.ndarray], int]) -> dict:
    """Return the body of a DataFrame or Series.

    Inputs:
    - table: DataFrame or Series
    - add: function that adds an array to the message and returns its number

    Raises: CannotEncode.
    """
    is_series = table.ndim == 1
    width = 1 if is_series else table.shape[1]
    if width > MAX_COLUMNS:
        raise CannotEncode(f"of {width} columns")
    columns = [table] if is_series else [table.iloc[:, number] for number in range(width)]
    labels = {"names": [_name(table.name)]} if is_series else _encode_labels(table.columns, "the columns", add)
    return {
        "rows": len(table),
        "width": width,
        "columns": labels,
        "index": _encode_labels(table.index, "the index", add),
        "blocks": _encode_blocks([_column(column, f"the column {column.name!r:.40}") for column in columns], add),
    }


def _encode_labels(index: Any, where: str, add: Callable[[np.ndarray], int]) -> dict:
    if index.nlevels > MAX_LEVELS:
        raise CannotEncode(f"with {index.nlevels} levels in {where}")
    labels: dict[str, Any] = {"names": [_name(name) for name in index.names]}
    if type(index).__name__ == "RangeIndex":
        return labels | {"range": [index.start, index.stop, index.step]}
    levels = [index.get_level_values(level) for level in range(index.nlevels)]
    return labels | {"blocks": _encode_blocks([_column(level, where) for level in levels], add)}


def _name(name: Any) -> Any:
    """The name of a level or a Series, as it crosses."""
    parts = name if type(name) is tuple else (name,)
    if len(parts) > MAX_LEVELS or not all(map(wire_plain.is_plain, parts)):
        raise CannotEncode(f"with a name of type {type(name).__name__:.40}")
    return list(parts) if type(name) is tuple else name


def _column(values: Any, where: str) -> tuple[str, Any]:
    """(kind, values) of a column or of a level of an index: an array, or a list of plain values."""
    dtype = values.dtype
    if hasattr(dtype, "categories"):  # categories cross as their values
        values = values.astype(dtype.categories.dtype)
        dtype = values.dtype
    if not isinstance(dtype, np.dtype):
        return _extension_column(values, where)
    if dtype.kind in "mM":
        kind = f"{dtype.kind}8[{np.datetime_data(dtype)[0]}]"
        if kind not in TIMES:
            raise CannotEncode(f"with {dtype} in {where}")
        return kind, values.to_numpy().view(np.int64)
    if dtype.kind == "O":
        return OBJECT, [_cell(value, where) for value in values]
    array = values.to_numpy()
    if dtype.kind == "u" and dtype.itemsize == 8 and not (array >> np.uint64(63)).any():
        array = array.astype(np.int64)
    kind = array.dtype.newbyteorder("=").str
    kind = WIDER.get(kind, kind)
    if kind not in NUMBERS:
        raise CannotEncode(f"with the dtype {dtype} in {where}")
    return kind, array.astype(kind)


def _extension_column(values: Any, where: str) -> tuple[str, Any]:
    """(kind, values) for pandas' own dtypes: texts, and nullable numbers."""
    dtype, missing = values.dtype, values.isna()
    if isinstance(dtype.type, type) and issubclass(dtype.type, str):
        return TEXT, [None if is_missing else str(v) for v, is_missing in zip(values, missing, strict=True)]
    kind = getattr(dtype, "kind", "O")
    if kind == "b":
        if not missing.any():
            return "|b1", values.to_numpy(dtype=bool)
        return OBJECT, [None if is_missing else bool(v) for v, is_missing in zip(values, missing, strict=True)]
    if kind in "iu" and not missing.any():
        return "<i8", values.to_numpy(dtype=np.int64)
    if kind in "iuf":
        return "<f8", values.to_numpy(dtype=np.float64, na_value=np.nan)
    raise CannotEncode(f"with the dtype {dtype!s:.40} in {where}")


def _cell(value: Any, where: str) -> Any:
    """A value of an object column as a plain value."""
    if isinstance(value, np.generic) and value.dtype.kind in "fiub" and value.dtype.itemsize <= 8:
        value = value.item()
    if type(value).__name__ in ("NAType", "NaTType"):
        return None
    if not wire_plain.is_plain(value):
        raise CannotEncode(f"with a {type(value).__name__:.40} in {where}")
    return value


def _encode_blocks(columns: list, add: Callable[[np.ndarray], int]) -> list:
    by_kind: dict[str, list[int]] = {}
    for position, (kind, _) in enumerate(columns):
        by_kind.setdefault(kind, []).append(position)
    blocks = []
    for kind, positions in by_kind.items():
        values = [columns[position][1] for position in positions]
        if kind in (OBJECT, TEXT):
            array = wire_plain.pack([value for column in values for value in column])
            if array is None:
                raise CannotEncode("with too many texts and objects")
        else:
            array = np.stack(values)
        blocks.append([kind, positions, add(array)])
    return blocks


def decode(body: Any, take: Callable[[object], np.ndarray], *, is_series: bool) -> Any:
    """Return the DataFrame or Series of a body.

    The body is untrusted: lengths, kinds and counts of columns are checked before pandas gets them.

    Inputs:
    - body: see encode
    - take: function that takes the array with a number out of the message
    - is_series: return a Series

    Raises: ProtocolError for a malformed body, LibraryMissing without pandas.
    """
    try:
        import pandas
    except ImportError:
        raise LibraryMissing("pandas") from None
    _need_keys(body, {"rows", "width", "columns", "index", "blocks"})
    rows, width = _size(body["rows"], MAX_ROWS), _size(body["width"], MAX_COLUMNS)
    index = _decode_labels(pandas, body["index"], rows, take)
    columns = _decode_blocks(pandas, body["blocks"], width, rows, take)
    if is_series:
        names = _names(body["columns"])
        if width != 1 or len(names) != 1 or body["columns"].keys() != {"names"}:
            raise ProtocolError("malformed Series")
        return pandas.Series(columns[0].array, index=index, name=names[0])
    labels = _decode_labels(pandas, body["columns"], width, take)
    table = pandas.DataFrame(dict(enumerate(columns)), index=pandas.RangeIndex(rows))
    table.columns, table.index = labels, index
    return table


def _need_keys(body: Any, keys: set) -> None:
    if type(body) is not dict or body.keys() != keys:
        raise ProtocolError("malformed table")


def _size(value: Any, most: int) -> int:
    if type(value) is not int or not 0 <= value <= most:
        raise ProtocolError("malformed size of a table")
    return value


def _names(labels: Any) -> list:
    """The names of levels, checked."""
    names = labels.get("names") if type(labels) is dict else None
    if type(names) is not list or not 1 <= len(names) <= MAX_LEVELS:
        raise ProtocolError("malformed names in a table")
    for name in names:
        parts = name if type(name) is list else [name]
        if len(parts) > MAX_LEVELS or not all(map(wire_plain.is_plain, parts)):
            raise ProtocolError("malformed names in a table")
    return [tuple(name) if type(name) is list else name for name in names]


def _decode_labels(pandas: Any, labels: Any, length: int, take: Callable[[object], np.ndarray]) -> Any:
    names = _names(labels)
    if labels.keys() == {"names", "range"}:
        span = labels["range"]
        if len(names) != 1 or type(span) is not list or len(span) != 3 or not all(map(_is_bound, span)) or not span[2]:
            raise ProtocolError("malformed range in a table")
        if len(range(*span)) != length:
            raise ProtocolError("a table with an index of another length")
        return pandas.RangeIndex(*span, name=names[0])
    _need_keys(labels, {"names", "blocks"})
    levels = _decode_blocks(pandas, labels["blocks"], len(names), length, take)
    if len(names) == 1:
        return pandas.Index(levels[0].array, name=names[0])
    if length > wire_plain.MAX_CELLS:
        raise ProtocolError("a table with too long an index")
    return pandas.MultiIndex.from_arrays([level.array for level in levels], names=names)


def _is_bound(value: Any) -> bool:
    return type(value) is int and -MAX_ROWS <= value <= MAX_ROWS


def _decode_blocks(pandas: Any, blocks: Any, width: int, rows: int, take: Callable[[object], np.ndarray]) -> list:
    """The columns of the blocks as Series: exactly `width` columns with `rows` values each."""
    columns: list[Any] = [None] * width
    if type(blocks) is not list or len(blocks) > len(NUMBERS) + len(TIMES) + 2:
        raise ProtocolError("malformed blocks of a table")
    for block in blocks:
        if type(block) is not list or len(block) != 3 or type(block[1]) is not list:
            raise ProtocolError("malformed block of a table")
        kind, positions, number = block
        for position in positions:
            if type(position) is not int or not 0 <= position < width or columns[position] is not None:
                raise ProtocolError("malformed positions in a table")
            columns[position] = kind
        for position, values in zip(positions, _rows_of(kind, len(positions), rows, take(number)), strict=True):
            columns[position] = _series(pandas, kind, values)
    if any(column is None for column in columns):
        raise ProtocolError("a table without some of its columns")
    return columns


def _rows_of(kind: Any, count: int, rows: int, array: np.ndarray) -> Any:
    """The values of each column of a block, with their count and dtype checked."""
    if kind in (OBJECT, TEXT):
        values = wire_plain.unpack(array)
        if len(values) != count * rows or (kind == TEXT and not {type(v) for v in values} <= {str, type(None)}):
            raise ProtocolError("malformed column of a table")
        return [values[start : start + rows] for start in range(0, count * rows, rows)] if rows else [[]] * count
    wire = "<i8" if kind in TIMES else kind
    if (kind not in TIMES and kind not in NUMBERS) or array.dtype.str != wire or array.shape != (count, rows):
        raise ProtocolError("malformed column of a table")
    return array


def _series(pandas: Any, kind: str, values: Any) -> Any:
    if kind == TEXT:  # pandas 3 has a text dtype by default, pandas 2 only on request
        return pandas.Series(values, dtype="str" if int(pandas.__version__.split(".")[0]) >= 3 else "string")
    if kind == OBJECT:
        return pandas.Series(values, dtype=object)
    return pandas.Series(values.view(kind) if kind in TIMES else values)
