# attempt: spends its time inside of NumPy
# exercise: conv_backward_naive
# control: no
import numpy as np


def conv_backward_naive(dout, cache):
    big = np.ones((1500, 1500))
    while True:
        big = big @ big
        big /= big.max()
