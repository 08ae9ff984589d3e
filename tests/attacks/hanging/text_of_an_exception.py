# attempt: raises an exception whose text never ends
# exercise: max_pool_backward_naive
# control: no
class Slow(Exception):
    def __str__(self):
        while True:
            pass


def max_pool_backward_naive(dout, cache):
    raise Slow
