"""Provided layers: affine, ReLU and the two losses. The layers you write live in the notebooks.

Every forward function returns ``(out, cache)``; the backward function of the same name takes the upstream
gradient ``dout`` and that ``cache``. float32 inputs give float32 results. No input is changed in place.
"""

import numpy as np

__all__ = [
    "affine_backward",
    "affine_forward",
    "relu_backward",
    "relu_forward",
    "softmax_loss",
    "svm_loss",
]


def affine_forward(x, w, b):
    """Forward pass of an affine (fully connected) layer: ``out = x.reshape(N, D) @ w + b``.

    Inputs:
    - x: (N, d_1, ..., d_k) with d_1 * ... * d_k = D
    - w: (D, M) weights
    - b: (M,) biases

    Returns a tuple of:
    - out: (N, M)
    - cache: (x, w, b), for affine_backward

    Raises ValueError when the shapes do not fit together.
    """
    x, w, b, features = check_affine(x, w, b)
    out = x.reshape(x.shape[0], features) @ w
    # A wider bias must widen the result, so the in-place sum is for the ordinary case only.
    if np.result_type(out, b) == out.dtype:
        out += b
    else:
        out = out + b
    return out, (x, w, b)


def affine_backward(dout, cache):
    """Backward pass of an affine layer.

    Inputs:
    - dout: (N, M) upstream gradient
    - cache: from affine_forward

    Returns a tuple of:
    - dx: (N, d_1, ..., d_k)
    - dw: (D, M)
    - db: (M,)

    Raises ValueError when dout is not of the shape of the forward pass's output.
    """
    x, w, _ = cache
    dout = check_affine_dout(dout, x, w)
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(x.shape[0], w.shape[0]).T @ dout
    return dx, dw, dout.sum(axis=0)


def relu_forward(x):
    """Forward pass of rectified linear units: ``out = max(0, x)``; NaN stays NaN.

    Input:
    - x: any shape

    Returns a tuple of:
    - out: the shape of x
    - cache: x, for relu_backward
    """
    x = np.asarray(x)
    return np.maximum(x, 0), x


def relu_backward(dout, cache):
    """Backward pass of rectified linear units: dout where x > 0, else 0 (at x = 0 too).

    Inputs:
    - dout: upstream gradient, the shape of x
    - cache: x, from relu_forward

    Returns dx, the shape of x. Raises ValueError when the shapes differ.
    """
    dout = np.asarray(dout)
    if dout.shape != cache.shape:
        raise ValueError(f"relu_backward: dout {dout.shape} came; x of the forward pass is {cache.shape}, "
                         "and dout must have the same shape")
    # A product with the mask: np.where and mask indexing branch on every number, and take seven times as long.
    return dout * (cache > 0)


def softmax_loss(x, y):
    """Mean cross-entropy of softmax scores, and its gradient: ``-mean(log softmax(x)[i, y[i]])``.

    Inputs:
    - x: (N, C) scores; any size of score, since each row is shifted by its maximum first
    - y: (N,) integer labels, 0 <= y[i] < C

    Returns a tuple of:
    - loss: float
    - dx: (N, C) gradient of the loss with respect to x

    Raises ValueError for wrong shapes, labels that are no integers, or labels out of range.
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
    """Mean multiclass hinge loss with margin 1, and its gradient: ``sum_j≠y max(0, x_j - x_y + 1)``.

    Inputs:
    - x: (N, C) scores
    - y: (N,) integer labels, 0 <= y[i] < C

    Returns a tuple of:
    - loss: float
    - dx: (N, C) gradient of the loss with respect to x

    Raises ValueError for wrong shapes, labels that are no integers, or labels out of range.
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


def check_affine(x, w, b):
    """Return x, w, b as arrays, and how many numbers a row of x has; or raise ValueError."""
    x, w, b = np.asarray(x), np.asarray(w), np.asarray(b)
    if x.ndim < 1 or w.ndim != 2 or b.shape != w.shape[1:]:
        raise ValueError(f"affine_forward: x {x.shape}, w {w.shape}, b {b.shape} came; needed are x (N, ...), "
                         "w (D, M) and b (M,)")
    features = int(np.prod(x.shape[1:]))
    if features != w.shape[0]:
        raise ValueError(f"affine_forward: each row of x {x.shape} has {features} numbers, but w {w.shape} takes "
                         f"{w.shape[0]}; make w of shape ({features}, {w.shape[1]})")
    return x, w, b, features


def check_affine_dout(dout, x, w):
    """Return dout as an array of the shape of the forward pass's output; or raise ValueError."""
    dout = np.asarray(dout)
    if dout.shape != (x.shape[0], w.shape[1]):
        raise ValueError(f"affine_backward: dout {dout.shape} came; the forward pass gave out of shape "
                         f"{(x.shape[0], w.shape[1])}, and dout must have the same")
    return dout


def _scores_and_labels(function, x, y):
    """Return x as floats and y as an integer array, or raise ValueError."""
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim != 2 or x.shape[0] == 0 or x.shape[1] == 0 or y.shape != x.shape[:1]:
        raise ValueError(f"{function}: scores x {x.shape} and labels y {y.shape} came; needed are x (N, C) and "
                         "y (N,) with N, C >= 1")
    if y.dtype.kind not in "iu":
        raise ValueError(f"{function}: labels y are {y.dtype}; class numbers must be integers, "
                         "for example y.astype(int)")
    if y.min() < 0 or y.max() >= x.shape[1]:
        raise ValueError(f"{function}: labels run from {y.min()} to {y.max()}, but x {x.shape} has scores for "
                         f"classes 0 to {x.shape[1] - 1}")
    return (x if x.dtype.kind == "f" else x.astype(np.float64)), y
