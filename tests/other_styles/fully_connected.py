"""FullyConnectedNet layer by layer, with one dict for the caches and elif for the normalization."""

__all__ = ["MISTAKES", "PROGRAMS"]

NETWORK = "FullyConnectedNet"

PROGRAMS = {
    NETWORK: """\
class FullyConnectedNet(object):
    def __init__(self, hidden_dims, input_dim=3 * 32 * 32, num_classes=10, dropout_keep_ratio=1, normalization=None,
                 reg=0.0, weight_scale=1e-2, dtype=np.float32, seed=None):
        self.normalization = normalization
        self.use_dropout = dropout_keep_ratio != 1
        self.reg = reg
        self.num_layers = 1 + len(hidden_dims)
        self.dtype = dtype
        self.params = {}

        rows = input_dim
        for layer, cols in enumerate(hidden_dims):
            name = str(layer + 1)
            self.params['W' + name] = np.random.normal(0.0, weight_scale, size=(rows, cols))
            self.params['b' + name] = np.zeros((cols,))
            if self.normalization == 'batchnorm':
                self.params['gamma' + name] = np.ones((cols,))
                self.params['beta' + name] = np.zeros((cols,))
            elif self.normalization == 'layernorm':
                self.params['gamma' + name] = np.ones((cols,))
                self.params['beta' + name] = np.zeros((cols,))
            rows = cols
        name = str(self.num_layers)
        self.params['W' + name] = np.random.normal(0.0, weight_scale, size=(rows, num_classes))
        self.params['b' + name] = np.zeros((num_classes,))

        self.dropout_param = {}
        if self.use_dropout:
            self.dropout_param = {'mode': 'train', 'p': dropout_keep_ratio}
            if seed is not None:
                self.dropout_param['seed'] = seed
        self.bn_params = []
        if self.normalization == 'batchnorm':
            self.bn_params = [{'mode': 'train'} for i in range(self.num_layers - 1)]
        elif self.normalization == 'layernorm':
            self.bn_params = [{} for i in range(self.num_layers - 1)]
        for k, v in self.params.items():
            self.params[k] = v.astype(dtype)

    def loss(self, X, y=None):
        X = X.astype(self.dtype)
        mode = 'test' if y is None else 'train'
        if self.use_dropout:
            self.dropout_param['mode'] = mode
        if self.normalization == 'batchnorm':
            for bn_param in self.bn_params:
                bn_param['mode'] = mode

        cache = {}
        a = X.reshape(X.shape[0], -1)
        for layer in range(self.num_layers - 1):
            name = str(layer + 1)
            a, cache['affine' + name] = affine_forward(a, self.params['W' + name], self.params['b' + name])
            if self.normalization == 'batchnorm':
                a, cache['norm' + name] = batchnorm_forward(
                    a, self.params['gamma' + name], self.params['beta' + name], self.bn_params[layer])
            elif self.normalization == 'layernorm':
                a, cache['norm' + name] = layernorm_forward(
                    a, self.params['gamma' + name], self.params['beta' + name], self.bn_params[layer])
            a, cache['relu' + name] = relu_forward(a)
            if self.use_dropout:
                a, cache['drop' + name] = dropout_forward(a, self.dropout_param)
        name = str(self.num_layers)
        scores, cache['affine' + name] = affine_forward(a, self.params['W' + name], self.params['b' + name])
        if mode == 'test':
            return scores

        loss, da = softmax_loss(scores, y)
        penalty = 0.0
        for layer in range(self.num_layers):
            penalty += np.sum(np.square(self.params['W%d' % (layer + 1)]))
        loss += 0.5 * self.reg * penalty

        grads = {}
        da, dw, db = affine_backward(da, cache['affine' + name])
        grads['W' + name] = dw + self.reg * self.params['W' + name]
        grads['b' + name] = db
        for layer in reversed(range(self.num_layers - 1)):
            name = str(layer + 1)
            if self.use_dropout:
                da = dropout_backward(da, cache['drop' + name])
            da = relu_backward(da, cache['relu' + name])
            if self.normalization == 'batchnorm':
                da, grads['gamma' + name], grads['beta' + name] = batchnorm_backward(da, cache['norm' + name])
            elif self.normalization == 'layernorm':
                da, grads['gamma' + name], grads['beta' + name] = layernorm_backward(da, cache['norm' + name])
            da, dw, db = affine_backward(da, cache['affine' + name])
            grads['W' + name] = dw + self.reg * self.params['W' + name]
            grads['b' + name] = db
        return loss, grads
""",
}

HIDDEN_W = "np.random.normal(0.0, weight_scale, size=(rows, cols))"
LAST_W = "np.random.normal(0.0, weight_scale, size=(rows, num_classes))"
HIDDEN_B, LAST_B = "['b' + name] = np.zeros((cols,))", "['b' + name] = np.zeros((num_classes,))"
MODE = "mode = 'test' if y is None else 'train'"
DROP_MODE = "        if self.use_dropout:\n            self.dropout_param['mode'] = mode\n"
NORM_MODE = "                bn_param['mode'] = mode\n"
RELU = "            a, cache['relu' + name] = relu_forward(a)\n"
DRELU = "            da = relu_backward(da, cache['relu' + name])\n"
DROP = """\
            if self.use_dropout:
                a, cache['drop' + name] = dropout_forward(a, self.dropout_param)
"""
DDROP = "            if self.use_dropout:\n                da = dropout_backward(da, cache['drop' + name])\n"
NORM = """\
            if self.normalization == 'batchnorm':
                a, cache['norm' + name] = batchnorm_forward(
                    a, self.params['gamma' + name], self.params['beta' + name], self.bn_params[layer])
            elif self.normalization == 'layernorm':
                a, cache['norm' + name] = layernorm_forward(
                    a, self.params['gamma' + name], self.params['beta' + name], self.bn_params[layer])
"""
DNORM = """\
            if self.normalization == 'batchnorm':
                da, grads['gamma' + name], grads['beta' + name] = batchnorm_backward(da, cache['norm' + name])
            elif self.normalization == 'layernorm':
                da, grads['gamma' + name], grads['beta' + name] = layernorm_backward(da, cache['norm' + name])
"""
BATCH = "            if self.normalization == 'batchnorm':\n                self.params"
RETURNED = "        if mode == 'test':\n            return scores\n"
LOSS = "        loss, da = softmax_loss(scores, y)\n"
PENALTY = "np.sum(np.square(self.params['W%d' % (layer + 1)]))"
DECAY = "loss += 0.5 * self.reg * penalty"
DDECAY = "dw + self.reg * self.params['W' + name]"
LAST_DECAY = f"        grads['W' + name] = {DDECAY}\n        grads['b' + name] = db\n        for"
LAST = "        name = str(self.num_layers)\n        scores, "


def drawn(rows_and_units):
    """The weights of both kinds of layers drawn in another way; {} stands for rows and units."""
    return (
        (HIDDEN_W, rows_and_units.replace("{}", "rows, cols")),
        (LAST_W, rows_and_units.replace("{}", "rows, num_classes")),
    )


LAYER_PARAMS = (
    "            elif self.normalization == 'layernorm':\n"
    "                self.params['gamma' + name] = np.ones((cols,))\n"
    "                self.params['beta' + name] = np.zeros((cols,))\n",
    "",
)
LAYER = (NORM, NORM.partition("            elif")[0])
DLAYER = (DNORM, DNORM.partition("            elif")[0])
KEPT_OUTSIDE = (
    ("        self.params = {}\n", "        self.params, self.scales, self.shifts = {}, {}, {}\n"),
    ("self.params['gamma' + name]", "self.scales[name]"),
    ("self.params['beta' + name]", "self.shifts[name]"),
)

MISTAKES = {
    NETWORK: {
        "older-argument-name": (("dropout_keep_ratio", "dropout"),),
        "other-defaults": (("input_dim=3 * 32 * 32", "input_dim=28 * 28"),),
        "weights-not-scaled": drawn("np.random.standard_normal(({}))"),
        "scale-as-variance": drawn("np.random.normal(0, weight_scale ** 0.5, ({}))"),
        "weights-zero": drawn("np.full(({}), 0.0)"),
        "uniform-weights": drawn("np.random.uniform(0, weight_scale, ({}))"),
        "biases-random": (
            (HIDDEN_B, "['b' + name] = np.random.normal(0, weight_scale, cols)"),
            (LAST_B, "['b' + name] = np.random.normal(0, weight_scale, num_classes)"),
        ),
        "biases-as-rows": (
            (HIDDEN_B, "['b' + name] = np.zeros((1, cols))"),
            (LAST_B, "['b' + name] = np.zeros((1, num_classes))"),
        ),
        "literal-input-size": (("rows = input_dim", "rows = 3 * 32 * 32"),),
        "weights-transposed": (
            (HIDDEN_W, HIDDEN_W.replace("rows, cols", "cols, rows")),
            (LAST_W, LAST_W.replace("rows, num_classes", "num_classes, rows")),
        ),
        "gamma-on-the-last-layer": (
            (
                "        self.dropout_param = {}\n",
                "        if self.normalization in ('batchnorm', 'layernorm'):\n"
                "            self.params['gamma' + name] = np.ones(num_classes)\n"
                "            self.params['beta' + name] = np.zeros(num_classes)\n"
                "        self.dropout_param = {}\n",
            ),
        ),
        "gamma-drawn": (("['gamma' + name] = np.ones((cols,))", "['gamma' + name] = np.random.randn(cols)"),),
        "beta-one": (("['beta' + name] = np.zeros((cols,))", "['beta' + name] = np.zeros((cols,)) + 1"),),
        "batchnorm-alone": (
            (
                "            elif self.normalization == 'layernorm':\n"
                "                self.params['gamma' + name] = np.ones((cols,))\n"
                "                self.params['beta' + name] = np.zeros((cols,))\n",
                "",
            ),
        ),
        "layernorm-not-implemented": (LAYER_PARAMS, LAYER, DLAYER),
        "layernorm-without-effect": (LAYER, DLAYER),
        "normalization-not-implemented": (
            LAYER_PARAMS,
            (NORM, ""),
            (DNORM, ""),
            (
                "            if self.normalization == 'batchnorm':\n"
                "                self.params['gamma' + name] = np.ones((cols,))\n"
                "                self.params['beta' + name] = np.zeros((cols,))\n",
                "",
            ),
        ),
        "normalization-without-effect": ((NORM, ""), (DNORM, "")),
        "gamma-outside-params": KEPT_OUTSIDE,
        "gamma-outside-params-and-grads": (
            *KEPT_OUTSIDE,
            ("da, grads['gamma' + name], grads['beta' + name] =", "da, dgamma, dbeta ="),
        ),
        "always-train-mode": ((MODE, "mode = 'train'"), ("if mode == 'test'", "if y is None")),
        "always-test-mode": ((MODE, "mode = 'test'"), ("if mode == 'test'", "if y is None")),
        "dropout-mode-not-switched": ((DROP_MODE, ""),),
        "norm-mode-not-switched": ((NORM_MODE, "                pass\n"),),
        "one-norm-param": (("self.bn_params[layer]", "self.bn_params[0]"),),
        "relu-forgotten": ((RELU, ""), (DRELU, "")),
        "relu-on-scores": (
            (RETURNED, f"        scores, cache['relu' + name] = relu_forward(scores)\n{RETURNED}"),
            (LOSS, f"{LOSS}        da = relu_backward(da, cache['relu' + name])\n"),
        ),
        "relu-on-scores-one-way": ((RETURNED, f"        scores[scores < 0] = 0\n{RETURNED}"),),
        "probabilities": (
            (
                RETURNED,
                "        if mode == 'test':\n"
                "            powers = np.exp(scores)\n"
                "            return powers / np.sum(powers, axis=1).reshape(-1, 1)\n",
            ),
        ),
        "classes-for-scores": ((RETURNED, RETURNED.replace("return scores", "return np.argmax(scores, 1)")),),
        "norm-after-relu": ((RELU, ""), (NORM, RELU + NORM), (DRELU, ""), (DNORM, DNORM + DRELU)),
        "norm-left-out": (
            (NORM, ""),
            (
                DNORM,
                "            if self.normalization is not None:\n"
                "                grads['gamma' + name] = 0 * self.params['gamma' + name]\n"
                "                grads['beta' + name] = 0 * self.params['beta' + name]\n",
            ),
        ),
        "dropout-left-out": ((DROP, ""), (DDROP, "")),
        "dropout-on-scores": (
            (RETURNED, DROP.replace("a, ", "scores, ", 1).replace("(a,", "(scores,").replace("    ", "", 1) + RETURNED),
            (LOSS, LOSS + DDROP.replace("    ", "", 1)),
        ),
        "dropout-on-input": (
            (
                "        for layer in range(self.num_layers - 1):\n            name",
                "        if self.use_dropout:\n"
                "            a, cache['drop0'] = dropout_forward(a, self.dropout_param)\n"
                "        for layer in range(self.num_layers - 1):\n            name",
            ),
        ),
        "dropout-not-backward": ((DDROP, ""),),
        "one-dropout-mask": (("cache['drop' + name]", "cache['drop']"),),
        "half-forgotten": ((DECAY, "loss += self.reg * penalty"),),
        "decay-forgotten": ((f"        {DECAY}\n", ""),),
        "decay-not-squared": ((PENALTY, "self.params['W%d' % (layer + 1)].sum()"),),
        "decay-of-the-last-sum-squared": (
            (
                DECAY,
                "W = self.params['W' + name]\n"
                f"        penalty = penalty - np.sum(W * W) + np.sum(W) ** 2\n        {DECAY}",
            ),
        ),
        "decay-of-biases": (
            (PENALTY, f"{PENALTY} + np.sum(np.square(self.params['b%d' % (layer + 1)]))"),
            ("grads['b' + name] = db", "grads['b' + name] = db + self.reg * self.params['b' + name]"),
        ),
        "first-weights-not-decayed": (
            ("        for layer in range(self.num_layers):\n", "        for layer in range(1, self.num_layers):\n"),
            (
                "            grads['b' + name] = db\n",
                "            if name == '1':\n                grads['W1'] = dw\n            grads['b' + name] = db\n",
            ),
        ),
        "last-weights-not-decayed": (
            ("        for layer in range(self.num_layers):\n", "        for layer in range(self.num_layers - 1):\n"),
            (LAST_DECAY, LAST_DECAY.replace(DDECAY, "dw")),
        ),
        "gradient-not-decayed": ((DDECAY, "dw"),),
        "decay-in-gradient-doubled": ((DDECAY, DDECAY.replace("self.reg", "2 * self.reg")),),
        "decay-in-gradient-halved": ((DDECAY, DDECAY.replace("self.reg", "self.reg / 2")),),
        "decay-as-number": ((DDECAY, "dw + self.reg * self.params['W' + name].sum()"),),
        "relu-not-backward": ((DRELU, ""),),
        "one-cache-for-all": (
            ("cache['affine' + name]", "cache['affine']"),
            ("cache['relu' + name]", "cache['relu']"),
            ("cache['drop' + name]", "cache['drop']"),
            ("cache['norm' + name]", "cache['norm']"),
            (LAST, LAST.replace("scores, ", "last_cache = None\n        scores, ")),
            ("scores, cache['affine'] =", "scores, last_cache ="),
            (
                "da, dw, db = affine_backward(da, cache['affine'])\n        g",
                "da, dw, db = affine_backward(da, last_cache)\n        g",
            ),
        ),
        "numbered-from-0": (
            ("name = str(layer + 1)", "name = str(layer)"),
            ("name = str(self.num_layers)", "name = str(self.num_layers - 1)"),
            ("'W%d' % (layer + 1)", "'W%d' % layer"),
        ),
        "layers-in-forward-order": (("reversed(range(self.num_layers - 1))", "range(self.num_layers - 1)"),),
        "reg-on-one-matrix": (
            (
                "        loss += 0.5 * self.reg * penalty",
                (
                    "        first = np.sum(np.square(self.params['W1']))\n"
                    "        loss += 0.5 * self.reg * first + (penalty - first)"
                ),
            ),
        ),
        "half-on-one-matrix": (
            (
                "        loss += 0.5 * self.reg * penalty",
                (
                    "        first = np.sum(np.square(self.params['W1']))\n"
                    "        loss += 0.5 * self.reg * first + self.reg * (penalty - first)"
                ),
            ),
        ),
        "batchnorm-for-layernorm": (
            ("layernorm_forward(", "batchnorm_forward("),
            ("layernorm_backward(", "batchnorm_backward("),
            ("[{} for", "[{'mode': 'train'} for"),
        ),
        "bias-gradients-missing": (("            grads['b' + name] = db\n", ""),),
        "decay-of-biases-in-gradient": (
            ("grads['b' + name] = db", "grads['b' + name] = db + self.reg * self.params['b' + name]"),
        ),
        "last-gradients-missing": (
            (
                (
                    "        da, dw, db = affine_backward(da, cache['affine' + name])\n"
                    "        grads['W' + name] = dw + self.reg * self.params['W' + name]\n"
                    "        grads['b' + name] = db\n"
                    "        for"
                ),
                "        da, dw, db = affine_backward(da, cache['affine' + name])\n        for",
            ),
        ),
        "gradient-from-scores": (
            ("loss, da = softmax_loss(scores, y)", "loss, _ = softmax_loss(scores, y)\n        da = scores"),
        ),
        "always-a-loss": (("        if mode == 'test':\n            return scores\n", ""),),
        "scores-in-a-tuple": (("            return scores\n", "            return scores, {}\n"),),
        "hidden-weights-not-scaled": (
            ("np.random.normal(0.0, weight_scale, size=(rows, cols))", "np.random.normal(0.0, 1, size=(rows, cols)) "),
        ),
        "scale-by-fan-in": (
            ("np.random.normal(0.0, weight_scale, size=(rows, cols))", "np.random.randn(rows, cols) / np.sqrt(rows)"),
            (
                "np.random.normal(0.0, weight_scale, size=(rows, num_classes))",
                "np.random.randn(rows, num_classes) / np.sqrt(rows)",
            ),
        ),
        "first-weights-not-decayed-in-loss": (
            ("range(self.num_layers):\n            penalty", "range(1, self.num_layers):\n            penalty"),
        ),
        "absolute-weights-in-loss": (("np.sum(np.square(", "np.sum(np.abs("),),
        "decay-of-sums-squared": (
            ("np.sum(np.square(self.params['W%d' % (layer + 1)]))", "np.sum(self.params['W%d' % (layer + 1)]) ** 2"),
        ),
        "gamma-and-beta-exchanged": (
            (
                "da, grads['gamma' + name], grads['beta' + name] = batchnorm_backward",
                "da, grads['beta' + name], grads['gamma' + name] = batchnorm_backward",
            ),
            (
                "da, grads['gamma' + name], grads['beta' + name] = layernorm_backward",
                "da, grads['beta' + name], grads['gamma' + name] = layernorm_backward",
            ),
        ),
        "gradients-of-weights-and-biases-exchanged": (
            (
                "            da, dw, db = affine_backward(da, cache['affine' + name])",
                "            da, db, dw = affine_backward(da, cache['affine' + name])",
            ),
        ),
        "loss-divided-again": (("        return loss, grads", "        return loss / X.shape[0], grads"),),
        "hidden-biases-as-rows": (("np.zeros((cols,))\n            if", "np.zeros((1, cols))\n            if"),),
        "hidden-biases-of-one": (
            ("self.params['b' + name] = np.zeros((cols,))", "self.params['b' + name] = np.ones((cols,))"),
        ),
        "decay-of-gamma-in-loss": (
            (
                "        loss += 0.5 * self.reg * penalty",
                (
                    "        if self.normalization:\n"
                    "            for layer in range(self.num_layers - 1):\n"
                    "                penalty += np.sum(self.params['gamma%d' % (layer + 1)] ** 2)\n"
                    "        loss += 0.5 * self.reg * penalty"
                ),
            ),
        ),
        "modes-exchanged": (
            ("mode = 'test' if y is None else 'train'", "mode = 'train' if y is None else 'test'"),
            (
                "        if mode == 'test':\n            return scores",
                "        if y is None:\n            return scores",
            ),
        ),
        "last-bias-as-row": (("np.zeros((num_classes,))", "np.zeros((1, num_classes))"),),
        "biases-of-one": (
            ("self.params['b' + name] = np.zeros((cols,))", "self.params['b' + name] = np.ones((cols,))"),
            ("np.zeros((num_classes,))", "np.ones((num_classes,))"),
        ),
        "last-weights-not-scaled": (
            (
                "np.random.normal(0.0, weight_scale, size=(rows, num_classes))",
                "np.random.normal(0.0, 1.0, size=(rows, num_classes))",
            ),
        ),
        "last-weights-not-decayed-in-loss": (
            ("range(self.num_layers):\n            penalty", "range(self.num_layers - 1):\n            penalty"),
        ),
        "first-weights-alone-decayed-in-loss": (
            ("range(self.num_layers):\n            penalty", "range(1):\n            penalty"),
        ),
        "last-weights-alone-decayed-in-loss": (
            (
                "range(self.num_layers):\n            penalty",
                "range(self.num_layers - 1, self.num_layers):\n            penalty",
            ),
        ),
        "first-weights-not-decayed-in-gradient": (
            (
                "            grads['W' + name] = dw + self.reg * self.params['W' + name]",
                "            grads['W' + name] = dw + self.reg * (layer > 0) * self.params['W' + name]",
            ),
        ),
        "last-weights-not-decayed-in-gradient": (
            (
                (
                    "        da, dw, db = affine_backward(da, cache['affine' + name])\n"
                    "        grads['W' + name] = dw + self.reg * self.params['W' + name]\n"
                    "        grads['b' + name] = db\n"
                    "        for"
                ),
                (
                    "        da, dw, db = affine_backward(da, cache['affine' + name])\n"
                    "        grads['W' + name] = dw\n"
                    "        grads['b' + name] = db\n"
                    "        for"
                ),
            ),
        ),
        "decay-averaged": (("np.sum(np.square(", "np.mean(np.square("),),
        "decay-of-biases-in-loss": (
            (
                "penalty += np.sum(np.square(self.params['W%d' % (layer + 1)]))",
                (
                    "penalty += np.sum(np.square(self.params['W%d' % (layer + 1)]))\n"
                    "            penalty += np.sum(np.square(self.params['b%d' % (layer + 1)]))"
                ),
            ),
        ),
        "decay-of-gamma": (
            (
                "        loss += 0.5 * self.reg * penalty",
                (
                    "        if self.normalization:\n"
                    "            for layer in range(self.num_layers - 1):\n"
                    "                penalty += np.sum(self.params['gamma%d' % (layer + 1)] ** 2)\n"
                    "        loss += 0.5 * self.reg * penalty"
                ),
            ),
            (
                "        return loss, grads",
                (
                    "        for key in grads:\n"
                    "            if key.startswith('gamma'):\n"
                    "                grads[key] = grads[key] + self.reg * self.params[key]\n"
                    "        return loss, grads"
                ),
            ),
        ),
        "data-loss-divided-again": (
            ("loss, da = softmax_loss(scores, y)", "loss, da = softmax_loss(scores, y)\n        loss = loss / len(y)"),
        ),
        "gradients-divided-again": (
            ("loss, da = softmax_loss(scores, y)", "loss, da = softmax_loss(scores, y)\n        da /= len(y)"),
        ),
        "normalization-not-backward": (
            (
                ("da, grads['gamma' + name], grads['beta' + name] = batchnorm_backward(da, cache['norm' + name])"),
                ("_, grads['gamma' + name], grads['beta' + name] = batchnorm_backward(da, cache['norm' + name])"),
            ),
            (
                ("da, grads['gamma' + name], grads['beta' + name] = layernorm_backward(da, cache['norm' + name])"),
                ("_, grads['gamma' + name], grads['beta' + name] = layernorm_backward(da, cache['norm' + name])"),
            ),
        ),
        "decay-of-hidden-biases-in-gradient": (
            (
                "            grads['b' + name] = db\n",
                "            grads['b' + name] = db + self.reg * self.params['b' + name]\n",
            ),
        ),
    },
}
