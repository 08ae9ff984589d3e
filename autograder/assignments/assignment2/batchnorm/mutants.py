"""Mistakes and styles of batch normalization: forward, backward and by the simplified formula."""

from autograder import Mutant, Variant

from .signatures import ALT, BACKWARD, FORWARD

__all__ = ["MUTANTS", "VARIANTS"]


STATISTICS = "mean, var = x.mean(axis=0), x.var(axis=0)"
NEW_VAR = 'bn_param["running_var"] = momentum * running_var + (1 - momentum) * var'
TEST_STATISTICS = "mean, var = running_mean, running_var"
TEST_UPDATE = """\
bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * x.mean(axis=0)
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * x.var(axis=0)
        """
OUT = "out = gamma * (x_centered / std) + beta"
RETURN = "return out, (x_centered, std, gamma)"
CACHE = "x_centered, std, gamma = cache"
DX = "dx = dx_centered - dx_centered.mean(axis=0)"
ALT_DX = "(dout - (dbeta + x_hat * dgamma) / dout.shape[0])"

AVERAGES_LOST = "Not all new running averages are stored. Store both in bn_param."
TEST_MODE_UPDATES = "The running averages are updated in test mode too. Update them in training mode only."
START = "The running averages do not start at zero. Use zeros when bn_param has none yet."
EPS_FIXED = "A fixed eps is used. Use the eps of bn_param."
WITHOUT_EPS = "The gradient is computed without eps. Use the variance plus eps, as in the forward pass."
CONSTANTS = (
    "In dx the mean and the variance are constants. Add their gradients: both depend on every sample of the batch."
)
CONSTANT_MEAN = "In dx the mean is a constant. Add its gradient: it depends on every sample of the batch."
CONSTANT_VARIANCE = "In dx the variance is a constant. Add its gradient: it depends on every sample of the batch."
NO_GAMMA = "The factor gamma is missing in dx. Multiply the upstream gradient by gamma first."
RAW_DGAMMA = "The gradient dgamma uses inputs that are not normalized. Use the normalized ones."
COUNT = "A sum over the batch in dx is not divided by N, or divided twice. Divide it once."
OVER_FEATURES = "Mean and variance are taken over the features. Take them over the samples, for each feature."
COUNT_D = "In dx the sums are divided by the number of features. Divide them by the number of samples."
HALF = "The gradient of the variance is off by a factor of two. The square gives 2, its root gives 1/2."
SIGN = "A sign is wrong in dx. Subtract the terms of the mean and of the variance."
AVERAGED = "The gradient of gamma or beta is averaged over the batch. Sum over the samples."
EITHER_CONSTANT = ("mean-as-constant", "variance-as-constant")

KEPT_AXES = "The gradients dgamma and dbeta have one axis too many. Give them the shapes of gamma and beta."

NEW_MEAN = 'bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean'
RUNNING_MEAN = 'bn_param.get("running_mean", np.zeros(x.shape[1], dtype=x.dtype))'
RUNNING_VAR = 'bn_param.get("running_var", np.zeros(x.shape[1], dtype=x.dtype))'

NO_DEFAULT = "A running average is expected in bn_param. Use zeros if it is missing."
NOT_CENTRED = "The mean is not subtracted from the data. Subtract it before you divide."
NOT_DIVIDED = "The data are not divided by the standard deviation. Divide the centred data by it."
SWAPPED = "Gamma and beta are swapped. Multiply by gamma and add beta."
SQUARES = "The variance is the mean of the squares. Subtract the mean before you square."
NO_DEVIATION = "The division by the standard deviation is missing in dx. Divide by it."
NOT_THROUGH = "The gradient dx is that of the normalized data. Continue through the division and the mean."


def both_backward(backward):
    """Return mutants that have the same name and the same code in both backward passes."""
    returned = "return dx, dgamma, dbeta"

    def mutant(name, words, result):
        return Mutant(backward, name, words, ((returned, result),))

    return (
        mutant(
            "dgamma-of-one",
            "The gradient dgamma is summed over everything. Sum over the samples only.",
            "return dx, dgamma.sum(), dbeta",
        ),
        mutant(
            "dgamma-of-one-for-each",
            "The gradient dgamma is summed over everything. Sum over the samples only.",
            "return dx, np.full(dgamma.shape, dgamma.sum()), dbeta",
        ),
        mutant(
            "dbeta-of-one",
            "The gradient dbeta is summed over everything. Sum over the samples only.",
            "return dx, dgamma, dbeta.sum()",
        ),
        mutant(
            "dbeta-of-one-for-each",
            "The gradient dbeta is summed over everything. Sum over the samples only.",
            "return dx, dgamma, np.full(dbeta.shape, dbeta.sum())",
        ),
        mutant(
            "dgamma-and-dbeta-exchanged",
            "The gradients dgamma and dbeta are swapped. Return dx, dgamma and dbeta.",
            "return dx, dbeta, dgamma",
        ),
        mutant(
            "dgamma-with-gamma",
            "The gradient dgamma has a factor gamma. Use the upstream gradient without it.",
            "return dx, gamma * dgamma, dbeta",
        ),
        mutant(
            "dbeta-with-gamma",
            "The gradient dbeta has a factor gamma. Use the upstream gradient without it.",
            "return dx, dgamma, gamma * dbeta",
        ),
        Mutant(
            backward,
            "over-features",
            "The gradients dgamma and dbeta are summed over the features. Sum them over the samples.",
            ((returned, "return dx, (dout * x_centered / std).sum(axis=1), dout.sum(axis=1)"),),
            also_matches=("dgamma-over-features", "dbeta-over-features"),
        ),
        mutant(
            "dgamma-over-features",
            "The gradient dgamma is summed over the features. Sum it over the samples.",
            "return dx, (dout * x_centered / std).sum(axis=1), dbeta",
        ),
        mutant(
            "dbeta-over-features",
            "The gradient dbeta is summed over the features. Sum it over the samples.",
            "return dx, dgamma, dout.sum(axis=1)",
        ),
        mutant(
            "dgamma-with-kept-axis",
            "The gradient dgamma has one axis too many. Give it the shape of gamma.",
            "return dx, dgamma[None], dbeta",
        ),
        mutant(
            "dbeta-with-kept-axis",
            "The gradient dbeta has one axis too many. Give it the shape of beta.",
            "return dx, dgamma, dbeta[None]",
        ),
        mutant(
            "dbeta-counted",
            "The gradient dbeta is the number of samples. Sum the upstream gradient over the samples.",
            "return dx, dgamma, np.full(dbeta.shape, float(len(dout)))",
        ),
        Mutant(
            backward,
            "normalized-for-centred",
            "The data are divided by the standard deviation twice. Divide the centred data once.",
            ((CACHE, f"{CACHE}\n    x_centered = x_centered / std"),),
        ),
    )


ONLY_MEAN_DIVIDED = "Only the mean is divided by the standard deviation. Subtract first, in parentheses."
BETA_SCALED = "Beta is multiplied by gamma too. Add it after the multiplication."

MUTANTS = (
    Mutant(
        FORWARD,
        "momentum-reversed",
        "In the running averages, momentum weights the new value. Use it as the weight of the old value.",
        (
            ("momentum * running", "(1 - momentum) * running"),
            ("+ (1 - momentum) * mean", "+ momentum * mean"),
            ("+ (1 - momentum) * var", "+ momentum * var"),
        ),
    ),
    Mutant(
        FORWARD,
        "momentum-fixed",
        "The momentum of bn_param is ignored. Use it in the running averages.",
        (('bn_param.get("momentum", 0.9)', "0.9"),),
    ),
    Mutant(
        FORWARD,
        "averages-not-stored",
        AVERAGES_LOST,
        (('bn_param["running_mean"] =', "running_mean ="), ('bn_param["running_var"] =', "running_var =")),
    ),
    Mutant(
        FORWARD,
        "start-alone-stored",
        AVERAGES_LOST,
        (
            ("bn_param.get(", "bn_param.setdefault("),
            ('bn_param["running_mean"] =', "running_mean ="),
            ('bn_param["running_var"] =', "running_var ="),
        ),
    ),
    Mutant(FORWARD, "mean-alone-stored", AVERAGES_LOST, (('bn_param["running_var"] =', "running_var ="),)),
    Mutant(
        FORWARD,
        "averages-are-the-last-batch",
        "The running averages are replaced by the batch's mean and variance. Mix old and new values.",
        (
            ("momentum * running_mean + (1 - momentum) * mean", "mean"),
            ("momentum * running_var + (1 - momentum) * var", "var"),
        ),
        also_matches=(
            "averages-start-again",
            "averages-not-weighted",
        ),
    ),
    Mutant(
        FORWARD,
        "averages-of-normalized",
        "The running averages are those of the normalized data. Take them from the input.",
        (
            ("(1 - momentum) * mean", "(1 - momentum) * ((x - mean) / np.sqrt(var + eps)).mean(axis=0)"),
            ("(1 - momentum) * var", "(1 - momentum) * ((x - mean) / np.sqrt(var + eps)).var(axis=0)"),
        ),
    ),
    Mutant(
        FORWARD,
        "averages-as-rows",
        "The running averages have one axis too many. Give them one value per feature.",
        (("x.mean(axis=0)", "x.mean(axis=0, keepdims=True)"), ("x.var(axis=0)", "x.var(axis=0, keepdims=True)")),
    ),
    Mutant(
        FORWARD,
        "average-of-deviations",
        "The running average is one of standard deviations. Average the variances.",
        (("(1 - momentum) * var", "(1 - momentum) * np.sqrt(var)"),),
    ),
    Mutant(
        FORWARD,
        "averages-from-first-batch",
        START,
        (
            ("momentum * running_mean", 'momentum * bn_param.get("running_mean", mean)'),
            ("momentum * running_var", 'momentum * bn_param.get("running_var", var)'),
        ),
    ),
    Mutant(FORWARD, "average-from-one", START, (('"running_var", np.zeros(', '"running_var", np.ones('),)),
    Mutant(
        FORWARD,
        "training-by-averages",
        "Training mode normalizes with the running averages. Use the mean and variance of the batch.",
        ((NEW_VAR, NEW_VAR + '\n        mean, var = bn_param["running_mean"], bn_param["running_var"]'),),
    ),
    Mutant(
        FORWARD,
        "test-mode-by-the-batch",
        "Test mode normalizes with the mean and variance of the batch. Use the running averages.",
        ((TEST_STATISTICS, STATISTICS),),
    ),
    Mutant(
        FORWARD,
        "test-mode-without-gamma",
        "Test mode returns the normalized data. Scale by gamma and shift by beta.",
        ((OUT, OUT + ' if mode == "train" else x_centered / std'),),
        also_matches=(
            "test-mode-without-beta",
            "test-mode-not-scaled",
        ),
    ),
    Mutant(
        FORWARD,
        "test-mode-without-eps",
        "Test mode does not add eps. Add it to the running variance.",
        (("np.sqrt(var + eps)", 'np.sqrt(var + eps if mode == "train" else var)'),),
    ),
    Mutant(
        FORWARD,
        "test-mode-without-root",
        "Test mode divides by the running variance. Divide by its square root.",
        (("np.sqrt(var + eps)", '(var + eps) ** (0.5 if mode == "train" else 1)'),),
    ),
    Mutant(FORWARD, "test-mode-updates-after", TEST_MODE_UPDATES, ((TEST_STATISTICS, TEST_UPDATE + TEST_STATISTICS),)),
    Mutant(
        FORWARD,
        "test-mode-updates-before",
        TEST_MODE_UPDATES,
        ((TEST_STATISTICS, TEST_UPDATE + 'mean, var = bn_param["running_mean"], bn_param["running_var"]'),),
    ),
    Mutant(
        FORWARD,
        "variance-by-n-1",
        "The variance is divided by N − 1. Divide by N.",
        (("x.var(axis=0)", "x.var(axis=0, ddof=1)"),),
    ),
    Mutant(
        FORWARD,
        "average-variance-by-n-1",
        "The running variance averages the variance with N − 1. Use the variance with N.",
        (("(1 - momentum) * var", "(1 - momentum) * x.var(axis=0, ddof=1)"),),
    ),
    Mutant(
        FORWARD,
        "eps-outside",
        "The eps is added to the standard deviation. Add it to the variance, inside the root.",
        (("np.sqrt(var + eps)", "(np.sqrt(var) + eps)"),),
    ),
    Mutant(FORWARD, "eps-fixed", EPS_FIXED, (('bn_param.get("eps", 1e-5)', "1e-5"),)),
    Mutant(
        FORWARD,
        "eps-forgotten",
        "The eps is missing. Add it to the variance.",
        (("np.sqrt(var + eps)", "np.sqrt(var)"),),
    ),
    Mutant(FORWARD, "another-default-eps", "The default of eps is wrong. Use 1e-5.", (('"eps", 1e-5', '"eps", 1e-8'),)),
    Mutant(
        FORWARD,
        "no-root",
        "The data are divided by the variance. Divide by the standard deviation.",
        (("np.sqrt(var + eps)", "var + eps"),),
    ),
    Mutant(
        FORWARD,
        "over-everything",
        "One mean and one variance are taken over all the data. Take them for each feature.",
        (("x.mean(axis=0)", "x.mean() * np.ones(x.shape[1])"), ("x.var(axis=0)", "x.var() * np.ones(x.shape[1])")),
    ),
    Mutant(
        FORWARD,
        "over-features",
        OVER_FEATURES,
        (
            ("x.mean(axis=0)", "x.mean(axis=1, keepdims=True)"),
            ("x.var(axis=0)", "x.var(axis=1, keepdims=True)"),
        ),
    ),
    Mutant(
        FORWARD,
        "over-features-from-a-number",
        OVER_FEATURES,
        (
            ("x.mean(axis=0)", "x.mean(axis=1, keepdims=True)"),
            ("x.var(axis=0)", "x.var(axis=1, keepdims=True)"),
            ('"running_mean", np.zeros(x.shape[1], dtype=x.dtype)', '"running_mean", 0'),
            ('"running_var", np.zeros(x.shape[1], dtype=x.dtype)', '"running_var", 0'),
        ),
    ),
    Mutant(
        FORWARD,
        "average-with-eps",
        "The running variance contains eps. Average the variances without eps.",
        (("(1 - momentum) * var", "(1 - momentum) * (var + eps)"),),
    ),
    Mutant(
        FORWARD,
        "test-mode-eps-outside",
        "Test mode adds eps to the root of the running variance. Add it inside the root.",
        (("np.sqrt(var + eps)", '(np.sqrt(var + eps) if mode == "train" else np.sqrt(var) + eps)'),),
    ),
    Mutant(
        FORWARD,
        "gamma-forgotten",
        "The normalized data are not scaled. Multiply them by gamma.",
        (("gamma * (x_c", "(x_c"),),
    ),
    Mutant(FORWARD, "beta-forgotten", "The scaled data are not shifted. Add beta.", (("/ std) + beta", "/ std)"),)),
    Mutant(BACKWARD, "statistics-as-constants", CONSTANTS, ((DX, "dx = dx_hat / std"),), also_matches=EITHER_CONSTANT),
    Mutant(BACKWARD, "mean-as-constant", CONSTANT_MEAN, ((" - dx_centered.mean(axis=0)", ""),)),
    Mutant(BACKWARD, "variance-as-constant", CONSTANT_VARIANCE, ((" + dvar * 2 * x_centered / N", ""),)),
    Mutant(BACKWARD, "gamma-forgotten", NO_GAMMA, (("dx_hat = dout * gamma", "dx_hat = dout"),)),
    Mutant(BACKWARD, "dgamma-not-normalized", RAW_DGAMMA, (("(dout * x_hat)", "(dout * x_centered)"),)),
    Mutant(BACKWARD, "two-forgotten", HALF, (("dvar * 2 *", "dvar *"),)),
    Mutant(BACKWARD, "half-forgotten", HALF, (("dstd / (2 * std)", "dstd / std"),)),
    Mutant(
        BACKWARD,
        "power-of-variance",
        "The gradient of the variance has a wrong power. The derivative of its inverse root has the power −3/2.",
        (("dstd / (2 * std)", "dstd * std / 2"),),
    ),
    Mutant(BACKWARD, "variance-not-averaged", COUNT, (("x_centered / N", "x_centered"),)),
    Mutant(BACKWARD, "mean-not-averaged", COUNT, (("dx_centered.mean(axis=0)", "dx_centered.sum(axis=0)"),)),
    Mutant(BACKWARD, "variance-averaged-twice", COUNT, (("x_centered / N", "x_centered / N**2"),)),
    Mutant(BACKWARD, "mean-averaged-twice", COUNT, (("dx_centered.mean(axis=0)", "dx_centered.mean(axis=0) / N"),)),
    Mutant(
        BACKWARD,
        "divided-by-d",
        COUNT_D,
        (("N = dout.shape[0]", "N = dout.shape[1]"), ("dx_centered.mean(axis=0)", "dx_centered.sum(axis=0) / N")),
    ),
    Mutant(BACKWARD, "variance-divided-by-d", COUNT_D, (("N = dout.shape[0]", "N = dout.shape[1]"),)),
    Mutant(BACKWARD, "sign-of-variance", SIGN, (("dstd = -(", "dstd = ("),)),
    Mutant(BACKWARD, "sign-of-mean", SIGN, (("dx_centered - dx_centered.mean", "dx_centered + dx_centered.mean"),)),
    Mutant(BACKWARD, "dgamma-averaged", AVERAGED, (("(dout * x_hat).sum(", "(dout * x_hat).mean("),)),
    Mutant(BACKWARD, "dbeta-averaged", AVERAGED, (("dout.sum(axis=0)", "dout.mean(axis=0)"),)),
    Mutant(
        BACKWARD,
        "kept-axes",
        KEPT_AXES,
        (
            ("dbeta = dout.sum(axis=0)", "dbeta = dout.sum(axis=0, keepdims=True)"),
            ("(dout * x_hat).sum(axis=0)", "(dout * x_hat).sum(axis=0, keepdims=True)"),
        ),
    ),
    Mutant(BACKWARD, "eps-forgotten", WITHOUT_EPS, ((CACHE, f"{CACHE}\n    std = x_centered.std(axis=0)"),)),
    Mutant(ALT, "statistics-as-constants", CONSTANTS, ((ALT_DX, "dout"),), also_matches=EITHER_CONSTANT),
    Mutant(ALT, "mean-as-constant", CONSTANT_MEAN, (("(dbeta + x_hat * dgamma)", "(x_hat * dgamma)"),)),
    Mutant(ALT, "variance-as-constant", CONSTANT_VARIANCE, (("(dbeta + x_hat * dgamma)", "dbeta"),)),
    Mutant(ALT, "gamma-forgotten", NO_GAMMA, (("gamma / std *", "1 / std *"),)),
    Mutant(
        ALT,
        "gamma-in-one-term",
        "Only one term of dx has the factor gamma. Multiply all of dx by it.",
        ((f"gamma / std * {ALT_DX}", "(dout * gamma - (dbeta + x_hat * dgamma) / dout.shape[0]) / std"),),
    ),
    # The simplified formula computes dx from dgamma, so that dx is wrong too; other formulas do not.
    Mutant(
        ALT,
        "dgamma-not-normalized",
        RAW_DGAMMA,
        (("(dout * x_hat)", "(dout * x_centered)"),),
        also_matches=("dgamma-alone-not-normalized", "projection-not-normalized"),
    ),
    Mutant(
        ALT, "dbeta-averaged", AVERAGED, (("return dx, dgamma, dbeta", "return dx, dgamma, dbeta / dout.shape[0]"),)
    ),
    Mutant(
        ALT,
        "kept-axes",
        KEPT_AXES,
        (("return dx, dgamma, dbeta", "return dx, dgamma[None], dbeta[None]"),),
    ),
    Mutant(
        ALT,
        "dgamma-alone-not-normalized",
        RAW_DGAMMA,
        (("return dx, dgamma, dbeta", "return dx, (dout * x_centered).sum(axis=0), dbeta"),),
    ),
    Mutant(
        ALT,
        "projection-not-normalized",
        "In dx the centred data are used. Use the normalized data.",
        (("x_hat * dgamma", "x_centered * dgamma"),),
    ),
    Mutant(ALT, "not-averaged", COUNT, ((" / dout.shape[0]", ""),)),
    Mutant(ALT, "mean-not-averaged", COUNT, (("(dbeta + x_hat * dgamma) / dout", "dbeta - x_hat * dgamma / dout"),)),
    Mutant(
        ALT,
        "n-times-too-large",
        "The gradient dx is N times too large. Divide it by N.",
        ((ALT_DX, "(dout.shape[0] * dout - dbeta - x_hat * dgamma)"),),
    ),
    Mutant(ALT, "divided-by-d", COUNT_D, (("dout.shape[0]", "dout.shape[1]"),)),
    Mutant(ALT, "sign-of-variance", SIGN, (("dbeta + x_hat * dgamma", "dbeta - x_hat * dgamma"),)),
    Mutant(
        ALT,
        "no-root",
        "The gradient dx is divided by the variance. Divide it by the standard deviation.",
        (("/ std *", "/ std**2 *"),),
    ),
    Mutant(ALT, "eps-forgotten", WITHOUT_EPS, ((CACHE, f"{CACHE}\n    std = x_centered.std(axis=0)"),)),
    Mutant(
        FORWARD,
        "averages-start-again",
        "The running averages forget their old values. Add momentum times the old average.",
        (
            ("momentum * running_mean + ", ""),
            ("momentum * running_var + ", ""),
        ),
    ),
    Mutant(
        FORWARD,
        "no-default-averages",
        NO_DEFAULT,
        ((RUNNING_MEAN, 'bn_param["running_mean"]'), (RUNNING_VAR, 'bn_param["running_var"]')),
    ),
    Mutant(FORWARD, "no-default-variance", NO_DEFAULT, ((RUNNING_VAR, 'bn_param["running_var"]'),)),
    Mutant(
        FORWARD,
        "eps-twice",
        "The eps is added to the variance twice. Add it once.",
        (("std = np.sqrt(var + eps)", 'std = np.sqrt(var + (2 * eps if mode == "train" else eps))'),),
    ),
    Mutant(
        FORWARD,
        "eps-twice-and-averaged",
        "The eps is added to the variance twice. Add it once.",
        ((STATISTICS, "mean, var = x.mean(axis=0), x.var(axis=0) + eps"),),
        also_matches=("average-with-eps",),
    ),
    Mutant(
        FORWARD,
        "test-mode-without-beta",
        "Test mode does not shift by beta. Add it.",
        ((OUT, f'{OUT} * (mode == "train")'),),
    ),
    Mutant(
        FORWARD,
        "test-mode-not-scaled",
        "Test mode does not scale by gamma. Multiply by it.",
        ((OUT, OUT.replace("gamma *", 'np.where(mode == "train", gamma, 1) *')),),
    ),
    Mutant(
        FORWARD,
        "test-mode-not-centred",
        "Test mode does not subtract the running mean. Subtract it.",
        ((TEST_STATISTICS, "mean, var = 0 * running_mean, running_var"),),
    ),
    Mutant(
        FORWARD,
        "test-mode-not-divided",
        "Test mode does not divide by the standard deviation. Divide by the root of the running variance plus eps.",
        ((TEST_STATISTICS, "mean, var = running_mean, 1 - eps + 0 * running_var"),),
    ),
    Mutant(FORWARD, "not-centred", NOT_CENTRED, (("x_centered = x - mean", "x_centered = x"),)),
    Mutant(FORWARD, "not-divided", NOT_DIVIDED, ((OUT, "out = gamma * x_centered + beta"),)),
    Mutant(
        FORWARD,
        "multiplied-by-deviation",
        "The data are multiplied by the standard deviation. Divide them by it.",
        ((OUT, "out = gamma * (x_centered * std) + beta"),),
    ),
    Mutant(FORWARD, "gamma-for-beta", SWAPPED, ((OUT, "out = beta * (x_centered / std) + gamma"),)),
    Mutant(FORWARD, "beta-subtracted", "Beta is subtracted. Add it.", ((OUT, OUT.replace("+ beta", "- beta")),)),
    Mutant(
        FORWARD,
        "averages-not-weighted",
        "The new value has weight 1 in the running averages. Multiply it by 1 − momentum.",
        (("(1 - momentum) * mean", "mean"), ("(1 - momentum) * var", "var")),
    ),
    Mutant(
        FORWARD,
        "variance-not-centred",
        SQUARES,
        ((STATISTICS, "mean, var = x.mean(axis=0), (x**2).mean(axis=0)"),),
    ),
    Mutant(
        FORWARD,
        "variance-not-averaged",
        "The squared deviations are summed. Average them for the variance.",
        ((STATISTICS, "mean, var = x.mean(axis=0), x.var(axis=0) * len(x)"),),
    ),
    Mutant(
        FORWARD,
        "absolute-deviations",
        "The variance averages absolute deviations. Average their squares.",
        ((STATISTICS, "mean, var = x.mean(axis=0), abs(x - x.mean(axis=0)).mean(axis=0)"),),
    ),
    Mutant(
        FORWARD,
        "mean-in-running-variance",
        "The running variance averages the means. Average the variances.",
        ((NEW_VAR, NEW_VAR.replace("* var", "* mean")),),
    ),
    Mutant(FORWARD, "variance-alone-stored", AVERAGES_LOST, ((NEW_MEAN, "pass"),)),
    Mutant(
        FORWARD,
        "averages-of-output",
        "The running averages are those of the output. Take them from the input.",
        (
            (
                NEW_VAR,
                "out = gamma * (x - mean) / np.sqrt(var + eps) + beta\n"
                '        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * out.mean(axis=0)\n'
                '        bn_param["running_var"] = momentum * running_var + (1 - momentum) * out.var(axis=0)',
            ),
        ),
    ),
    *(mutant for backward in (BACKWARD, ALT) for mutant in both_backward(backward)),
    Mutant(
        BACKWARD,
        "deviation-forgotten",
        NO_DEVIATION,
        (("dx_centered = dx_hat / std", "dx_centered = dx_hat"),),
    ),
    Mutant(
        BACKWARD,
        "deviation-forgotten-in-one-term",
        NO_DEVIATION,
        ((DX, f"{DX} + dx_hat - dx_hat / std"),),
    ),
    Mutant(
        BACKWARD,
        "multiplied-by-deviation",
        "The gradient dx is multiplied by the standard deviation. Divide it.",
        (("dx_centered = dx_hat / std", "dx_centered = dx_hat * std"),),
    ),
    Mutant(
        BACKWARD,
        "power-of-deviation",
        "The power −3/2 is taken of the standard deviation. Take it of the variance.",
        (
            ("dstd = -(dx_hat * x_hat).sum(axis=0) / std", "dstd = -(dx_hat * x_centered).sum(axis=0) * std**-1.5"),
            ("dvar = dstd / (2 * std)", "dvar = dstd / 2"),
        ),
    ),
    Mutant(
        BACKWARD,
        "variance-from-normalized",
        "The gradient of the variance uses normalized inputs. Use the centred ones.",
        (("dvar = dstd / (2 * std)", "dvar = dstd / (2 * std**2)"),),
    ),
    Mutant(
        BACKWARD,
        "gradient-of-normalized",
        NOT_THROUGH,
        ((DX, "dx = dx_hat"),),
    ),
    Mutant(
        BACKWARD,
        "divided-by-gamma",
        "The upstream gradient is divided by gamma in dx. Multiply it by gamma.",
        (("dx_hat = dout * gamma", "dx_hat = dout / gamma"),),
    ),
    Mutant(ALT, "deviation-forgotten", NO_DEVIATION, (("gamma / std *", "gamma *"),)),
    Mutant(
        ALT,
        "divided-by-gamma",
        "The upstream gradient is divided by gamma in dx. Multiply it by gamma.",
        (("gamma / std *", "1 / (gamma * std) *"),),
    ),
    Mutant(ALT, "sign-of-mean", SIGN, ((ALT_DX, "(dout + (dbeta - x_hat * dgamma) / dout.shape[0])"),)),
    Mutant(ALT, "both-signs", SIGN, ((ALT_DX, "(dout + (dbeta + x_hat * dgamma) / dout.shape[0])"),)),
    Mutant(ALT, "dgamma-averaged", AVERAGED, (("return dx, dgamma,", "return dx, dgamma / len(dout),"),)),
    Mutant(
        FORWARD,
        "mean-alone-divided",
        ONLY_MEAN_DIVIDED,
        ((OUT, OUT.replace("(x_centered / std)", "(x - mean / std)")),),
    ),
    Mutant(
        FORWARD,
        "mean-alone-divided-in-training",
        ONLY_MEAN_DIVIDED,
        ((OUT, OUT.replace("(x_centered / std)", '((x - mean / std) if mode == "train" else (x - mean) / std)')),),
    ),
    Mutant(FORWARD, "beta-scaled", BETA_SCALED, ((OUT, "out = gamma * (x_centered / std + beta)"),)),
    Mutant(
        FORWARD,
        "beta-scaled-in-training",
        BETA_SCALED,
        ((OUT, 'out = gamma * (x_centered / std) + (gamma * beta if mode == "train" else beta)'),),
    ),
    Mutant(
        BACKWARD,
        "square-of-deviation",
        "The gradient of the variance has a wrong power. The derivative of its inverse root has the power −3/2.",
        (("dvar = dstd / (2 * std)", "dvar = dstd / 2"),),
    ),
    Mutant(
        ALT,
        "all-divided-by-n",
        "All of dx is divided by N. Divide only the two sums by it.",
        ((ALT_DX, "((dout - dbeta - x_hat * dgamma) / dout.shape[0])"),),
    ),
)

SETTINGS = """\
    mode = bn_param["mode"]
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    N, D = x.shape
    running_mean = bn_param.get("running_mean", np.zeros(D))
    running_var = bn_param.get("running_var", np.zeros(D))
"""

VARIANTS = (
    Variant(
        FORWARD,
        "staged",
        "one step of the computation graph after the other, averages stored in both modes, no cache in test mode",
        body=SETTINGS
        + """\
    out, cache = None, None
    if mode == "train":
        mu = 1.0 / N * np.sum(x, axis=0)
        xmu = x - mu
        sq = xmu**2
        var = 1.0 / N * np.sum(sq, axis=0)
        sqrtvar = np.sqrt(var + eps)
        ivar = 1.0 / sqrtvar
        xhat = xmu * ivar
        gammax = gamma * xhat
        out = gammax + beta
        running_mean = momentum * running_mean + (1.0 - momentum) * mu
        running_var = momentum * running_var + (1.0 - momentum) * var
        cache = (xmu, sqrtvar, gamma)
    elif mode == "test":
        xhat = (x - running_mean) / np.sqrt(running_var + eps)
        out = xhat * gamma + beta
    else:
        raise ValueError('Invalid forward batchnorm mode "%s"' % mode)
    bn_param["running_mean"] = running_mean
    bn_param["running_var"] = running_var
    return out, cache
""",
    ),
    Variant(
        FORWARD,
        "loop-over-features",
        "a loop over features and one over samples",
        body=SETTINGS
        + """\
    out, centered, std = np.zeros((N, D)), np.zeros((N, D)), np.zeros(D)
    new_mean, new_var = np.array(running_mean, dtype=float), np.array(running_var, dtype=float)
    for j in range(D):
        if mode == "train":
            mean = sum(x[:, j]) / N
            var = sum((x[:, j] - mean) ** 2) / N
            new_mean[j] = momentum * new_mean[j] + (1 - momentum) * mean
            new_var[j] = momentum * new_var[j] + (1 - momentum) * var
        else:
            mean, var = running_mean[j], running_var[j]
        std[j] = (var + eps) ** 0.5
        for i in range(N):
            centered[i, j] = x[i, j] - mean
            out[i, j] = gamma[j] * centered[i, j] / std[j] + beta[j]
    if mode == "train":
        bn_param["running_mean"], bn_param["running_var"] = new_mean, new_var
    return out, (centered, std, gamma)
""",
    ),
    Variant(
        FORWARD,
        "einsum",
        "einsum for the sums and the scaling",
        (
            (
                STATISTICS,
                'mean = np.einsum("nd->d", x) / len(x)\n'
                '        var = np.einsum("nd,nd->d", x - mean, x - mean) / len(x)',
            ),
            (OUT, 'out = np.einsum("nd,d->nd", x_centered / std, gamma) + beta'),
        ),
    ),
    Variant(
        FORWARD,
        "difference-of-squares",
        "the variance as mean of squares less square of the mean",
        (("x.var(axis=0)", "np.mean(x**2, axis=0) - np.mean(x, axis=0) ** 2"),),
    ),
    Variant(
        FORWARD,
        "scale-and-shift",
        "scale and shift of the whole layer first, then one product",
        ((OUT, "scale = gamma / std\n    out = x * scale + (beta - mean * scale)"),),
    ),
    Variant(
        FORWARD,
        "kept-axes",
        "statistics as rows, flattened for the running averages; the cache as a list",
        (
            (STATISTICS, "mean, var = x.mean(axis=0, keepdims=True), x.var(axis=0, keepdims=True)"),
            ("(1 - momentum) * mean", "(1 - momentum) * mean.squeeze(axis=0)"),
            ("(1 - momentum) * var", "(1 - momentum) * var.ravel()"),
            (RETURN, "return out, [x_centered, std, gamma]"),
        ),
    ),
    Variant(
        FORWARD,
        "float32",
        "float32 throughout",
        (("    mode = bn", "    x, gamma, beta = (a.astype(np.float32) for a in (x, gamma, beta))\n    mode = bn"),),
    ),
    Variant(FORWARD, "float32-out", "float32 out", ((OUT, f"{OUT}\n    out = out.astype(np.float32)"),)),
    Variant(FORWARD, "list-returned", "a list as output", ((RETURN, f"{RETURN.replace('out, (', '[out, (')}]"),)),
    Variant(
        FORWARD,
        "in-place",
        "in place on a copy, and on the running averages; every default put into bn_param",
        (
            ("bn_param.get(", "bn_param.setdefault("),
            ("running_mean + (1 - momentum) * mean", "running_mean\n        running_mean += (1 - momentum) * mean"),
            ('bn_param["running_mean"] = momentum * running_mean', "running_mean *= momentum"),
            ("running_var + (1 - momentum) * var", "running_var\n        running_var += (1 - momentum) * var"),
            ('bn_param["running_var"] = momentum * running_var', "running_var *= momentum"),
            ("x_centered = x - mean", "x_centered = x.copy()\n    x_centered -= mean"),
            (OUT, "out = x_centered / std\n    out *= gamma\n    out += beta"),
        ),
    ),
    Variant(
        FORWARD,
        "steps-of-averages",
        "running averages as a step towards the batch's",
        (
            ("momentum * running_mean", "running_mean"),
            ("momentum * running_var", "running_var"),
            ("(1 - momentum) * mean", "(1 - momentum) * (mean - running_mean)"),
            ("(1 - momentum) * var", "(1 - momentum) * (var - running_var)"),
        ),
    ),
    Variant(
        FORWARD,
        "helpers",
        "one helper in another cell, one nested",
        (
            (STATISTICS, "mean, var = moments(x)"),
            (OUT, f"def affine(x_hat):\n        return x_hat * gamma + beta\n\n    {OUT[:6]}affine(x_centered / std)"),
        ),
        helper="def moments(x):\n    return np.mean(x, 0), np.std(x, 0) ** 2\n",
    ),
    Variant(
        FORWARD,
        "every-number",
        "loops over every number",
        body=SETTINGS
        + """\
    out, centered, std = np.zeros((N, D)), np.zeros((N, D)), np.zeros(D)
    new_mean, new_var = np.zeros(D), np.zeros(D)
    for j in range(D):
        if mode == "train":
            mean = 0.0
            for i in range(N):
                mean += float(x[i, j])
            mean = mean / N
            var = 0.0
            for i in range(N):
                var += (float(x[i, j]) - mean) ** 2
            var = var / N
            new_mean[j] = momentum * float(running_mean[j]) + (1 - momentum) * mean
            new_var[j] = momentum * float(running_var[j]) + (1 - momentum) * var
        else:
            mean, var = float(running_mean[j]), float(running_var[j])
        std[j] = (var + eps) ** 0.5
        for i in range(N):
            centered[i, j] = float(x[i, j]) - mean
            out[i, j] = float(gamma[j]) * float(centered[i, j]) / float(std[j]) + float(beta[j])
    if mode == "train":
        bn_param["running_mean"], bn_param["running_var"] = new_mean, new_var
    return out, (centered, std, gamma)
""",
    ),
    Variant(
        BACKWARD,
        "every-number",
        "loops over every number",
        body="""\
    centered, std, gamma = cache
    N, D = dout.shape
    dx, dgamma, dbeta = np.zeros((N, D)), np.zeros(D), np.zeros(D)
    for j in range(D):
        s, g, dmean, dvar = float(std[j]), float(gamma[j]), 0.0, 0.0
        for i in range(N):
            d, c = float(dout[i, j]), float(centered[i, j])
            dbeta[j] = float(dbeta[j]) + d
            dgamma[j] = float(dgamma[j]) + d * c / s
            dmean -= d * g / s
            dvar -= 0.5 * d * g * c / s**3
        for i in range(N):
            dx[i, j] = float(dout[i, j]) * g / s + dvar * 2 * float(centered[i, j]) / N + dmean / N
    return dx, dgamma, dbeta
""",
    ),
    Variant(
        BACKWARD,
        "staged",
        "mean and variance by the chain rule, with the term that is always zero",
        body="""\
    xmu, sqrtvar, gamma = cache
    N, D = dout.shape
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * xmu / sqrtvar, axis=0)
    dxhat = dout * gamma
    dvar = np.sum(dxhat * xmu * -0.5 * sqrtvar**-3.0, axis=0)
    dmu = np.sum(-dxhat / sqrtvar, axis=0) + dvar * np.mean(-2.0 * xmu, axis=0)
    dx = dxhat / sqrtvar + dvar * 2.0 * xmu / N + dmu / N
    return dx, dgamma, dbeta
""",
    ),
    Variant(
        BACKWARD,
        "graph",
        "one node of the computation graph after the other, sums spread by ones",
        body="""\
    xmu, sqrtvar, gamma = cache
    N, D = dout.shape
    ivar = 1.0 / sqrtvar
    dbeta = np.sum(dout, axis=0)
    dgammax = dout
    dgamma = np.sum(dgammax * (xmu * ivar), axis=0)
    dxhat = dgammax * gamma
    divar = np.sum(dxhat * xmu, axis=0)
    dxmu1 = dxhat * ivar
    dsqrtvar = -1.0 / (sqrtvar**2) * divar
    dvar = 0.5 * 1.0 / sqrtvar * dsqrtvar
    dsq = 1.0 / N * np.ones((N, D)) * dvar
    dxmu2 = 2 * xmu * dsq
    dx1 = dxmu1 + dxmu2
    dmu = -1 * np.sum(dxmu1 + dxmu2, axis=0)
    dx2 = 1.0 / N * np.ones((N, D)) * dmu
    dx = dx1 + dx2
    return dx, dgamma, dbeta
""",
    ),
    Variant(
        BACKWARD,
        "loop-over-features",
        "a loop over features",
        body="""\
    x_centered, std, gamma = cache
    N, D = dout.shape
    dx, dgamma, dbeta = np.empty_like(dout), np.empty(D), np.empty(D)
    for j in range(D):
        x_hat = x_centered[:, j] / std[j]
        dbeta[j] = np.sum(dout[:, j])
        dgamma[j] = np.dot(dout[:, j], x_hat)
        dx[:, j] = gamma[j] / std[j] * (dout[:, j] - dbeta[j] / N - x_hat * dgamma[j] / N)
    return dx, dgamma, dbeta
""",
    ),
    Variant(
        BACKWARD,
        "einsum",
        "einsum for every sum over the batch",
        (
            ("(dout * x_hat).sum(axis=0)", 'np.einsum("nd,nd->d", dout, x_hat)'),
            ("dout.sum(axis=0)", 'np.einsum("ij->j", dout)'),
            ("(dx_hat * x_hat).sum(axis=0)", 'np.einsum("nd,nd->d", dx_hat, x_hat)'),
        ),
    ),
    Variant(
        BACKWARD,
        "by-matrix-product",
        "sums over the batch as products with a row of ones, gradients in a list",
        (
            ("dbeta = dout.sum(axis=0)", "dbeta = np.ones(N) @ dout"),
            ("(dout * x_hat).sum(axis=0)", "np.ones((1, N)).dot(dout * x_hat).flatten()"),
            ("return dx, dgamma, dbeta", "return [dx, dgamma, dbeta]"),
        ),
    ),
    Variant(
        BACKWARD,
        "closed-form",
        "(1 / N)·gamma·σ⁻¹·(N·dout − …), with helpers in another cell and nested",
        (
            (
                DX,
                "def back(d):\n"
                "        return N * d - total(d) - x_hat * total(d * x_hat)\n\n"
                "    dx = (1.0 / N) * gamma * std**-1 * back(dout)",
            ),
        ),
        helper="def total(values):\n    return np.sum(values, axis=0)\n",
    ),
    Variant(
        BACKWARD,
        "float32",
        "float32 throughout",
        ((CACHE, f"{CACHE}\n    dout, x_centered, std, gamma = (np.float32(a) for a in (dout, {CACHE[:-8]}))"),),
    ),
    Variant(
        BACKWARD,
        "in-place",
        "in place on arrays of its own",
        (
            ("dx_hat = dout * gamma", "dx_hat = dout.copy()\n    dx_hat *= gamma"),
            ("dx_centered = dx_centered + dvar", "dx_centered += dvar"),
            (DX, "dx = dx_centered\n    dx -= dx.mean(axis=0)"),
        ),
    ),
    Variant(
        ALT,
        "every-number",
        "loops over every number",
        body="""\
    centered, std, gamma = cache
    N, D = dout.shape
    dx, dgamma, dbeta = np.zeros((N, D)), np.zeros(D), np.zeros(D)
    for j in range(D):
        for i in range(N):
            dbeta[j] = float(dbeta[j]) + float(dout[i, j])
            dgamma[j] = float(dgamma[j]) + float(dout[i, j]) * float(centered[i, j]) / float(std[j])
        for i in range(N):
            x_hat = float(centered[i, j]) / float(std[j])
            through_statistics = (float(dbeta[j]) + x_hat * float(dgamma[j])) / N
            dx[i, j] = float(gamma[j]) / float(std[j]) * (float(dout[i, j]) - through_statistics)
    return dx, dgamma, dbeta
""",
    ),
    Variant(
        ALT,
        "one-over-n",
        "(1 / N)·gamma·σ⁻¹·(N·dout − …)",
        body="""\
    xc, s, gamma = cache
    N = dout.shape[0]
    dbeta = np.sum(dout, axis=0)
    dgamma = np.sum(dout * (xc / s), axis=0)
    inv = 1.0 / s
    dx = (1.0 / N) * gamma * inv * (N * dout - np.sum(dout, axis=0) - xc * inv**2 * np.sum(dout * xc, axis=0))
    return dx, dgamma, dbeta
""",
    ),
    Variant(
        ALT,
        "means-of-dx-hat",
        "gradients of the normalized data less two means",
        (
            (
                f"gamma / std * {ALT_DX}",
                "dout * gamma\n    dx = dx - dx.mean(axis=0) - x_hat * (dx * x_hat).mean(axis=0)\n    dx = dx / std",
            ),
        ),
    ),
    Variant(
        ALT,
        "einsum",
        "einsum for every sum over the batch, and for dx",
        (
            ("(dout * x_hat).sum(axis=0)", 'np.einsum("nd,nd->d", dout, x_hat)'),
            ("dout.sum(axis=0)", 'np.einsum("nd->d", dout)'),
            (f"gamma / std * {ALT_DX}", f'np.einsum("d,nd->nd", gamma / std, {ALT_DX[1:-1]})'),
        ),
    ),
    Variant(
        ALT,
        "in-place",
        "in place on a copy",
        (
            (
                f"dx = gamma / std * {ALT_DX}",
                "dx = dout.copy()\n    dx -= dout.mean(axis=0)\n    dx -= x_hat * dgamma / len(dout)\n"
                "    dx *= gamma\n    dx /= std",
            ),
        ),
    ),
    Variant(
        ALT,
        "float32",
        "float32 throughout",
        ((CACHE, f"{CACHE}\n    dout, x_centered, std, gamma = (np.float32(a) for a in (dout, {CACHE[:-8]}))"),),
    ),
)
