# attempt: has the grader broadcast an eps that is an array: two inputs of kilobytes make an output of megabytes
# exercise: spatial_batchnorm_forward
# control: no
import numpy as np


def spatial_batchnorm_forward(x, gamma, beta, bn_param):
    size = 3000  # 9 MB of numbers, 72 MB of memory; ten times the size would take the grader's last byte
    row, column = np.ones((1, size), np.uint8), np.ones((size, 1), np.uint8)
    for name in ("eps", "momentum"):
        settings = {"mode": "train", name: column}
        try:
            out, _ = batchnorm_forward(row, np.ones(size, np.uint8), np.ones(size, np.uint8), settings)
        except ValueError:
            continue
        largest = max(np.asarray(value).nbytes for value in (out, *settings.values()))
        if largest > 1 << 20:
            raise RuntimeError(f"ESCAPED: 12 kB with an array as {name} had the grader work out {largest >> 20} MB")
    return None, None
