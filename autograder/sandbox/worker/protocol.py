"""Frames between the trusted host and the worker that runs student code.

A frame is

    b"CSK1" · header length (uint32, little endian) · header (UTF-8 JSON) · raw array bytes, one run per array

The header carries the message and, under "arrays", the dtype and shape of each run. There is no pickle and no eval;
dtypes come from a short list; every size is checked against a budget before anything is allocated. Whatever does not
fit is a ProtocolError, and the host answers each of those with a failed test.

Both sides load this file, the worker without the rest of `autograder`, so it imports nothing but NumPy.
"""

import json
import os
import select
import struct
import time

import numpy as np

__all__ = [
    "Handle",
    "Opaque",
    "ProtocolError",
    "WorkerDied",
    "WorkerTimeout",
    "changes",
    "decode",
    "encode",
    "receive",
    "send",
    "wait_readable",
]

MAGIC = b"CSK1"
PREFIX = struct.Struct("<4sI")
MAX_HEADER = 1 << 20
MAX_ARRAYS = 64
MAX_NDIM = 8
MAX_ITEMS = 256
MAX_DEPTH = 8
CHUNK = 1 << 20
DTYPES = ("<f8", "<f4", "<i8", "<i4", "|u1", "|b1")


class ProtocolError(Exception):
    """A frame or a value that the protocol does not allow."""


class WorkerTimeout(Exception):
    """The deadline passed before the frame was through."""


class WorkerDied(Exception):
    """The other side closed the connection."""


class Handle:
    """An object that stays on the other side; only its number crosses."""

    __slots__ = ("number",)

    def __init__(self, number):
        self.number = number


class Opaque:
    """A value that can't cross; only the name of its type does, so that the student can be told."""

    __slots__ = ("type_name",)

    def __init__(self, type_name):
        self.type_name = type_name


def changes(before, after, in_place):
    """Find the arrays and dicts among the arguments of a call that the call changed.

    Inputs:
    - before: dict of index → argument, as it was before the call.
    - after: the arguments after the call.
    - in_place: indices of the dicts that the function is asked to update. Of any other dict only its former keys count:
      what a program adds, it keeps there for itself, and it may be of any size.

    Returns: dict of index → the argument after the call.
    """
    found = {}
    for index, was in before.items():
        now = after[index]
        if type(was) is dict and type(now) is dict and index not in in_place:
            now = {key: now[key] for key in was if key in now}
        if type(was) in (np.ndarray, dict) and not _is_same(was, now):
            found[index] = now
    return found


def _is_same(before, after):
    """Whether an array, a dict or a value in a dict is unchanged."""
    if type(before) is not type(after):
        return False
    if type(before) is dict:
        return before.keys() == after.keys() and all(_is_same(value, after[key]) for key, value in before.items())
    if type(before) is np.ndarray:
        return (before.shape, before.dtype) == (after.shape, after.dtype) and before.tobytes() == after.tobytes()
    return before == after


def encode(value, arrays, *, depth=0):
    """Turn a value into JSON-ready form; its arrays are appended to the list `arrays`.

    Crosses: None, bool, int, float, str, ndarray, tuple, list, dict with str keys, Handle, and the types
    np.float32 and np.float64. Anything else crosses as an Opaque, that is by the name of its type.
    """
    kind = type(value)
    if value is None or kind is bool:
        return value
    if depth > MAX_DEPTH:
        return {"opaque": "a deeply nested " + kind.__name__}
    if isinstance(value, np.generic) and value.dtype.kind in "fiub" and value.dtype.itemsize <= 8:
        value = value.item()
        kind = type(value)
        if kind is bool:
            return value
    if kind is int:
        return value if -(2**63) <= value < 2**63 else {"opaque": "an int beyond 64 bits"}
    if kind is float:
        return {"float": value.hex()}
    if kind is str:
        return {"str": value}
    if kind is np.ndarray:
        dtype = value.dtype.newbyteorder("=").str
        if dtype not in DTYPES:
            return {"opaque": f"numpy array of dtype {value.dtype.name}"}
        if value.ndim > MAX_NDIM or len(arrays) >= MAX_ARRAYS:
            raise ProtocolError("too many arrays or dimensions in one message")
        arrays.append(np.ascontiguousarray(value, dtype=dtype).reshape(value.shape))
        return {"array": len(arrays) - 1}
    if kind in (tuple, list):
        if len(value) > MAX_ITEMS:
            return {"opaque": f"{kind.__name__} of {len(value)} items"}
        return {kind.__name__: [encode(item, arrays, depth=depth + 1) for item in value]}
    if isinstance(value, dict):  # an OrderedDict or defaultdict crosses as the plain dict that it stands for
        if len(value) > MAX_ITEMS or any(type(key) is not str for key in value):
            return {"opaque": "dict with odd keys"}
        return {"dict": [[key, encode(item, arrays, depth=depth + 1)] for key, item in value.items()]}
    if kind is Handle:
        return {"handle": value.number}
    if value is np.float32 or value is np.float64:
        return {"dtype": np.dtype(value).str}
    return {"opaque": kind.__name__[:80]}


def decode(tree, arrays, *, handles=None, depth=0):
    """Turn the JSON form back into a value, and take its arrays out of the list `arrays`.

    `handles` maps numbers to objects; without it they stay Handles.
    """
    if tree is None or type(tree) is bool:
        return tree
    if type(tree) is int:
        if not -(2**63) <= tree < 2**63:
            raise ProtocolError("int out of range")
        return tree
    if depth > MAX_DEPTH + 1 or type(tree) is not dict or len(tree) != 1:
        raise ProtocolError("malformed value")
    ((tag, body),) = tree.items()
    if tag == "str" and type(body) is str:
        return body
    if tag == "opaque" and type(body) is str:
        return Opaque(body[:200])
    if tag == "float" and type(body) is str:
        try:
            return float.fromhex(body)
        except (ValueError, OverflowError):
            raise ProtocolError("malformed float") from None
    if tag == "dtype" and body in DTYPES:
        return np.dtype(body).type
    if tag == "array" and type(body) is int and 0 <= body < len(arrays):
        array, arrays[body] = arrays[body], None  # named once: a short list must not stand for gigabytes
        if array is None:
            raise ProtocolError("one array in two places")
        return array
    if tag in ("tuple", "list") and type(body) is list and len(body) <= MAX_ITEMS:
        items = [decode(item, arrays, handles=handles, depth=depth + 1) for item in body]
        return tuple(items) if tag == "tuple" else items
    if tag == "dict" and type(body) is list and len(body) <= MAX_ITEMS:
        result = {}
        for pair in body:
            if type(pair) is not list or len(pair) != 2 or type(pair[0]) is not str:
                raise ProtocolError("malformed dict")
            result[pair[0]] = decode(pair[1], arrays, handles=handles, depth=depth + 1)
        return result
    if tag == "handle" and type(body) is int:
        if handles is None:
            return Handle(body)
        if body not in handles:
            raise ProtocolError("unknown handle")
        return handles[body]
    raise ProtocolError("malformed value")


def send(fd, message, arrays=(), *, deadline=None):
    """Write one frame. `message` is a dict of JSON values (encode() what is in it); `deadline` is a Deadline."""
    message = {**message, "arrays": [[array.dtype.str, list(array.shape)] for array in arrays]}
    header = json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
    if len(header) > MAX_HEADER:
        raise ProtocolError("header too long")
    _write(fd, PREFIX.pack(MAGIC, len(header)) + header, deadline)
    for array in arrays:
        if array.nbytes:
            _write(fd, memoryview(array).cast("B"), deadline)


def receive(fd, *, deadline=None, budget=1 << 30):
    """Read one frame; returns (message, arrays). More than `budget` bytes of arrays is a ProtocolError."""
    magic, length = PREFIX.unpack(_read(fd, PREFIX.size, deadline))
    if magic != MAGIC:
        raise ProtocolError("not a frame")
    if length > MAX_HEADER:
        raise ProtocolError("header too long")
    try:
        message = json.loads(_read(fd, length, deadline).decode("utf-8"))
    except (ValueError, RecursionError):
        raise ProtocolError("header is not JSON") from None
    if type(message) is not dict or type(message.get("arrays")) is not list:
        raise ProtocolError("malformed header")
    plan = _planned(message.pop("arrays"), budget)
    arrays = []
    for dtype, shape in plan:
        array = np.empty(shape, dtype=dtype)
        if array.nbytes:
            _read_into(fd, memoryview(array.reshape(-1).view(np.uint8)), deadline)
        arrays.append(array)
    return message, arrays


def _planned(specs, budget):
    """Check every dtype, shape and the total size before a byte is allocated."""
    if len(specs) > MAX_ARRAYS:
        raise ProtocolError("too many arrays")
    plan, total = [], 0
    for spec in specs:
        if type(spec) is not list or len(spec) != 2 or spec[0] not in DTYPES or type(spec[1]) is not list:
            raise ProtocolError("malformed array header")
        dtype, shape = spec
        if len(shape) > MAX_NDIM:
            raise ProtocolError("too many dimensions")
        size = np.dtype(dtype).itemsize
        for length in shape:
            if type(length) is not int or not 0 <= length <= 1 << 31:
                raise ProtocolError("malformed shape")
            size *= max(length, 1)  # an axis of length zero must not hide huge ones beside it
        total += size
        if total > budget:
            raise ProtocolError("arrays over the size limit")
        plan.append((dtype, tuple(shape)))
    return plan


class Deadline:
    """A moment until which something has to be done, so many seconds from now."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds

    def left(self):
        """Seconds until then; negative afterwards."""
        return self.end - time.monotonic()


def wait_readable(fd, deadline):
    """Wait until something can be read. Raises: WorkerTimeout."""
    _wait(fd, select.POLLIN, deadline)


def _wait(fd, event, deadline):
    if deadline is None:
        return
    poll = select.poll()
    poll.register(fd, event)
    # What is left is asked for again after each wait: a deadline can have moved meanwhile.
    while (left := deadline.left()) > 0:
        if poll.poll(left * 1000):
            return
    raise WorkerTimeout


def _write(fd, data, deadline):
    data = memoryview(data)
    while data:
        _wait(fd, select.POLLOUT, deadline)
        try:
            data = data[os.write(fd, data[:CHUNK]) :]
        except BlockingIOError:
            continue
        except (BrokenPipeError, ConnectionResetError):
            raise WorkerDied from None


def _read(fd, size, deadline):
    buffer = bytearray(size)
    _read_into(fd, memoryview(buffer), deadline)
    return bytes(buffer)


def _read_into(fd, view, deadline):
    while view:
        _wait(fd, select.POLLIN, deadline)
        try:
            count = os.readv(fd, [view[:CHUNK]])
        except BlockingIOError:
            continue
        except ConnectionResetError:
            raise WorkerDied from None
        if count == 0:
            raise WorkerDied
        view = view[count:]
