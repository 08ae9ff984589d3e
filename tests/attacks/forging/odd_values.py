# attempt: answers with valid frames around values that make no sense
# exercise: batchnorm_forward
# control: no
import sys

import protocol

BODIES = (
    {"list": [{"array": 5}, {"array": -1}]},
    {"list": [{"handle": 10**400}, {"handle": -1}]},
    {"list": [{"opaque": "x" * 100_000}, {"opaque": 5}]},
    {"tuple": [{"str": "\ud800"}, {"str": "\x1b[2J"}]},
    {"list": [{"dict": [["a", None, None]]}, {"dict": [[5, None]]}]},
    {"list": [{}, {"a": 1, "b": 2}]},
    {"list": [None] * 300},
    {"float": "nan"},
)


def batchnorm_forward(x, gamma, beta, bn_param):
    descriptor = sys._getframe(1).f_locals["self"].fd
    value = BODIES[int(abs(x[0, 0]) * 1e6) % len(BODIES)]
    after = {"list": [{"dict": [["running_mean", {"opaque": "array"}], ["running_var", {"handle": 7}]]}] * 3}
    protocol.send(descriptor, {"op": "done", "value": value, "after": after, "output": {"str": "x"}, "problems": 5})
    return None, None
