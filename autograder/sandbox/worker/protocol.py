"""Frames between the trusted side and the process that runs student code.

A frame is

    b"CSK1" · header length (uint32, little endian) · header (UTF-8 JSON) · raw array bytes, one run per array

The header holds the message and, under "arrays", the dtype and shape of each run. There is no
pickle and no eval. Dtypes come from a short list. Every size is checked against a budget before
memory is allocated. A violation is a ProtocolError, and the trusted side fails the test for it.
`wire_types` turns values into such messages.

Both sides load this file, the worker without the rest of `autograder`, so it imports only NumPy.
"""

from __future__ import annotations

import json
import os
import select
import struct
import time
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

__all__ = [
    "DTYPES",
    "MAX_ARRAYS",
    "MAX_NDIM",
    "Deadline",
    "ProtocolError",
    "WorkerDied",
    "WorkerTimeout",
    "receive",
    "send",
    "wait_readable",
]

MAGIC = b"CSK1"
PREFIX = struct.Struct("<4sI")
MAX_HEADER = 1 << 20
MAX_ARRAYS = 64
MAX_NDIM = 8
CHUNK = 1 << 20
DTYPES = ("<f8", "<f4", "<i8", "<i4", "|u1", "|b1")


class ProtocolError(Exception):
    """A frame or a value that the protocol does not allow."""


class WorkerTimeout(Exception):
    """The deadline passed before the frame was complete."""


class WorkerDied(Exception):
    """The other side closed the connection."""


def send(
    fd: int, message: Mapping[str, object], arrays: Sequence[np.ndarray] = (), *, deadline: Deadline | None = None
) -> None:
    """Write one frame.

    Inputs:
    - fd: of a socket, a non-blocking one if there is a deadline
    - message: dict of JSON values, see wire_types.encode
    - arrays: of the types in DTYPES
    - deadline: None means no limit

    Raises: ProtocolError, WorkerTimeout, WorkerDied.
    """
    message = {**message, "arrays": [[array.dtype.str, list(array.shape)] for array in arrays]}
    header = json.dumps(message, allow_nan=False, separators=(",", ":")).encode()
    if len(header) > MAX_HEADER:
        raise ProtocolError("header too long")
    parts: list[bytes | memoryview] = [
        PREFIX.pack(MAGIC, len(header)),
        header,
        *(array.data.cast("B") for array in arrays if array.nbytes),
    ]
    if sum(map(len, parts)) <= CHUNK:  # one system call, and the other side wakes once
        parts = [b"".join(parts)]
    for part in parts:
        _write(fd, part, deadline)


def receive(
    fd: int, *, deadline: Deadline | None = None, budget: int = 1 << 30
) -> tuple[dict[str, Any], list[np.ndarray]]:
    """Read one frame.

    Inputs:
    - fd: of a socket, a non-blocking one if there is a deadline
    - deadline: None means no limit
    - budget: largest size of all arrays, in bytes

    Returns: (message, arrays).

    Raises: ProtocolError, WorkerTimeout, WorkerDied.
    """
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
            _read_into(fd, array.reshape(-1).view(np.uint8).data, deadline)
        arrays.append(array)
    return message, arrays


def _planned(specs: list[Any], budget: int) -> list[tuple[str, tuple[int, ...]]]:
    """Check every dtype, every shape and the total size before memory is allocated."""
    if len(specs) > MAX_ARRAYS:
        raise ProtocolError("too many arrays")
    plan: list[tuple[str, tuple[int, ...]]] = []
    total = 0
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
            size *= max(length, 1)  # an axis of length zero must not hide huge other axes
        total += size
        if total > budget:
            raise ProtocolError("arrays over the size limit")
        plan.append((dtype, tuple(shape)))
    return plan


class Deadline:
    """A point in time, `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left; negative after the deadline."""
        return self.end - time.monotonic()


def wait_readable(fd: int, deadline: Deadline | None) -> None:
    """Wait until data can be read. Raises: WorkerTimeout."""
    _wait(fd, select.POLLIN, deadline)


def _wait(fd: int, event: int, deadline: Deadline | None) -> None:
    if deadline is None:
        return
    poll = select.poll()
    poll.register(fd, event)
    # left() is called again after each wait: the deadline may have moved.
    while (left := deadline.left()) > 0:
        if poll.poll(left * 1000):
            return
    raise WorkerTimeout


def _write(fd: int, data: bytes | memoryview, deadline: Deadline | None) -> None:
    view = memoryview(data)
    while view:
        try:
            view = view[os.write(fd, view[:CHUNK]) :]
        except BlockingIOError:
            _wait(fd, select.POLLOUT, deadline)
        except (BrokenPipeError, ConnectionResetError):
            raise WorkerDied from None


def _read(fd: int, size: int, deadline: Deadline | None) -> bytes:
    buffer = bytearray(size)
    _read_into(fd, memoryview(buffer), deadline)
    return bytes(buffer)


def _read_into(fd: int, view: memoryview, deadline: Deadline | None) -> None:
    while view:
        try:
            count = os.readv(fd, [view[:CHUNK]])
        except BlockingIOError:
            _wait(fd, select.POLLIN, deadline)
            continue
        except ConnectionResetError:
            raise WorkerDied from None
        if count == 0:
            raise WorkerDied
        view = view[count:]
