"""Mistakes and styles of dropout."""

from autograder import Mutant, Variant

from .signatures import BACKWARD, FORWARD

__all__ = ["MUTANTS", "VARIANTS"]


MASK = "mask = ((np.random.rand(*x.shape) < p) / p).astype(x.dtype)"
TEST_OUT = "mask = None\n        out = x\n"
DX = "dx = dout * cache"

DROPS = "The probability p is taken for that of dropping a number: it is that of keeping one."
NOT_EVEN = "The lots are drawn from a Gaussian, where they have to be evenly distributed between 0 and 1."
SHARED = "Several numbers share one lot: each has to have its own."

MUTANTS = (
    Mutant(
        FORWARD,
        "not-scaled",
        "What is kept is not divided by p, so that the layers above get less on average while training.",
        ((MASK, "mask = (np.random.rand(*x.shape) < p).astype(x.dtype)"),),
        also_matches=("multiplied-by-p", "scaled-twice"),
        is_random=True,
    ),
    Mutant(
        FORWARD,
        "multiplied-by-p",
        "What is kept is multiplied by p, where it has to be divided by it.",
        ((MASK, "mask = (np.random.rand(*x.shape) < p) * p"),),
        is_random=True,
    ),
    Mutant(
        FORWARD,
        "scaled-twice",
        "What is kept is divided by p twice.",
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
        "In test mode the input is multiplied by p, which belongs to the form of dropout that does not divide.",
        ((TEST_OUT, TEST_OUT.replace("out = x", "out = x * p")),),
    ),
    Mutant(
        FORWARD,
        "test-mode-divided",
        "In test mode the input is divided by p, as if something had been dropped.",
        ((TEST_OUT, TEST_OUT.replace("out = x", "out = x / p")),),
    ),
    Mutant(
        FORWARD,
        "test-mode-drops",
        "Numbers are dropped in test mode, too.",
        ((TEST_OUT, f"{MASK}\n        out = x * mask\n"),),
        is_random=True,
    ),
    Mutant(
        FORWARD,
        "modes-exchanged",
        "Training mode and test mode have changed places.",
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
        "Nothing is ever dropped.",
        ((MASK, "mask = np.ones(x.shape)"),),
    ),
    Mutant(
        FORWARD,
        "always-the-same-lots",
        "Each call draws the same lots, also without a seed, so that the same numbers are dropped in every step.",
        ((MASK, f"np.random.seed(0)\n        {MASK}"),),
        is_random=True,
    ),
    Mutant(
        FORWARD,
        "seed-not-used",
        "The lots do not follow the seed, so that a gradient check sees another function in each call.",
        (("np.random.rand(*x.shape)", "np.random.default_rng().random(x.shape)"),),
        is_random=True,
    ),
    Mutant(
        FORWARD,
        "flat-lots",
        "The mask has as many axes as a table, whatever the shape of the input.",
        (("np.random.rand(*x.shape)", "np.random.rand(x.shape[0], x.shape[1])"),),
    ),
    Mutant(BACKWARD, "no-mask", "The gradient passes everywhere: the mask is missing.", ((DX, "dx = dout"),)),
    Mutant(
        BACKWARD,
        "new-mask",
        "The backward pass draws new lots, where it has to use the mask of the forward pass.",
        ((DX, "dx = dout * np.random.permutation(cache.ravel()).reshape(cache.shape)"),),
        is_random=True,
    ),
    Mutant(
        BACKWARD,
        "not-scaled",
        "The factor 1 ÷ p of what was kept is missing in the gradient.",
        ((DX, "dx = dout * (cache > 0)"),),
    ),
    Mutant(BACKWARD, "scaled-twice", "The factor 1 ÷ p enters the gradient twice.", ((DX, "dx = dout * cache**2"),)),
    Mutant(
        BACKWARD,
        "wrong-side",
        "The gradient passes where the forward pass dropped the input.",
        ((DX, "dx = dout * (cache == 0) * cache.max()"),),
    ),
    Mutant(BACKWARD, "mask-alone", "The mask is returned without the upstream gradient.", ((DX, "dx = cache"),)),
    Mutant(
        BACKWARD,
        "divided-by-mask",
        "The gradient is divided by the mask, where it has to be multiplied by it.",
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
