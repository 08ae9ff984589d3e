"""Layers, update rules and networks of the assignment, written directly from their formulas.

The referee compares students' functions with these. They are plain loops, slow and easy to read, and share no code with
the solutions in the source notebooks. Gradients are central differences of the forward passes.
"""

import itertools
import math

import numpy as np

__all__ = [
    "FORWARD",
    "UPDATE_RULES",
    "batch_statistics",
    "differences",
    "network_loss",
    "network_scores",
    "three_layers",
]

STEP = 1e-5  # of central differences, in float64. Their error is about STEP squared


def affine(x, w, b):
    """out[n, m] = b[m] + the sum of x[n, d] · w[d, m] over all numbers d of sample n."""
    out = np.zeros((len(x), w.shape[1]))
    for n, m in np.ndindex(out.shape):
        out[n, m] = b[m] + sum(value * weight for value, weight in zip(x[n].flat, w[:, m], strict=True))
    return out


def relu(x):
    """Return x where it is positive, and zero elsewhere."""
    out = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        out[index] = x[index] if x[index] > 0 else 0.0
    return out


def conv(x, w, b, conv_param):
    """Correlate images with filters. Pixels outside of the image are zero."""
    stride, pad = conv_param["stride"], conv_param["pad"]
    (N, C, H, W), (F, _, HH, WW) = x.shape, w.shape
    rows, columns = (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1
    out = np.zeros((N, F, rows, columns))
    for n, f, i, j in np.ndindex(out.shape):
        total = b[f]
        for c, di, dj in itertools.product(range(C), range(HH), range(WW)):
            row, column = i * stride + di - pad, j * stride + dj - pad
            if 0 <= row < H and 0 <= column < W:
                total += x[n, c, row, column] * w[f, c, di, dj]
        out[n, f, i, j] = total
    return out


def max_pool(x, pool_param):
    """Return the maximum of each window. Pixels outside of complete windows are ignored."""
    height, width, stride = pool_param["pool_height"], pool_param["pool_width"], pool_param["stride"]
    N, C, H, W = x.shape
    out = np.zeros((N, C, (H - height) // stride + 1, (W - width) // stride + 1))
    for n, c, i, j in np.ndindex(out.shape):
        out[n, c, i, j] = max(x[n, c, i * stride + di, j * stride + dj] for di in range(height) for dj in range(width))
    return out


def standardized(values, eps):
    """Return the values minus their mean, divided by the root of their variance plus eps."""
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / len(values)
    return [(value - mean) / math.sqrt(variance + eps) for value in values]


def batch_statistics(x):
    """Return (means, variances) of the columns of x."""
    means = np.array([sum(column) / len(column) for column in x.T])
    variances = np.array([sum((column - mean) ** 2) / len(column) for column, mean in zip(x.T, means, strict=True)])
    return means, variances


def batchnorm(x, gamma, beta, bn_param):
    """Batch normalization. Test mode uses the running averages instead of the statistics of the batch."""
    eps = bn_param.get("eps", 1e-5)
    out = np.zeros(x.shape)
    for d in range(x.shape[1]):
        if bn_param["mode"] == "train":
            column = standardized(list(x[:, d]), eps)
        else:
            root = math.sqrt(bn_param["running_var"][d] + eps)
            column = [(value - bn_param["running_mean"][d]) / root for value in x[:, d]]
        out[:, d] = [gamma[d] * value + beta[d] for value in column]
    return out


def layernorm(x, gamma, beta, ln_param):
    """Layer normalization: each sample by its own mean and variance."""
    rows = [standardized(list(row), ln_param.get("eps", 1e-5)) for row in x]
    return np.array([[g * value + b for g, value, b in zip(gamma, row, beta, strict=True)] for row in rows])


def spatial_batchnorm(x, gamma, beta, bn_param):
    """Batch normalization of channels: each pixel of each image is a sample."""
    out = np.zeros(x.shape)
    for c in range(x.shape[1]):
        pixels = x[:, c].reshape(-1, 1)
        param = dict(bn_param)
        if param["mode"] == "test":
            param |= {name: param[name][c : c + 1] for name in ("running_mean", "running_var")}
        out[:, c] = batchnorm(pixels, gamma[c : c + 1], beta[c : c + 1], param).reshape(x[:, c].shape)
    return out


def groupnorm(x, gamma, beta, G, gn_param):
    """Group normalization: each group of neighbouring channels of an image by its own mean and variance."""
    out, size = np.zeros(x.shape), x.shape[1] // G
    for n, group in itertools.product(range(len(x)), range(G)):
        channels = slice(group * size, (group + 1) * size)
        values = standardized(list(x[n, channels].flat), gn_param.get("eps", 1e-5))
        out[n, channels] = np.array(values).reshape(x[n, channels].shape)
    for c in range(x.shape[1]):
        out[:, c] = gamma[0, c, 0, 0] * out[:, c] + beta[0, c, 0, 0]
    return out


FORWARD = {
    "affine_forward": affine,
    "relu_forward": relu,
    "conv_forward_naive": conv,
    "max_pool_forward_naive": max_pool,
    "batchnorm_forward": batchnorm,
    "layernorm_forward": layernorm,
    "spatial_batchnorm_forward": spatial_batchnorm,
    "spatial_groupnorm_forward": groupnorm,
}


def differences(function, array):
    """Return the gradient of a function without arguments with respect to an array that it uses.

    The array is changed during the computation and restored.
    """
    gradient = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + STEP
        above = function()
        array[index] = kept - STEP
        gradient[index] = (above - function()) / (2 * STEP)
        array[index] = kept
    return gradient


def momentum_steps(w, gradients, config):
    """Sutskever et al. 2013: v ← μ v − ε g, then w ← w + v."""
    rate, momentum = config.get("learning_rate", 1e-2), config.get("momentum", 0.9)
    velocity = config.get("velocity", np.zeros(w.shape))
    for gradient in gradients:
        velocity = momentum * velocity - rate * gradient
        w = w + velocity
        yield w, {"velocity": velocity}


def rmsprop_steps(w, gradients, config):
    """Tieleman and Hinton 2012, with epsilon added to the root."""
    rate, decay = config.get("learning_rate", 1e-2), config.get("decay_rate", 0.99)
    square = config.get("cache", np.zeros(w.shape))
    for gradient in gradients:
        square = decay * square + (1 - decay) * gradient * gradient
        w = w - rate * gradient / (np.sqrt(square) + config.get("epsilon", 1e-8))
        yield w, {"cache": square}


def adam_steps(w, gradients, config):
    """Kingma and Ba 2015, algorithm 1."""
    rate, epsilon = config.get("learning_rate", 1e-3), config.get("epsilon", 1e-8)
    beta1, beta2 = config.get("beta1", 0.9), config.get("beta2", 0.999)
    first, second = config.get("m", np.zeros(w.shape)), config.get("v", np.zeros(w.shape))
    for t, gradient in enumerate(gradients, start=config.get("t", 0) + 1):
        first = beta1 * first + (1 - beta1) * gradient
        second = beta2 * second + (1 - beta2) * gradient * gradient
        unbiased = first / (1 - beta1**t), second / (1 - beta2**t)
        w = w - rate * unbiased[0] / (np.sqrt(unbiased[1]) + epsilon)
        yield w, {"m": first, "v": second, "t": t}


UPDATE_RULES = {"sgd_momentum": momentum_steps, "rmsprop": rmsprop_steps, "adam": adam_steps}


def network_scores(params, X, *, normalization=None, masks=None, running=None):
    """Scores of a fully connected network.

    Inputs:
    - params: dict with W1, b1, and so on
    - normalization: None, "batchnorm" or "layernorm"
    - masks: dropout's factors for each hidden layer, or None
    - running: list of (means, variances) of the hidden layers, for batch normalization in test mode; None in training
    """
    layers = sum(name.startswith("W") for name in params)
    for i in range(1, layers):
        X = affine(X, params[f"W{i}"], params[f"b{i}"])
        if normalization == "layernorm":
            X = layernorm(X, params[f"gamma{i}"], params[f"beta{i}"], {})
        if normalization == "batchnorm":
            param = {"mode": "train"}
            if running:
                param = {"mode": "test", "running_mean": running[i - 1][0], "running_var": running[i - 1][1]}
            X = batchnorm(X, params[f"gamma{i}"], params[f"beta{i}"], param)
        X = relu(X)
        if masks:
            X = X * masks[i - 1]
    return affine(X, params[f"W{layers}"], params[f"b{layers}"])


def network_loss(scores, y, params, reg):
    """Return the softmax loss plus 0.5 * reg * the sum of squared weights."""
    loss = 0.0
    for row, label in zip(scores, y, strict=True):
        loss += math.log(sum(math.exp(score) for score in row)) - row[label]
    squares = sum(np.sum(value * value) for name, value in params.items() if name.startswith("W"))
    return loss / len(scores) + 0.5 * reg * squares


def three_layers(params, X):
    """Return the scores of conv - relu - 2 × 2 max pool - affine - relu - affine."""
    size = params["W1"].shape[2]
    maps = relu(conv(X, params["W1"], params["b1"], {"stride": 1, "pad": (size - 1) // 2}))
    pooled = max_pool(maps, {"pool_height": 2, "pool_width": 2, "stride": 2})
    return affine(relu(affine(pooled, params["W2"], params["b2"])), params["W3"], params["b3"])
