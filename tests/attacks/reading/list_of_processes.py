# attempt: lists the processes of the machine and their command lines
# exercise: conv_forward_naive
# control: yes
import os


def conv_forward_naive(x, w, b, conv_param):
    lines = []
    try:
        for name in os.listdir("/proc"):
            if name.isdigit():
                with open(f"/proc/{name}/cmdline", "rb") as stream:
                    lines.append(stream.read(200))
    except OSError:
        pass
    if lines:
        raise RuntimeError(f"ESCAPED: {len(lines)} processes, one of them is {lines[0]}")
    return None, None
