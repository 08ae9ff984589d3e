# attempt: never ends
# exercise: max_pool_backward_naive
# control: no
def max_pool_backward_naive(dout, cache):
    while True:
        pass
