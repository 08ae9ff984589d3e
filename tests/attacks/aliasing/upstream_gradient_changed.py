# attempt: answers right, then changes the upstream gradient and the cache that it was given
# exercise: conv_backward_naive
# control: no
# expect: honest
import numpy as np


def conv_backward_naive(dout, cache):
    x, w, b, conv_param = cache
    stride, pad = conv_param["stride"], conv_param["pad"]
    padded = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dpadded, dw = np.zeros(padded.shape), np.zeros(w.shape)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            at = np.s_[:, :, i * stride : i * stride + w.shape[2], j * stride : j * stride + w.shape[3]]
            dw += np.einsum("nf,nchw->fchw", dout[:, :, i, j], padded[at])
            dpadded[at] += np.einsum("nf,fchw->nchw", dout[:, :, i, j], w)
    dx = dpadded[:, :, pad : pad + x.shape[2], pad : pad + x.shape[3]]
    db = dout.sum(axis=(0, 2, 3))
    for array in (dout, x, w, b):
        array.fill(np.nan)
    conv_param.clear()
    return dx, dw, db
