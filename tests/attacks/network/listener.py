# attempt: listens for somebody to call it
# exercise: conv_forward_naive
# control: yes
import socket


def conv_forward_naive(x, w, b, conv_param):
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
    except OSError:
        return None, None
    raise RuntimeError(f"ESCAPED: listened at {port}")
