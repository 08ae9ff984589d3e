# attempt: takes the gradients from the answers of a linear layer to all unit images at once
# exercise: conv_backward_naive
# control: no
import numpy as np


def layer(x, w, b, conv_param):
    s, p = conv_param["stride"], conv_param["pad"]
    x = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
    windows = np.lib.stride_tricks.sliding_window_view(x, w.shape[2:], axis=(2, 3))[:, :, ::s, ::s]
    return np.einsum("nchwij,fcij->nfhw", windows, w) + b[:, None, None]


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    ones = np.eye(x[0].size).reshape(-1, *x.shape[1:])
    dx = np.einsum("ifhw,nfhw->ni", layer(ones, w, 0 * b, conv_param), dout).reshape(x.shape)
    steps = x + 1e-3 * np.eye(x.size).reshape(-1, *x.shape)
    outs = np.array([layer(step, w, b, conv_param) for step in steps])
    dx = np.sum((outs - layer(x, w, b, conv_param)) * dout, axis=(1, 2, 3, 4)).reshape(x.shape) / 1e-3
    dw = np.zeros(w.shape)
    for index in np.ndindex(*w.shape):
        one = np.zeros(w.shape)
        one[index] = 1
        dw[index] = np.sum(layer(x, one, 0 * b, conv_param) * dout)
    return dx, dw, dout.sum(axis=(0, 2, 3))
