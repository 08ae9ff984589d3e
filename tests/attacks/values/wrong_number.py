# attempt: returns another number of values than was asked for, and things that only look like a tuple
# exercise: batchnorm_forward
# control: no
from collections import namedtuple

import numpy as np


def pair(x):
    yield x
    yield x


def batchnorm_forward(x, gamma, beta, bn_param):
    Pair = namedtuple("Pair", "out cache")
    kinds = (lambda: (x,), lambda: (x, x, x), lambda: pair(x), lambda: Pair(x, x), lambda: {0: x, 1: x}, tuple, int)
    return kinds[int(abs(x[0, 0]) * 1e6) % len(kinds)]()
