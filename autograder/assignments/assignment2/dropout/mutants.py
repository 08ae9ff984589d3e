"""Mistakes and styles of dropout."""

from autograder import Mutant, Variant

from .signatures import BACKWARD, FORWARD

__all__ = ["MUTANTS", "VARIANTS"]


MASK = "mask = ((np.random.rand(*x.shape) < p) / p).astype(x.dtype)"
TEST_OUT = "mask = None\n        out = x\n"
DX = "dx = dout * cache"

DROPS = "Numbers are dropped with probability p. Keep them with probability p."
NOT_EVEN = "The mask is drawn from a normal distribution. Draw it uniformly from [0, 1)."
SHARED = "Several numbers share one random number. Draw one for each."

MUTANTS = (
    Mutant(
        FORWARD,
        "not-scaled",
        "The kept numbers are not divided by p, so their mean is too small. Divide them by p.",
        ((MASK, "mask = (np.random.rand(*x.shape) < p).astype(x.dtype)"),),
        also_matches=("multiplied-by-p", "scaled-twice"),
        is_random=True,
    ),
    Mutant(
        FORWARD,
        "multiplied-by-p",
        "The kept numbers are multiplied by p. Divide them by p.",
        ((MASK, "mask = (np.random.rand(*x.shape) < p) * p"),),
        is_random=True,
    ),
    Mutant(
        FORWARD,
        "scaled-twice",
        "The kept numbers are divided by p twice. Divide them once.",
        (("out = x * mask", "out = x * mask / p"),),
        is_random=True,
    ),
    Mutant(FORWARD, "drops-with-p", DROPS, ((MASK, "mask = (np.random.rand(*x.shape) > p) / p"),), is_random=True),
    Mutant(
        FORWARD,
        "all-about-dropping",
        DROPS,
        ((MASK, "mask = (np.random.rand(*x.shape) > p) / (1 - p)"),),
        is_random=True,
    ),
    Mutant(FORWARD, "gaussian-lots", NOT_EVEN, (("np.random.rand(", "np.random.randn("),), is_random=True),
    Mutant(
        FORWARD,
        "one-mask-for-all-samples",
        SHARED,
        (("np.random.rand(*x.shape)", "np.random.rand(1, *x.shape[1:])"),),
        is_random=True,
    ),
    Mutant(
        FORWARD,
        "whole-samples",
        SHARED,
        (("np.random.rand(*x.shape)", "np.random.rand(len(x), *[1] * (x.ndim - 1))"),),
        is_random=True,
    ),
    Mutant(
        FORWARD,
        "whole-maps",
        SHARED,
        ((MASK, "mask = np.ones(x.shape) / p\n        mask[np.random.rand(*x.shape[:2]) >= p] = 0"),),
    ),
    Mutant(
        FORWARD,
        "test-mode-scaled",
        "Test mode multiplies the input by p. Return the input: training mode already divides by p.",
        ((TEST_OUT, TEST_OUT.replace("out = x", "out = x * p")),),
    ),
    Mutant(
        FORWARD,
        "test-mode-divided",
        "Test mode divides the input by p. Return the input: nothing is dropped.",
        ((TEST_OUT, TEST_OUT.replace("out = x", "out = x / p")),),
    ),
    Mutant(
        FORWARD,
        "test-mode-drops",
        "Test mode drops numbers too. Return the input.",
        ((TEST_OUT, f"{MASK}\n        out = x * mask\n"),),
        is_random=True,
    ),
    Mutant(
        FORWARD,
        "modes-exchanged",
        "Training mode and test mode are swapped. Drop numbers in training mode only.",
        (
            ('mode == "train"', 'mode == "other"'),
            ('mode == "test"', 'mode == "train"'),
            ('mode == "other"', 'mode == "test"'),
        ),
        also_matches=("never-drops",),
        is_random=True,
    ),
    Mutant(
        FORWARD,
        "never-drops",
        "No number is dropped. Drop each with probability 1 − p in training mode.",
        ((MASK, "mask = np.ones(x.shape)"),),
    ),
    Mutant(
        FORWARD,
        "always-the-same-lots",
        "Every call draws the same mask. Draw a new one unless a seed is given.",
        ((MASK, f"np.random.seed(0)\n        {MASK}"),),
        is_random=True,
    ),
    Mutant(
        FORWARD,
        "seed-not-used",
        "The mask ignores the seed. Draw it from NumPy's global generator, which the given code seeds.",
        (("np.random.rand(*x.shape)", "np.random.default_rng().random(x.shape)"),),
        is_random=True,
    ),
    Mutant(
        FORWARD,
        "flat-lots",
        "The mask always has two axes. Give it the shape of the input.",
        (("np.random.rand(*x.shape)", "np.random.rand(x.shape[0], x.shape[1])"),),
    ),
    Mutant(BACKWARD, "no-mask", "The gradient passes everywhere. Multiply it by the mask.", ((DX, "dx = dout"),)),
    Mutant(
        BACKWARD,
        "new-mask",
        "The backward pass draws a new mask. Use the mask of the forward pass.",
        ((DX, "dx = dout * np.random.permutation(cache.ravel()).reshape(cache.shape)"),),
        is_random=True,
    ),
    Mutant(
        BACKWARD,
        "not-scaled",
        "The gradient lacks the factor 1 ÷ p. Multiply by it.",
        ((DX, "dx = dout * (cache > 0)"),),
    ),
    Mutant(
        BACKWARD,
        "scaled-twice",
        "The gradient has the factor 1 ÷ p twice. Multiply by it once.",
        ((DX, "dx = dout * cache**2"),),
    ),
    Mutant(
        BACKWARD,
        "wrong-side",
        "The gradient passes where the input was dropped. Let it pass where the input was kept.",
        ((DX, "dx = dout * (cache == 0) * cache.max()"),),
    ),
    Mutant(
        BACKWARD,
        "mask-alone",
        "The mask is returned alone. Multiply it by the upstream gradient.",
        ((DX, "dx = cache"),),
    ),
    Mutant(
        BACKWARD,
        "divided-by-mask",
        "The gradient is divided by the mask. Multiply by it.",
        ((DX, "dx = dout / np.where(cache > 0, cache, 1)"),),
    ),
)

VARIANTS = (
    Variant(FORWARD, "binomial", "with np.random.binomial", ((MASK, "mask = np.random.binomial(1, p, x.shape) / p"),)),
    Variant(
        FORWARD,
        "choice",
        "with np.random.choice",
        ((MASK, "mask = np.random.choice([0.0, 1.0], x.shape, p=[1 - p, p]) / p"),),
    ),
    Variant(
        FORWARD,
        "other-end",
        "that keeps the other end of the lots",
        ((MASK, "mask = (np.random.random_sample(x.shape) >= 1 - p) / p"),),
    ),
    Variant(
        FORWARD,
        "own-generator",
        "with a generator of its own",
        (
            (
                MASK,
                'rng = np.random.default_rng(dropout_param.get("seed", np.random.randint(1 << 30)))\n'
                "        mask = (rng.random(x.shape) < p) / p",
            ),
        ),
    ),
    Variant(
        FORWARD,
        "single-precision",
        "in float32",
        (("out = x * mask", "out = x.astype(np.float32) * mask.astype(np.float32)"),),
    ),
    Variant(
        FORWARD,
        "every-number",
        "a loop over every number, each with a draw of its own",
        body="""
    mode, p = dropout_param["mode"], dropout_param["p"]
    out, mask = np.zeros(x.shape), np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        if mode == "test":
            out[place] = float(x[place])
        elif float(np.random.rand()) < p:
            mask[place] = 1 / p
            out[place] = float(x[place]) / p
    return out, mask
    """,
    ),
    Variant(
        BACKWARD,
        "every-number",
        "a loop over every number",
        body="""
    dx = np.zeros(dout.shape)
    for place in np.ndindex(dout.shape):
        dx[place] = float(dout[place]) * float(cache[place])
    return dx
    """,
    ),
    Variant(BACKWARD, "where", "by where", ((DX, "dx = np.where(cache > 0, dout * cache, 0)"),)),
    Variant(BACKWARD, "in-a-copy", "by assignment into a copy", ((DX, "dx = np.array(dout)\n    dx *= cache"),)),
    Variant(BACKWARD, "single-precision", "in float32", ((DX, "dx = dout.astype(np.float32) * cache"),)),
)
