"""Mistakes and styles of ThreeLayerConvNet."""

from autograder import Mutant, Variant

__all__ = ["MUTANTS", "VARIANTS"]

NETWORK = "ThreeLayerConvNet"


POOLED = "num_filters * (H // 2) * (W // 2)"
RANDOM = "weight_scale * np.random.randn("
UNIFORM = "np.random.uniform(-weight_scale, weight_scale, "
DECAY = "0.5 * self.reg * sum(np.vdot(W, W) for W in (W1, W2, W3))"
DECAYED = "for W in (W1, W2, W3)"
DDECAYED = 'for name in ("W1", "W2", "W3")'
DDECAY = "grads[name] += self.reg * self.params[name]"
HIDDEN = "hidden, hidden_cache = affine_relu_forward(pooled, W2, b2)"
DHIDDEN = 'dpooled, grads["W2"], grads["b2"] = affine_relu_backward(dhidden, hidden_cache)'
SCORES = "scores, scores_cache = affine_forward_fast(hidden, W3, b3)"
DSCORES = 'dhidden, grads["W3"], grads["b3"] = affine_backward_fast(dscores, scores_cache)'
POOL = "pooled, conv_cache = conv_relu_pool_forward(X, W1, b1, conv_param, pool_param)"
DPOOL = '_, grads["W1"], grads["b1"] = conv_relu_pool_backward(dpooled, conv_cache, needs_dx=False)'

NOT_SCORES = "Without labels the class probabilities are returned. Return the scores, before the softmax."
LEFT_OUT = "The regularization in the loss leaves {} out. Add all weight matrices."
LEFT_OUT_OF_GRADIENT = "The gradient of {} lacks the regularization. Add reg times the weights."
WRONG_SPREAD = "The initial weights have a wrong standard deviation. Use weight_scale."
UNPACKED_WRONG = "The gradients of the convolution are unpacked in a wrong order. The layer returns dx, dw, db."
SUM_SQUARED = "The regularization squares the sum of the weights. Sum the squares."
QUARTER = "The pooled size is a quarter of the pixels. Halve height and width separately, and round down."
FROM_HEIGHT = "The hidden layer's input size uses only the height of the images. Use height and width."
FROM_WIDTH = "The hidden layer's input size uses only the width of the images. Use height and width."
HALVED_ONCE = "The hidden layer's input size is half the number of pixels. The pooling halves both height and width."
FROM_CHANNELS = "The hidden layer's input size uses the number of image channels. Use the number of filters."
NUMBERS = "A size of CIFAR-10 is hard-coded. Use the arguments."

DECAYED_ONE = "{} * np.sum(W1**2) + {} * (np.sum(W2**2) + np.sum(W3**2))"
CONV_ALONE = (
    "maps, maps_cache = conv_forward_fast(X, W1, b1, conv_param)\n"
    "        pooled, pool_cache = max_pool_forward_fast(np.maximum(maps, 0), pool_param)"
)
DCONV_ALONE = (
    "dmaps = max_pool_backward_fast(dpooled, pool_cache)\n"
    '        _, grads["W1"], grads["b1"] = conv_backward_fast(dmaps, maps_cache)'
)
ONE_DECAYED = "Only W1 is multiplied by reg in the loss. Multiply the sum of all weight matrices by it."
HALF_ON_ONE = "The factor ½ multiplies only W1. Multiply the sum of all weight matrices by it."

INIT_MUTANTS = (
    Mutant(
        NETWORK,
        "other-defaults",
        "An argument has a wrong default. Use the default of the given signature.",
        handed_out=(("filter_size=7", "filter_size=3"),),
    ),
    Mutant(
        NETWORK,
        "quarter-of-the-pixels",
        QUARTER,
        ((POOLED, "num_filters * (H * W // 4)"),),
    ),
    Mutant(
        NETWORK,
        "quarter-of-all-numbers",
        QUARTER,
        ((POOLED, "num_filters * H * W // 4"),),
    ),
    Mutant(
        NETWORK,
        "w3-transposed",
        "W3 is transposed. Use a row for each hidden unit and a column for each class.",
        (("np.random.randn(hidden_dim, num_classes)", "np.random.randn(num_classes, hidden_dim)"),),
    ),
    Mutant(
        NETWORK,
        "square-images-only",
        FROM_HEIGHT,
        (("(H // 2) * (W // 2)", "(H // 2) ** 2"),),
    ),
    Mutant(NETWORK, "quarter-of-squared-height", FROM_HEIGHT, ((POOLED, "num_filters * (H * H // 4)"),)),
    Mutant(NETWORK, "quarter-of-all-by-height", FROM_HEIGHT, ((POOLED, "num_filters * H * H // 4"),)),
    Mutant(
        NETWORK,
        "hidden-size-from-width",
        FROM_WIDTH,
        (("(H // 2) * (W // 2)", "(W // 2) ** 2"),),
    ),
    Mutant(NETWORK, "quarter-of-squared-width", FROM_WIDTH, ((POOLED, "num_filters * (W * W // 4)"),)),
    Mutant(NETWORK, "quarter-of-all-by-width", FROM_WIDTH, ((POOLED, "num_filters * W * W // 4"),)),
    Mutant(
        NETWORK,
        "pooling-not-counted",
        "The pooling is missing, in the network or in the input size of the hidden layer. It halves height and width.",
        ((POOLED, "num_filters * H * W"),),
    ),
    Mutant(
        NETWORK,
        "one-side-halved",
        HALVED_ONCE,
        ((POOLED, "num_filters * H * W // 2"),),
    ),
    Mutant(NETWORK, "height-alone-halved", HALVED_ONCE, ((POOLED, "num_filters * (H // 2) * W"),)),
    Mutant(NETWORK, "width-alone-halved", HALVED_ONCE, ((POOLED, "num_filters * H * (W // 2)"),)),
    Mutant(
        NETWORK,
        "channels-for-filters",
        FROM_CHANNELS,
        ((POOLED, "C * (H // 2) * (W // 2)"),),
    ),
    Mutant(NETWORK, "quarter-of-the-image", FROM_CHANNELS, ((POOLED, "C * H * W // 4"),)),
    Mutant(
        NETWORK,
        "literal-image-size",
        NUMBERS,
        ((POOLED, "num_filters * 16 * 16"),),
    ),
    Mutant(
        NETWORK,
        "literal-channels",
        NUMBERS,
        ((RANDOM + "num_filters, C,", RANDOM + "num_filters, 3,"),),
    ),
    Mutant(
        NETWORK,
        "weights-not-scaled",
        "The weights have standard deviation 1. Use weight_scale.",
        ((RANDOM, "np.random.randn("),),
    ),
    Mutant(
        NETWORK,
        "first-weights-not-scaled",
        "The filters have standard deviation 1. Use weight_scale.",
        (("weight_scale * np.random.randn(num_filters", "np.random.randn(num_filters"),),
    ),
    Mutant(
        NETWORK,
        "scale-as-variance",
        WRONG_SPREAD,
        ((RANDOM, "np.sqrt(weight_scale) * np.random.randn("),),
    ),
    Mutant(
        NETWORK,
        "scale-by-fan-in",
        WRONG_SPREAD,
        (
            (RANDOM + "num_filters", "np.sqrt(2 / (C * filter_size**2)) * np.random.randn(num_filters"),
            (RANDOM + "pooled_dim", "np.sqrt(2 / pooled_dim) * np.random.randn(pooled_dim"),
            (RANDOM + "hidden_dim", "np.sqrt(2 / hidden_dim) * np.random.randn(hidden_dim"),
        ),
    ),
    Mutant(
        NETWORK,
        "uniform-weights",
        "The weights are uniform between 0 and weight_scale. Draw them from a Gaussian with mean 0.",
        ((RANDOM, "weight_scale * np.random.rand("),),
    ),
    Mutant(
        NETWORK,
        "uniform-weights-around-zero",
        "The weights are uniform between −weight_scale and weight_scale. Draw them from a Gaussian.",
        (
            (
                RANDOM + "num_filters, C, filter_size, filter_size)",
                UNIFORM + "(num_filters, C, filter_size, filter_size))",
            ),
            (RANDOM + "pooled_dim, hidden_dim)", UNIFORM + "(pooled_dim, hidden_dim))"),
            (RANDOM + "hidden_dim, num_classes)", UNIFORM + "(hidden_dim, num_classes))"),
        ),
    ),
    Mutant(
        NETWORK,
        "zero-weights",
        "The weights start at zero, so all hidden units stay the same. Draw them at random.",
        ((RANDOM, "0 * np.random.randn("),),
    ),
    Mutant(
        NETWORK,
        "random-biases",
        "The biases are random. Start them at zero.",
        (("np.zeros(", RANDOM),),
        is_random=True,
    ),
    Mutant(
        NETWORK,
        "biases-of-one",
        "The biases start at one. Start them at zero.",
        (("np.zeros(", "np.ones("),),
    ),
    Mutant(
        NETWORK,
        "biases-as-rows",
        "The biases have one axis too many. Use one axis.",
        (
            ("np.zeros(", "np.zeros((1, "),
            ("(1, num_filters)", "(1, num_filters))"),
            ("(1, hidden_dim)", "(1, hidden_dim))"),
            ("(1, num_classes)", "(1, num_classes))"),
        ),
    ),
)

SCORES_MUTANTS = (
    Mutant(
        NETWORK,
        "probabilities-for-scores",
        NOT_SCORES,
        (
            (
                "            return scores\n",
                "            shifted = np.exp(scores - scores.max(axis=1, keepdims=True))\n"
                "            return shifted / shifted.sum(axis=1, keepdims=True)\n",
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "log-probabilities-for-scores",
        "Without labels log-probabilities are returned. Return the scores, before the softmax.",
        (
            (
                "            return scores\n",
                "            shifted = scores - scores.max(axis=1, keepdims=True)\n"
                "            return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))\n",
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "classes-for-scores",
        "Without labels the best class of each image is returned. Return the scores of all classes.",
        (("            return scores\n", "            return scores.argmax(axis=1)\n"),),
    ),
    Mutant(
        NETWORK,
        "always-a-loss",
        "The loss is computed without labels too. Return the scores if y is None.",
        (("        if y is None:\n            return scores\n", ""),),
    ),
    Mutant(
        NETWORK,
        "no-relu-after-convolution",
        "The ReLU after the convolution is missing. Add it before the pooling.",
        (
            (
                POOL,
                "responses, filters_cache = conv_forward_fast(X, W1, b1, conv_param)\n"
                "        pooled, conv_cache = max_pool_forward_fast(responses, pool_param)",
            ),
            (
                DPOOL,
                "dresponses = max_pool_backward_fast(dpooled, conv_cache)\n"
                '        _, grads["W1"], grads["b1"] = conv_backward_fast(dresponses, filters_cache)',
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "no-relu-in-hidden-layer",
        "The ReLU between the two affine layers is missing. Add it: without it they are one affine layer.",
        (
            (HIDDEN, HIDDEN.replace("affine_relu_forward", "affine_forward_fast")),
            (DHIDDEN, DHIDDEN.replace("affine_relu_backward", "affine_backward_fast")),
        ),
    ),
    Mutant(
        NETWORK,
        "relu-on-scores",
        "A ReLU follows the last layer. Remove it: scores may be negative.",
        (
            (SCORES, SCORES.replace("affine_forward_fast", "affine_relu_forward")),
            (DSCORES, DSCORES.replace("affine_backward_fast", "affine_relu_backward")),
        ),
    ),
    Mutant(
        NETWORK,
        "relu-on-scores-one-way",
        "The forward pass has a ReLU after the last layer. Remove it: scores may be negative.",
        ((SCORES, SCORES + "\n        scores = np.maximum(scores, 0)"),),
    ),
    Mutant(
        NETWORK,
        "no-pooling",
        "The pooling is missing, in the network or in the input size of the hidden layer. It halves height and width.",
        (
            (POOLED, "num_filters * H * W"),
            (POOL, "pooled, conv_cache = conv_relu_forward(X, W1, b1, conv_param)"),
            (DPOOL, DPOOL.replace("conv_relu_pool", "conv_relu")),
        ),
    ),
)

REG_MUTANTS = (
    Mutant(
        NETWORK,
        "no-half-in-loss",
        "The regularization in the loss lacks the factor ½. Multiply by it.",
        ((DECAY, DECAY.replace("0.5 * ", "")),),
    ),
    Mutant(
        NETWORK,
        "half-in-gradient",
        "The gradient of the regularization has a factor ½. Remove it: the derivative of the square cancels it.",
        ((DDECAY, DDECAY.replace("self.reg", "0.5 * self.reg")),),
    ),
    Mutant(
        NETWORK,
        "no-half-anywhere",
        "The regularization lacks the factor ½ in the loss and in the gradient. Use it in both.",
        (
            (DECAY, DECAY.replace("0.5 * ", "")),
            (DDECAY, DDECAY.replace("self.reg", "2 * self.reg")),
        ),
        also_matches=("no-half-in-loss", "twice-in-gradient"),
    ),
    Mutant(
        NETWORK,
        "twice-in-gradient",
        "The gradient of the regularization is twice too large. Use reg times the weights, without a factor.",
        ((DDECAY, DDECAY.replace("self.reg", "2 * self.reg")),),
    ),
    Mutant(
        NETWORK,
        "sum-of-weights-in-gradient",
        "The gradient of the regularization is the same for a whole weight matrix. Use reg times each weight.",
        ((DDECAY, DDECAY.replace("self.params[name]", "np.sum(self.params[name])")),),
    ),
    Mutant(
        NETWORK,
        "sum-of-weights-in-loss",
        "The regularization sums the weights. Sum their squares.",
        (("np.vdot(W, W)", "np.sum(W)"),),
    ),
    Mutant(
        NETWORK,
        "square-of-the-sum-in-loss",
        SUM_SQUARED,
        (("np.vdot(W, W)", "np.sum(W) ** 2"),),
    ),
    Mutant(
        NETWORK,
        "square-of-the-last-sum-in-loss",
        SUM_SQUARED,
        ((DECAY, "0.5 * self.reg * (np.sum(W1**2) + np.sum(W2**2) + np.sum(W3) ** 2)"),),
    ),
    Mutant(
        NETWORK,
        "norm-of-weights-in-loss",
        "The regularization sums the norms of the weight matrices. Sum the squared norms.",
        (("np.vdot(W, W)", "np.sqrt(np.vdot(W, W))"),),
    ),
    Mutant(
        NETWORK,
        "loss-not-regularized",
        "The loss lacks the regularization. Add it.",
        ((" + " + DECAY, ""),),
    ),
    Mutant(
        NETWORK,
        "gradients-not-regularized",
        "All gradients lack the regularization. Add reg times the weights.",
        ((f"        {DDECAYED}:\n            {DDECAY}\n", ""),),
        also_matches=(
            "w1-alone-in-gradient",
            "w3-alone-in-gradient",
        ),
    ),
    Mutant(
        NETWORK,
        "regularization-replaces-gradient",
        "The gradient of the regularization replaces that of the data. Add the two.",
        ((DDECAY, DDECAY.replace("+=", "=")),),
    ),
    Mutant(
        NETWORK,
        "regularization-divided-by-samples",
        "The regularization is divided by the number of images. Divide only the data loss.",
        (
            (DECAY, DECAY + " / len(X)"),
            (DDECAY, DDECAY + " / len(X)"),
        ),
    ),
    *(
        Mutant(NETWORK, f"{name.lower()}-left-out-of-loss", LEFT_OUT.format(name), ((DECAYED, f"for W in ({kept})"),))
        for name, kept in (("W1", "W2, W3"), ("W2", "W1, W3"), ("W3", "W1, W2"))
    ),
    *(
        Mutant(
            NETWORK,
            f"{name.lower()}-left-out-of-gradient",
            LEFT_OUT_OF_GRADIENT.format(name),
            ((DDECAYED, f"for name in ({kept})"),),
        )
        for name, kept in (("W1", '"W2", "W3"'), ("W2", '"W1", "W3"'), ("W3", '"W1", "W2"'))
    ),
    Mutant(
        NETWORK,
        "biases-regularized",
        "The regularization includes the biases. Regularize only the weights.",
        (
            (DECAYED, "for W in self.params.values()"),
            (DDECAYED, "for name in self.params"),
        ),
    ),
    Mutant(
        NETWORK,
        "biases-regularized-in-gradient",
        "The regularization includes the biases. Regularize only the weights.",
        ((DDECAYED, "for name in self.params"),),
    ),
)

GRADIENT_MUTANTS = (
    Mutant(
        NETWORK,
        "divided-by-samples-again",
        "The gradient is divided by the number of images again. Do not divide: softmax_loss already averages.",
        ((DSCORES, DSCORES.replace("dscores,", "dscores / len(X),")),),
    ),
    Mutant(
        NETWORK,
        "loss-divided-by-samples-again",
        "The loss is divided by the number of images again. Do not divide: softmax_loss already averages.",
        (("loss = data_loss +", "loss = data_loss / len(X) +"),),
    ),
    Mutant(
        NETWORK,
        "convolution-gradients-swapped",
        UNPACKED_WRONG,
        ((DPOOL, '_, grads["b1"], grads["W1"] = conv_relu_pool_backward(dpooled, conv_cache)'),),
    ),
    Mutant(
        NETWORK,
        "convolution-gradients-swapped-before-a-sum",  # broadcasts where += fails
        UNPACKED_WRONG,
        (
            (DPOOL, '_, grads["b1"], grads["W1"] = conv_relu_pool_backward(dpooled, conv_cache)'),
            (DDECAY, "grads[name] = grads[name] + self.reg * self.params[name]"),
        ),
    ),
    Mutant(
        NETWORK,
        "no-relu-in-backward-pass",
        "The backward pass skips the ReLU of the hidden layer. Add its backward pass.",
        ((DHIDDEN, 'dpooled, grads["W2"], grads["b2"] = affine_backward_fast(dhidden, hidden_cache[0])'),),
    ),
    Mutant(
        NETWORK,
        "bias-gradients-missing",
        "The gradients of the biases are missing. Add them to grads.",
        (
            (
                "        return loss, grads\n",
                "        return loss, {n: g for n, g in grads.items() if n in ('W1', 'W2', 'W3')}\n",
            ),
        ),
    ),
    Mutant(
        NETWORK,
        "gradient-from-scores",
        "The backward pass starts from the scores. Start from the gradient that softmax_loss returns.",
        ((DSCORES, DSCORES.replace("dscores,", "scores,")),),
    ),
    Mutant(
        NETWORK,
        "pooled-size-rounded-up",
        "The pooled size is rounded up. Round it down: the pooling omits the last row or column of an odd image.",
        ((POOLED, "num_filters * -(-H // 2) * -(-W // 2)"),),
    ),
    Mutant(
        NETWORK,
        "size-not-an-integer",
        "A size is a float. Use integer division for it.",
        ((POOLED, "num_filters * (H / 2) * (W / 2)"),),
    ),
    Mutant(
        NETWORK,
        "convolution-shrinks",
        "The hidden layer's input size lacks the padding. The convolution keeps height and width.",
        ((POOLED, "num_filters * ((H - filter_size + 1) // 2) * ((W - filter_size + 1) // 2)"),),
    ),
    Mutant(
        NETWORK,
        "filters-and-channels-exchanged",
        "Filters and channels are swapped in W1. The shape is (filters, channels, height, width).",
        (("randn(num_filters, C,", "randn(C, num_filters,"),),
    ),
    *(
        Mutant(
            NETWORK,
            f"{name}-as-row",
            "A bias has one axis too many. Use one axis.",
            ((f"= np.zeros({size})", f"= np.zeros((1, {size}))"),),
        )
        for name, size in (("b1", "num_filters"), ("b2", "hidden_dim"), ("b3", "num_classes"))
    ),
    *(
        Mutant(
            NETWORK,
            f"{name}-not-scaled",
            f"{name} has standard deviation 1. Use weight_scale.",
            ((f'["{name}"] = weight_scale *', f'["{name}"] = 1.0 *'),),
        )
        for name in ("W2", "W3")
    ),
    Mutant(
        NETWORK,
        "no-relu-of-convolution-in-backward-pass",
        "The backward pass skips the ReLU of the convolution. Add its backward pass.",
        (
            (POOL, CONV_ALONE),
            (DPOOL, DCONV_ALONE),
        ),
    ),
    Mutant(NETWORK, "half-on-w1-only", HALF_ON_ONE, ((DECAY, DECAYED_ONE.format("0.5 * self.reg", "self.reg")),)),
    Mutant(NETWORK, "reg-on-w1-only", ONE_DECAYED, ((DECAY, DECAYED_ONE.format("0.5 * self.reg", "1")),)),
    Mutant(NETWORK, "w1-alone-in-loss", LEFT_OUT.format("W2 and W3"), ((DECAYED, "for W in (W1,)"),)),
    Mutant(NETWORK, "w3-alone-in-loss", LEFT_OUT.format("W1 and W2"), ((DECAYED, "for W in (W3,)"),)),
    Mutant(
        NETWORK,
        "w1-alone-in-gradient",
        "The gradients of W2 and W3 lack the regularization. Add reg times the weights.",
        ((DDECAYED, 'for name in ("W1",)'),),
    ),
    Mutant(
        NETWORK,
        "w3-alone-in-gradient",
        "The gradients of W1 and W2 lack the regularization. Add reg times the weights.",
        ((DDECAYED, 'for name in ("W3",)'),),
    ),
    *(
        Mutant(
            NETWORK,
            f"square-of-the-sum-of-{name.lower()}",
            SUM_SQUARED,
            ((DECAY, f"{DECAY} + 0.5 * self.reg * (np.sum({name}) ** 2 - np.sum({name}**2))"),),
        )
        for name in ("W1", "W2")
    ),
    Mutant(
        NETWORK,
        "regularization-averaged",
        "The regularization averages the squared weights. Sum them.",
        ((DECAY, DECAY.replace("np.vdot(W, W)", "np.mean(W**2)")),),
    ),
    Mutant(
        NETWORK,
        "regularization-in-loss-divided-by-samples",
        "The regularization in the loss is divided by the number of images. Divide only the data loss.",
        ((DECAY, DECAY + " / len(X)"),),
    ),
    Mutant(
        NETWORK,
        "scores-in-a-tuple",
        "Without labels a tuple is returned. Return the scores alone.",
        (("            return scores\n", "            return scores, {}\n"),),
    ),
    Mutant(
        NETWORK,
        "numbered-from-0",
        "The parameters are numbered from 0. Number them from 1.",
        (
            ('params["W1"]', 'params["W0"]'),
            ('params["b1"]', 'params["b0"]'),
            ('params["W2"]', 'params["W1"]'),
            ('params["b2"]', 'params["b1"]'),
            ('params["W3"]', 'params["W2"]'),
            ('params["b3"]', 'params["b2"]'),
        ),
    ),
)

MUTANTS = INIT_MUTANTS + SCORES_MUTANTS + REG_MUTANTS + GRADIENT_MUTANTS

SOFTMAX = """
def cross_entropy(logits, labels):
    e = np.exp(logits - np.max(logits, axis=1, keepdims=True))
    p = e / np.sum(e, axis=1, keepdims=True)
    target = np.eye(logits.shape[1])[labels]
    return -np.mean(np.sum(target * np.log(p), axis=1)), (p - target) / len(logits)
"""

VARIANTS = (
    Variant(
        NETWORK,
        "more-attributes",
        "sizes and an object kept as attributes, a list in place of the tuple",
        (
            (
                "        C, H, W = input_dim",
                "        self.input_dim, self.extra = input_dim, object()\n        C, H, W = self.input_dim",
            ),
            ("return loss, grads", "return [loss, grads]"),
        ),
    ),
    Variant(
        NETWORK,
        "separate-layers",
        "every layer on its own, ReLU by hand, the regularization written out",
        (
            (
                POOL,
                "a1, c1 = conv_forward_fast(X, W1, b1, conv_param)\n"
                "        r1 = np.maximum(a1, 0)\n"
                "        pooled, cp = max_pool_forward_fast(r1, pool_param)",
            ),
            (HIDDEN, "a2, c2 = affine_forward_fast(pooled, W2, b2)\n        hidden = a2 * (a2 > 0)"),
            (
                DHIDDEN,
                DHIDDEN.replace(
                    "affine_relu_backward(dhidden, hidden_cache)", "affine_backward_fast(dhidden * (a2 > 0), c2)"
                ),
            ),
            (
                DPOOL,
                "da1 = max_pool_backward_fast(dpooled, cp)\n"
                "        da1[a1 <= 0] = 0\n"
                '        dX, grads["W1"], grads["b1"] = conv_backward_fast(da1, c1)',
            ),
            (
                f"loss = data_loss + {DECAY}",
                "loss = data_loss\n"
                "        loss += 0.5 * self.reg * np.sum(W1 * W1)\n"
                "        loss += 0.5 * self.reg * np.sum(W2 * W2)\n"
                "        loss += 0.5 * self.reg * np.sum(W3 * W3)",
            ),
            (
                f"        {DDECAYED}:\n            {DDECAY}\n",
                "        grads['W1'] += self.reg * W1\n"
                "        grads['W2'] += self.reg * W2\n"
                "        grads['W3'] += self.reg * W3\n",
            ),
        ),
    ),
    Variant(
        NETWORK,
        "own-naive-layers",
        "the student's own naive layers instead of the fast ones",
        (
            (
                POOL,
                "responses, filters_cache = conv_forward_naive(X, W1, b1, conv_param)\n"
                "        pooled, conv_cache = max_pool_forward_naive(np.maximum(responses, 0), pool_param)",
            ),
            (
                DPOOL,
                "dresponses = max_pool_backward_naive(dpooled, conv_cache) * (responses > 0)\n"
                '        _, grads["W1"], grads["b1"] = conv_backward_naive(dresponses, filters_cache)',
            ),
        ),
    ),
    Variant(
        NETWORK,
        "own-affine-layers",
        "affine layers as matrix products, softmax by a function of another cell",
        (
            (
                f"{HIDDEN}\n        {SCORES}",
                "flat = pooled.reshape(len(X), -1)\n"
                "        hidden = np.maximum(flat @ W2 + b2, 0)\n"
                "        scores = hidden @ W3 + b3",
            ),
            ("softmax_loss(", "cross_entropy("),
            (DSCORES, 'grads["W3"], grads["b3"] = hidden.T @ dscores, dscores.sum(axis=0)'),
            (
                DHIDDEN,
                "dhidden = (dscores @ W3.T) * (hidden > 0)\n"
                '        grads["W2"], grads["b2"] = flat.T @ dhidden, dhidden.sum(axis=0)\n'
                "        dpooled = (dhidden @ W2.T).reshape(pooled.shape)",
            ),
        ),
        helper=SOFTMAX,
    ),
    Variant(
        NETWORK,
        "float32-inside",
        "parameters and images turned into float32 in every pass",
        (
            (
                'W1, b1 = self.params["W1"], self.params["b1"]',
                'W1, b1 = (self.params[n].astype("f4") for n in ("W1", "b1"))',
            ),
            (
                'W2, b2 = self.params["W2"], self.params["b2"]',
                'W2, b2 = (self.params[n].astype("f4") for n in ("W2", "b2"))',
            ),
            (
                'W3, b3 = self.params["W3"], self.params["b3"]',
                'W3, b3 = (self.params[n].astype("f4") for n in ("W3", "b3"))',
            ),
            ("conv_relu_pool_forward(X,", 'conv_relu_pool_forward(X.astype("f4"),'),
        ),
    ),
    Variant(
        NETWORK,
        "normal-by-loop",
        "weights by np.random.normal, parameters filled in a loop over layers, gradients collected by a function",
        (
            (
                'self.params["W1"] = weight_scale * np.random.randn(num_filters, C, filter_size, filter_size)\n',
                "shapes = [(num_filters, C, filter_size, filter_size)]\n"
                "        shapes += [(pooled_dim, hidden_dim), (hidden_dim, num_classes)]\n"
                "        for i, shape in enumerate(shapes, start=1):\n"
                "            self.params[f'W{i}'] = np.random.normal(0, weight_scale, size=shape)\n"
                "            self.params['b%d' % i] = np.zeros(shape[0] if i == 1 else shape[1])\n",
            ),
            ('        self.params["b1"] = np.zeros(num_filters)\n', ""),
            ('        self.params["W2"] = weight_scale * np.random.randn(pooled_dim, hidden_dim)\n', ""),
            ('        self.params["b2"] = np.zeros(hidden_dim)\n', ""),
            ('        self.params["W3"] = weight_scale * np.random.randn(hidden_dim, num_classes)\n', ""),
            ('        self.params["b3"] = np.zeros(num_classes)\n', ""),
            (
                "return loss, grads",
                "def ordered(names):\n"
                "            return dict((name, grads[name]) for name in names)\n"
                "        return loss, ordered(sorted(self.params))",
            ),
        ),
    ),
    Variant(
        NETWORK,
        "shapes-by-a-dry-run",
        "the size of the hidden layer found by sending an empty image through the convolution",
        (
            (
                f"        pooled_dim = {POOLED}\n",
                "        empty = np.zeros((1, *input_dim))\n"
                "        w, b = np.zeros((num_filters, C, filter_size, filter_size)), np.zeros(num_filters)\n"
                "        halves = {'pool_height': 2, 'pool_width': 2, 'stride': 2}\n"
                "        keeps = {'stride': 1, 'pad': filter_size // 2}\n"
                "        pooled_dim = conv_relu_pool_forward(empty, w, b, keeps, halves)[0].size\n",
            ),
        ),
    ),
    Variant(
        NETWORK,
        "regularization-first",
        "gradients start as those of the regularization; the loss is a zero-dimensional array",
        (
            (
                "grads = {}\n",
                "grads = {n: self.reg * p if n.startswith('W') else 0 * p for n, p in self.params.items()}\n",
            ),
            (DSCORES, "dhidden, dW3, db3 = affine_backward_fast(dscores, scores_cache)"),
            (DHIDDEN, "dpooled, dW2, db2 = affine_relu_backward(dhidden, hidden_cache)"),
            (DPOOL, "dX, dW1, db1 = conv_relu_pool_backward(dpooled, conv_cache)"),
            (
                f"{DDECAYED}:\n            {DDECAY}\n",
                "for name, value in dict(W1=dW1, b1=db1, W2=dW2, b2=db2, W3=dW3, b3=db3).items():\n"
                "            grads[name] = grads[name] + value\n",
            ),
            ("return loss, grads", "return np.asarray(loss), grads"),
        ),
    ),
)
