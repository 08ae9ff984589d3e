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
DECAY = "loss += 0.5 * self.reg * np.vdot(W, W)"
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

ZERO_BIASES = '[f"b{i}"] = np.zeros(dims[i])'
BIAS_ROW = "A bias has one axis too many. Use one axis."
BIASES_ONE = "Biases start at one. Start them at zero."
ONE_DECAYED = "Only one weight matrix is multiplied by reg in the loss. Multiply the sum of all of them by it."
HALF_ON_ONE = "The factor ½ multiplies only one weight matrix. Multiply the sum of all of them by it."
NOT_ALL_IN_LOSS = "The regularization in the loss omits a weight matrix. Add all of them."
NOT_ALL_IN_GRADIENT = "The gradient of a weight matrix lacks the regularization. Add reg times the weights."
SQUARE_OF_SUM = "The regularization squares the sum of the weights. Sum the squares."
GAMMA_TOO = "The regularization includes gamma. Regularize only the weights."

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
        NETWORK,
        "decay-forgotten",
        "The loss lacks the regularization. Add it to the data loss.",
        ((DECAY, "pass"),),
        also_matches=("first-weights-not-decayed-in-loss",),
    ),
    Mutant(
        NETWORK,
        "decay-not-squared",
        "The regularization adds the weights. Add their squares.",
        (("np.vdot(W, W)", "np.sum(W)"),),
    ),
    Mutant(
        NETWORK,
        "decay-of-the-last-sum-squared",
        "The regularization squares the sum of the weights. Sum the squares.",
        (("np.vdot(W, W)", "(np.sum(W) ** 2 if i == last else np.vdot(W, W))"),),
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
    Mutant(
        NETWORK,
        "first-weights-not-decayed",
        NOT_ALL,
        ((ALL_W, "for i in range(2, last + 1):"),),
        also_matches=(
            "first-weights-not-decayed-in-loss",
            "first-weights-not-decayed-in-gradient",
        ),
    ),
    Mutant(
        NETWORK,
        "last-weights-not-decayed",
        NOT_ALL,
        ((ALL_W, "for i in range(1, last):"),),
        also_matches=(
            "first-weights-not-decayed-in-loss",
            "first-weights-not-decayed-in-gradient",
        ),
    ),
    Mutant(
        NETWORK,
        "gradient-not-decayed",
        "The gradients lack the regularization. Add reg times the weights.",
        ((DDECAY, "pass"),),
        also_matches=("first-weights-not-decayed-in-gradient",),
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
    Mutant(
        NETWORK,
        "numbered-from-0",
        "The parameters are numbered from 0. Number them from 1.",
        (
            ('self.params[f"W{i}"] = w', 'self.params[f"W{i - 1}"] = w'),
            ('self.params[f"b{i}"] = n', 'self.params[f"b{i - 1}"] = n'),
            ('self.params[f"gamma{i}"] = n', 'self.params[f"gamma{i - 1}"] = n'),
            ('self.params[f"beta{i}"] = n', 'self.params[f"beta{i - 1}"] = n'),
            (
                '(hidden, self.params[f"W{i}"], self.params[f"b{i}"])',
                '(hidden, self.params[f"W{i - 1}"], self.params[f"b{i - 1}"])',
            ),
            (
                'self.params[f"W{last}"], self.params[f"b{last}"]',
                'self.params[f"W{last - 1}"], self.params[f"b{last - 1}"]',
            ),
            (
                '= self.params[f"gamma{i}"], self.params[f"beta{i}"]',
                '= self.params[f"gamma{i - 1}"], self.params[f"beta{i - 1}"]',
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "hidden-biases-as-rows",
        BIAS_ROW,
        ((ZERO_BIASES, '[f"b{i}"] = np.zeros((1, dims[i]) if i < self.num_layers else dims[i])'),),
    ),
    Mutant(
        NETWORK,
        "last-bias-as-row",
        BIAS_ROW,
        ((ZERO_BIASES, '[f"b{i}"] = np.zeros(dims[i] if i < self.num_layers else (1, dims[i]))'),),
    ),
    Mutant(NETWORK, "biases-of-one", BIASES_ONE, ((ZERO_BIASES, '[f"b{i}"] = np.ones(dims[i])'),)),
    Mutant(
        NETWORK,
        "hidden-biases-of-one",
        BIASES_ONE,
        ((ZERO_BIASES, '[f"b{i}"] = np.zeros(dims[i]) + (i < self.num_layers)'),),
    ),
    Mutant(
        NETWORK,
        "hidden-weights-not-scaled",
        WRONG_SPREAD,
        ((RANDOM, RANDOM.replace("weight_scale", "(weight_scale if i == self.num_layers else 1)")),),
    ),
    Mutant(
        NETWORK,
        "last-weights-not-scaled",
        WRONG_SPREAD,
        ((RANDOM, RANDOM.replace("weight_scale", "(weight_scale if i < self.num_layers else 1)")),),
    ),
    Mutant(
        NETWORK, "scale-by-fan-in", WRONG_SPREAD, ((RANDOM, RANDOM.replace("weight_scale", "dims[i - 1] ** -0.5")),)
    ),
    Mutant(
        NETWORK,
        "layers-in-forward-order",
        "The backward pass visits the layers in the order of the forward pass. Visit them in reverse.",
        (("range(last - 1, 0, -1)", "range(1, last)"),),
    ),
    Mutant(
        NETWORK,
        "batchnorm-for-layernorm",
        "The network uses batch normalization in place of layer normalization. Use layer normalization for layernorm.",
        (
            ("batchnorm_forward if", "batchnorm_forward if True or"),
            ("batchnorm_backward if", "batchnorm_backward if True or"),
        ),
    ),
    Mutant(
        NETWORK,
        "normalization-not-backward",
        "The backward pass omits the normalization. Add its backward pass.",
        (('dhidden, grads[f"gamma{i}"]', '_, grads[f"gamma{i}"]'),),
    ),
    Mutant(
        NETWORK,
        "gamma-and-beta-exchanged",
        "The gradients of gamma and beta are swapped. Unpack dx, dgamma and dbeta.",
        (('grads[f"gamma{i}"], grads[f"beta{i}"] = norm', 'grads[f"beta{i}"], grads[f"gamma{i}"] = norm'),),
    ),
    Mutant(
        NETWORK,
        "modes-exchanged",
        "Training mode and test mode are swapped. Use training mode if labels are given.",
        ((MODE, MODE.replace("is None", "is not None")),),
    ),
    Mutant(
        NETWORK,
        "always-a-loss",
        "The loss is computed without labels too. Return the scores if y is None.",
        (("        if y is None:\n            return scores\n", ""),),
    ),
    Mutant(
        NETWORK,
        "scores-in-a-tuple",
        "Without labels a tuple is returned. Return the scores alone.",
        (("            return scores\n", "            return scores, {}\n"),),
    ),
    Mutant(
        NETWORK,
        "reg-on-one-matrix",
        ONE_DECAYED,
        ((DECAY, "loss += (0.5 * self.reg if i == 1 else 1) * np.sum(W**2)"),),
    ),
    Mutant(
        NETWORK,
        "half-on-one-matrix",
        HALF_ON_ONE,
        ((DECAY, "loss += (0.5 if i == 1 else 1) * self.reg * np.sum(W**2)"),),
    ),
    Mutant(NETWORK, "first-weights-not-decayed-in-loss", NOT_ALL_IN_LOSS, ((DECAY, f"{DECAY} * (i > 1)"),)),
    Mutant(NETWORK, "last-weights-not-decayed-in-loss", NOT_ALL_IN_LOSS, ((DECAY, f"{DECAY} * (i < last)"),)),
    Mutant(NETWORK, "first-weights-alone-decayed-in-loss", NOT_ALL_IN_LOSS, ((DECAY, f"{DECAY} * (i == 1)"),)),
    Mutant(NETWORK, "last-weights-alone-decayed-in-loss", NOT_ALL_IN_LOSS, ((DECAY, f"{DECAY} * (i == last)"),)),
    Mutant(NETWORK, "first-weights-not-decayed-in-gradient", NOT_ALL_IN_GRADIENT, ((DDECAY, f"{DDECAY} * (i > 1)"),)),
    Mutant(NETWORK, "last-weights-not-decayed-in-gradient", NOT_ALL_IN_GRADIENT, ((DDECAY, f"{DDECAY} * (i < last)"),)),
    Mutant(
        NETWORK,
        "absolute-weights-in-loss",
        "The regularization adds the absolute weights. Add their squares.",
        ((DECAY, DECAY.replace("np.vdot(W, W)", "np.sum(abs(W))")),),
    ),
    Mutant(
        NETWORK, "decay-of-sums-squared", SQUARE_OF_SUM, ((DECAY, DECAY.replace("np.vdot(W, W)", "np.sum(W) ** 2")),)
    ),
    Mutant(
        NETWORK,
        "decay-averaged",
        "The regularization averages the squared weights. Sum them.",
        ((DECAY, DECAY.replace("np.vdot(W, W)", "np.mean(W**2)")),),
    ),
    Mutant(
        NETWORK,
        "decay-of-biases-in-loss",
        BIASES_TOO,
        ((DECAY, DECAY + ' + 0.5 * self.reg * np.sum(self.params[f"b{i}"] ** 2)'),),
    ),
    Mutant(
        NETWORK,
        "decay-of-biases-in-gradient",
        BIASES_TOO,
        ((DDECAY, DDECAY + '\n            grads[f"b{i}"] += self.reg * self.params[f"b{i}"]'),),
    ),
    Mutant(
        NETWORK,
        "decay-of-gamma",
        GAMMA_TOO,
        (
            (
                DECAY,
                f"{DECAY}\n            if self.normalization and i < last:\n"
                '                loss += 0.5 * self.reg * np.sum(self.params[f"gamma{i}"] ** 2)\n'
                '                grads[f"gamma{i}"] += self.reg * self.params[f"gamma{i}"]',
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "decay-of-gamma-in-loss",
        GAMMA_TOO,
        (
            (
                DECAY,
                f"{DECAY}\n            if self.normalization and i < last:\n"
                '                loss += 0.5 * self.reg * np.sum(self.params[f"gamma{i}"] ** 2)',
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "gradient-from-scores",
        "The backward pass starts from the scores. Start from the gradient that softmax_loss returns.",
        (("affine_backward(dscores,", "affine_backward(scores,"),),
    ),
    Mutant(
        NETWORK,
        "loss-divided-again",
        "The loss is divided by the number of samples again. Do not divide: softmax_loss averages.",
        (("return loss, grads", "return loss / len(X), grads"),),
    ),
    Mutant(
        NETWORK,
        "data-loss-divided-again",
        "The loss is divided by the number of samples again. Do not divide: softmax_loss averages.",
        (
            (
                "loss, dscores = softmax_loss(scores, y)",
                "loss, dscores = softmax_loss(scores, y)\n        loss /= len(X)",
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "gradients-divided-again",
        "The gradients are divided by the number of samples again. Do not divide: softmax_loss averages.",
        (
            (
                "loss, dscores = softmax_loss(scores, y)",
                "loss, dscores = softmax_loss(scores, y)\n        dscores = dscores / len(X)",
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "bias-gradients-missing",
        "The gradients of the hidden biases are missing. Add them to grads.",
        ((DAFFINE, DAFFINE.replace('grads[f"b{i}"]', "_")),),
    ),
    Mutant(
        NETWORK,
        "last-gradients-missing",
        "The gradients of the last layer are missing. Add them to grads.",
        (("return loss, grads", 'del grads[f"W{last}"], grads[f"b{last}"]\n        return loss, grads'),),
    ),
    Mutant(
        NETWORK,
        "gradients-of-weights-and-biases-exchanged",
        "The gradients of weights and biases are swapped. Unpack dx, dw and db.",
        (
            (DAFFINE, 'dhidden, grads[f"b{i}"], grads[f"W{i}"] = affine_backward(dhidden, affine_cache)'),
            (DDECAY, 'grads[f"W{i}"] = grads[f"W{i}"] + self.reg * W'),
        ),
    ),
    Mutant(
        NETWORK,
        "decay-of-hidden-biases-in-gradient",
        BIASES_TOO,
        ((DDECAY, DDECAY + '\n            grads[f"b{i}"] += self.reg * (i < last) * self.params[f"b{i}"]'),),
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
