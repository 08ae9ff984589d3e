"""Registry of the types that cross between the trusted side and the worker.

A value becomes a JSON tree of the form {tag: body}. Its arrays are sent after the tree, so the
budget of a frame counts them (see `protocol`). None, bool and int cross as they are. A value of an
unknown type crosses as an Opaque, which has only the name of the type. Both sides load this file.
"""

import math
import sys
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, TypeGuard

import numpy as np

if TYPE_CHECKING or __package__:
    from . import wire_plain
    from .protocol import DTYPES, MAX_ARRAYS, MAX_NDIM, ProtocolError
else:  # in the worker, which has no package autograder
    import wire_plain
    from protocol import DTYPES, MAX_ARRAYS, MAX_NDIM, ProtocolError

__all__ = [
    "LIBRARIES",
    "CannotCross",
    "Handle",
    "LibraryMissing",
    "Opaque",
    "WireType",
    "changes",
    "decode",
    "encode",
    "is_table",
]

MAX_ITEMS = 256
MAX_DEPTH = 8
LIBRARIES = ("pandas",)  # whose values can cross, in addition to NumPy's
KINDS = "None, bool, int, float, str, a NumPy array, a list, tuple or dict of these, a pandas DataFrame or Series"

LibraryMissing = wire_plain.LibraryMissing


class CannotCross(Exception):
    """A value of the trusted side can't be sent to the worker.

    - is_size: whether a smaller value of the same type could cross
    """

    def __init__(self, what: str, *, is_size: bool) -> None:
        super().__init__(f"expected an argument that can be sent to student code ({KINDS}), got {what}")
        self.is_size = is_size


class Handle:
    """An object that stays on the other side; only its number crosses."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number


class Opaque:
    """A value that can't cross; only the name of its type does, for messages."""

    __slots__ = ("type_name",)

    def __init__(self, type_name: str) -> None:
        self.type_name = type_name


class _Writer:
    """Encodes the values of one message, and appends their arrays to `arrays`."""

    def __init__(self, arrays: list, packages: Collection[str], *, must_cross: bool) -> None:
        self.arrays, self.packages, self.must_cross = arrays, packages, must_cross

    def array(self, array: np.ndarray) -> int:
        """Add an array of one of DTYPES; return its number."""
        if array.ndim > MAX_NDIM or len(self.arrays) >= MAX_ARRAYS:
            raise ProtocolError("too many arrays or dimensions in one message")
        self.arrays.append(np.ascontiguousarray(array).reshape(array.shape))
        return len(self.arrays) - 1

    def opaque(self, words: str, *, is_size: bool = False) -> object:
        """Encode a value that can't cross. - words: its type."""
        if self.must_cross:
            article = "" if words.startswith(("a ", "an ")) else "an " if words[:1].lower() in "aeiou" else "a "
            raise CannotCross(f"{article}{words}", is_size=is_size)
        return {"opaque": words}

    def encode(self, value: object, depth: int = 0) -> object:
        if value is None or type(value) is bool:
            return value
        if depth > MAX_DEPTH:
            return self.opaque(f"a deeply nested {type(value).__name__}", is_size=True)
        if isinstance(value, np.generic) and value.dtype.kind in "fiub" and value.dtype.itemsize <= 8:
            value = value.item()
            if type(value) is bool:
                return value
        if type(value) is int:
            is_small = -wire_plain.INT_LIMIT <= value < wire_plain.INT_LIMIT
            return value if is_small else self.opaque("an int beyond 64 bits", is_size=True)
        wire_type = BY_KIND.get(type(value)) or next((known for known in TYPES if known.takes(value)), None)
        if wire_type is not None:
            return wire_type.encode(value, self, depth)
        if type(value) is Opaque:  # it came from student code, and goes back unchanged
            return {"opaque": value.type_name}
        return self.opaque(type(value).__name__[:80])


class _Reader:
    """Decodes the values of one message.

    - handles: number → object; None keeps Handles
    """

    def __init__(self, arrays: list, handles: Mapping[int, object] | None, packages: Collection[str]) -> None:
        self.arrays, self.handles, self.packages = arrays, handles, packages

    def array(self, number: object) -> np.ndarray:
        """Take an array out of the message."""
        if type(number) is not int or not 0 <= number < len(self.arrays):
            raise ProtocolError("malformed value")
        array, self.arrays[number] = self.arrays[number], None
        if array is None:  # each array may be used once: a short message must not expand to gigabytes
            raise ProtocolError("one array in two places")
        return array

    def decode(self, tree: object, depth: int = 0) -> object:
        if tree is None or type(tree) is bool:
            return tree
        if type(tree) is int:
            if not -wire_plain.INT_LIMIT <= tree < wire_plain.INT_LIMIT:
                raise ProtocolError("int out of range")
            return tree
        if depth > MAX_DEPTH + 1 or type(tree) is not dict or len(tree) != 1:
            raise ProtocolError("malformed value")
        ((tag, body),) = tree.items()
        if tag not in BY_TAG:
            raise ProtocolError("malformed value")
        return BY_TAG[tag].decode(body, self, depth)


class WireType:
    """A type of values that cross.

    - tag: its name in a message
    - kinds: the exact Python types of its values
    """

    tag: str
    kinds: tuple[type, ...] = ()

    def takes(self, value: object) -> bool:
        """Return whether a value is of this type."""
        return type(value) in self.kinds

    def encode(self, value: Any, writer: _Writer, depth: int) -> object:
        """Return the tree of a value.

        Inputs:
        - value: of one of `kinds`
        - writer: gets the arrays of the value
        - depth: of the value in the message
        """
        raise NotImplementedError

    def decode(self, body: Any, reader: _Reader, depth: int) -> object:
        """Return the value of a body. Raises: ProtocolError for a malformed body."""
        raise NotImplementedError


class _Float(WireType):
    tag, kinds = "float", (float,)

    def encode(self, value: Any, writer: _Writer, depth: int) -> object:
        return {"float": value.hex()}

    def decode(self, body: Any, reader: _Reader, depth: int) -> object:
        try:
            return float.fromhex(_need(body, str))
        except (ValueError, OverflowError):
            raise ProtocolError("malformed float") from None


class _Text(WireType):
    tag, kinds = "str", (str,)

    def encode(self, value: Any, writer: _Writer, depth: int) -> object:
        return {"str": value}

    def decode(self, body: Any, reader: _Reader, depth: int) -> object:
        return _need(body, str)


class _Array(WireType):
    tag, kinds = "array", (np.ndarray,)

    def encode(self, value: Any, writer: _Writer, depth: int) -> object:
        dtype = value.dtype.newbyteorder("=").str
        if dtype not in DTYPES:
            return writer.opaque(f"numpy array of dtype {value.dtype.name}")
        return {"array": writer.array(np.asarray(value, dtype=dtype))}

    def decode(self, body: Any, reader: _Reader, depth: int) -> object:
        return reader.array(body)


class _Sequence(WireType):
    """A list or a tuple."""

    def __init__(self, kind: type) -> None:
        self.kind, self.tag, self.kinds = kind, kind.__name__, (kind,)

    def encode(self, value: Any, writer: _Writer, depth: int) -> object:
        if len(value) <= MAX_ITEMS:
            return {self.tag: [writer.encode(item, depth + 1) for item in value]}
        packed = wire_plain.pack(value) if all(map(wire_plain.is_plain, value)) else None
        if packed is None:
            return writer.opaque(f"{self.tag} of {len(value)} items", is_size=True)
        return {self.tag: writer.array(packed)}

    def decode(self, body: Any, reader: _Reader, depth: int) -> object:
        if type(body) is int:
            return self.kind(wire_plain.unpack(reader.array(body)))
        if len(_need(body, list)) > MAX_ITEMS:
            raise ProtocolError("malformed value")
        return self.kind(reader.decode(item, depth + 1) for item in body)


class _Dict(WireType):
    """A dict; an OrderedDict or defaultdict crosses as a plain dict."""

    tag = "dict"

    def takes(self, value: object) -> bool:
        return isinstance(value, dict)

    def encode(self, value: Any, writer: _Writer, depth: int) -> object:
        if len(value) > MAX_ITEMS:
            return writer.opaque("dict with odd keys" if not writer.must_cross else f"dict of {len(value)} items")
        if not all(map(_is_key, value)):
            return writer.opaque("dict with odd keys")
        pairs = value.items()
        return {
            "dict": [[k if type(k) is str else writer.encode(k), writer.encode(item, depth + 1)] for k, item in pairs]
        }

    def decode(self, body: Any, reader: _Reader, depth: int) -> object:
        result = {}
        if len(_need(body, list)) > MAX_ITEMS:
            raise ProtocolError("malformed dict")
        for pair in body:
            if type(pair) is not list or len(pair) != 2:
                raise ProtocolError("malformed dict")
            key = pair[0] if type(pair[0]) is str else reader.decode(pair[0], MAX_DEPTH)
            if not _is_key(key):
                raise ProtocolError("malformed dict")
            result[key] = reader.decode(pair[1], depth + 1)
        return result


class _Handle(WireType):
    tag, kinds = "handle", (Handle,)

    def encode(self, value: Any, writer: _Writer, depth: int) -> object:
        return {"handle": value.number}

    def decode(self, body: Any, reader: _Reader, depth: int) -> object:
        if type(body) is not int:
            raise ProtocolError("malformed value")
        if reader.handles is None:
            return Handle(body)
        if body not in reader.handles:
            raise ProtocolError("unknown handle")
        return reader.handles[body]


class _DType(WireType):
    """The types np.float32 and np.float64 themselves."""

    tag = "dtype"

    def takes(self, value: object) -> bool:
        return value is np.float32 or value is np.float64

    def encode(self, value: Any, writer: _Writer, depth: int) -> object:
        return {"dtype": np.dtype(value).str}

    def decode(self, body: Any, reader: _Reader, depth: int) -> object:
        if body not in DTYPES:
            raise ProtocolError("malformed value")
        return np.dtype(body).type


def _tables() -> Any:
    """The module for tables, loaded on demand: a worker compiles its imports at each start."""
    if TYPE_CHECKING or __package__:
        from . import wire_tables
    else:
        import wire_tables
    return wire_tables


class _Table(WireType):
    """A pandas DataFrame or Series, if the import policy allows it; no subclass, no attrs."""

    def __init__(self, name: str) -> None:
        self.name, self.tag = name, name

    def takes(self, value: object) -> bool:
        pandas = sys.modules.get("pandas")  # if it is not imported, no value is a table
        return pandas is not None and type(value) is getattr(pandas, self.name, None)

    def encode(self, value: Any, writer: _Writer, depth: int) -> object:
        if "pandas" not in writer.packages:
            return writer.opaque(f"{self.name}, but the import policy of the test does not list pandas")
        try:
            return {self.tag: _tables().encode(value, writer.array)}
        except wire_plain.CannotEncode as error:
            return writer.opaque(f"{self.name} {error}")

    def decode(self, body: Any, reader: _Reader, depth: int) -> object:
        if "pandas" not in reader.packages:
            raise ProtocolError("a table, but the import policy does not allow pandas")
        return _tables().decode(body, reader.array, is_series=self.name == "Series")


class _Opaque(WireType):
    tag = "opaque"

    def takes(self, value: object) -> bool:
        return False

    def decode(self, body: Any, reader: _Reader, depth: int) -> object:
        return Opaque(_need(body, str)[:200])


TABLES = tuple(map(_Table, ("DataFrame", "Series")))
# A value is offered to them in this order.
TYPES = (_Float(), _Text(), _Array(), _Sequence(tuple), _Sequence(list), _Dict(), _Handle(), _DType(), *TABLES)
BY_KIND = {kind: wire_type for wire_type in TYPES for kind in wire_type.kinds}
BY_TAG = {wire_type.tag: wire_type for wire_type in (*TYPES, _Opaque())}


def encode(value: object, arrays: list, *, packages: Collection[str] = (), must_cross: bool = False) -> object:
    """Encode a value as a JSON tree.

    Inputs:
    - value: any value
    - arrays: list; the arrays of the value are appended to it
    - packages: libraries whose values the other side can decode, see LIBRARIES
    - must_cross: raise an error for a value that can't cross

    Returns: the tree.

    Raises: CannotCross if `must_cross`, ProtocolError if the value does not fit into one message.
    """
    return _Writer(arrays, packages, must_cross=must_cross).encode(value)


def decode(
    tree: object, arrays: list, *, handles: Mapping[int, object] | None = None, packages: Collection[str] = ()
) -> object:
    """Decode a JSON tree.

    Inputs:
    - tree: see encode
    - arrays: arrays of the message; each that is used is replaced by None
    - handles: number → object; None keeps Handles
    - packages: libraries whose values are accepted; no other is imported

    Returns: the value.

    Raises: ProtocolError for a malformed tree, LibraryMissing if pandas is not installed.
    """
    return _Reader(arrays, handles, packages).decode(tree)


def is_table(value: object) -> TypeGuard[Any]:
    """Return whether a value is a pandas DataFrame or Series."""
    return any(table.takes(value) for table in TABLES)


def changes(before: dict, after: list, in_place: Collection[int]) -> dict:
    """Find the arrays, dicts and tables among the arguments that a call changed.

    Inputs:
    - before: index → argument before the call
    - after: the arguments after the call
    - in_place: indices of the dicts that the function should update; in other dicts only the former
      keys count, because a program may store values of any size under new keys

    Returns: index → argument after the call.
    """
    found = {}
    for index, was in before.items():
        now = after[index]
        if type(was) is dict and type(now) is dict and index not in in_place:
            now = {key: now[key] for key in was if key in now}
        if (type(was) in (np.ndarray, dict) or is_table(was)) and not _is_same(was, now):
            found[index] = now
    return found


def _is_same(before: object, after: object) -> bool:
    """Return whether an array, a dict, a table or a value in a dict is unchanged."""
    if type(before) is not type(after):
        return False
    if isinstance(before, dict) and isinstance(after, dict):
        return before.keys() == after.keys() and all(_is_same(value, after[key]) for key, value in before.items())
    if isinstance(before, np.ndarray) and isinstance(after, np.ndarray):
        return (before.shape, before.dtype) == (after.shape, after.dtype) and before.tobytes() == after.tobytes()
    if is_table(before):
        return _crossing(before) == _crossing(after)
    return bool(before == after)


def _crossing(table: object) -> tuple:
    """A table in the form in which it crosses."""
    arrays: list = []
    tree = encode(table, arrays, packages=LIBRARIES)
    return tree, [(array.shape, array.dtype, array.tobytes()) for array in arrays]


def _is_key(key: object) -> bool:
    """Return whether a value can be the key of a dict that crosses."""
    if type(key) is tuple:
        return len(key) <= MAX_DEPTH and all(type(item) is not tuple and _is_key(item) for item in key)
    return wire_plain.is_plain(key) and not (type(key) is float and math.isnan(key))


def _need(body: Any, kind: type) -> Any:
    if type(body) is not kind:
        raise ProtocolError("malformed value")
    return body
