"""Dropout by places that are set to zero, and its gradient number by number."""

__all__ = ["MISTAKES", "PROGRAMS"]

PROGRAMS = {
    "dropout_forward": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "test":
        return x.copy(), None
    chances = np.random.uniform(0, 1, size=x.shape)
    out = x / keep
    out[chances > keep] = 0
    return out, np.where(chances > keep, 0, 1 / keep)
""",
    "dropout_backward": """
def dropout_backward(dout, cache):
    dx = np.zeros(dout.shape)
    for place, factor in np.ndenumerate(cache):
        if factor != 0:
            dx[place] = factor * dout[place]
    return dx
""",
}

MISTAKES = {
    "dropout_forward": {
        "not-scaled": (("out = x / keep", "out = x.copy()"), ("0, 1 / keep", "0, 1")),
        "multiplied-by-p": (("out = x / keep", "out = x * keep"), ("0, 1 / keep", "0, keep")),
        "scaled-twice": (("out = x / keep", "out = x / keep / keep"), ("0, 1 / keep", "0, 1 / keep**2")),
        "drops-with-p": (("chances > keep", "chances < keep"),),
        "all-about-dropping": (
            ("chances > keep", "chances < keep"),
            ("x / keep", "x / np.float64(1 - keep)"),
            ("1 / keep", "1 / np.float64(1 - keep)"),
        ),
        "all-about-dropping-with-all-dropped": (
            ("chances > keep", "chances < keep"),
            ("x / keep", "x / (1 - keep + 1e-300)"),
            ("1 / keep", "1 / (1 - keep + 1e-300)"),
        ),
        "gaussian-lots": (("np.random.uniform(0, 1,", "np.random.normal(0, 1,"),),
        "one-mask-for-all-samples": (
            ("size=x.shape)", "size=x.shape[1:])\n    chances = np.stack([chances] * len(x))"),
        ),
        "whole-samples": (
            ("size=x.shape)", "size=len(x))\n    chances = np.array([np.full(x[0].shape, c) for c in chances])"),
        ),
        "whole-maps": (
            (
                "size=x.shape)",
                "size=x.shape[:2])\n    chances = chances.reshape(chances.shape + (1,) * (x.ndim - 2)) + 0 * x",
            ),
        ),
        "test-mode-scaled": (("x.copy()", "x.copy() * keep"),),
        "test-mode-divided": (("x.copy()", "x.copy() / keep"),),
        "test-mode-drops": (('    if dropout_param["mode"] == "test":\n        return x.copy(), None\n', ""),),
        "modes-exchanged": (('== "test"', '== "train"'),),
        "never-drops": """
def dropout_forward(x, dropout_param):
    factors = np.array([1.0] * x.size)
    return x * factors.reshape(x.shape), factors.reshape(x.shape)
""",
        "always-the-same-lots": (
            (
                '    if "seed" in dropout_param:\n        np.random.seed(dropout_param["seed"])\n',
                '    np.random.seed(dropout_param.get("seed", 231))\n',
            ),
        ),
        "seed-not-used": (("np.random.uniform(0, 1,", "np.random.default_rng().uniform(0, 1,"),),
        "flat-lots": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    if dropout_param["mode"] == "test":
        return x.copy(), None
    rows, columns, keep = x.shape[0], x.shape[1], dropout_param["p"]
    factors = np.zeros((rows, columns))
    for i in range(rows):
        factors[i] = (np.random.uniform(0, 1, columns) < keep) / keep
    return x * factors, factors
""",
        "drops-and-not-scaled": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = np.random.random(x.shape) > keep
        return x * factors, factors
    return x, None
""",
        "divided-by-1-p": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.random(x.shape) < keep) / (1 - keep)
        return x * factors, factors
    return x, None
""",
        "multiplied-by-1-p": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.random(x.shape) < keep) * (1 - keep)
        return x * factors, factors
    return x, None
""",
        "drops-and-multiplied-by-1-p": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.random(x.shape) > keep) * (1 - keep)
        return x * factors, factors
    return x, None
""",
        "drops-and-multiplied-by-p": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.random(x.shape) > keep) * keep
        return x * factors, factors
    return x, None
""",
        "never-drops-but-divides": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = np.ones(x.shape) / keep
        return x * factors, factors
    return x, None
""",
        "never-drops-but-multiplies": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = np.ones(x.shape) * keep
        return x * factors, factors
    return x, None
""",
        "gaussian-lots-above": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.normal(0, 1, x.shape) > keep) / keep
        return x * factors, factors
    return x, None
""",
        "lots-around-zero": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.uniform(-1, 1, x.shape) < keep) / keep
        return x * factors, factors
    return x, None
""",
        "gaussian-lots-not-scaled": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.randn(*x.shape) < keep)
        return x * factors, factors
    return x, None
""",
        "lots-as-mask": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = np.random.random(x.shape) / keep
        return x * factors, factors
    return x, None
""",
        "half-of-the-numbers": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = np.round(np.random.random(x.shape)) / keep
        return x * factors, factors
    return x, None
""",
        "half-of-the-numbers-doubled": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.random(x.shape) < 0.5) * 2.0
        return x * factors, factors
    return x, None
""",
        "divided-by-root": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.random(x.shape) < keep) / np.sqrt(keep)
        return x * factors, factors
    return x, None
""",
        "test-mode-drops-not-scaled": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.random(x.shape) < keep) / keep
        return x * factors, factors
    return x * (np.random.random(x.shape) < keep), None
""",
        "test-mode-scaled-by-1-p": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.random(x.shape) < keep) / keep
        return x * factors, factors
    return x * (1 - keep), None
""",
        "test-mode-zero": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.random(x.shape) < keep) / keep
        return x * factors, factors
    return np.zeros(x.shape), None
""",
        "the-same-lots-without-a-seed": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        np.random.seed(dropout_param.get('seed', 1))
        factors = (np.random.random(x.shape) < keep) / keep
        return x * factors, factors
    return x, None
""",
        "flat-lots-by-size": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        N, D = x.shape
        factors = (np.random.random((N, D)) < keep) / keep
        return x * factors, factors
    return x, None
""",
        "mask-added": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.random(x.shape) < keep) / keep
        return x + factors, factors
    return x, None
""",
        "mask-returned": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.random(x.shape) < keep) / keep
        return factors, factors
    return x, None
""",
        "whole-factors": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = ((np.random.random(x.shape) < keep) / keep).astype(int)
        return x * factors, factors
    return x, None
""",
        "lots-as-mask-not-scaled": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = np.random.random(x.shape)
        return x * factors, factors
    return x, None
""",
        "half-of-the-numbers-not-scaled": """
def dropout_forward(x, dropout_param):
    if "seed" in dropout_param:
        np.random.seed(dropout_param["seed"])
    keep = dropout_param["p"]
    if dropout_param["mode"] == "train":
        factors = (np.random.random(x.shape) < 0.5) * 1.0
        return x * factors, factors
    return x, None
""",
    },
    "dropout_backward": {
        "no-mask": """
def dropout_backward(dout, cache):
    return np.array([slope for slope in dout])
""",
        "new-mask": """
def dropout_backward(dout, cache):
    factors = list(cache.ravel())
    np.random.shuffle(factors)
    return dout * np.reshape(factors, dout.shape)
""",
        "not-scaled": (("factor * dout[place]", "dout[place]"),),
        "scaled-twice": (("factor * dout[place]", "factor * dout[place] * factor"),),
        "wrong-side": (("factor != 0", "factor == 0"), ("factor * dout", "np.max(cache) * dout")),
        "mask-alone": (("factor * dout[place]", "factor"),),
        "divided-by-mask": (
            ("factor * dout[place]", "dout[place] / factor\n        else:\n            dx[place] = dout[place]"),
        ),
        "wrong-side-not-scaled": """
def dropout_backward(dout, cache):
    return dout * (cache == 0)
""",
        "one-minus-mask": """
def dropout_backward(dout, cache):
    return dout * (1 - cache)
""",
        "mask-added": """
def dropout_backward(dout, cache):
    return dout + cache
""",
        "dropped-numbers-pass": """
def dropout_backward(dout, cache):
    return np.where(cache > 0, dout * cache, dout)
""",
        "no-mask-but-scaled": """
def dropout_backward(dout, cache):
    return dout * cache.max()
""",
        "multiplied-by-p": """
def dropout_backward(dout, cache):
    return dout * (cache > 0) / cache.max()
""",
    },
}
