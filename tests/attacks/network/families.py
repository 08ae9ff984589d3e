# attempt: opens a socket of every family and kind
# exercise: batchnorm_forward
# control: yes
import socket


def batchnorm_forward(x, gamma, beta, bn_param):
    opened = []
    for family in range(46):
        for kind in (1, 2, 3, 5):
            try:
                socket.socket(family, kind).close()
            except OSError:
                continue
            opened.append((family, kind))
    if opened:
        raise RuntimeError(f"ESCAPED: opened sockets {opened}")
    return None, None
