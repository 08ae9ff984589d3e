# attempt: answers with arrays that share their memory with each other, with the inputs and with the running averages
# exercise: batchnorm_forward
# control: no
import numpy as np


def batchnorm_forward(x, gamma, beta, bn_param):
    bn_param["running_mean"] = bn_param["running_var"] = x[0]
    bn_param["itself"] = bn_param
    bn_param["x"] = x
    out = np.lib.stride_tricks.as_strided(x, x.shape, (0, 0))
    return out, bn_param
