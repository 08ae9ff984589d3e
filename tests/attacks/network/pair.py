# attempt: makes a pair of sockets and a pipe, to hand descriptors on
# exercise: layernorm_forward
# control: yes
import os
import socket


def layernorm_forward(x, gamma, beta, ln_param):
    made = []
    for make in (socket.socketpair, os.pipe, lambda: os.eventfd(0)):
        try:
            made.append(make())
        except (OSError, AttributeError):
            continue
    if made:
        raise RuntimeError(f"ESCAPED: made {len(made)} ways to talk")
    return None, None
