"""The protocol between the trusted side and the worker: values that cross, and values that are refused."""

import json
import socket
import time

import numpy as np
import pytest

from autograder.sandbox.worker import protocol, wire_types


@pytest.fixture
def ends():
    left, right = socket.socketpair()
    right.setblocking(False)  # as the trusted side's: it waits until a deadline
    yield left, right
    left.close()
    right.close()


def round_trip(value, ends):
    arrays = []
    tree = wire_types.encode(value, arrays)
    protocol.send(ends[0].fileno(), {"value": tree}, arrays)
    message, arrays = protocol.receive(ends[1].fileno())
    return wire_types.decode(message["value"], arrays)


@pytest.mark.parametrize(
    "value", [None, True, 3, -(2**63), 0.1, float("inf"), "näive", (1, [2.5, None]), {"stride": 2}]
)
def test_plain_values_come_through_unchanged(value, ends):
    back = round_trip(value, ends)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize("dtype", protocol.DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (2, 3), (1, 0, 4)])
def test_arrays_come_through_unchanged(dtype, shape, ends):
    array = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    back = round_trip(array, ends)
    assert back.dtype == array.dtype
    assert back.shape == shape
    np.testing.assert_array_equal(back, array)


def test_an_array_in_fortran_order_keeps_its_values(ends):
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    np.testing.assert_array_equal(round_trip(array, ends), array)


class Sub(np.ndarray):
    pass


@pytest.mark.parametrize(
    "value",
    [
        np.zeros(2).view(Sub),
        np.zeros(2, complex),
        np.array([{}]),
        np.zeros(2, np.float16),
        object(),
        lambda: 0,
        {(1, (2,)): 2},
    ],
    ids=["subclass", "complex", "objects", "float16", "object", "function", "odd keys"],
)
def test_other_values_cross_by_type_name_only(value, ends):
    assert isinstance(round_trip(value, ends), wire_types.Opaque)


def frame(header, body=b""):
    data = header if isinstance(header, bytes) else json.dumps(header).encode()
    return protocol.PREFIX.pack(protocol.MAGIC, len(data)) + data + body


@pytest.mark.parametrize(
    "data",
    [
        b"XXXX\x00\x00\x00\x00",
        protocol.PREFIX.pack(protocol.MAGIC, protocol.MAX_HEADER + 1),
        frame(b"\xff\xff"),
        frame(b"[" * 50_000),
        frame([]),
        frame({"arrays": 3}),
        frame({"arrays": [["|O8", [1]]]}),
        frame({"arrays": [["<f8", [-1]]]}),
        frame({"arrays": [["<f8", [True]]]}),
        frame({"arrays": [["<f8", [1] * 9]]}),
        frame({"arrays": [["<f8", [1 << 20, 1 << 20]]]}),
        frame({"arrays": [["<f8", [0, 1 << 31]]]}),
        frame({"arrays": [["|u1", [1]]] * 65}),
    ],
)
def test_a_malformed_frame_is_refused_before_anything_is_allocated(data, ends):
    ends[0].sendall(data)
    with pytest.raises(protocol.ProtocolError):
        protocol.receive(ends[1].fileno(), deadline=protocol.Deadline(5), budget=1 << 20)


@pytest.mark.parametrize(
    "tree",
    [
        {"array": 0},
        {"array": True},
        {"float": "1e999999999999x"},
        {"handle": 7},
        {"pickle": "gASV"},
        {"str": "a", "int": 1},
        {"dict": [["a"]]},
        2**70,
        1.5,
        {"list": [0] * 1000},
    ],
)
def test_a_malformed_value_is_refused(tree):
    with pytest.raises(protocol.ProtocolError):
        wire_types.decode(tree, [], handles={})


def test_a_silent_partner_takes_no_longer_than_the_deadline(ends):
    started = time.monotonic()
    with pytest.raises(protocol.WorkerTimeout):
        protocol.receive(ends[1].fileno(), deadline=protocol.Deadline(0.2))
    assert time.monotonic() - started < 5


def test_a_frame_cut_short_is_a_dead_worker(ends):
    ends[0].sendall(frame({"arrays": [["<f8", [4]]]}, b"\x00" * 8))
    ends[0].close()
    with pytest.raises(protocol.WorkerDied):
        protocol.receive(ends[1].fileno())
