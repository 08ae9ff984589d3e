"""Columns of plain values (None, bool, int, float, text) as byte arrays, for the budget."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING or __package__:
    from .protocol import ProtocolError
else:  # in the worker, which has no package autograder
    from protocol import ProtocolError

__all__ = ["INT_LIMIT", "MAX_CELLS", "CannotEncode", "LibraryMissing", "is_plain", "pack", "unpack"]

MAX_CELLS = 1 << 20  # values of one column; each needs more memory in Python than on the wire
MAX_BYTES = 1 << 23  # of their JSON
INT_LIMIT = 2**63
PLAIN = (type(None), bool, int, float, str)


class CannotEncode(Exception):
    """A part of a table can't cross; the text continues after the name of its type."""


class LibraryMissing(Exception):
    """A table arrived, but pandas is not installed."""


def is_plain(value: object) -> bool:
    """Return whether a column can hold the value."""
    kind = type(value)
    return kind in PLAIN and (kind is not int or -INT_LIMIT <= value < INT_LIMIT)  # type: ignore[operator]


def pack(values: Sequence[object]) -> np.ndarray | None:
    """Return the bytes of a column of plain values, or None if it is too long."""
    if len(values) > MAX_CELLS:
        return None
    # A lone surrogate, which UTF-8 does not have, crosses as an escape.
    data = json.dumps(list(values), separators=(",", ":")).encode()
    return np.frombuffer(data, np.uint8) if len(data) <= MAX_BYTES else None


def unpack(data: np.ndarray) -> list:
    """Return the values of a column. Raises: ProtocolError for malformed data."""
    if data.ndim != 1 or data.dtype != np.uint8 or data.size > MAX_BYTES:
        raise ProtocolError("malformed column")
    try:
        values = json.loads(data.tobytes().decode("utf-8"))
    except (ValueError, RecursionError):
        raise ProtocolError("malformed column") from None
    if type(values) is not list or len(values) > MAX_CELLS or not all(map(is_plain, values)):
        raise ProtocolError("malformed column")
    return values
