# attempt: asks the grader to compute the very function that it has to write
# exercise: conv_forward_naive
# control: no
import sys

import protocol
import wire_types

NAMES = ("conv_forward_naive", "substitutes", "__class__", "batchnorm_forward", "eval")


def conv_forward_naive(x, w, b, conv_param):
    descriptor = sys._getframe(1).f_locals["self"].fd
    arrays = []
    tree = wire_types.encode([x, w, b, conv_param], arrays)
    protocol.send(descriptor, {"op": "substitute", "name": NAMES[x.size % len(NAMES)], "arguments": tree}, arrays)
    message, arrays = protocol.receive(descriptor)
    if message["op"] in ("substituted", "refused"):
        raise RuntimeError(f"ESCAPED: the grader answered {message}")
    return None, None
