"""Loss functions. The layers are exercises of the notebooks."""

import numpy as np

from student_tools.language import tr

__all__ = ["softmax_loss", "svm_loss"]


def softmax_loss(x, y):
    """Softmax loss and its gradient: the mean cross-entropy ``-mean(log softmax(x)[i, y[i]])``.

    Inputs:
    - x: (N, C) scores of any size: each row is shifted by its maximum first
    - y: (N,) integer labels, 0 <= y[i] < C

    Returns a tuple of:
    - loss: float
    - dx: (N, C) gradient of the loss with respect to x

    Raises ValueError for wrong shapes, or labels that are not integers or out of range.
    """
    x, y = _scores_and_labels("softmax_loss", x, y)
    rows = np.arange(len(y))
    shifted = x - x.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    sums = exponentials.sum(axis=1, keepdims=True)
    loss = np.mean(np.log(sums[:, 0]) - shifted[rows, y], dtype=np.float64)
    dx = exponentials / sums
    dx[rows, y] -= 1
    dx /= len(y)
    return float(loss), dx


def svm_loss(x, y):
    """Multiclass SVM loss and its gradient: the mean of ``sum_j≠y max(0, x_j - x_y + 1)``.

    Inputs:
    - x: (N, C) scores
    - y: (N,) integer labels, 0 <= y[i] < C

    Returns a tuple of:
    - loss: float
    - dx: (N, C) gradient of the loss with respect to x

    Raises ValueError for wrong shapes, or labels that are not integers or out of range.
    """
    x, y = _scores_and_labels("svm_loss", x, y)
    rows = np.arange(len(y))
    margins = np.maximum(x - x[rows, y][:, np.newaxis] + 1, 0)
    margins[rows, y] = 0
    loss = margins.sum(dtype=np.float64) / len(y)
    dx = (margins > 0).astype(x.dtype)
    dx[rows, y] = -dx.sum(axis=1)
    dx /= len(y)
    return float(loss), dx


def _scores_and_labels(function, x, y):
    """Return x as floats and y as an integer array, or raise ValueError."""
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 2 or x.shape[0] == 0 or x.shape[1] == 0 or y.shape != x.shape[:1]:
        raise ValueError(
            tr(
                "{function}: expected scores x (N, C) and labels y (N,) with N, C >= 1, got x {x} and y {y}",
                function=function,
                x=x.shape,
                y=y.shape,
            )
        )
    if y.dtype.kind not in "iu":
        words = {"function": function, "got": y.dtype}
        raise ValueError(
            tr("{function}: expected integers as labels y, got {got}; use for example y.astype(int)", **words)
        )
    if y.min() < 0 or y.max() >= x.shape[1]:
        raise ValueError(
            tr(
                "{function}: expected labels from 0 to {largest} for x {x}, got {low} to {high}",
                function=function,
                largest=x.shape[1] - 1,
                x=x.shape,
                low=y.min(),
                high=y.max(),
            )
        )
    return (x if x.dtype.kind == "f" else x.astype(np.float64)), y
