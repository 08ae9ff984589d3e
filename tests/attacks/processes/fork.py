# attempt: forks fifty times
# exercise: conv_forward_naive
# control: root
import os


def conv_forward_naive(x, w, b, conv_param):
    forks = 0
    for _ in range(50):
        try:
            number = os.fork()
        except OSError:
            break
        if number == 0:
            os._exit(0)
        os.waitpid(number, 0)
        forks += 1
    if forks:
        raise RuntimeError(f"ESCAPED: forked {forks} times")
    return None, None
