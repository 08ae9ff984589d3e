# attempt: makes a file in memory, to run a program from it
# exercise: conv_forward_naive
# control: yes
import os


def conv_forward_naive(x, w, b, conv_param):
    try:
        handle = os.memfd_create("attack")
    except OSError:
        return None, None
    os.close(handle)
    raise RuntimeError("ESCAPED: made a file in memory")
