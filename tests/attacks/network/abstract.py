# attempt: connects to an abstract Unix socket, which no file stands for
# exercise: max_pool_forward_naive
# control: yes
import socket


def max_pool_forward_naive(x, pool_param):
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect("\0@ABSTRACT@")
    except OSError:
        return None, None
    raise RuntimeError("ESCAPED: connected to an abstract socket")
