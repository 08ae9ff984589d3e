"""Layer normalization: statistics in lists, the gradient sample by sample with the chain rule."""

__all__ = ["MISTAKES", "PROGRAMS"]

PROGRAMS = {
    "layernorm_forward": """
def layernorm_forward(x, gamma, beta, ln_param):
    offset = ln_param.get("eps", 1e-5)
    samples, features = x.shape
    centres = np.array([[sum(row) / features] for row in x])
    spreads = np.array([[sum((value - c) ** 2 for value in row) / features] for row, c in zip(x, centres.flat)])
    normal = (x - centres) * (spreads + offset) ** -0.5
    out = np.zeros(x.shape)
    for j in range(features):
        out[:, j] = normal[:, j] * gamma[j] + beta[j]
    return out, None
""",
    "layernorm_backward": """
def layernorm_backward(dout, cache):
    normal, width, scale = cache
    samples, features = dout.shape
    dx, dgamma, dbeta = np.zeros(dout.shape), np.zeros(features), np.zeros(features)
    for i in range(samples):
        sigma = width[i, 0]
        xmu = normal[i] * sigma
        for j in range(features):
            dgamma[j] += dout[i, j] * normal[i, j]
            dbeta[j] += dout[i, j]
        dnormal = [dout[i, j] * scale[j] for j in range(features)]
        dvariance = -0.5 * sum(d * m for d, m in zip(dnormal, xmu)) / sigma**3
        dmean = -sum(dnormal) / sigma
        for j in range(features):
            through_variance = 2 * xmu[j] * dvariance / features
            through_mean = dmean / features
            dx[i, j] = dnormal[j] / sigma + through_variance + through_mean
    return dx, dgamma, dbeta
""",
}

POWER = "(spreads + offset) ** -0.5"
SQUARES = "sum((value - c) ** 2 for value in row) / features"


MATRICES = """
def layernorm_backward(dout, cache):
    h, sigma, scale = cache
    N, D = dout.shape
    across = np.ones((D, D)) / D
    d = np.multiply(dout, scale)
    return np.divide(d - (ONES) - (HATS), sigma), np.einsum("nd,nd->d", dout, h), np.ones(N) @ dout
"""
CHAIN = """
def layernorm_backward(dout, cache):
    h, sigma, scale = cache
    xmu = sigma * h
    d = scale * dout
    inverse = 1 / sigma
    dvar = np.sum(d * xmu, axis=VARIANCE) * -0.5 * inverse ** 3
    dmu = np.sum(d * -inverse, axis=MEAN)SHARE
    dx = d * inverse
    dx += 2.0 / COUNT * dvar * xmu
    dx += dmu / COUNT
    return dx, np.sum(h * dout, axis=0), np.sum(dout, axis=0)
"""
COUNTS = {"N": "dout.shape[0]", "D": "dout.shape[1]"}


def columns(variance, mean, share, count):
    """A chain rule in which some of the sums run over the batch."""
    over = {"batch": "0", "features": "1, keepdims=True"}
    source = CHAIN.replace("VARIANCE", over[variance]).replace("MEAN", over[mean])
    if variance == "batch":  # each number has a standard deviation of its own
        source = source.replace(
            "np.sum(d * xmu, axis=0) * -0.5 * inverse ** 3", "np.sum(d * xmu * -0.5 * inverse ** 3, 0)"
        )
    source = source.replace("SHARE", " + dvar * np.sum(-2 * xmu, axis=0) / COUNT" if share else "")
    return source.replace("COUNT", COUNTS[count])


OVER_THE_BATCH = {
    "by-the-chain-rule": ("batch", "batch", False, "N"),
    "by-the-whole-chain-rule": ("batch", "batch", True, "N"),
    "divided-by-d": ("batch", "batch", False, "D"),
    "by-the-whole-chain-rule-divided-by-d": ("batch", "batch", True, "D"),
    "in-the-mean": ("features", "batch", False, "D"),
    "in-the-mean-divided-by-n": ("features", "batch", False, "N"),
    "in-the-variance": ("batch", "features", False, "D"),
    "in-the-variance-divided-by-n": ("batch", "features", False, "N"),
}

MISTAKES = {
    "layernorm_forward": {
        "over-the-batch": """
def layernorm_forward(x, gamma, beta, ln_param):
    offset = ln_param.get("eps", 1e-5)
    out = []
    for column, g, b in zip(x.T, gamma, beta):
        centred = column - np.sum(column) / len(column)
        out.append(g * centred / (np.dot(centred, centred) / len(column) + offset) ** 0.5 + b)
    return np.array(out).T, None
""",
        "over-everything": (
            ("sum(row) / features", "sum(map(sum, x)) / x.size"),
            (SQUARES, "sum((value - c) ** 2 for value in x.flat) / x.size"),
        ),
        "without-kept-axis": (
            ("[[sum(row) / features]", "[sum(row) / features"),
            (f"[[{SQUARES}]", f"[{SQUARES}"),
        ),
        "divided-by-n": (("/ features", "/ samples"),),
        "variance-divided-by-n": ((SQUARES, SQUARES.replace("features", "samples")),),
        "variance-by-d-1": ((SQUARES, SQUARES.replace("features", "(features - 1)")),),
        "eps-outside": ((POWER, "(spreads**0.5 + offset) ** -1"),),
        "eps-fixed": (('ln_param.get("eps", 1e-5)', "1e-5"),),
        "eps-forgotten": ((POWER, "spreads**-0.5"),),
        "another-default-eps": (('"eps", 1e-5', '"eps", 1e-8'),),
        "no-root": ((POWER, "(spreads + offset) ** -1"),),
        "mode-needed": (
            (
                "    samples, features",
                '    if ln_param["mode"] == "test":\n        return x, None\n    samples, features',
            ),
        ),
        "gamma-forgotten": ((" * gamma[j]", ""),),
        "beta-forgotten": ((" + beta[j]", ""),),
        "gamma-before-transposed-back": """
def layernorm_forward(x, gamma, beta, ln_param):
    bn_param = {"mode": "train", **ln_param}
    out, cache = batchnorm_forward(x.T, gamma, beta, bn_param)
    return out.T, cache
""",
        "left-transposed": """
def layernorm_forward(x, gamma, beta, ln_param):
    bn_param = {"mode": "train", **ln_param}
    out, cache = batchnorm_forward(x.T, gamma[:, np.newaxis], beta[:, np.newaxis], bn_param)
    return out, cache
""",
        "not-divided": (("normal = (x - centres) * (spreads + offset) ** -0.5", "normal = x - centres"),),
        "not-centred": (("normal = (x - centres)", "normal = x"),),
        "variance-not-centred": (("(value - c) ** 2", "value ** 2"),),
        "variance-not-averaged": (("for value in row) / features] for row, c", "for value in row)] for row, c"),),
        "gamma-for-beta": (("normal[:, j] * gamma[j] + beta[j]", "normal[:, j] * beta[j] + gamma[j]"),),
        "running-averages": """
def layernorm_forward(x, gamma, beta, ln_param):
    eps = ln_param.get("eps", 1e-5)
    mean, var = ln_param["running_mean"], ln_param["running_var"]
    return gamma * (x - mean) / np.sqrt(var + eps) + beta, None
""",
        "beta-subtracted": (("+ beta[j]", "- beta[j]"),),
        "mean-alone-divided": (
            (
                "normal = (x - centres) * (spreads + offset) ** -0.5",
                "normal = x - centres * (spreads + offset) ** -0.5",
            ),
        ),
        "beta-scaled": (("normal[:, j] * gamma[j] + beta[j]", "(normal[:, j] + beta[j]) * gamma[j]"),),
    },
    "layernorm_backward": {
        "divided-by-n": (("/ features", "/ samples"),),
        "variance-divided-by-n": (("dvariance / features", "dvariance / samples"),),
        "mean-divided-by-n": (("dmean / features", "dmean / samples"),),
        "not-averaged": ((" / features", ""),),
        "over-the-batch": """
def layernorm_backward(dout, cache):
    normal, width, scale = cache
    dbeta = np.einsum("nd->d", dout)
    dgamma = np.einsum("nd,nd->d", dout, normal)
    dx = np.empty_like(dout)
    for j in range(dout.shape[1]):
        d, hat = dout[:, j] * scale[j], normal[:, j]
        dx[:, j] = (d - np.mean(d) - hat * np.dot(d, hat) / len(d)) / width[:, 0]
    return dx, dgamma, dbeta
""",
        "gamma-in-front": (
            ("dout[i, j] * scale[j] for", "dout[i, j] for"),
            (
                "dx[i, j] = dnormal[j] / sigma + through_variance + through_mean",
                "dx[i, j] = scale[j] * (dnormal[j] / sigma + through_variance + through_mean)",
            ),
        ),
        "gamma-not-in-means": (
            ("dout[i, j] * scale[j] for", "dout[i, j] for"),
            ("dx[i, j] = dnormal[j] / sigma", "dx[i, j] = dnormal[j] * scale[j] / sigma"),
        ),
        "gamma-forgotten": (("dout[i, j] * scale[j] for", "dout[i, j] for"),),
        "statistics-as-constants": ((" + through_variance + through_mean", ""),),
        "mean-as-constant": ((" + through_mean", ""),),
        "variance-as-constant": ((" + through_variance", ""),),
        "two-forgotten": (("2 * xmu[j]", "xmu[j]"),),
        "sign-of-variance": (("-0.5 *", "0.5 *"),),
        **{f"over-the-batch-{name}": columns(*choices) for name, choices in OVER_THE_BATCH.items()},
        "mean-over-the-batch": MATRICES.replace("ONES", "np.ones((N, N)) / N @ d").replace(
            "HATS", "h * (d * h @ across)"
        ),
        "projection-over-the-batch": MATRICES.replace("ONES", "d @ across").replace(
            "HATS", "h * (np.ones((N, N)) / N @ (d * h))"
        ),
        "dgamma-not-normalized": (("dout[i, j] * normal[i, j]", "dout[i, j] * xmu[j]"),),
        "dgamma-over-features": (
            ("np.zeros(features), np.zeros(features)", "np.zeros(samples), np.zeros(samples)"),
            ("dgamma[j] +=", "dgamma[i] +="),
            ("dbeta[j] +=", "dbeta[i] +="),
        ),
        "kept-axes": (
            ("np.zeros(features), np.zeros(features)", "np.zeros((1, features)), np.zeros((1, features))"),
            ("dgamma[j] +=", "dgamma[0, j] +="),
            ("dbeta[j] +=", "dbeta[0, j] +="),
        ),
        "dgamma-averaged": (("dout[i, j] * normal[i, j]", "dout[i, j] * normal[i, j] / samples"),),
        "dbeta-averaged": (("dbeta[j] += dout[i, j]", "dbeta[j] += dout[i, j] / samples"),),
        "eps-forgotten": (
            (
                "        sigma = width[i, 0]\n        xmu = normal[i] * sigma\n",
                "        xmu = normal[i] * width[i, 0]\n        sigma = np.sqrt(xmu.dot(xmu) / features)\n",
            ),
            ("* normal[i, j]", "* xmu[j] / sigma"),
        ),
        "dgamma-of-one": (("return dx, dgamma, dbeta", "return dx, dgamma.sum(), dbeta"),),
        "dbeta-of-one": (("return dx, dgamma, dbeta", "return dx, dgamma, dbeta.sum()"),),
        "dgamma-and-dbeta-exchanged": (("return dx, dgamma, dbeta", "return dx, dbeta, dgamma"),),
        "normalized-for-centred": (
            ("xmu = normal[i] * sigma", "xmu = normal[i]"),
            ("dout[i, j] * normal[i, j]", "dout[i, j] * normal[i, j] / sigma"),
        ),
        "variance-from-normalized": (("xmu = normal[i] * sigma", "xmu = normal[i]"),),
        "deviation-forgotten": (("dnormal[j] / sigma", "dnormal[j]"),),
        "sign-of-mean": (("dmean = -sum", "dmean = sum"),),
        "power-of-deviation": (("sigma**3", "sigma**2"),),
        "dgamma-with-gamma": (("dout[i, j] * normal[i, j]", "dout[i, j] * scale[j] * normal[i, j]"),),
        "gradient-of-normalized": (("dnormal[j] / sigma + through_variance + through_mean", "dnormal[j]"),),
        "dbeta-with-gamma": (("dbeta[j] += dout[i, j]", "dbeta[j] += dout[i, j] * scale[j]"),),
    },
}
