"""Mistakes and styles of FullyConnectedNet."""

from autograder import Mutant, Variant

__all__ = ["MUTANTS", "VARIANTS"]

NETWORK = "FullyConnectedNet"


RANDOM = "weight_scale * np.random.randn(dims[i - 1], dims[i])"
WITH_NORM = "if normalization and i < self.num_layers:"
MODE = 'mode = "test" if y is None else "train"'
MODES = "for param in (self.dropout_param, *self.norm_params):"
AFFINE = 'hidden, affine_cache = affine_forward(hidden, self.params[f"W{i}"], self.params[f"b{i}"])'
NORM = "hidden, norm_cache = norm_forward(hidden, gamma, beta, self.norm_params[i - 1])"
RELU = "hidden, relu_cache = relu_forward(hidden)"
DROPOUT = "hidden, dropout_cache = dropout_forward(hidden, self.dropout_param)"
SCORES = 'scores, scores_cache = affine_forward(hidden, self.params[f"W{last}"], self.params[f"b{last}"])'
UNPACK = "affine_cache, norm_cache, relu_cache, dropout_cache = caches[i - 1]"
DROPPED = "            if self.use_dropout:\n                dhidden = dropout_backward(dhidden, dropout_cache)\n"
DRELU = "            dhidden = relu_backward(dhidden, relu_cache)\n"
DAFFINE = 'dhidden, grads[f"W{i}"], grads[f"b{i}"] = affine_backward(dhidden, affine_cache)'
DECAY = "loss += 0.5 * self.reg * np.sum(W**2)"
DDECAY = 'grads[f"W{i}"] += self.reg * W'
ALL_W = "for i in range(1, last + 1):"
IF_DROPOUT = "\n        if self.use_dropout:\n            "
PROBABILITIES = """\
            e = np.exp(scores - scores.max(axis=1, keepdims=True))
            return e / e.sum(axis=1, keepdims=True)
"""
NO_GRADIENTS = """\
if self.normalization:
                for name in (f"gamma{i}", f"beta{i}"):
                    grads[name] = np.zeros_like(self.params[name])
            """

WRONG_SPREAD = "The initial weights have a wrong standard deviation. Use weight_scale."
BIASES_TOO = "The biases are regularized too. Regularize only the weights."
NOT_ALL = "The regularization omits a weight matrix. Add all of them."
ONE_PARAM = "All hidden layers share one dict for normalization. Use one dict per layer."

NO_NORM = "The hidden layers are not normalized. Normalize them if normalization is set."
NO_LAYERNORM = 'Layer normalization is not implemented. Use it if normalization is "layernorm".'
OUTSIDE_PARAMS = "The scale gamma and the shift beta are not in params, so they are never trained. Add them to params."
KEPT_OUTSIDE = (
    ('self.params[f"gamma{i}"]', 'self.__dict__[f"gamma{i}"]'),
    ('self.params[f"beta{i}"]', 'self.__dict__[f"beta{i}"]'),
)

MUTANTS = (
    Mutant(
        NETWORK,
        "older-argument-name",
        "An argument has the name from an older course. Use the name in the docstring.",
        (('"p": dropout_keep_ratio', '"p": dropout'),),
        handed_out=(("dropout_keep_ratio=1,", "dropout=1,"), ("dropout_keep_ratio != 1", "dropout != 1")),
    ),
    Mutant(
        NETWORK,
        "other-defaults",
        "An argument has a wrong default. Use the default of the given signature.",
        handed_out=(("input_dim=3 * 32 * 32", "input_dim=28 * 28"),),
    ),
    Mutant(
        NETWORK,
        "weights-not-scaled",
        "The weights have standard deviation 1. Use weight_scale.",
        ((RANDOM, RANDOM.replace("weight_scale * ", "")),),
    ),
    Mutant(
        NETWORK, "scale-as-variance", WRONG_SPREAD, ((RANDOM, RANDOM.replace("weight_scale", "np.sqrt(weight_scale)")),)
    ),
    Mutant(
        NETWORK,
        "weights-zero",
        "The weights start at zero, so all units of a layer stay the same. Draw them at random.",
        ((RANDOM, "np.zeros((dims[i - 1], dims[i]))"),),
    ),
    Mutant(
        NETWORK,
        "uniform-weights",
        "The weights are uniform between 0 and weight_scale. Draw them from a Gaussian around 0.",
        ((RANDOM, "weight_scale * np.random.rand(dims[i - 1], dims[i])"),),
        is_random=True,
    ),
    Mutant(
        NETWORK,
        "biases-random",
        "The biases are random. Start them at zero.",
        (
            (
                "= np.zeros(dims[i])\n            if norm",
                "= weight_scale * np.random.randn(dims[i])\n            if norm",
            ),
        ),
        is_random=True,
    ),
    Mutant(
        NETWORK,
        "biases-as-rows",
        "The biases have one axis too many. Use one axis.",
        (("= np.zeros(dims[i])\n            if norm", "= np.zeros((1, dims[i]))\n            if norm"),),
    ),
    Mutant(
        NETWORK,
        "literal-input-size",
        "A size of CIFAR-10 is hard-coded. Use the arguments.",
        (("dims = [input_dim,", "dims = [3072,"),),
    ),
    Mutant(
        NETWORK,
        "weights-transposed",
        "The weights are transposed. Use the shape (inputs, units).",
        ((RANDOM, "weight_scale * np.random.randn(dims[i], dims[i - 1])"),),
    ),
    Mutant(
        NETWORK,
        "gamma-on-the-last-layer",
        "The last layer has gamma and beta too. Add them to hidden layers only.",
        ((WITH_NORM, "if normalization:"),),
    ),
    Mutant(
        NETWORK,
        "gamma-drawn",
        "The scale gamma is random. Start it at one.",
        (("np.ones(dims[i])", "weight_scale * np.random.randn(dims[i])"),),
        is_random=True,
    ),
    Mutant(
        NETWORK,
        "beta-one",
        "The shift beta starts at one. Start it at zero.",
        (('[f"beta{i}"] = np.zeros', '[f"beta{i}"] = np.ones'),),
    ),
    Mutant(
        NETWORK,
        "batchnorm-alone",
        "Only batch normalization has a scale and a shift. Add them for layer normalization too.",
        ((WITH_NORM, 'if normalization == "batchnorm" and i < self.num_layers:'),),
    ),
    Mutant(
        NETWORK,
        "layernorm-not-implemented",
        NO_LAYERNORM,
        (
            (WITH_NORM, 'if normalization == "batchnorm" and i < self.num_layers:'),
            ("if self.normalization:", 'if self.normalization == "batchnorm":'),
        ),
        also_matches=("batchnorm-alone",),
    ),
    Mutant(
        NETWORK,
        "layernorm-without-effect",
        NO_LAYERNORM,
        (("if self.normalization:", 'if self.normalization == "batchnorm":'),),
    ),
    Mutant(
        NETWORK,
        "normalization-not-implemented",
        NO_NORM,
        ((WITH_NORM, "if False:"), ("if self.normalization:", "if False:")),
    ),
    Mutant(
        NETWORK,
        "normalization-without-effect",
        NO_NORM,
        (("if self.normalization:", "if False:"),),
        also_matches=("layernorm-without-effect",),
    ),
    Mutant(NETWORK, "gamma-outside-params", OUTSIDE_PARAMS, KEPT_OUTSIDE),
    Mutant(
        NETWORK,
        "gamma-outside-params-and-grads",
        OUTSIDE_PARAMS,
        (*KEPT_OUTSIDE, ('dhidden, grads[f"gamma{i}"], grads[f"beta{i}"] =', "dhidden, _, _ =")),
    ),
    Mutant(
        NETWORK,
        "always-train-mode",
        "The network computes scores in training mode. Use test mode if y is None.",
        ((MODE, 'mode = "train"'),),
    ),
    Mutant(
        NETWORK,
        "always-test-mode",
        "The network trains in test mode. Use training mode if labels are given.",
        ((MODE, 'mode = "test"'),),
    ),
    Mutant(
        NETWORK,
        "dropout-mode-not-switched",
        "Dropout runs in training mode when scores are computed. Use test mode if y is None.",
        ((MODES, "for param in self.norm_params:"),),
    ),
    Mutant(
        NETWORK,
        "norm-mode-not-switched",
        "Batch normalization runs in training mode when scores are computed. Use test mode if y is None.",
        ((MODES, "for param in (self.dropout_param,):"),),
    ),
    Mutant(NETWORK, "one-norm-param", ONE_PARAM, (("self.norm_params[i - 1])", "self.norm_params[0])"),)),
    Mutant(
        NETWORK,
        "relu-forgotten",
        "The ReLU is missing. Add it: without it the network is a single affine layer.",
        ((RELU, "_, relu_cache = relu_forward(abs(hidden) + 1)"),),
    ),
    Mutant(
        NETWORK,
        "relu-on-scores",
        "The scores go through a ReLU. Remove it: scores may be negative.",
        (
            (SCORES, SCORES + "\n        scores, scores_relu = relu_forward(scores)"),
            ("grads = {}\n", "grads = {}\n        dscores = relu_backward(dscores, scores_relu)\n"),
        ),
    ),
    Mutant(
        NETWORK,
        "relu-on-scores-one-way",
        "The scores go through a ReLU in the forward pass. Remove it: scores may be negative.",
        ((SCORES, SCORES + "\n        scores = np.maximum(scores, 0)"),),
    ),
    Mutant(
        NETWORK,
        "probabilities",
        "Without labels the class probabilities are returned. Return the scores, before the softmax.",
        (
            (
                "            return scores\n",
                PROBABILITIES,
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "classes-for-scores",
        "Without labels the predicted classes are returned. Return the scores.",
        (("            return scores\n", "            return scores.argmax(axis=1)\n"),),
    ),
    Mutant(
        NETWORK,
        "norm-after-relu",
        "The normalization is after the ReLU. Put it before the ReLU.",
        (
            (
                f"                {NORM}\n            {RELU}\n",
                f"                {RELU}\n                {NORM}\n            else:\n                {RELU}\n",
            ),
            (DRELU, ""),
            ('                dhidden, grads[f"gamma{i}"]', '                dhidden, grads[f"gamma{i}"]'),
            (
                f"            {DAFFINE}",
                f"            dhidden = relu_backward(dhidden, relu_cache)\n            {DAFFINE}",
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "norm-left-out",
        NO_NORM,
        (
            ("if self.normalization:\n                norm_forward", "if False:\n                norm_forward"),
            (
                "if self.normalization:\n                norm_backward",
                f"{NO_GRADIENTS}if False:\n                norm_backward",
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "dropout-left-out",
        "No unit is dropped. Use dropout if the keep ratio is not 1.",
        (
            (
                "            if self.use_dropout:\n                hidden",
                "            if False:\n                hidden",
            ),
            (DROPPED, ""),
        ),
    ),
    Mutant(
        NETWORK,
        "dropout-on-scores",
        "Dropout is applied to the scores too. Drop hidden units only.",
        (
            (
                SCORES,
                SCORES + IF_DROPOUT + "scores, last_dropout = dropout_forward(scores, self.dropout_param)",
            ),
            (
                "grads = {}\n",
                "grads = {}" + IF_DROPOUT + "dscores = dropout_backward(dscores, last_dropout)\n",
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "dropout-on-input",
        "Dropout is applied to the input too. Drop hidden units only.",
        (
            (
                "hidden, caches = X, []",
                "hidden, caches = (dropout_forward(X, self.dropout_param)[0] if self.use_dropout else X), []",
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "dropout-not-backward",
        "The backward pass omits dropout, so dropped units get a gradient. Add its backward pass.",
        ((DROPPED, ""),),
    ),
    Mutant(
        NETWORK,
        "one-dropout-mask",
        "The backward pass uses the mask of the last hidden layer for all layers. Use the mask of each layer.",
        (("dropout_backward(dhidden, dropout_cache)", "dropout_backward(dhidden, caches[-1][3])"),),
    ),
    Mutant(
        NETWORK,
        "half-forgotten",
        "The regularization in the loss lacks the factor ½. Add it.",
        (("0.5 * self.reg", "self.reg"),),
    ),
    Mutant(
        NETWORK, "decay-forgotten", "The loss lacks the regularization. Add it to the data loss.", ((DECAY, "pass"),)
    ),
    Mutant(
        NETWORK,
        "decay-not-squared",
        "The regularization adds the weights. Add their squares.",
        (("np.sum(W**2)", "np.sum(W)"),),
    ),
    Mutant(
        NETWORK,
        "decay-of-the-last-sum-squared",
        "The regularization squares the sum of the weights. Sum the squares.",
        (("np.sum(W**2)", "(np.sum(W) ** 2 if i == last else np.sum(W**2))"),),
    ),
    Mutant(
        NETWORK,
        "decay-of-biases",
        BIASES_TOO,
        (
            (DECAY, 'loss += 0.5 * self.reg * (np.sum(W**2) + np.sum(self.params[f"b{i}"] ** 2))'),
            (DDECAY, DDECAY + '\n            grads[f"b{i}"] += self.reg * self.params[f"b{i}"]'),
        ),
    ),
    Mutant(NETWORK, "first-weights-not-decayed", NOT_ALL, ((ALL_W, "for i in range(2, last + 1):"),)),
    Mutant(NETWORK, "last-weights-not-decayed", NOT_ALL, ((ALL_W, "for i in range(1, last):"),)),
    Mutant(
        NETWORK,
        "gradient-not-decayed",
        "The gradients lack the regularization. Add reg times the weights.",
        ((DDECAY, "pass"),),
    ),
    Mutant(
        NETWORK,
        "decay-in-gradient-doubled",
        "The gradient of the regularization has a factor of 2. Remove it: the factor ½ in the loss cancels it.",
        ((DDECAY, DDECAY.replace("self.reg", "2 * self.reg")),),
    ),
    Mutant(
        NETWORK,
        "decay-in-gradient-halved",
        "The gradient of the regularization has a factor ½. Use reg times the weights.",
        ((DDECAY, DDECAY.replace("self.reg", "0.5 * self.reg")),),
    ),
    Mutant(
        NETWORK,
        "decay-as-number",
        "The gradient of the regularization is one number for all weights. Use reg times each weight.",
        ((DDECAY, 'grads[f"W{i}"] += self.reg * np.sum(W)'),),
    ),
    Mutant(
        NETWORK,
        "relu-not-backward",
        "The backward pass omits the ReLU. Add its backward pass.",
        ((DRELU, ""),),
    ),
    Mutant(
        NETWORK,
        "one-cache-for-all",
        "The backward pass uses the cache of one layer for all layers. Use the cache of each layer.",
        ((UNPACK, UNPACK.replace("i - 1", "-1")),),
    ),
)

VARIANTS = (
    Variant(
        NETWORK,
        "dropout-before-relu",
        "with dropout before the ReLU, which is the same",
        (
            (
                f"            {RELU}\n            if self.use_dropout:\n                {DROPOUT}\n",
                f"            if self.use_dropout:\n                {DROPOUT}\n            {RELU}\n",
            ),
            (DROPPED + DRELU, DRELU + DROPPED),
        ),
    ),
    Variant(
        NETWORK,
        "normal",
        "with np.random.normal",
        ((RANDOM, "np.random.normal(0, weight_scale, (dims[i - 1], dims[i]))"),),
    ),
    Variant(
        NETWORK,
        "sum-of-decays",
        "with the regularization in one sum",
        (
            (
                ALL_W,
                'loss += 0.5 * self.reg * sum(np.sum(W * W) for n, W in self.params.items() if n[0] == "W")\n        '
                + ALL_W,
            ),
            ("            " + DECAY + "\n", ""),
        ),
    ),
    Variant(
        NETWORK,
        "single-precision",
        "in float32",
        (
            (
                "hidden, caches = X, []",
                "hidden, caches = X.astype(np.float32), []\n        for n, v in self.params.items():"
                "\n            self.params[n] = v.astype(np.float32)",
            ),
        ),
    ),
    Variant(
        NETWORK,
        "dict-of-caches",
        "with a dict of caches",
        (
            ("hidden, caches = X, []", "hidden, caches = X, {}"),
            (
                "caches.append((affine_cache, norm_cache, relu_cache, dropout_cache))",
                "caches[i] = affine_cache, norm_cache, relu_cache, dropout_cache",
            ),
            ("caches[i - 1]", "caches[i]"),
        ),
    ),
    Variant(
        NETWORK,
        "modes-of-each",
        "with the modes set layer by layer",
        (
            ('        for param in (self.dropout_param, *self.norm_params):\n            param["mode"] = mode\n', ""),
            (NORM, 'self.norm_params[i - 1]["mode"] = mode\n                ' + NORM),
            (DROPOUT, 'self.dropout_param["mode"] = mode\n                ' + DROPOUT),
        ),
    ),
)
