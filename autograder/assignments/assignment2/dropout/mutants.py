"""Mistakes and styles of dropout."""

from autograder import Mutant, Variant

from .signatures import BACKWARD, FORWARD

__all__ = ["MUTANTS", "VARIANTS"]


MASK = "mask = ((np.random.rand(*x.shape) < p) / p).astype(x.dtype)"
TEST_OUT = "mask = None\n        out = x\n"
DX = "dx = dout * cache"

DROPS = "Numbers are dropped with probability p. Keep them with probability p."
SWAPPED = "The number p is used as the probability of dropping. Keep numbers with probability p, and divide them by p."
DROPS_AND_TIMES = (
    "Numbers are dropped with probability p, and the others get a wrong factor. Keep them with probability p, and"
    " divide them by p."
)
NEVER = "No number is dropped. Drop each with probability 1 − p in training mode."
HALF = "The share of the kept numbers does not depend on p. Keep each number with probability p."
NOT_EVEN = "The mask is drawn from a normal distribution. Draw it uniformly from [0, 1)."
OTHER_RANGE = "The random numbers do not lie between 0 and 1. Draw them uniformly from [0, 1)."
LOTS_AS_MASK = "The random numbers themselves are the mask. Compare them with p."
SHARED = "Several numbers share one random number. Draw one for each."
SAME = "Every call draws the same mask. Draw a new one unless a seed is given."
TEST_DROPS = "Test mode drops numbers too. Return the input."
TWO_AXES = "The mask always has two axes. Give it the shape of the input."
EVERYWHERE = "The gradient passes everywhere. Multiply it by the mask."
OTHER_SIDE = "The gradient passes where the input was dropped. Let it pass where the input was kept."


def masked(name, words, mask, *, matches=()):
    """Return a mutant of the forward pass with another mask."""
    return Mutant(FORWARD, name, words, ((MASK, f"mask = {mask}"),), also_matches=matches)


def in_test_mode(name, words, out):
    """Return a mutant of the forward pass with another output in test mode."""
    return Mutant(FORWARD, name, words, ((TEST_OUT, TEST_OUT.replace("out = x", f"out = {out}")),))


LOTS = "np.random.rand(*x.shape)"
SEED = 'np.random.seed(dropout_param.get("seed", 0))'

MUTANTS = (
    masked(
        "not-scaled",
        "The kept numbers are not divided by p, so their mean is too small. Divide them by p.",
        f"({LOTS} < p).astype(x.dtype)",
    ),
    masked("multiplied-by-p", "The kept numbers are multiplied by p. Divide them by p.", f"({LOTS} < p) * p"),
    masked("divided-by-1-p", "The kept numbers are divided by 1 − p. Divide them by p.", f"({LOTS} < p) / (1 - p)"),
    masked(
        "multiplied-by-1-p",
        "The kept numbers are multiplied by 1 − p. Divide them by p.",
        f"({LOTS} < p) * (1 - p)",
    ),
    masked(
        "divided-by-root",
        "The kept numbers are divided by the square root of p. Divide them by p.",
        f"({LOTS} < p) / p**0.5",
    ),
    masked("scaled-twice", "The kept numbers are divided by p twice. Divide them once.", f"({LOTS} < p) / p**2"),
    masked(
        "whole-factors",
        "The mask is rounded to whole numbers. Keep its fractions.",
        f"(({LOTS} < p) / p).astype(int)",
    ),
    masked("drops-with-p", DROPS, f"({LOTS} > p) / p"),
    masked("all-about-dropping", SWAPPED, f"({LOTS} > p) / (1 - p)"),
    masked("all-about-dropping-with-all-dropped", SWAPPED, f"({LOTS} > p) / (1 - p or 1)"),
    masked(
        "drops-and-not-scaled",
        "Numbers are dropped with probability p, and the others are not scaled. Keep them with probability p, and"
        " divide them by p.",
        f"({LOTS} > p) * 1.0",
    ),
    masked("drops-and-multiplied-by-p", DROPS_AND_TIMES, f"({LOTS} > p) * p"),
    masked("drops-and-multiplied-by-1-p", DROPS_AND_TIMES, f"({LOTS} > p) * (1 - p)"),
    masked("never-drops", NEVER, "np.ones(x.shape)"),
    masked("never-drops-but-divides", NEVER, "np.ones(x.shape) / p"),
    masked("never-drops-but-multiplies", NEVER, "np.ones(x.shape) * p"),
    masked("half-of-the-numbers", HALF, f"({LOTS} < 0.5) / p"),
    masked("half-of-the-numbers-doubled", HALF, f"({LOTS} < 0.5) * 2.0"),
    masked("half-of-the-numbers-not-scaled", HALF, f"({LOTS} < 0.5) * 1.0"),
    masked("gaussian-lots", NOT_EVEN, "(np.random.randn(*x.shape) < p) / p"),
    masked("gaussian-lots-above", NOT_EVEN, "(np.random.randn(*x.shape) > p) / p"),
    masked("gaussian-lots-not-scaled", NOT_EVEN, "(np.random.randn(*x.shape) < p) * 1.0"),
    masked("lots-around-zero", OTHER_RANGE, "(np.random.uniform(-1, 1, x.shape) < p) / p"),
    masked("lots-as-mask", LOTS_AS_MASK, f"{LOTS} / p"),
    masked("lots-as-mask-not-scaled", LOTS_AS_MASK, LOTS),
    masked("one-mask-for-all-samples", SHARED, "(np.random.rand(1, *x.shape[1:]) < p) / p + np.zeros(x.shape)"),
    masked("whole-samples", SHARED, "(np.random.rand(len(x), *[1] * (x.ndim - 1)) < p) / p + np.zeros(x.shape)"),
    masked("whole-maps", SHARED, "np.ones(x.shape) / p\n        mask[np.random.rand(*x.shape[:2]) >= p] = 0"),
    masked("flat-lots", TWO_AXES, "((np.random.rand(x.shape[0], x.shape[1]) < p) / p).astype(x.dtype)"),
    masked("flat-lots-by-size", TWO_AXES, "0\n        N, D = x.shape\n        mask = (np.random.rand(N, D) < p) / p"),
    Mutant(FORWARD, "mask-added", "The mask is added to the input. Multiply by it.", (("x * mask", "x + mask"),)),
    Mutant(
        FORWARD,
        "mask-returned",
        "The mask is returned in place of the output. Multiply the input by it.",
        (("out = x * mask", "out = mask"),),
    ),
    in_test_mode(
        "test-mode-scaled",
        "Test mode multiplies the input by p. Return the input: training mode already divides by p.",
        "x * p",
    ),
    in_test_mode(
        "test-mode-scaled-by-1-p", "Test mode multiplies the input by 1 − p. Return the input unchanged.", "x * (1 - p)"
    ),
    in_test_mode(
        "test-mode-divided",
        "Test mode divides the input by p. Return the input: nothing is dropped.",
        "x / p",
    ),
    in_test_mode("test-mode-zero", "Test mode returns zeros. Return the input.", "np.zeros(x.shape)"),
    in_test_mode("test-mode-drops", TEST_DROPS, f"x * ({LOTS} < p) / p"),
    in_test_mode("test-mode-drops-not-scaled", TEST_DROPS, f"x * ({LOTS} < p)"),
    Mutant(
        FORWARD,
        "modes-exchanged",
        "Training mode and test mode are swapped. Drop numbers in training mode only.",
        (
            ('mode == "train"', 'mode == "other"'),
            ('mode == "test"', 'mode == "train"'),
            ('mode == "other"', 'mode == "test"'),
        ),
        also_matches=("never-drops", "test-mode-drops"),
    ),
    Mutant(FORWARD, "always-the-same-lots", SAME, ((MASK, f"np.random.seed(0)\n        {MASK}"),)),
    Mutant(FORWARD, "the-same-lots-without-a-seed", SAME, ((MASK, f"{SEED}\n        {MASK}"),)),
    masked(
        "seed-not-used",
        "The mask ignores the seed. Draw it from NumPy's global generator, which the given code seeds.",
        "((np.random.default_rng().random(x.shape) < p) / p).astype(x.dtype)",
    ),
    Mutant(BACKWARD, "no-mask", EVERYWHERE, ((DX, "dx = dout"),)),
    Mutant(BACKWARD, "no-mask-but-scaled", EVERYWHERE, ((DX, "dx = dout * cache.max()"),)),
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
        "multiplied-by-p",
        "The gradient is multiplied by p. Divide it by p.",
        ((DX, "dx = dout * (cache > 0) / cache.max()"),),
    ),
    Mutant(BACKWARD, "wrong-side", OTHER_SIDE, ((DX, "dx = dout * (cache == 0) * cache.max()"),)),
    Mutant(BACKWARD, "wrong-side-not-scaled", OTHER_SIDE, ((DX, "dx = dout * (cache == 0)"),)),
    Mutant(
        BACKWARD,
        "one-minus-mask",
        "The gradient is multiplied by 1 minus the mask. Multiply it by the mask.",
        ((DX, "dx = dout * (1 - cache)"),),
    ),
    Mutant(
        BACKWARD,
        "dropped-numbers-pass",
        "The gradient also passes where the input was dropped. Set it to zero there.",
        ((DX, "dx = np.where(cache > 0, dout * cache, dout)"),),
    ),
    Mutant(
        BACKWARD,
        "mask-added",
        "The mask is added to the upstream gradient. Multiply by it.",
        ((DX, "dx = dout + cache"),),
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
