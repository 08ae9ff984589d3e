# attempt: sends headers that are hard to read: nested deep, with huge numbers, double keys, NaN, bad UTF-8
# exercise: conv_forward_naive
# control: no
import os
import struct
import sys

HEADERS = (
    b"[" * 500_000,
    b'{"a":' * 150_000,
    b'{"arrays": [], "op": ' + b"9" * 500_000 + b"}",
    b'{"arrays": [], "op": "done", "value": NaN, "after": Infinity}',
    b'{"arrays": [], "op": "done", "value": {"list": [' + b'{"list": [' * 3000 + b"]}" * 3000 + b"]}}",
    b'{"arrays": [], "op": "done", "value": {"list": [{"float": "' + b"f" * 500_000 + b'"}, {"float": "0x1p99999"}]}}',
    b'{"arrays": [], "op": "done", "op": "substitute", "value": {"str": "\xff\xfe"}}',
    b'{"arrays": [], "op": ["done"], "value": {"handle": 1e999}}',
    b'{"arrays": [], "op": "done", "value": {"list": [{"dtype": "O"}, {"dtype": ["<f8"]}]}}',
    b"{}",
    b"null",
)


def conv_forward_naive(x, w, b, conv_param):
    descriptor = sys._getframe(1).f_locals["self"].fd
    header = HEADERS[(x.shape[2] + w.shape[2] + conv_param["pad"]) % len(HEADERS)]
    os.write(descriptor, struct.pack("<4sI", b"CSK1", len(header)) + header)
    return None, None
