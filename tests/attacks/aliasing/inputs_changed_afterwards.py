# attempt: answers right, then destroys its inputs, hoping that the answer is worked out from them
# exercise: conv_forward_naive
# control: no
# expect: honest
import numpy as np


def conv_forward_naive(x, w, b, conv_param):
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    out = np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None]
    cache = (x.copy(), w.copy(), b.copy(), dict(conv_param))
    x[:] = w[:] = b[:] = 0
    conv_param.update(stride=1000, pad=0)
    return out, cache
