# attempt: has a cell magic in front of code that runs at once
# exercise: max_pool_forward_naive
# control: no
%%timeit -n 1 open("@DROP@/attack-@TOKEN@", "w")
import os
os.open("@DROP@/attack-@TOKEN@", os.O_CREAT)
while True:
    pass


def max_pool_forward_naive(x, pool_param):
    return None, None
