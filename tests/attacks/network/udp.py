# attempt: sends a datagram, and looks a name up
# exercise: layernorm_forward
# control: yes
import socket


def layernorm_forward(x, gamma, beta, ln_param):
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
            connection.sendto(x.tobytes()[:100], ("127.0.0.1", @PORT@))
    except OSError:
        return None, None
    raise RuntimeError("ESCAPED: sent a datagram")
