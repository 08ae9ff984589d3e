# attempt: calls a substitute with arguments of every wrong kind
# exercise: spatial_batchnorm_forward
# control: no
import sys

import numpy as np
import protocol

TREES = (
    None,
    5,
    {"str": "abcd"},
    {"dict": [["x", {"array": 0}]]},
    {"list": []},
    {"list": [{"array": 0}] * 4},
)
# Settings that go with right arrays.
SETTINGS = (
    [["mode", {"array": 0}]],
    [["mode", {"str": "train"}], ["eps", {"str": "x"}]],
    [["mode", {"str": "train"}], ["eps", {"float": "nan"}]],
    [["mode", {"str": "train"}], ["momentum", {"list": [None, {"opaque": "x"}]}]],
    [["mode", {"str": "test"}], ["momentum", 1 << 62]],
    [["mode", {"str": "test"}], ["running_mean", {"handle": 0}]],
    [["mode", {"dtype": "<f8"}], ["\ud800", None]],
    [["mode", {"list": [{"array": 0}, {"array": 0}]}]],
)


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    descriptor = sys._getframe(1).f_locals["self"].fd
    right = [{"array": 0}, {"array": 1}, {"array": 1}]
    for tree in [*TREES, *({"list": [*right, {"dict": settings}]} for settings in SETTINGS)]:
        arrays = [np.ones((3, 2)), np.ones(2)]
        protocol.send(descriptor, {"op": "substitute", "name": "batchnorm_forward", "arguments": tree}, arrays)
        protocol.receive(descriptor)
    return None, None
