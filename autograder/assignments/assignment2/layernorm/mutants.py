"""Mistakes and styles of layer normalization, forward and backward."""

from autograder import Mutant, Variant

from .signatures import BACKWARD, FORWARD

__all__ = ["MUTANTS", "VARIANTS"]


EPS = 'eps = ln_param.get("eps", 1e-5)'
VAR = "x.var(axis=1, keepdims=True)"
MEAN = "x.mean(axis=1, keepdims=True)"
X_HAT = f"x_hat = (x - {MEAN}) / std"
OUT = "out = gamma * x_hat + beta"
RETURN = "return out, (x_hat, std, gamma)"
CACHE = "x_hat, std, gamma = cache"
PROJECTION = "projection = x_hat * (dx_hat * x_hat).mean(axis=1, keepdims=True)"
DX = "(dx_hat - dx_hat.mean(axis=1, keepdims=True) - projection)"

DIVIDED_BY_N = (
    "A sum over the features of a sample is divided by the number of samples. Divide by the number of features."
)
GAMMA_OUT = "The factor gamma is outside the means over features. Multiply by it before you take the means."
AVERAGED = "The gradient of gamma or beta is averaged over the batch. Sum over the samples."
EITHER_CONSTANT = ("mean-as-constant", "variance-as-constant")

SUM_OVER_BATCH = "A sum in dx runs over the batch, as in batch normalization. Sum over the features of each sample."
# The chain rule of batch normalization with some axes unchanged, with or without the gradient of the variance with
# respect to the mean, which is not zero over the batch.
CHAIN_RULE = """
    x_hat, std, gamma = cache
    N, D = dout.shape
    dx_hat, x_centered = dout * gamma, x_hat * std
    dvar = (-0.5 * dx_hat * x_centered / std**3).sum({of_variance})
    dmean = -(dx_hat / std).sum({of_mean}){share}
    dx = dx_hat / std + (dvar * 2 * x_centered + dmean) / {count}
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
"""
BATCH, FEATURES = "axis=0", "axis=1, keepdims=True"
SHARE = " - 2 * dvar * x_centered.sum(axis=0) / {}"
OVER_BATCH = {
    "by-the-chain-rule": {"of_variance": BATCH, "of_mean": BATCH, "share": "", "count": "N"},
    "by-the-whole-chain-rule": {"of_variance": BATCH, "of_mean": BATCH, "share": SHARE.format("N"), "count": "N"},
    "divided-by-d": {"of_variance": BATCH, "of_mean": BATCH, "share": "", "count": "D"},
    "by-the-whole-chain-rule-divided-by-d": {
        "of_variance": BATCH,
        "of_mean": BATCH,
        "share": SHARE.format("D"),
        "count": "D",
    },
    "in-the-mean": {"of_variance": FEATURES, "of_mean": BATCH, "share": "", "count": "D"},
    "in-the-mean-divided-by-n": {"of_variance": FEATURES, "of_mean": BATCH, "share": "", "count": "N"},
    "in-the-variance": {"of_variance": BATCH, "of_mean": FEATURES, "share": "", "count": "D"},
    "in-the-variance-divided-by-n": {"of_variance": BATCH, "of_mean": FEATURES, "share": "", "count": "N"},
}


def returned(name, words, result):
    """Return a mutant of the backward pass that returns something else."""
    return Mutant(BACKWARD, name, words, (("return dx, dgamma, dbeta", f"return {result}"),))


MUTANTS = (
    Mutant(
        FORWARD,
        "over-the-batch",
        "Mean and variance are taken over the batch. Take them over the features of each sample.",
        (("axis=1, keepdims=True", "axis=0"),),
    ),
    Mutant(
        FORWARD,
        "over-everything",
        "One mean and one variance are taken over the whole batch. Take them for each sample.",
        (("(axis=1, keepdims=True)", "(keepdims=True)"),),
    ),
    Mutant(
        FORWARD,
        "without-kept-axis",
        "Mean and variance of the samples are broadcast along the features. Keep them a column, with keepdims.",
        ((", keepdims=True", ""),),
    ),
    Mutant(
        FORWARD,
        "divided-by-n",
        DIVIDED_BY_N,
        (
            (VAR, "((x - x.sum(axis=1, keepdims=True) / len(x)) ** 2).sum(axis=1, keepdims=True) / len(x)"),
            (MEAN, "x.sum(axis=1, keepdims=True) / len(x)"),
        ),
    ),
    Mutant(
        FORWARD,
        "variance-divided-by-n",
        DIVIDED_BY_N,
        ((VAR, "x.var(axis=1, keepdims=True) * x.shape[1] / x.shape[0]"),),
    ),
    Mutant(
        FORWARD,
        "variance-by-d-1",
        "The variance is divided by D − 1. Divide by D.",
        (("x.var(axis=1, keep", "x.var(axis=1, ddof=1, keep"),),
    ),
    Mutant(
        FORWARD,
        "eps-outside",
        "The eps is added to the standard deviation. Add it to the variance, inside the root.",
        (("np.sqrt(x.var(axis=1, keepdims=True) + eps)", "np.sqrt(x.var(axis=1, keepdims=True)) + eps"),),
    ),
    Mutant(
        FORWARD,
        "eps-fixed",
        "A fixed eps is used. Use the eps of ln_param.",
        (('ln_param.get("eps", 1e-5)', "1e-5"),),
    ),
    Mutant(FORWARD, "eps-forgotten", "The eps is missing. Add it to the variance.", ((" + eps)", ")"),)),
    Mutant(FORWARD, "another-default-eps", "The default of eps is wrong. Use 1e-5.", (('"eps", 1e-5', '"eps", 1e-8'),)),
    Mutant(
        FORWARD,
        "no-root",
        "The data are divided by the variance. Divide by the standard deviation.",
        (("std = np.sqrt(", "std = ("),),
    ),
    Mutant(
        FORWARD,
        "mode-needed",
        "A mode is read from ln_param. Do not read it: layer normalization has no modes.",
        ((EPS, 'mode = ln_param["mode"]\n    ' + EPS),),
    ),
    Mutant(
        FORWARD,
        "gamma-forgotten",
        "The normalized data are not scaled. Multiply them by gamma.",
        (("gamma * x_hat", "x_hat"),),
    ),
    Mutant(FORWARD, "beta-forgotten", "The scaled data are not shifted. Add beta.", ((" * x_hat + beta", " * x_hat"),)),
    Mutant(
        BACKWARD,
        "divided-by-n",
        DIVIDED_BY_N,
        ((".mean(axis=1, keepdims=True)", ".sum(axis=1, keepdims=True) / len(dout)"),),
    ),
    Mutant(
        BACKWARD,
        "variance-divided-by-n",
        DIVIDED_BY_N,
        (("x_hat).mean(axis=1, keepdims=True)", "x_hat).sum(axis=1, keepdims=True) / len(dout)"),),
    ),
    Mutant(
        BACKWARD,
        "mean-divided-by-n",
        DIVIDED_BY_N,
        (("dx_hat.mean(axis=1, keepdims=True)", "dx_hat.sum(axis=1, keepdims=True) / len(dout)"),),
    ),
    Mutant(
        BACKWARD,
        "not-averaged",
        "The sums over the features in dx are not divided. Divide them by the number of features.",
        ((".mean(axis=1", ".sum(axis=1"),),
    ),
    Mutant(
        BACKWARD,
        "over-the-batch",
        "The means in dx are taken over the batch, as in batch normalization. Take them for each sample.",
        ((".mean(axis=1, keepdims=True)", ".mean(axis=0)"),),
    ),
    *(
        Mutant(BACKWARD, f"over-the-batch-{name}", SUM_OVER_BATCH, body=CHAIN_RULE.format(**choices))
        for name, choices in OVER_BATCH.items()
    ),
    Mutant(
        BACKWARD,
        "mean-over-the-batch",
        SUM_OVER_BATCH,
        (("dx_hat.mean(axis=1, keepdims=True)", "dx_hat.mean(axis=0)"),),
    ),
    Mutant(
        BACKWARD,
        "projection-over-the-batch",
        SUM_OVER_BATCH,
        (("(dx_hat * x_hat).mean(axis=1, keepdims=True)", "(dx_hat * x_hat).mean(axis=0)"),),
    ),
    Mutant(
        BACKWARD,
        "gamma-in-front",
        GAMMA_OUT,
        (("dx_hat = dout * gamma", "dx_hat = dout"), (DX, f"gamma * {DX}")),
    ),
    Mutant(
        BACKWARD,
        "gamma-not-in-means",
        GAMMA_OUT,
        (("dx_hat = dout * gamma", "dx_hat = dout"), ("(dx_hat - dx_hat.mean", "(dx_hat * gamma - dx_hat.mean")),
    ),
    Mutant(
        BACKWARD,
        "gamma-forgotten",
        "The factor gamma is missing in dx. Multiply the upstream gradient by gamma first.",
        (("dx_hat = dout * gamma", "dx_hat = dout"),),
    ),
    Mutant(
        BACKWARD,
        "statistics-as-constants",
        "In dx mean and variance are constants. Add their gradients: both depend on every feature of the sample.",
        ((DX, "dx_hat"),),
        also_matches=EITHER_CONSTANT,
    ),
    Mutant(
        BACKWARD,
        "mean-as-constant",
        "In dx the mean is a constant. Add its gradient: it depends on every feature of the sample.",
        ((" - dx_hat.mean(axis=1, keepdims=True)", ""),),
    ),
    Mutant(
        BACKWARD,
        "variance-as-constant",
        "In dx the variance is a constant. Add its gradient: it depends on every feature of the sample.",
        ((" - projection", ""),),
    ),
    Mutant(
        BACKWARD,
        "two-forgotten",
        "The gradient of the variance lacks a factor of 2. Add it: it is the derivative of the square.",
        ((" - projection", " - projection / 2"),),
    ),
    Mutant(
        BACKWARD,
        "sign-of-variance",
        "A sign is wrong in dx. Subtract the term of the variance.",
        ((" - projection", " + projection"),),
    ),
    Mutant(
        BACKWARD,
        "dgamma-not-normalized",
        "The gradient dgamma uses inputs that are not normalized. Use the normalized ones.",
        (("dgamma = (dout * x_hat)", "dgamma = (dout * x_hat * std)"),),
    ),
    Mutant(
        BACKWARD,
        "dgamma-over-features",
        "The gradients dgamma and dbeta are summed over the features. Sum them over the samples.",
        (("sum(axis=0)", "sum(axis=1)"),),
    ),
    Mutant(
        BACKWARD,
        "kept-axes",
        "The gradients dgamma and dbeta have one axis too many. Give them the shapes of gamma and beta.",
        (("sum(axis=0)", "sum(axis=0, keepdims=True)"),),
    ),
    Mutant(BACKWARD, "dgamma-averaged", AVERAGED, (("(dout * x_hat).sum(", "(dout * x_hat).mean("),)),
    Mutant(BACKWARD, "dbeta-averaged", AVERAGED, (("dout.sum(", "dout.mean("),)),
    Mutant(
        BACKWARD,
        "eps-forgotten",
        "The gradient is computed without eps. Use the variance plus eps, as in the forward pass.",
        # Convert the cache to that of a forward pass without eps.
        (
            (
                CACHE,
                f"{CACHE}\n    without_eps = x_hat.std(axis=1, keepdims=True)\n"
                "    x_hat, std = x_hat / without_eps, std * without_eps",
            ),
        ),
    ),
    Mutant(
        FORWARD,
        "gamma-before-transposed-back",
        "Gamma and beta are broadcast along the samples. Transpose the normalized data back before you scale them.",
        body="""
    out, _ = batchnorm_forward(x.T, gamma, beta, {"mode": "train", **ln_param})
    return out.T, None
    """,
    ),
    Mutant(
        FORWARD,
        "left-transposed",
        "The output is transposed. Transpose it back to the shape of x.",
        ((RETURN, RETURN.replace("out,", "out.T,")),),
    ),
    Mutant(
        FORWARD,
        "running-averages",
        "Running averages are read from ln_param. Use mean and variance of each sample: there are no running averages.",
        ((EPS, f'{EPS}\n    mean = ln_param["running_mean"]'),),
    ),
    Mutant(
        FORWARD,
        "not-centred",
        "The mean is not subtracted from the data. Subtract it before you divide.",
        ((X_HAT, "x_hat = x / std"),),
    ),
    Mutant(
        FORWARD,
        "not-divided",
        "The data are not divided by the standard deviation. Divide the centred data by it.",
        ((X_HAT, f"x_hat = x - {MEAN}"),),
    ),
    Mutant(
        FORWARD,
        "variance-not-centred",
        "The variance is the mean of the squares. Subtract the mean before you square.",
        ((VAR, "(x**2).mean(axis=1, keepdims=True)"),),
    ),
    Mutant(
        FORWARD,
        "variance-not-averaged",
        "The squared deviations are summed. Average them for the variance.",
        ((VAR, f"x.shape[1] * {VAR}"),),
    ),
    Mutant(
        FORWARD,
        "gamma-for-beta",
        "Gamma and beta are swapped. Multiply by gamma and add beta.",
        ((OUT, "out = beta * x_hat + gamma"),),
    ),
    Mutant(FORWARD, "beta-subtracted", "Beta is subtracted. Add it.", ((OUT, OUT.replace("+ beta", "- beta")),)),
    returned(
        "dgamma-of-one",
        "The gradient dgamma is summed over everything. Sum over the samples only.",
        "dx, dgamma.sum(), dbeta",
    ),
    returned(
        "dbeta-of-one",
        "The gradient dbeta is summed over everything. Sum over the samples only.",
        "dx, dgamma, dbeta.sum()",
    ),
    returned(
        "dgamma-and-dbeta-exchanged",
        "The gradients dgamma and dbeta are swapped. Return dx, dgamma and dbeta.",
        "dx, dbeta, dgamma",
    ),
    returned(
        "dgamma-with-gamma",
        "The gradient dgamma has a factor gamma. Use the upstream gradient without it.",
        "dx, gamma * dgamma, dbeta",
    ),
    returned(
        "dbeta-with-gamma",
        "The gradient dbeta has a factor gamma. Use the upstream gradient without it.",
        "dx, dgamma, gamma * dbeta",
    ),
    returned(
        "gradient-of-normalized",
        "The gradient dx is that of the normalized data. Continue through the division and the mean.",
        "dx_hat, dgamma, dbeta",
    ),
    Mutant(
        BACKWARD,
        "normalized-for-centred",
        "The data are divided by the standard deviation twice. Divide the centred data once.",
        ((CACHE, f"{CACHE}\n    x_hat = x_hat / std"),),
        also_matches=("variance-from-normalized",),
    ),
    Mutant(
        BACKWARD,
        "variance-from-normalized",
        "The terms of the variance in dx use normalized inputs. Use the centred ones.",
        ((PROJECTION, f"{PROJECTION} / std**2"),),
    ),
    Mutant(
        BACKWARD,
        "deviation-forgotten",
        "The division by the standard deviation is missing in dx. Divide by it.",
        ((f"{DX} / std", "dx_hat - (dx_hat.mean(axis=1, keepdims=True) + projection) / std"),),
    ),
    Mutant(
        BACKWARD,
        "sign-of-mean",
        "A sign is wrong in dx. Subtract the term of the mean.",
        ((DX, DX.replace("- dx_hat", "+ dx_hat")),),
    ),
    Mutant(
        BACKWARD,
        "power-of-deviation",
        "The gradient of the variance has a wrong power. The derivative of its inverse root has the power −3/2.",
        ((PROJECTION, f"{PROJECTION} * std"),),
    ),
    Mutant(
        FORWARD,
        "mean-alone-divided",
        "Only the mean is divided by the standard deviation. Subtract first, in parentheses.",
        ((X_HAT, f"x_hat = x - {MEAN} / std"),),
    ),
    Mutant(
        FORWARD,
        "beta-scaled",
        "Beta is multiplied by gamma too. Add it after the multiplication.",
        ((OUT, "out = gamma * (x_hat + beta)"),),
    ),
)

VARIANTS = (
    Variant(
        FORWARD,
        "transposed",
        "a helper in another cell that normalizes columns, on the transposed data",
        (
            (f"std = np.sqrt({VAR} + eps)", "x_hat, std = normalized_columns(x.T, eps)"),
            (X_HAT, "x_hat, std = x_hat.T, std[:, None]"),
        ),
        helper="""\
def normalized_columns(x, eps):
    mean = np.mean(x, axis=0)
    std = np.sqrt(np.var(x, axis=0) + eps)
    return (x - mean) / std, std
""",
    ),
    Variant(
        FORWARD,
        "by-batchnorm",
        "batch normalization of the transposed data, in training mode",
        body="""\
    N = x.shape[0]
    bn_param = {"mode": "train", "eps": ln_param.get("eps", 1e-5)}
    x_hat_T, (x_centered_T, std, _) = batchnorm_forward(x.T, np.ones(N), np.zeros(N), bn_param)
    out = x_hat_T.T * gamma + beta
    return out, (x_hat_T.T, std.reshape(N, 1), gamma)
""",
    ),
    Variant(
        FORWARD,
        "loop-over-samples",
        "a loop over samples, everything else with plain sums",
        body="""\
    N, D = x.shape
    eps = ln_param.get("eps", 1e-5)
    x_hat, std, out = np.zeros((N, D)), np.zeros((N, 1)), np.zeros((N, D))
    for n in range(N):
        mean = np.sum(x[n]) / D
        square = sum((v - mean) ** 2 for v in x[n])
        std[n, 0] = (square / D + eps) ** 0.5
        for d in range(D):
            x_hat[n, d] = (x[n, d] - mean) / std[n, 0]
        out[n] = np.multiply(x_hat[n], gamma) + beta
    return [out, [x_hat, std, gamma]]
""",
    ),
    Variant(
        FORWARD,
        "every-number",
        "loops over every number",
        body="""\
    N, D = x.shape
    eps = ln_param.get("eps", 1e-5)
    x_hat, std, out = np.zeros((N, D)), np.zeros((N, 1)), np.zeros((N, D))
    for n in range(N):
        mean = 0.0
        for d in range(D):
            mean += float(x[n, d])
        mean = mean / D
        var = 0.0
        for d in range(D):
            var += (float(x[n, d]) - mean) ** 2
        std[n, 0] = (var / D + eps) ** 0.5
        for d in range(D):
            x_hat[n, d] = (float(x[n, d]) - mean) / float(std[n, 0])
            out[n, d] = float(gamma[d]) * float(x_hat[n, d]) + float(beta[d])
    return out, (x_hat, std, gamma)
""",
    ),
    Variant(
        FORWARD,
        "einsum",
        "einsum for the sums, the inverse root as a power",
        body="""\
    eps = ln_param.get("eps", 1e-5)
    D = x.shape[1]
    mean = np.einsum("nd->n", x) / D
    xc = x - mean[:, np.newaxis]
    inverse = (np.einsum("nd,nd->n", xc, xc) / D + eps) ** -0.5
    x_hat = np.einsum("nd,n->nd", xc, inverse)
    return np.einsum("d,nd->nd", gamma, x_hat) + beta, (x_hat, 1 / inverse[:, np.newaxis], gamma)
""",
    ),
    Variant(
        FORWARD,
        "float32",
        "float32 throughout, defaults put into ln_param",
        (
            (
                EPS,
                'x, gamma, beta = map(np.float32, (x, gamma, beta))\n    eps = ln_param.setdefault("eps", 1e-5)',
            ),
        ),
    ),
    Variant(
        FORWARD,
        "in-place",
        "in place on a copy, float32 out",
        (
            (OUT, "out = x_hat.copy()\n    out *= gamma\n    out += beta"),
            (RETURN, "return out.astype(np.float32), (x_hat, std, gamma)"),
        ),
    ),
    Variant(
        BACKWARD,
        "staged",
        "mean and variance by the chain rule, with the term that is always zero",
        body="""\
    xhat, std, gamma = cache
    N, D = dout.shape
    xmu = xhat * std
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xhat, axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu * -0.5 * std**-3.0, axis=1, keepdims=True)
    dmu = np.sum(-dxhat / std, axis=1, keepdims=True)
    dmu = dmu + dvar * np.sum(-2.0 * xmu, axis=1, keepdims=True) / D
    dx = dxhat / std + dvar * 2.0 * xmu / D + dmu / D
    return dx, dgamma, dbeta
""",
    ),
    Variant(
        BACKWARD,
        "transposed",
        "batch normalization's formula on the transposed data, in a helper of another cell",
        ((f"dx = {DX} / std", "dx = through_columns(dx_hat.T, x_hat.T, std.T).T"),),
        helper="""\
def through_columns(d, x_hat, std):
    N = d.shape[0]
    return (1.0 / N) / std * (N * d - np.sum(d, axis=0) - x_hat * np.sum(d * x_hat, axis=0))
""",
    ),
    Variant(
        BACKWARD,
        "by-batchnorm",
        "batch normalization's backward pass on the transposed data",
        body="""\
    x_hat, std, gamma = cache
    dx_T, _, _ = batchnorm_backward((dout * gamma).T, ((x_hat * std).T, std[:, 0], np.ones(len(dout))))
    return dx_T.T, np.sum(dout * x_hat, axis=0), np.sum(dout, axis=0)
""",
    ),
    Variant(
        BACKWARD,
        "loop-over-samples",
        "a loop over samples",
        body="""\
    x_hat, std, gamma = cache
    N, D = dout.shape
    dx, dgamma, dbeta = np.zeros((N, D)), np.zeros(D), np.zeros(D)
    for n in range(N):
        d = dout[n] * gamma
        dgamma += dout[n] * x_hat[n]
        dbeta += dout[n]
        dx[n] = (D * d - d.sum() - x_hat[n] * d.dot(x_hat[n])) / (D * std[n, 0])
    return [dx, dgamma, dbeta]
""",
    ),
    Variant(
        BACKWARD,
        "every-number",
        "loops over every number",
        body="""\
    x_hat, std, gamma = cache
    N, D = dout.shape
    dx, dgamma, dbeta = np.zeros((N, D)), np.zeros(D), np.zeros(D)
    for n in range(N):
        total, product = 0.0, 0.0
        for d in range(D):
            dbeta[d] = float(dbeta[d]) + float(dout[n, d])
            dgamma[d] = float(dgamma[d]) + float(dout[n, d]) * float(x_hat[n, d])
            total += float(dout[n, d]) * float(gamma[d])
            product += float(dout[n, d]) * float(gamma[d]) * float(x_hat[n, d])
        for d in range(D):
            through_statistics = (total + float(x_hat[n, d]) * product) / D
            dx[n, d] = (float(dout[n, d]) * float(gamma[d]) - through_statistics) / float(std[n, 0])
    return dx, dgamma, dbeta
""",
    ),
    Variant(
        BACKWARD,
        "einsum",
        "einsum for every sum",
        (
            ("(dout * x_hat).sum(axis=0)", 'np.einsum("nd,nd->d", dout, x_hat)'),
            ("dout.sum(axis=0)", 'np.einsum("nd->d", dout)'),
            (PROJECTION, 'projection = np.einsum("nd,ne,ne->nd", x_hat, dx_hat, x_hat, optimize=True) / dout.shape[1]'),
        ),
    ),
    Variant(
        BACKWARD,
        "float32",
        "float32 throughout, in place on arrays of its own",
        (
            (CACHE, f"{CACHE}\n    dout, x_hat, std, gamma = (np.float32(a) for a in (dout, x_hat, std, gamma))"),
            (
                f"dx = {DX} / std",
                "dx = dx_hat\n    dx -= dx_hat.mean(axis=1, keepdims=True)\n    dx -= projection\n    dx /= std",
            ),
        ),
    ),
)
