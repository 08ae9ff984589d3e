"""ThreeLayerConvNet with every layer on its own: the fast convolution and pooling, matrix products, ReLU by masks."""

__all__ = ["MISTAKES", "PROGRAMS"]

NETWORK = "ThreeLayerConvNet"

PROGRAMS = {
    NETWORK: """\
class ThreeLayerConvNet(object):
    def __init__(self, input_dim=(3, 32, 32), num_filters=32, filter_size=7, hidden_dim=100, num_classes=10,
                 weight_scale=1e-3, reg=0.0, dtype=np.float32):
        self.reg = reg
        self.dtype = dtype
        channels, height, width = input_dim
        flat = num_filters * (height // 2) * (width // 2)
        shapes = {
            'W1': (num_filters, channels, filter_size, filter_size),
            'b1': (num_filters,),
            'W2': (flat, hidden_dim),
            'b2': (hidden_dim,),
            'W3': (hidden_dim, num_classes),
            'b3': (num_classes,),
        }
        self.params = {}
        for key in shapes:
            if key[0] == 'W':
                value = np.random.normal(loc=0, scale=weight_scale, size=shapes[key])
            else:
                value = np.zeros(shape=shapes[key])
            self.params[key] = value.astype(dtype)

    def loss(self, X, y=None):
        X = X.astype(self.dtype)
        p = self.params
        pad = p['W1'].shape[-1] // 2
        num = X.shape[0]

        maps, conv_cache = conv_forward_fast(X, p['W1'], p['b1'], {'stride': 1, 'pad': pad})
        on1 = maps > 0
        small, pool_cache = max_pool_forward_fast(maps * on1, {'pool_height': 2, 'pool_width': 2, 'stride': 2})
        rows = small.reshape(num, -1)
        units = rows.dot(p['W2']) + p['b2']
        on2 = units > 0
        active = units * on2
        scores = active.dot(p['W3']) + p['b3']
        if y is None:
            return scores

        powers = np.exp(scores - scores.max(axis=1)[:, None])
        probs = powers / powers.sum(axis=1)[:, None]
        loss = -np.log(probs[range(num), y]).mean()
        for key in ('W1', 'W2', 'W3'):
            loss += self.reg / 2 * (p[key] * p[key]).sum()

        d = probs.copy()
        d[range(num), y] -= 1
        d /= num
        dW3, db3 = active.T.dot(d), d.sum(axis=0)
        dunits = d.dot(p['W3'].T)
        dunits = dunits * on2
        dW2, db2 = rows.T.dot(dunits), dunits.sum(axis=0)
        dsmall = dunits.dot(p['W2'].T).reshape(small.shape)
        dmaps = max_pool_backward_fast(dsmall, pool_cache)
        dmaps = dmaps * on1
        dX, dW1, db1 = conv_backward_fast(dmaps, conv_cache)
        grads = {'W1': dW1, 'W2': dW2, 'W3': dW3, 'b1': db1, 'b2': db2, 'b3': db3}
        for key in ('W1', 'W2', 'W3'):
            grads[key] = grads[key] + self.reg * p[key]
        return loss, grads
""",
}

FLAT = "num_filters * (height // 2) * (width // 2)"
DRAWN = "np.random.normal(loc=0, scale=weight_scale, size=shapes[key])"
ZEROS = "np.zeros(shape=shapes[key])"
POOL = "small, pool_cache = max_pool_forward_fast(maps * on1, {'pool_height': 2, 'pool_width': 2, 'stride': 2})"
DPOOL = "dmaps = max_pool_backward_fast(dsmall, pool_cache)"
SCORES = "scores = active.dot(p['W3']) + p['b3']\n"
RETURNED = "        if y is None:\n            return scores\n"
DSCORES = "        d /= num\n"
PENALTY = "loss += self.reg / 2 * (p[key] * p[key]).sum()"
DPENALTY = "grads[key] = grads[key] + self.reg * p[key]"
OVER_LOSS = f"for key in ('W1', 'W2', 'W3'):\n            {PENALTY}"
OVER_GRADS = f"for key in ('W1', 'W2', 'W3'):\n            {DPENALTY}"
ALL = "('W1', 'W2', 'W3')"


def without(loop, name):
    """A loop over the weights that leaves one of them out."""
    kept = tuple(weights for weights in ("W1", "W2", "W3") if weights != name)
    return (loop, loop.replace(ALL, repr(kept)))


MISTAKES = {
    NETWORK: {
        "other-defaults": (("filter_size=7", "filter_size=3"),),
        "quarter-of-the-pixels": ((FLAT, "num_filters * int(height * width / 4)"),),
        "w3-transposed": (("'W3': (hidden_dim, num_classes)", "'W3': (num_classes, hidden_dim)"),),
        "square-images-only": ((FLAT, "num_filters * (height // 2) * (height // 2)"),),
        "hidden-size-from-width": ((FLAT, "num_filters * (width // 2) * (width // 2)"),),
        "pooling-not-counted": ((FLAT, "num_filters * (height * width)"),),
        "one-side-halved": ((FLAT, "int(num_filters * height * width / 2)"),),
        "channels-for-filters": ((FLAT, "channels * (height // 2) * (width // 2)"),),
        "literal-image-size": ((FLAT, "num_filters * 16 * 16"),),
        "quarter-of-all-numbers": ((FLAT, "int(num_filters * height * width / 4)"),),
        "quarter-of-squared-height": ((FLAT, "int(height * height / 4) * num_filters"),),
        "quarter-of-all-by-height": ((FLAT, "int(num_filters * height / 2 * height / 2)"),),
        "quarter-of-squared-width": ((FLAT, "int(width * width / 4) * num_filters"),),
        "quarter-of-all-by-width": ((FLAT, "int(num_filters * width / 2 * width / 2)"),),
        "height-alone-halved": ((FLAT, "int(height / 2) * width * num_filters"),),
        "width-alone-halved": ((FLAT, "int(width / 2) * height * num_filters"),),
        "quarter-of-the-image": ((FLAT, "np.prod(input_dim) // 4"),),
        "literal-channels": (("(num_filters, channels,", "(num_filters, 3,"),),
        "weights-not-scaled": ((DRAWN, "np.random.normal(size=shapes[key])"),),
        "first-weights-not-scaled": ((DRAWN, "np.random.randn(*shapes[key]) * (1 if key == 'W1' else weight_scale)"),),
        "scale-as-variance": ((DRAWN, "np.random.normal(loc=0, scale=weight_scale ** 0.5, size=shapes[key])"),),
        "scale-by-fan-in": (
            (
                DRAWN,
                "np.random.randn(*shapes[key])\n"
                "                inputs = value[0].size if key == 'W1' else len(value)\n"
                "                value = value / np.sqrt(inputs / 2)",
            ),
        ),
        "uniform-weights": ((DRAWN, "np.random.random_sample(shapes[key]) * weight_scale"),),
        "uniform-weights-around-zero": ((DRAWN, "(2 * np.random.random_sample(shapes[key]) - 1) * weight_scale"),),
        "zero-weights": ((DRAWN, ZEROS),),
        "random-biases": ((ZEROS, DRAWN),),
        "biases-of-one": ((ZEROS, "np.full(shapes[key], 1.0)"),),
        "biases-as-rows": ((ZEROS, "np.zeros(shape=(1, *shapes[key]))"),),
        "probabilities-for-scores": (
            (
                RETURNED,
                "        if y is None:\n"
                "            powers = np.exp(scores)\n"
                "            return powers / np.sum(powers, axis=1)[:, None]\n",
            ),
        ),
        "log-probabilities-for-scores": (
            (
                RETURNED,
                "        if y is None:\n            return scores - np.log(np.exp(scores).sum(axis=1))[:, None]\n",
            ),
        ),
        "classes-for-scores": ((RETURNED, RETURNED.replace("return scores", "return np.argmax(scores, axis=1)")),),
        "always-a-loss": (
            (RETURNED, ""),
            (
                "        powers =",
                "        loss, _ = softmax_loss(scores, y)\n        powers =",
            ),
            ("        loss = -np.log(probs[range(num), y]).mean()\n", ""),
        ),
        "no-relu-after-convolution": (("on1 = maps > 0", "on1 = 1"),),
        "no-relu-in-hidden-layer": (
            ("        dunits = dunits * on2\n", ""),
            ("active = units * on2", "active = units"),
        ),
        "relu-on-scores": (
            (SCORES, f"{SCORES}        on3 = scores > 0\n        scores = scores * on3\n"),
            (DSCORES, f"{DSCORES}        d = d * on3\n"),
        ),
        "relu-on-scores-one-way": ((SCORES, f"{SCORES}        scores = scores.clip(min=0)\n"),),
        "no-pooling": (
            (FLAT, "num_filters * (height * width)"),
            (POOL, "small = maps * on1"),
            (DPOOL, "dmaps = dsmall"),
        ),
        "no-half-in-loss": ((PENALTY, PENALTY.replace(" / 2", "")),),
        "half-in-gradient": ((DPENALTY, DPENALTY.replace("self.reg", "self.reg / 2")),),
        "no-half-anywhere": (
            (PENALTY, PENALTY.replace(" / 2", "")),
            (DPENALTY, DPENALTY.replace("self.reg", "2 * self.reg")),
        ),
        "twice-in-gradient": ((DPENALTY, DPENALTY.replace("p[key]", "(p[key] + p[key])")),),
        "sum-of-weights-in-gradient": ((DPENALTY, DPENALTY.replace("p[key]", "p[key].sum()")),),
        "sum-of-weights-in-loss": ((PENALTY, PENALTY.replace("(p[key] * p[key])", "p[key]")),),
        "square-of-the-sum-in-loss": ((PENALTY, "loss += self.reg / 2 * p[key].sum() ** 2"),),
        "square-of-the-last-sum-in-loss": (
            (
                OVER_LOSS,
                "loss += self.reg / 2 * np.sum(p['W1'] ** 2)\n"
                "        loss += self.reg / 2 * np.sum(p['W2'] ** 2)\n"
                "        loss += self.reg / 2 * np.sum(p['W3']) ** 2",
            ),
        ),
        "norm-of-weights-in-loss": ((PENALTY, "loss += self.reg / 2 * np.linalg.norm(p[key].ravel())"),),
        "loss-not-regularized": ((OVER_LOSS, "pass"),),
        "gradients-not-regularized": ((OVER_GRADS, "pass"),),
        "regularization-replaces-gradient": ((DPENALTY, "grads[key] = self.reg * p[key]"),),
        "regularization-divided-by-samples": (
            (PENALTY, PENALTY.replace(" / 2", " / 2 / num")),
            (DPENALTY, DPENALTY.replace("self.reg", "self.reg / num")),
        ),
        "w1-left-out-of-loss": (without(OVER_LOSS, "W1"),),
        "w2-left-out-of-loss": (without(OVER_LOSS, "W2"),),
        "w3-left-out-of-loss": (without(OVER_LOSS, "W3"),),
        "w1-left-out-of-gradient": (without(OVER_GRADS, "W1"),),
        "w2-left-out-of-gradient": (without(OVER_GRADS, "W2"),),
        "w3-left-out-of-gradient": (without(OVER_GRADS, "W3"),),
        "biases-regularized": ((ALL, "p"),),
        "biases-regularized-in-gradient": ((OVER_GRADS, OVER_GRADS.replace(ALL, "grads")),),
        "divided-by-samples-again": ((DSCORES, DSCORES + DSCORES),),
        "loss-divided-by-samples-again": ((".mean()\n", ".mean() / num\n"),),
        "convolution-gradients-swapped": (
            ("dX, dW1, db1 = conv", "dX, db1, dW1 = conv"),
            (DPENALTY, "grads[key] += self.reg * p[key]"),
        ),
        "convolution-gradients-swapped-before-a-sum": (("dX, dW1, db1 = conv", "dX, db1, dW1 = conv"),),
        "no-relu-in-backward-pass": (("        dunits = dunits * on2\n", ""),),
        "bias-gradients-missing": ((", 'b1': db1, 'b2': db2, 'b3': db3}", "}"),),
        "gradient-from-scores": (
            ("d = probs.copy()\n        d[range(num), y] -= 1\n        d /= num\n", "d = scores\n"),
        ),
        "pooled-size-rounded-up": (
            ("num_filters * (height // 2) * (width // 2)", "num_filters * -(-height // 2) * -(-width // 2)"),
        ),
        "size-not-an-integer": (
            ("num_filters * (height // 2) * (width // 2)", "num_filters * (height / 2) * (width / 2)"),
        ),
        "convolution-shrinks": (
            (
                "num_filters * (height // 2) * (width // 2)",
                "num_filters * ((height - filter_size + 1) // 2) * ((width - filter_size + 1) // 2)",
            ),
        ),
        "half-on-w1-only": (
            (
                "            loss += self.reg / 2 * (p[key] * p[key]).sum()",
                "            loss += self.reg * (0.5 if key == 'W1' else 1) * (p[key] * p[key]).sum()",
            ),
        ),
        "square-of-the-sum-of-w2": (
            ("(p[key] * p[key]).sum()", "((p[key] * p[key]).sum() if key != 'W2' else p[key].sum() ** 2)"),
        ),
        "square-of-the-sum-of-w1": (
            ("(p[key] * p[key]).sum()", "((p[key] * p[key]).sum() if key != 'W1' else p[key].sum() ** 2)"),
        ),
        "numbered-from-0": (
            (
                "self.params[key] = value.astype(dtype)",
                "self.params[key[0] + str(int(key[1]) - 1)] = value.astype(dtype)",
            ),
            ("p = self.params\n", "p = {key[0] + str(int(key[1]) + 1): value for key, value in self.params.items()}\n"),
        ),
        "no-relu-of-convolution-in-backward-pass": (("dmaps = dmaps * on1", "pass"),),
        "w1-alone-in-gradient": (
            (
                "        for key in ('W1', 'W2', 'W3'):\n            grads",
                "        for key in ('W1',):\n            grads",
            ),
        ),
        "scores-in-a-tuple": (("        if y is None:\n            return scores\n", ""),),
        "filters-and-channels-exchanged": (
            ("(num_filters, channels, filter_size, filter_size)", "(channels, num_filters, filter_size, filter_size)"),
        ),
        "b1-as-row": (("'b1': (num_filters,)", "'b1': (1, num_filters)"),),
        "b2-as-row": (("'b2': (hidden_dim,)", "'b2': (1, hidden_dim)"),),
        "b3-as-row": (("'b3': (num_classes,)", "'b3': (1, num_classes)"),),
        "W2-not-scaled": (
            (
                "value = np.random.normal(loc=0, scale=weight_scale, size=shapes[key])",
                ("value = np.random.normal(loc=0, scale=weight_scale if key != 'W2' else 1, size=shapes[key])"),
            ),
        ),
        "W3-not-scaled": (
            (
                "value = np.random.normal(loc=0, scale=weight_scale, size=shapes[key])",
                ("value = np.random.normal(loc=0, scale=weight_scale if key != 'W3' else 1, size=shapes[key])"),
            ),
        ),
        "regularization-averaged": (("(p[key] * p[key]).sum()", "(p[key] * p[key]).mean()"),),
        "regularization-in-loss-divided-by-samples": (("self.reg / 2 *", "self.reg / 2 / num *"),),
        "reg-on-w1-only": (
            (
                "            loss += self.reg / 2 * (p[key] * p[key]).sum()",
                "            loss += (self.reg / 2 if key == 'W1' else 1) * (p[key] * p[key]).sum()",
            ),
        ),
        "w1-alone-in-loss": (
            ("for key in ('W1', 'W2', 'W3'):\n            loss", "for key in ['W1']:\n            loss"),
        ),
        "w3-alone-in-loss": (
            ("for key in ('W1', 'W2', 'W3'):\n            loss", "for key in ['W3']:\n            loss"),
        ),
        "w3-alone-in-gradient": (
            ("for key in ('W1', 'W2', 'W3'):\n            grads", "for key in ['W3']:\n            grads"),
        ),
    },
}
