# attempt: answers with the right numbers in lists
# exercise: max_pool_forward_naive
# control: no
import numpy as np


def max_pool_forward_naive(x, pool_param):
    height, width, stride = (pool_param[name] for name in ("pool_height", "pool_width", "stride"))
    windows = np.lib.stride_tricks.sliding_window_view(x, (height, width), axis=(2, 3))[:, :, ::stride, ::stride]
    return windows.max(axis=(4, 5)).tolist(), (x, pool_param)
