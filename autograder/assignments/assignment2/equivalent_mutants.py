"""Mechanical mutants that are equivalent to the solution, with the reason.

A table of exercise → reason → descriptions of changes, as `make mutants` prints them. A new
exercise has its part of the table in the module of its topic, under the same name.
"""

__all__ = ["EQUIVALENTS"]

DTYPE = "The dtype differs only if the arrays of a call have several; the values are right."
OVERWRITTEN = "Every number of the array is overwritten."
AXES = "The order of the axes of a reduction does not matter."
ORDER = "The order of independent steps does not matter."
UNKNOWN_MODE = "It matters only for an unknown mode, which is not allowed."
UNUSED = "The value is unused."

EQUIVALENTS = {
    "affine_backward": {"Both arrays have N rows.": ("dw = …: x → dout (2)",)},
    "relu_forward": {"The maximum is symmetric.": ("out = …: np.maximum(x, 0) → np.maximum(0, x)",)},
    "relu_backward": {"ReLU has no derivative at zero: both values are right.": ("dx = …: x > 0 → x >= 0",)},
    "FullyConnectedNet": {
        ORDER: (
            "for param in (self.dropout_param, *self.norm_params): (self.dropout_param, *self.norm_params)"
            " → (*self.norm_params, self.dropout_param)",
        ),
        UNUSED: ("norm_cache = …: None → 0",),
        "Every hidden layer still has its own dict, in another order.": (
            "hidden, norm_cache = …: self.norm_params[i - 1] → self.norm_params[i - 1 - 1]",
            "hidden, norm_cache = …: i - 1 → 1 - i",
            "hidden, norm_cache = …: 1 → 2",
        ),
        "Dropout that keeps everything changes nothing.": ("if self.use_dropout: self.use_dropout → True",),
        "The backward pass of dropout is a product of the two.": (
            "dhidden = …: dropout_backward(dhidden, dropout_cache) → dropout_backward(dropout_cache, dhidden)",
        ),
    },
    "batchnorm_forward": {
        DTYPE: (
            "running_mean = …: np.zeros(x.shape[1], dtype=x.dtype) → np.zeros(x.shape[1])",
            "running_var = …: np.zeros(x.shape[1], dtype=x.dtype) → np.zeros(x.shape[1])",
        ),
        UNKNOWN_MODE: (
            "if mode == 'test': mode == 'test' → True",
            "raise ValueError(f\"bn_param['mode'] is {mode!r}; it must be 'train' or 'test'\"): dropped",
        ),
    },
    "dropout_forward": {
        DTYPE: ("mask = …: ((np.random.rand(*x.shape) < p) / p).astype(x.dtype) → (np.random.rand(*x.shape) < p) / p",),
        "A random number is almost never equal to p.": (
            "mask = …: np.random.rand(*x.shape) < p → np.random.rand(*x.shape) <= p",
        ),
        UNKNOWN_MODE: (
            "if mode == 'test': mode == 'test' → True",
            "raise ValueError(f\"dropout_param['mode'] is {mode!r}; it must be 'train' or 'test'\"): dropped",
        ),
        UNUSED: ("mask = …: None → 0",),
    },
    "conv_forward_naive": {
        OVERWRITTEN: (
            "out = …: np.zeros((N, F, out_h, out_w), dtype=np.result_type(x, w, b))"
            " → np.ones((N, F, out_h, out_w), dtype=np.result_type(x, w, b))",
        ),
        DTYPE: (
            "out = …: np.zeros((N, F, out_h, out_w), dtype=np.result_type(x, w, b)) → np.zeros((N, F, out_h, out_w))",
            "out = …: np.result_type(x, w, b) → np.result_type(w, b)",
            "out = …: np.result_type(x, w, b) → np.result_type(x, b)",
            "out = …: np.result_type(x, w, b) → np.result_type(x, w)",
            "out = …: np.result_type(x, w, b) → np.result_type(w, x, b)",
            "out = …: np.result_type(x, w, b) → np.result_type(b, w, x)",
            "out = …: np.result_type(x, w, b) → np.result_type(x, b, w)",
        ),
        AXES: (
            "out[:, f, i, j] = …: (1, 2, 3) → (2, 1, 3)",
            "out[:, f, i, j] = …: (1, 2, 3) → (3, 2, 1)",
            "out[:, f, i, j] = …: (1, 2, 3) → (1, 3, 2)",
        ),
    },
    "conv_backward_naive": {
        DTYPE: (
            "dtype = …: np.result_type(x, w, dout) → np.result_type(w, dout)",
            "dtype = …: np.result_type(x, w, dout) → np.result_type(x, dout)",
            "dtype = …: np.result_type(x, w, dout) → np.result_type(x, w)",
            "dtype = …: np.result_type(x, w, dout) → np.result_type(w, x, dout)",
            "dtype = …: np.result_type(x, w, dout) → np.result_type(dout, w, x)",
            "dtype = …: np.result_type(x, w, dout) → np.result_type(x, dout, w)",
            "dtype = …: x → dout",
            "dtype = …: dout → x",
            "dx_pad = …: np.zeros(x_pad.shape, dtype=dtype) → np.zeros(x_pad.shape)",
            "dw = …: np.zeros(w.shape, dtype=dtype) → np.zeros(w.shape)",
        ),
        AXES: (
            "db = …: (0, 2, 3) → (2, 0, 3)",
            "db = …: (0, 2, 3) → (3, 2, 0)",
            "db = …: (0, 2, 3) → (0, 3, 2)",
        ),
    },
    "max_pool_forward_naive": {
        OVERWRITTEN: (
            "out = …: np.zeros((N, C, out_h, out_w), dtype=x.dtype) → np.ones((N, C, out_h, out_w), dtype=x.dtype)",
        ),
        DTYPE: ("out = …: np.zeros((N, C, out_h, out_w), dtype=x.dtype) → np.zeros((N, C, out_h, out_w))",),
        AXES: ("out[:, :, i, j] = …: (2, 3) → (3, 2)",),
    },
    "max_pool_backward_naive": {
        DTYPE: (
            "dx = …: np.zeros(x.shape, dtype=np.result_type(x, dout)) → np.zeros(x.shape)",
            "dx = …: np.result_type(x, dout) → np.result_type(dout)",
            "dx = …: np.result_type(x, dout) → np.result_type(x)",
            "dx = …: np.result_type(x, dout) → np.result_type(dout, x)",
            "dx = …: x → dout (2)",
            "dx = …: dout → x",
        ),
        "The rows are the same ones, and the next reshape takes them as they are.": (
            "first = …: x[window].reshape(N, C, height * width) → x[window].reshape(C, N, height * width)",
        ),
    },
    "ThreeLayerConvNet": {
        "Only the product of the two is used.": ("C, H, W = …: (C, H, W) → (C, W, H)",),
        ORDER: (
            "loss = …: (W1, W2, W3) → (W2, W1, W3)",
            "loss = …: (W1, W2, W3) → (W3, W2, W1)",
            "loss = …: (W1, W2, W3) → (W1, W3, W2)",
            "for name in ('W1', 'W2', 'W3'): ('W1', 'W2', 'W3') → ('W2', 'W1', 'W3')",
            "for name in ('W1', 'W2', 'W3'): ('W1', 'W2', 'W3') → ('W3', 'W2', 'W1')",
            "for name in ('W1', 'W2', 'W3'): ('W1', 'W2', 'W3') → ('W1', 'W3', 'W2')",
        ),
        "The gradient of the images is computed and not used, which only costs time.": (
            "_, grads['W1'], grads['b1'] = …: conv_relu_pool_backward(dpooled, conv_cache, needs_dx=False)"
            " → conv_relu_pool_backward(dpooled, conv_cache)",
            "_, grads['W1'], grads['b1'] = …: False → True",
        ),
    },
    "spatial_groupnorm_forward": {
        "The rows are the same ones, and the next reshape takes them as they are.": (
            "groups = …: x.reshape(x.shape[0], G, -1) → x.reshape(G, x.shape[0], -1)",
        ),
    },
    "spatial_groupnorm_backward": {
        AXES: (
            "dbeta = …: (0, 2, 3) → (2, 0, 3)",
            "dbeta = …: (0, 2, 3) → (3, 2, 0)",
            "dbeta = …: (0, 2, 3) → (0, 3, 2)",
            "dgamma = …: (0, 2, 3) → (2, 0, 3)",
            "dgamma = …: (0, 2, 3) → (3, 2, 0)",
            "dgamma = …: (0, 2, 3) → (0, 3, 2)",
        ),
    },
}
