"""Batch normalization: features one by one, the gradient by the chain rule and as a matrix of derivatives."""

__all__ = ["MISTAKES", "PROGRAMS"]

PROGRAMS = {
    "batchnorm_forward": """
def batchnorm_forward(x, gamma, beta, bn_param):
    samples, features = x.shape
    training = bn_param["mode"] == "train"
    eps = bn_param.get("eps", 1e-5)
    keep = bn_param.get("momentum", 0.9)
    old_centre = bn_param.get("running_mean", [0.0] * features)
    old_spread = bn_param.get("running_var", [0.0] * features)
    new_centre, new_spread = np.zeros(features), np.zeros(features)
    out = np.zeros(x.shape)
    for j in range(features):
        column = [float(value) for value in x[:, j]]
        if training:
            centre = sum(column) / samples
            spread = sum((value - centre) ** 2 for value in column) / samples
            new_centre[j] = keep * old_centre[j] + (1 - keep) * centre
            new_spread[j] = keep * old_spread[j] + (1 - keep) * spread
        else:
            centre, spread = old_centre[j], old_spread[j]
        width = (spread + eps) ** 0.5
        for i, value in enumerate(column):
            normal = (value - centre) / width
            out[i, j] = normal * gamma[j] + beta[j]
    if training:
        bn_param["running_mean"] = new_centre
        bn_param["running_var"] = new_spread
    return out, None
""",
    "batchnorm_backward": """
def batchnorm_backward(dout, cache):
    centred, width, scale = cache
    samples, features = dout.shape
    dx = np.zeros(dout.shape)
    dgamma, dbeta = np.zeros(features), np.zeros(features)
    for j in range(features):
        upstream, xmu, sigma = dout[:, j], centred[:, j], width[j]
        dbeta[j] = sum(upstream)
        dgamma[j] = sum(upstream * xmu / sigma)
        dnormal = upstream * scale[j]
        dvariance = sum(dnormal * xmu) * -0.5 * sigma**-3
        dmean = -sum(dnormal) / sigma
        for i in range(samples):
            through_variance = dvariance * 2 * xmu[i] / samples
            through_mean = dmean / samples
            dx[i, j] = dnormal[i] / sigma + through_variance + through_mean
    return dx, dgamma, dbeta
""",
    "batchnorm_backward_alt": """
def batchnorm_backward_alt(dout, cache):
    centred, width, scale = cache
    count = len(dout)
    identity, ones = np.eye(count), np.ones((count, count))
    columns, dgamma, dbeta = [], [], []
    for upstream, c, sigma, factor in zip(dout.T, centred.T, width, scale):
        hat = c / sigma
        jacobian = identity - ones / count - np.outer(hat, hat) / count
        columns.append(factor / sigma * jacobian.dot(upstream))
        dgamma.append(hat.dot(upstream))
        dbeta.append(upstream.sum())
    return np.stack(columns, axis=1), np.array(dgamma), np.array(dbeta)
""",
}

BATCH_STATISTICS = """\
            centre = sum(column) / samples
            spread = sum((value - centre) ** 2 for value in column) / samples
"""
NEW_AVERAGES = """\
            new_centre[j] = keep * old_centre[j] + (1 - keep) * centre
            new_spread[j] = keep * old_spread[j] + (1 - keep) * spread
"""
TEST_STATISTICS = "            centre, spread = old_centre[j], old_spread[j]\n"
STORE = (
    '    if training:\n        bn_param["running_mean"] = new_centre\n        bn_param["running_var"] = new_spread\n'
)
STORE_ALWAYS = '    bn_param["running_mean"], bn_param["running_var"] = new_centre, new_spread\n'
OUT = "out[i, j] = normal * gamma[j] + beta[j]"
WIDTH = "(spread + eps) ** 0.5"
NORMALIZED = (
    "            normals = [(value - centre) / (spread + eps) ** 0.5 for value in column]\n"
    "            c, s = sum(normals) / samples, sum(value**2 for value in normals) / samples\n"
)

MISTAKES = {
    "batchnorm_forward": {
        "momentum-reversed": (
            ("keep * old", "(1 - KEEP) * old"),
            ("(1 - keep)", "keep"),
            ("(1 - KEEP)", "(1 - keep)"),
        ),
        "momentum-fixed": (('bn_param.get("momentum", 0.9)', "0.9"),),
        "averages-not-stored": ((STORE, ""),),
        "start-alone-stored": (
            (STORE, ""),
            (
                "    out = np",
                '    bn_param.update({"running_mean": old_centre, "running_var": old_spread})\n    out = np',
            ),
            ("[0.0] * features", "np.zeros(features)"),
        ),
        "mean-alone-stored": (('        bn_param["running_var"] = new_spread\n', ""),),
        "averages-are-the-last-batch": (
            ("keep * old_centre[j] + (1 - keep) * centre", "centre"),
            ("keep * old_spread[j] + (1 - keep) * spread", "spread"),
        ),
        "averages-of-normalized": (
            (NEW_AVERAGES, NORMALIZED + NEW_AVERAGES),
            ("(1 - keep) * centre", "(1 - keep) * c"),
            ("(1 - keep) * spread", "(1 - keep) * s"),
        ),
        "averages-as-rows": (
            (
                'bn_param.get("running_mean", [0.0] * features)',
                'np.ravel(bn_param.get("running_mean", [0.0] * features))',
            ),
            (
                'bn_param.get("running_var", [0.0] * features)',
                'np.ravel(bn_param.get("running_var", [0.0] * features))',
            ),
            ('bn_param["running_mean"] = new_centre', 'bn_param["running_mean"] = np.array([new_centre])'),
            ('bn_param["running_var"] = new_spread', 'bn_param["running_var"] = np.array([new_spread])'),
        ),
        "average-of-deviations": (("(1 - keep) * spread", "(1 - keep) * spread**0.5"),),
        "averages-from-first-batch": (
            (
                NEW_AVERAGES,
                NEW_AVERAGES + "            if 'running_mean' not in bn_param:\n"
                "                new_centre[j], new_spread[j] = centre, spread\n",
            ),
        ),
        "average-from-one": (('"running_var", [0.0]', '"running_var", [1.0]'),),
        "training-by-averages": (
            (NEW_AVERAGES, NEW_AVERAGES + "            centre, spread = new_centre[j], new_spread[j]\n"),
        ),
        "test-mode-by-the-batch": ((TEST_STATISTICS, BATCH_STATISTICS),),
        "test-mode-without-gamma": ((OUT, "out[i, j] = normal * gamma[j] + beta[j] if training else normal"),),
        "test-mode-without-eps": ((WIDTH, "(spread + training * eps) ** 0.5"),),
        "test-mode-without-root": (
            (TEST_STATISTICS, TEST_STATISTICS + "            spread = (spread + eps) ** 2 - eps\n"),
        ),
        "test-mode-updates-after": (
            (TEST_STATISTICS, BATCH_STATISTICS + NEW_AVERAGES + TEST_STATISTICS),
            (STORE, STORE_ALWAYS),
        ),
        "test-mode-updates-before": (
            (TEST_STATISTICS, BATCH_STATISTICS + NEW_AVERAGES + TEST_STATISTICS.replace("old_", "new_")),
            (STORE, STORE_ALWAYS),
        ),
        "variance-by-n-1": (("for value in column) / samples", "for value in column) / (samples - 1)"),),
        "average-variance-by-n-1": (("(1 - keep) * spread", "(1 - keep) * spread * samples / (samples - 1)"),),
        "eps-outside": ((WIDTH, "spread**0.5 + eps"),),
        "eps-fixed": (('bn_param.get("eps", 1e-5)', "1e-5"),),
        "eps-forgotten": ((WIDTH, "spread**0.5"),),
        "another-default-eps": (('"eps", 1e-5', '"eps", 1e-8'),),
        "no-root": ((WIDTH, "spread + eps"),),
        "over-everything": (
            ("sum(column) / samples", "sum(sum(x)) / x.size"),
            ("sum((value - centre) ** 2 for value in column) / samples", "sum(sum((x - centre) ** 2)) / x.size"),
        ),
        "over-features": """
def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    zeros = np.zeros(gamma.shape)
    running_mean, running_var = bn_param.get("running_mean", zeros), bn_param.get("running_var", zeros)
    if bn_param["mode"] == "train":
        mu = np.sum(x, axis=1, keepdims=True) / x.shape[1]
        sigma2 = np.sum(np.square(x - mu), axis=1, keepdims=True) / x.shape[1]
        bn_param["running_mean"] = running_mean * momentum + mu * (1 - momentum)
        bn_param["running_var"] = running_var * momentum + sigma2 * (1 - momentum)
    else:
        mu, sigma2 = running_mean, running_var
    return (x - mu) * (sigma2 + eps) ** -0.5 * gamma + beta, None
""",
        "over-features-from-a-number": """
def batchnorm_forward(x, gamma, beta, bn_param):
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean, running_var = bn_param.get("running_mean", 0.0), bn_param.get("running_var", 0.0)
    if bn_param["mode"] == "train":
        mu = np.sum(x, axis=1, keepdims=True) / x.shape[1]
        sigma2 = np.sum(np.square(x - mu), axis=1, keepdims=True) / x.shape[1]
        bn_param["running_mean"] = running_mean * momentum + mu * (1 - momentum)
        bn_param["running_var"] = running_var * momentum + sigma2 * (1 - momentum)
    else:
        mu, sigma2 = running_mean, running_var
    return (x - mu) * (sigma2 + eps) ** -0.5 * gamma + beta, None
""",
        "average-with-eps": (("(1 - keep) * spread", "(1 - keep) * (spread + eps)"),),
        "test-mode-eps-outside": ((WIDTH, "(spread + eps) ** 0.5 if training else spread**0.5 + eps"),),
        "gamma-forgotten": ((OUT, "out[i, j] = normal + beta[j]"),),
        "beta-forgotten": ((OUT, "out[i, j] = normal * gamma[j]"),),
        "averages-start-again": (
            ("keep * old_centre[j] + (1 - keep) * centre", "(1 - keep) * centre"),
            ("keep * old_spread[j] + (1 - keep) * spread", "(1 - keep) * spread"),
        ),
        "no-default-averages": (
            ('bn_param.get("running_mean", [0.0] * features)', "bn_param['running_mean']"),
            ('bn_param.get("running_var", [0.0] * features)', "bn_param['running_var']"),
        ),
        "eps-twice-and-averaged": (
            (
                "spread = sum((value - centre) ** 2 for value in column) / samples",
                "spread = sum((value - centre) ** 2 for value in column) / samples + eps",
            ),
        ),
        "test-mode-without-beta": (
            ("normal * gamma[j] + beta[j]", "normal * gamma[j] + (beta[j] if training else 0)"),
        ),
        "test-mode-not-scaled": (("normal * gamma[j] + beta[j]", "normal * (gamma[j] if training else 1) + beta[j]"),),
        "test-mode-not-centred": (
            ("centre, spread = old_centre[j], old_spread[j]", "centre, spread = 0, old_spread[j]"),
        ),
        "test-mode-not-divided": (
            ("width = (spread + eps) ** 0.5", "width = (spread + eps) ** 0.5 if training else 1.0"),
        ),
        "not-centred": (("normal = (value - centre) / width", "normal = value / width"),),
        "not-divided": (("normal = (value - centre) / width", "normal = value - centre"),),
        "multiplied-by-deviation": (("/ width", "* width"),),
        "gamma-for-beta": (("normal * gamma[j] + beta[j]", "normal * beta[j] + gamma[j]"),),
        "beta-subtracted": (("+ beta[j]", "- beta[j]"),),
        "averages-not-weighted": (
            ("keep * old_centre[j] + (1 - keep) * centre", "keep * old_centre[j] + centre"),
            ("keep * old_spread[j] + (1 - keep) * spread", "keep * old_spread[j] + spread"),
        ),
        "variance-not-centred": (
            (
                "sum((value - centre) ** 2 for value in column) / samples",
                "sum(value ** 2 for value in column) / samples",
            ),
        ),
        "variance-not-averaged": (
            (
                "sum((value - centre) ** 2 for value in column) / samples",
                "sum((value - centre) ** 2 for value in column)",
            ),
        ),
        "absolute-deviations": (
            (
                "sum((value - centre) ** 2 for value in column) / samples",
                "sum(abs(value - centre) for value in column) / samples",
            ),
        ),
        "variance-alone-stored": (('        bn_param["running_mean"] = new_centre\n', ""),),
        "averages-of-output": """
def batchnorm_forward(x, gamma, beta, bn_param):
    eps, m = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    rm = bn_param.get("running_mean", np.zeros(x.shape[1])); rv = bn_param.get("running_var", np.zeros(x.shape[1]))
    if bn_param["mode"] == "train":
        mu, var = x.mean(0), x.var(0)
        out = (x - mu) / np.sqrt(var + eps) * gamma + beta
        bn_param["running_mean"] = m * rm + (1 - m) * out.mean(0)
        bn_param["running_var"] = m * rv + (1 - m) * out.var(0)
        return out, (x - mu, np.sqrt(var + eps), gamma)
    return (x - rm) / np.sqrt(rv + eps) * gamma + beta, None
""",
        "no-default-variance": (('bn_param.get("running_var", [0.0] * features)', "bn_param['running_var']"),),
        "eps-twice": (("width = (spread + eps) ** 0.5", "width = (spread + eps + (eps if training else 0)) ** 0.5"),),
        "mean-in-running-variance": (("(1 - keep) * spread", "(1 - keep) * centre"),),
        "mean-alone-divided": (("normal = (value - centre) / width", "normal = value - centre / width"),),
        "mean-alone-divided-in-training": (
            (
                "normal = (value - centre) / width",
                "normal = value - centre / width if training else (value - centre) / width",
            ),
        ),
        "beta-scaled": (("normal * gamma[j] + beta[j]", "(normal + beta[j]) * gamma[j]"),),
        "beta-scaled-in-training": (
            ("normal * gamma[j] + beta[j]", "normal * gamma[j] + beta[j] * (gamma[j] if training else 1)"),
        ),
    },
    "batchnorm_backward": {
        "statistics-as-constants": ((" + through_variance + through_mean", ""),),
        "mean-as-constant": ((" + through_mean", ""),),
        "variance-as-constant": ((" + through_variance", ""),),
        "gamma-forgotten": (("dnormal = upstream * scale[j]", "dnormal = upstream"),),
        "dgamma-not-normalized": (("upstream * xmu / sigma", "upstream * xmu"),),
        "two-forgotten": (("dvariance * 2 *", "dvariance *"),),
        "half-forgotten": (("* -0.5 *", "* -1 *"),),
        "power-of-variance": (("sigma**-3", "sigma**-1"),),
        "variance-not-averaged": (("xmu[i] / samples", "xmu[i]"),),
        "mean-not-averaged": (("dmean / samples", "dmean"),),
        "variance-averaged-twice": (("dnormal * xmu) *", "dnormal * xmu) / samples *"),),
        "mean-averaged-twice": (("-sum(dnormal) / sigma", "-sum(dnormal) / samples / sigma"),),
        "divided-by-d": (("xmu[i] / samples", "xmu[i] / features"), ("dmean / samples", "dmean / features")),
        "variance-divided-by-d": (("xmu[i] / samples", "xmu[i] / features"),),
        "sign-of-variance": (("* -0.5 *", "* 0.5 *"),),
        "sign-of-mean": (("+ through_mean", "- through_mean"),),
        "dgamma-averaged": (("sum(upstream * xmu / sigma)", "sum(upstream * xmu / sigma) / samples"),),
        "dbeta-averaged": (("sum(upstream)", "sum(upstream) / samples"),),
        "kept-axes": (("return dx, dgamma, dbeta", "return dx, np.array([dgamma]), np.array([dbeta])"),),
        "eps-forgotten": (("centred[:, j], width[j]", "centred[:, j], (sum(centred[:, j] ** 2) / samples) ** 0.5"),),
        "dgamma-of-one": (
            ("dgamma[j] = sum(upstream * xmu / sigma)", "dgamma[j] = sum(upstream * xmu / sigma)"),
            ("return dx, dgamma, dbeta", "return dx, np.sum(dgamma), dbeta"),
        ),
        "dgamma-of-one-for-each": (
            ("return dx, dgamma, dbeta", "return dx, np.full(dgamma.shape, np.sum(dgamma)), dbeta"),
        ),
        "dbeta-of-one": (("return dx, dgamma, dbeta", "return dx, dgamma, dbeta.sum()"),),
        "dgamma-and-dbeta-exchanged": (("return dx, dgamma, dbeta", "return dx, dbeta, dgamma"),),
        "dgamma-with-gamma": (("upstream * xmu / sigma", "upstream * scale[j] * xmu / sigma"),),
        "dbeta-with-gamma": (("dbeta[j] = sum(upstream)", "dbeta[j] = sum(upstream) * scale[j]"),),
        "power-of-deviation": (("sigma**-3", "sigma**-1.5"),),
        "divided-by-gamma": (("dnormal = upstream * scale[j]", "dnormal = upstream / scale[j]"),),
        "dbeta-counted": (("dbeta[j] = sum(upstream)", "dbeta[j] = samples"),),
        "deviation-forgotten-in-one-term": (("dnormal[i] / sigma", "dnormal[i]"),),
        "over-features": (("return dx, dgamma, dbeta", "return dx, (dout * centred / width).sum(1), dout.sum(1)"),),
        "variance-from-normalized": (("sum(dnormal * xmu) *", "sum(dnormal * xmu / sigma) *"),),
        "gradient-of-normalized": (("dnormal[i] / sigma + through_variance + through_mean", "dnormal[i]"),),
        "dbeta-of-one-for-each": (
            ("return dx, dgamma, dbeta", "return dx, dgamma, np.full(dbeta.shape, dbeta.sum())"),
        ),
        "dgamma-with-kept-axis": (("return dx, dgamma, dbeta", "return dx, dgamma.reshape(1, -1), dbeta"),),
        "dbeta-with-kept-axis": (("return dx, dgamma, dbeta", "return dx, dgamma, dbeta.reshape(1, -1)"),),
        "normalized-for-centred": (
            (
                "xmu, sigma = dout[:, j], centred[:, j], width[j]",
                "xmu, sigma = dout[:, j], centred[:, j] / width[j], width[j]",
            ),
        ),
        "deviation-forgotten": (
            ("dmean = -sum(dnormal) / sigma", "dmean = -sum(dnormal)"),
            ("dnormal[i] / sigma", "dnormal[i]"),
        ),
        "multiplied-by-deviation": (
            ("dmean = -sum(dnormal) / sigma", "dmean = -sum(dnormal) * sigma"),
            ("dnormal[i] / sigma", "dnormal[i] * sigma"),
        ),
        "square-of-deviation": (("sigma**-3", "sigma**-2"),),
        "dgamma-over-features": (
            ("return dx, dgamma, dbeta", "return dx, np.sum(dout * centred / width, axis=1), dbeta"),
        ),
        "dbeta-over-features": (("return dx, dgamma, dbeta", "return dx, dgamma, np.sum(dout, axis=1)"),),
    },
    "batchnorm_backward_alt": {
        "statistics-as-constants": ((" - ones / count - np.outer(hat, hat) / count", ""),),
        "mean-as-constant": ((" - ones / count", ""),),
        "variance-as-constant": ((" - np.outer(hat, hat) / count", ""),),
        "gamma-forgotten": (("factor / sigma", "1 / sigma"),),
        "gamma-in-one-term": (("identity - ones", "factor * identity - ones"), ("factor / sigma *", "1 / sigma *")),
        "dbeta-averaged": (("dbeta.append(upstream.sum())", "dbeta.append(upstream.sum() / count)"),),
        "kept-axes": (
            ("np.array(dgamma), np.array(dbeta)", "np.array(dgamma).reshape(1, -1), np.array(dbeta).reshape(1, -1)"),
        ),
        "dgamma-not-normalized": (("np.outer(hat, hat)", "np.outer(hat, c)"), ("hat.dot(upstream)", "c.dot(upstream)")),
        "dgamma-alone-not-normalized": (("hat.dot(upstream)", "c.dot(upstream)"),),
        "projection-not-normalized": (("np.outer(hat, hat)", "np.outer(c, hat)"),),
        "not-averaged": ((" / count", ""),),
        "mean-not-averaged": (("ones / count", "ones"),),
        "n-times-too-large": (("identity - ones / count", "count * identity - ones"), ("hat) / count", "hat)")),
        "divided-by-d": ((" / count", " / len(scale)"),),
        "sign-of-variance": (("- np.outer", "+ np.outer"),),
        "no-root": (("factor / sigma *", "factor / sigma**2 *"),),
        "eps-forgotten": (("hat = c / sigma", "sigma = np.sqrt(c.dot(c) / count)\n        hat = c / sigma"),),
        "dgamma-of-one": (("np.array(dgamma), np.array(dbeta)", "np.sum(dgamma), np.array(dbeta)"),),
        "dbeta-of-one": (("np.array(dgamma), np.array(dbeta)", "np.array(dgamma), np.sum(dbeta)"),),
        "dgamma-with-kept-axis": (("np.array(dgamma), np.array(dbeta)", "np.array([dgamma]), np.array(dbeta)"),),
        "dgamma-and-dbeta-exchanged": (("np.array(dgamma), np.array(dbeta)", "np.array(dbeta), np.array(dgamma)"),),
        "divided-by-gamma": (("factor / sigma", "1 / factor / sigma"),),
        "deviation-forgotten": (("factor / sigma", "factor"),),
        "sign-of-mean": (("identity - ones / count", "identity + ones / count"),),
        "dgamma-averaged": (("dgamma.append(hat.dot(upstream))", "dgamma.append(hat.dot(upstream) / count)"),),
        "normalized-for-centred": (("hat = c / sigma", "hat = c / sigma / sigma"),),
        "dgamma-of-one-for-each": (
            ("np.array(dgamma), np.array(dbeta)", "np.full(len(dgamma), sum(dgamma)), np.array(dbeta)"),
        ),
        "dbeta-of-one-for-each": (
            ("np.array(dgamma), np.array(dbeta)", "np.array(dgamma), np.full(len(dbeta), sum(dbeta))"),
        ),
        "dgamma-with-gamma": (("dgamma.append(hat.dot(upstream))", "dgamma.append(factor * hat.dot(upstream))"),),
        "dbeta-with-gamma": (("dbeta.append(upstream.sum())", "dbeta.append(factor * upstream.sum())"),),
        "over-features": (
            ("np.array(dgamma), np.array(dbeta)", "np.sum(dout * centred / width, axis=1), np.sum(dout, axis=1)"),
        ),
        "dbeta-with-kept-axis": (("np.array(dgamma), np.array(dbeta)", "np.array(dgamma), np.array([dbeta])"),),
        "dbeta-counted": (("dbeta.append(upstream.sum())", "dbeta.append(1.0 * count)"),),
        "both-signs": (
            (
                "identity - ones / count - np.outer(hat, hat) / count",
                "identity + ones / count + np.outer(hat, hat) / count",
            ),
        ),
        "all-divided-by-n": (
            ("identity - ones / count - np.outer(hat, hat) / count", "(identity - ones - np.outer(hat, hat)) / count"),
        ),
        "dgamma-over-features": (
            ("np.array(dgamma), np.array(dbeta)", "np.sum(dout * centred / width, axis=1), np.array(dbeta)"),
        ),
        "dbeta-over-features": (("np.array(dgamma), np.array(dbeta)", "np.array(dgamma), np.sum(dout, axis=1)"),),
    },
}
