"""Mistakes and styles of spatial batch and group normalization, forward and backward."""

from autograder import Mutant, Variant

from .signatures import BATCH, BATCH_BACK, GROUP, GROUP_BACK

__all__ = ["MUTANTS", "VARIANTS"]


FLAT = "x.transpose(0, 2, 3, 1).reshape(N * H * W, C)"
CALL = "out, cache = batchnorm_forward(pixels, gamma, beta, bn_param)"
BACK = "out.reshape(N, H, W, C).transpose(0, 3, 1, 2)"
DFLAT = "dout.transpose(0, 2, 3, 1).reshape(N * H * W, C)"
DCALL = "dx, dgamma, dbeta = batchnorm_backward(dpixels, cache)"
DBACK = "dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)"

# Own statistics instead of those of batchnorm_forward.
OWN = """\
eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(C))
    running_var = bn_param.get("running_var", np.zeros(C))
    if bn_param["mode"] == "train":
        mean, var = x.mean(axis=(0, 2, 3)), x.var(axis=(0, 2, 3))
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * mean
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * var
    else:
        mean, var = running_mean, running_var
    std = np.sqrt(var + eps)
    cache = (pixels - mean, std, gamma)
    out = gamma * (pixels - mean) / std + beta"""

GROUPS = "x.reshape(x.shape[0], G, -1)"
GROUP_EPS = 'eps = gn_param.get("eps", 1e-5)'
GROUP_OUT = "out = gamma * x_hat.reshape(x.shape) + beta"
GROUP_RETURN = "return out, (x_hat, std, gamma)"
GROUP_CACHE = "x_hat, std, gamma = cache"
GROUP_DX = "(dx_hat - dx_hat.mean(axis=2, keepdims=True) - projection)"
GROUP_MEAN = ".mean(axis=2, keepdims=True)"
KEPT = "axis=(0, 2, 3), keepdims=True"

NO_TRANSPOSE = "A reshape without a transpose mixes channels and pixels. Transpose first."
ROWS_AND_COLUMNS = "Rows and columns are swapped between feature maps and (N·H·W, C) data. Keep the order H, W."
CHANNELS_FIRST = "The channels are moved to the first axis. Move them to the last axis before the reshape."
DIVIDED_BY = "The sums over a group are divided by a wrong number. Divide by (C/G) · H · W."
CONSTANTS = "In dx the mean and the variance are constants. Add their gradients: both depend on every number in them."
EITHER_CONSTANT = ("mean-as-constant", "variance-as-constant")

BATCH_RETURN = f"return {DBACK}, "
GROUP_DRETURN = "return dx.reshape(dout.shape), "
OTHER_COUNT = ".sum(axis=2, keepdims=True) / ({})"
DGAMMA_OF_ONE = "The gradient dgamma is summed over everything. Compute one sum per channel."
DBETA_OF_ONE = "The gradient dbeta is summed over everything. Compute one sum per channel."
EXCHANGED = "The gradients dgamma and dbeta are swapped. Return dx, dgamma and dbeta."
CONSTANT_MEAN = "In dx the mean is a constant. Add its gradient: it depends on every number in it."
CONSTANT_VARIANCE = "In dx the variance is a constant. Add its gradient: it depends on every number in it."
PER_SAMPLE = "Every sample is normalized separately. Take the statistics of a channel over the whole batch."
TWO_OF_THREE = "The statistics are taken over two axes only. Take them over samples, rows and columns."
TWO_OF_GROUP = "The statistics are taken over two axes only. Take them over the channels, rows and columns of a group."
MEAN_OF_PART = "The mean is taken over two axes only. Take it over the channels, rows and columns of a group."


def own_statistics(axes):
    """Return code in place of batchnorm_forward that takes the statistics of x over other axes."""
    return f"""\
eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(C))
    running_var = bn_param.get("running_var", np.zeros(C))
    if bn_param["mode"] == "train":
        mean, var = x.mean(axis=({axes}), keepdims=True), x.var(axis=({axes}), keepdims=True)
        of_channels = [s.mean(axis=(0, 2, 3)) for s in (mean, var)]
        bn_param["running_mean"] = momentum * running_mean + (1 - momentum) * of_channels[0]
        bn_param["running_var"] = momentum * running_var + (1 - momentum) * of_channels[1]
    else:
        mean, var = running_mean.reshape(1, C, 1, 1), running_var.reshape(1, C, 1, 1)
    normal = ((x - mean) / np.sqrt(var + eps)).transpose(0, 2, 3, 1).reshape(N * H * W, C)
    cache, out = None, gamma * normal + beta"""


def own_backward(name, words, parts):
    """Return a mutant of spatial_batchnorm_backward by its own formula, with other parts."""
    formula = {"gamma": "gamma", "mean": "dpixels.sum(axis=0)", "projection": "x_hat * dgamma", "count": "len(dpixels)"}
    formula |= parts
    code = f"""\
x_centered, std, gamma = cache
    x_hat = x_centered / std
    dgamma, dbeta = (dpixels * x_hat).sum(axis=0), dpixels.sum(axis=0)
    dx = {formula["gamma"]} / std * (dpixels - ({formula["mean"]} + {formula["projection"]}) / {formula["count"]})"""
    return Mutant(BATCH_BACK, name, words, ((DCALL, code),))


def group_statistics(of_mean, of_variance):
    """Return changes that take mean and variance over other axes of the groups."""
    return (
        (GROUPS, "x.reshape(x.shape[0], G, -1, *x.shape[2:])"),
        ("groups.var(axis=2, ", f"groups.var(axis=({of_variance}), "),
        ("groups.mean(axis=2, ", f"groups.mean(axis=({of_mean}), "),
        (GROUP_RETURN, "return out, None"),
    )


MUTANTS = (
    Mutant(BATCH, "no-transpose", NO_TRANSPOSE, ((FLAT, "x.reshape(N * H * W, C)"), (BACK, "out.reshape(N, C, H, W)"))),
    Mutant(BATCH, "no-transpose-before", NO_TRANSPOSE, ((FLAT, "x.reshape(N * H * W, C)"),)),
    Mutant(BATCH, "no-transpose-after", NO_TRANSPOSE, ((BACK, "out.reshape(N, C, H, W)"),)),
    Mutant(BATCH, "columns-first-before", ROWS_AND_COLUMNS, (("x.transpose(0, 2, 3, 1)", "x.transpose(0, 3, 2, 1)"),)),
    Mutant(BATCH, "columns-first-after", ROWS_AND_COLUMNS, ((".transpose(0, 3, 1, 2)", ".transpose(0, 3, 2, 1)"),)),
    Mutant(
        BATCH,
        "channels-first",
        CHANNELS_FIRST,
        (
            ("x.transpose(0, 2, 3, 1)", "x.transpose(1, 0, 2, 3)"),
            (BACK, "out.reshape(C, N, H, W).transpose(1, 0, 2, 3)"),
        ),
    ),
    Mutant(BATCH, "channels-first-before", CHANNELS_FIRST, (("x.transpose(0, 2, 3, 1)", "x.transpose(1, 0, 2, 3)"),)),
    Mutant(
        BATCH,
        "per-pixel",
        "Every pixel has its own statistics over the batch. Take them over rows and columns too.",
        (
            (FLAT, "x.reshape(N, C * H * W)"),
            ("(pixels, gamma, beta,", "(pixels, np.repeat(gamma, H * W), np.repeat(beta, H * W),"),
            (BACK, "out.reshape(x.shape)"),
        ),
    ),
    Mutant(
        BATCH,
        "per-sample",
        "Every sample is normalized separately. Take the statistics of a channel over the whole batch.",
        (
            (
                CALL,
                "parts = [batchnorm_forward(p, gamma, beta, bn_param) for p in pixels.reshape(N, H * W, C)]\n"
                "    out, cache = np.concatenate([part[0] for part in parts]), parts[-1][1]",
            ),
        ),
    ),
    Mutant(
        BATCH,
        "channels-share-averages",
        "The channels overwrite each other's running averages. Normalize all channels in one call.",
        (
            (
                CALL,
                "parts = [batchnorm_forward(pixels[:, c : c + 1], gamma[c : c + 1], beta[c : c + 1], bn_param)"
                " for c in range(C)]\n"
                "    out, cache = np.concatenate([part[0] for part in parts], axis=1), parts",
            ),
        ),
    ),
    Mutant(
        BATCH,
        "averages-lost",
        "The new running averages do not get into bn_param. Store them in bn_param itself.",
        (("beta, bn_param)\n    return", "beta, dict(bn_param))\n    return"),),
    ),
    Mutant(
        BATCH,
        "settings-lost",
        "Only the mode of bn_param is passed on. Pass all of bn_param.",
        (("beta, bn_param)\n    return", 'beta, {"mode": bn_param["mode"]})\n    return'),),
        also_matches=("averages-lost",),
    ),
    Mutant(
        BATCH,
        "eps-fixed",
        "A fixed eps is used. Use the eps of bn_param.",
        ((CALL, OWN.replace('bn_param.get("eps", 1e-5)', "1e-5")),),
    ),
    Mutant(
        BATCH,
        "momentum-fixed",
        "The momentum of bn_param is ignored. Use it in the running averages.",
        ((CALL, OWN.replace('bn_param.get("momentum", 0.9)', "0.9")),),
    ),
    Mutant(
        BATCH,
        "variance-by-n-1",
        "The variance is divided by N·H·W − 1. Divide by N·H·W.",
        ((CALL, OWN.replace("x.var(axis=(0, 2, 3))", "x.var(axis=(0, 2, 3), ddof=1)")),),
    ),
    Mutant(
        BATCH_BACK,
        "no-transpose",
        NO_TRANSPOSE,
        ((DFLAT, "dout.reshape(N * H * W, C)"), (DBACK, "dx.reshape(N, C, H, W)")),
    ),
    Mutant(BATCH_BACK, "no-transpose-before", NO_TRANSPOSE, ((DFLAT, "dout.reshape(N * H * W, C)"),)),
    Mutant(BATCH_BACK, "no-transpose-after", NO_TRANSPOSE, ((DBACK, "dx.reshape(N, C, H, W)"),)),
    Mutant(
        BATCH_BACK,
        "columns-first-before",
        ROWS_AND_COLUMNS,
        (("dout.transpose(0, 2, 3, 1)", "dout.transpose(0, 3, 2, 1)"),),
    ),
    Mutant(
        BATCH_BACK, "columns-first-after", ROWS_AND_COLUMNS, ((".transpose(0, 3, 1, 2)", ".transpose(0, 3, 2, 1)"),)
    ),
    Mutant(
        BATCH_BACK,
        "channels-first",
        CHANNELS_FIRST,
        (
            ("dout.transpose(0, 2, 3, 1)", "dout.transpose(1, 0, 2, 3)"),
            (DBACK, "dx.reshape(C, N, H, W).transpose(1, 0, 2, 3)"),
        ),
    ),
    Mutant(
        BATCH_BACK,
        "channels-first-before",
        CHANNELS_FIRST,
        (("dout.transpose(0, 2, 3, 1)", "dout.transpose(1, 0, 2, 3)"),),
    ),
    Mutant(
        BATCH_BACK,
        "left-flat",
        "The gradient dx has the shape (N·H·W, C). Give it the shape of x.",
        ((DBACK, "dx"),),
    ),
    Mutant(
        BATCH_BACK,
        "not-over-the-batch",
        "The gradients dgamma and dbeta are not summed over the batch. Give them the shapes of gamma and beta.",
        (
            (
                DCALL,
                f"{DCALL}\n    x_centered, std, gamma = cache\n"
                "    dgamma = (dpixels * x_centered / std).reshape(N, H * W, C).sum(axis=1)\n"
                "    dbeta = dout.sum(axis=(2, 3))",
            ),
        ),
    ),
    Mutant(
        BATCH_BACK,
        "averaged",
        "The gradients dgamma and dbeta are averages. Sum over samples, rows and columns.",
        ((DCALL, f"{DCALL}\n    dgamma, dbeta = dgamma / (N * H * W), dbeta / (N * H * W)"),),
    ),
    Mutant(
        BATCH_BACK,
        "divided-by-n",
        "The sums in dx are divided by the number of samples. Divide by N·H·W.",
        (
            (
                DCALL,
                f"{DCALL}\n    x_centered, std, gamma = cache\n"
                "    dx = gamma / std * (dpixels - (dbeta + x_centered / std * dgamma) / N)",
            ),
        ),
    ),
    Mutant(
        BATCH_BACK,
        "statistics-as-constants",
        CONSTANTS,
        ((DCALL, f"{DCALL}\n    _, std, gamma = cache\n    dx = dpixels * gamma / std"),),
    ),
    Mutant(
        GROUP,
        "per-pixel",
        "Every pixel has its own statistics. Take them over the channels, rows and columns of a group.",
        (("G, -1)", "G, x.shape[1] // G, -1)"),),
    ),
    Mutant(
        GROUP,
        "over-the-batch",
        "The statistics of a group are taken over the batch too. Take them for each sample.",
        (("axis=2", "axis=(0, 2)"),),
    ),
    Mutant(
        GROUP,
        "per-channel",
        "Every channel has its own statistics. Take them over all channels of a group.",
        (("G, -1)", "x.shape[1], -1)"),),
    ),
    Mutant(
        GROUP,
        "one-group",
        "All channels of a sample are normalized together. Normalize each group separately.",
        (("G, -1)", "1, -1)"),),
    ),
    Mutant(
        GROUP,
        "interleaved",
        "The channels are assigned to the groups in turn. Put neighbouring channels into a group.",
        ((GROUPS, "x.reshape(x.shape[0], -1, G, x.shape[2] * x.shape[3])"), ("axis=2", "axis=(1, 3)")),
    ),
    Mutant(
        GROUP,
        "groups-of-g",
        "The number of groups and the number of channels in a group are swapped. G is the number of groups.",
        (("G, -1)", "x.shape[1] // G, -1)"),),
    ),
    Mutant(
        GROUP,
        "batch-in-pieces",
        "The whole batch is split into G parts. Split each sample into G groups.",
        (("x.reshape(x.shape[0], G", "x.reshape(1, G"),),
    ),
    Mutant(
        GROUP,
        "gamma-flattened",
        "Flattened gamma and beta broadcast along the columns. Keep their shape (1, C, 1, 1).",
        (("gamma * x_hat", "gamma.ravel() * x_hat"), (") + beta", ") + beta.ravel()")),
    ),
    Mutant(
        GROUP,
        "gamma-with-more-axes",
        "Axes are added to gamma and beta. Use them as they are: their shape is (1, C, 1, 1).",
        (("gamma * x_hat", "gamma[None, :, None, None] * x_hat"), (") + beta", ") + beta[None, :, None, None]")),
    ),
    Mutant(
        GROUP,
        "gamma-first",
        "The data are scaled by gamma before they are normalized. Scale them afterwards.",
        ((GROUPS, "(gamma * x).reshape(x.shape[0], G, -1)"), ("gamma * x_hat", "x_hat")),
    ),
    Mutant(
        GROUP,
        "eps-fixed",
        "A fixed eps is used. Use the eps of gn_param.",
        (('gn_param.get("eps", 1e-5)', "1e-5"),),
    ),
    Mutant(GROUP, "eps-forgotten", "The eps is missing. Add it to the variance.", ((" + eps)", ")"),)),
    Mutant(GROUP, "another-default-eps", "The default of eps is wrong. Use 1e-5.", (('"eps", 1e-5', '"eps", 1e-8'),)),
    Mutant(
        GROUP,
        "eps-outside",
        "The eps is added to the standard deviation. Add it to the variance, inside the root.",
        (("np.sqrt(groups.var(axis=2, keepdims=True) + eps)", "np.sqrt(groups.var(axis=2, keepdims=True)) + eps"),),
    ),
    Mutant(
        GROUP,
        "no-root",
        "The data are divided by the variance. Divide by the standard deviation.",
        (("std = np.sqrt(", "std = ("),),
    ),
    Mutant(
        GROUP,
        "variance-by-n-1",
        "The variance is divided by the size of the group minus 1. Divide by the size of the group.",
        (("groups.var(", "groups.var(ddof=1, "),),
    ),
    Mutant(
        GROUP,
        "gamma-forgotten",
        "The normalized data are not scaled. Multiply them by gamma.",
        (("gamma * x_hat", "x_hat"),),
    ),
    Mutant(
        GROUP,
        "beta-forgotten",
        "The scaled data are not shifted. Add beta.",
        ((".reshape(x.shape) + beta", ".reshape(x.shape)"),),
    ),
    Mutant(
        GROUP_BACK,
        "no-kept-axes",
        "The gradients dgamma and dbeta lack axes. Give them the shape (1, C, 1, 1).",
        ((KEPT, "axis=(0, 2, 3)"),),
    ),
    Mutant(
        GROUP_BACK,
        "not-over-the-batch",
        "The gradients dgamma and dbeta are not summed over the batch. Give them the shapes of gamma and beta.",
        ((KEPT, "axis=(2, 3), keepdims=True"),),
    ),
    Mutant(
        GROUP_BACK,
        "divided-by-pixels",
        DIVIDED_BY,
        ((GROUP_MEAN, ".sum(axis=2, keepdims=True) / dout[0, 0].size"),),
    ),
    Mutant(
        GROUP_BACK, "divided-by-all-channels", DIVIDED_BY, ((GROUP_MEAN, ".sum(axis=2, keepdims=True) / dout[0].size"),)
    ),
    Mutant(GROUP_BACK, "divided-by-batch", DIVIDED_BY, ((GROUP_MEAN, ".sum(axis=2, keepdims=True) / len(dout)"),)),
    Mutant(GROUP_BACK, "not-divided", DIVIDED_BY, ((".mean(axis=2", ".sum(axis=2"),)),
    Mutant(
        GROUP_BACK,
        "gamma-in-front",
        "The factor gamma is outside the means over a group. Multiply by it before you take the means.",
        (("(dout * gamma).reshape", "dout.reshape"), ("return dx.reshape(", "return gamma * dx.reshape(")),
    ),
    Mutant(
        GROUP_BACK,
        "gamma-forgotten",
        "The factor gamma is missing in dx. Multiply the upstream gradient by gamma first.",
        (("(dout * gamma).reshape", "dout.reshape"),),
    ),
    Mutant(
        GROUP_BACK,
        "over-the-batch",
        "The means in dx are taken over the batch too. Take them for each sample.",
        ((GROUP_MEAN, ".mean(axis=(0, 2), keepdims=True)"),),
    ),
    Mutant(GROUP_BACK, "statistics-as-constants", CONSTANTS, ((GROUP_DX, "dx_hat"),), also_matches=EITHER_CONSTANT),
    Mutant(
        GROUP_BACK,
        "mean-as-constant",
        "In dx the mean is a constant. Add its gradient: it depends on every number of the group.",
        ((" - dx_hat.mean(axis=2, keepdims=True)", ""),),
    ),
    Mutant(
        GROUP_BACK,
        "variance-as-constant",
        "In dx the variance is a constant. Add its gradient: it depends on every number of the group.",
        ((" - projection", ""),),
    ),
    Mutant(
        GROUP_BACK,
        "two-forgotten",
        "The gradient of the variance lacks a factor of 2. Add it: it is the derivative of the square.",
        ((" - projection", " - projection / 2"),),
    ),
    Mutant(
        GROUP_BACK,
        "sign-of-variance",
        "A sign is wrong in dx. Subtract the term of the variance.",
        ((" - projection", " + projection"),),
    ),
    Mutant(
        GROUP_BACK,
        "dgamma-not-normalized",
        "The gradient dgamma uses inputs that are not normalized. Use the normalized ones.",
        (("(dout * x_hat.reshape", "(dout * (x_hat * std).reshape"),),
    ),
    Mutant(
        GROUP_BACK,
        "left-in-groups",
        "The gradient dx has the shape of the groups. Give it the shape of x.",
        (("dx.reshape(dout.shape)", "dx"),),
    ),
    Mutant(
        GROUP_BACK,
        "eps-forgotten",
        "The gradient is computed without eps. Use the variance plus eps, as in the forward pass.",
        # Convert the cache to that of a forward pass without eps.
        (
            (
                GROUP_CACHE,
                f"{GROUP_CACHE}\n    without_eps = x_hat.std(axis=2, keepdims=True)\n"
                "    x_hat, std = x_hat / without_eps, std * without_eps",
            ),
        ),
    ),
    Mutant(
        BATCH,
        "pixels-as-features",
        "Every pixel of a channel is a feature of its own. Reshape to (N·H·W, C), so that a channel is one feature.",
        body="""
    out, cache = batchnorm_forward(x.reshape(len(x), -1), gamma, beta, bn_param)
    return out.reshape(x.shape), cache
    """,
    ),
    Mutant(BATCH, "per-sample-with-averages", PER_SAMPLE, ((CALL, own_statistics("2, 3")),)),
    Mutant(BATCH, "over-samples-and-rows", TWO_OF_THREE, ((CALL, own_statistics("0, 2")),)),
    Mutant(BATCH, "over-samples-and-columns", TWO_OF_THREE, ((CALL, own_statistics("0, 3")),)),
    Mutant(
        BATCH,
        "layernorm-called",
        "Each pixel is normalized over its channels, as in layer normalization. Normalize each channel.",
        ((CALL, "out, cache = layernorm_forward(pixels, gamma, beta, bn_param)"),),
        also_matches=("averages-lost",),
    ),
    Mutant(
        BATCH_BACK,
        "dgamma-of-one",
        DGAMMA_OF_ONE,
        ((f"{BATCH_RETURN}dgamma, dbeta", f"{BATCH_RETURN}dgamma.sum(), dbeta"),),
    ),
    Mutant(
        BATCH_BACK,
        "dbeta-of-one",
        DBETA_OF_ONE,
        ((f"{BATCH_RETURN}dgamma, dbeta", f"{BATCH_RETURN}dgamma, dbeta.sum()"),),
    ),
    Mutant(
        BATCH_BACK,
        "dgamma-and-dbeta-exchanged",
        EXCHANGED,
        ((f"{BATCH_RETURN}dgamma, dbeta", f"{BATCH_RETURN}dbeta, dgamma"),),
    ),
    Mutant(
        BATCH_BACK,
        "kept-axes",
        "The gradients dgamma and dbeta have too many axes. Give them the shapes of gamma and beta.",
        ((f"{BATCH_RETURN}dgamma, dbeta", f"{BATCH_RETURN}dgamma.reshape(1, -1, 1, 1), dbeta.reshape(1, -1, 1, 1)"),),
    ),
    Mutant(
        BATCH_BACK,
        "averaged-over-samples",
        "The gradients dgamma and dbeta are divided by the number of samples. Sum without a division.",
        ((f"{BATCH_RETURN}dgamma, dbeta", f"{BATCH_RETURN}dgamma / N, dbeta / N"),),
    ),
    own_backward(
        "gamma-forgotten",
        "The factor gamma is missing in dx. Multiply the upstream gradient by gamma first.",
        {"gamma": "1"},
    ),
    own_backward("mean-as-constant", CONSTANT_MEAN, {"mean": "0 * dpixels.sum(axis=0)"}),
    own_backward("variance-as-constant", CONSTANT_VARIANCE, {"projection": "0 * x_hat"}),
    own_backward("not-divided", "The sums in dx are not divided. Divide them by N·H·W.", {"count": "1"}),
    Mutant(GROUP, "over-channels-and-rows", TWO_OF_GROUP, group_statistics("2, 3", "2, 3")),
    Mutant(GROUP, "over-channels-and-columns", TWO_OF_GROUP, group_statistics("2, 4", "2, 4")),
    Mutant(GROUP, "mean-per-channel", MEAN_OF_PART, group_statistics("3, 4", "2, 3, 4")),
    Mutant(GROUP, "mean-over-channels-and-rows", MEAN_OF_PART, group_statistics("2, 3", "2, 3, 4")),
    Mutant(GROUP, "mean-over-channels-and-columns", MEAN_OF_PART, group_statistics("2, 4", "2, 3, 4")),
    Mutant(
        GROUP,
        "not-centred",
        "The mean is not subtracted from the data. Subtract it before you divide.",
        (("(groups - groups.mean(axis=2, keepdims=True))", "groups"),),
    ),
    Mutant(
        GROUP,
        "groups-not-reshaped",
        "Gamma is multiplied with the data in groups. Reshape them to the shape of x first.",
        body="""
    groups = x.reshape(len(x), G, -1, *x.shape[2:])
    mean, var = groups.mean(axis=(2, 3, 4), keepdims=True), groups.var(axis=(2, 3, 4), keepdims=True)
    out = (groups - mean) / np.sqrt(var + gn_param.get("eps", 1e-5)) * gamma + beta
    return out, None
    """,
    ),
    Mutant(
        GROUP,
        "scaled-by-layernorm",
        "Gamma and beta are passed to the normalization of the groups. Scale after the reshape to the shape of x.",
        body="""
    out, cache = layernorm_forward(x.reshape(len(x) * G, -1), gamma, beta, gn_param)
    return out.reshape(x.shape), cache
    """,
    ),
    Mutant(
        GROUP_BACK,
        "dgamma-of-one",
        DGAMMA_OF_ONE,
        ((f"{GROUP_DRETURN}dgamma, dbeta", f"{GROUP_DRETURN}dgamma.sum(), dbeta"),),
    ),
    Mutant(
        GROUP_BACK,
        "dbeta-of-one",
        DBETA_OF_ONE,
        ((f"{GROUP_DRETURN}dgamma, dbeta", f"{GROUP_DRETURN}dgamma, dbeta.sum()"),),
    ),
    Mutant(
        GROUP_BACK,
        "dgamma-and-dbeta-exchanged",
        EXCHANGED,
        ((f"{GROUP_DRETURN}dgamma, dbeta", f"{GROUP_DRETURN}dbeta, dgamma"),),
    ),
    Mutant(
        GROUP_BACK,
        "averaged-over-samples",
        "The gradients dgamma and dbeta are divided by the number of samples. Sum without a division.",
        ((f"{GROUP_DRETURN}dgamma, dbeta", f"{GROUP_DRETURN}dgamma / len(dout), dbeta / len(dout)"),),
    ),
    Mutant(
        GROUP_BACK,
        "sums-over-two-axes",
        "The gradients dgamma and dbeta are summed over two axes only. Sum over samples, rows and columns.",
        ((KEPT, "axis=(0, 2), keepdims=True"),),
    ),
    Mutant(
        GROUP_BACK,
        "normalized-for-centred",
        "The data are divided by the standard deviation twice. Divide the centred data once.",
        ((GROUP_CACHE, f"{GROUP_CACHE}\n    x_hat = x_hat / std"),),
        also_matches=("variance-from-normalized",),
    ),
    Mutant(
        GROUP_BACK,
        "variance-from-normalized",
        "The terms of the variance in dx use normalized inputs. Use the centred ones.",
        (("- projection)", "- projection / std**2)"),),
    ),
    Mutant(
        GROUP_BACK,
        "power-of-deviation",
        "The gradient of the variance has a wrong power. The derivative of its inverse root has the power −3/2.",
        (("- projection)", "- projection * std)"),),
    ),
    Mutant(
        GROUP_BACK,
        "sign-of-mean",
        "A sign is wrong in dx. Subtract the term of the mean.",
        ((GROUP_DX, GROUP_DX.replace("- dx_hat", "+ dx_hat")),),
    ),
    Mutant(
        GROUP_BACK,
        "deviation-forgotten",
        "The division by the standard deviation is missing in dx. Divide by it.",
        ((f"{GROUP_DX} / std", "(dx_hat - (dx_hat.mean(axis=2, keepdims=True) + projection) / std)"),),
    ),
    Mutant(
        GROUP_BACK,
        "divided-by-the-whole-channel",
        DIVIDED_BY,
        ((GROUP_MEAN, OTHER_COUNT.format("len(dout) * dout[0, 0].size")),),
    ),
    Mutant(
        GROUP_BACK,
        "divided-by-the-whole-batch",
        DIVIDED_BY,
        ((GROUP_MEAN, OTHER_COUNT.format("len(dout) * x_hat.shape[2]")),),
    ),
    Mutant(
        BATCH_BACK,
        "forward-called",
        "The backward pass calls the forward pass of batch normalization. Call its backward pass.",
        ((DCALL, DCALL.replace("backward", "forward")),),
    ),
    Mutant(
        GROUP,
        "over-the-groups",
        "The statistics are taken over the groups. Take them over the channels, rows and columns of a group.",
        group_statistics("1, 3, 4", "1, 3, 4"),
    ),
)

VARIANTS = (
    Variant(
        BATCH,
        "moved-axis",
        "moveaxis there and back, arguments by name",
        (
            (FLAT, "np.moveaxis(x, 1, -1).reshape(-1, C)"),
            (CALL, CALL.replace("pixels, gamma, beta, bn_param", "pixels, gamma=gamma, beta=beta, bn_param=bn_param")),
            (BACK, "np.moveaxis(out.reshape(N, H, W, C), -1, 1)"),
        ),
    ),
    Variant(
        BATCH,
        "swapped-axes",
        "two swaps of axes each way, a copy in C order",
        (
            (FLAT, "np.ascontiguousarray(x.swapaxes(1, 2).swapaxes(2, 3)).reshape(N * H * W, C)"),
            (BACK, "out.reshape(N, H, W, C).swapaxes(3, 2).swapaxes(2, 1).copy()"),
        ),
    ),
    Variant(
        BATCH,
        "channels-as-rows",
        "channels to the front, then the transpose of a matrix",
        (
            (FLAT, "x.transpose(1, 0, 2, 3).reshape(C, -1).T"),
            (BACK, "out.T.reshape(C, N, H, W).transpose(1, 0, 2, 3)"),
        ),
    ),
    Variant(
        BATCH,
        "column-by-column",
        "a loop that flattens channel by channel, a helper in another cell that puts them back",
        (
            (f"pixels = {FLAT}", "pixels = np.column_stack([x[:, c].flatten() for c in range(C)])"),
            (BACK, "as_maps(out, N, H, W)"),
        ),
        helper="""\
def as_maps(pixels, N, H, W):
    maps = np.zeros((N, pixels.shape[1], H, W))
    for c in range(maps.shape[1]):
        maps[:, c, :, :] = pixels[:, c].reshape(N, H, W)
    return maps
""",
    ),
    Variant(
        BATCH,
        "float32",
        "float32 throughout",
        (
            (
                f"pixels = {FLAT}",
                f"x, gamma, beta = x.astype('f'), gamma.astype('f'), beta.astype('f')\n    pixels = {FLAT}",
            ),
        ),
    ),
    Variant(BATCH, "own-statistics", "statistics of its own, without batchnorm_forward", ((CALL, OWN),)),
    Variant(
        BATCH,
        "every-number",
        "loops over every number, without batchnorm_forward",
        body="""\
    N, C, H, W = x.shape
    eps, momentum = bn_param.get("eps", 1e-5), bn_param.get("momentum", 0.9)
    running_mean = bn_param.get("running_mean", np.zeros(C))
    running_var = bn_param.get("running_var", np.zeros(C))
    new_mean, new_var = np.zeros(C), np.zeros(C)
    out, centered, std = np.zeros(x.shape), np.zeros((N * H * W, C)), np.zeros(C)
    for c in range(C):
        if bn_param["mode"] == "train":
            mean = 0.0
            for n in range(N):
                for i in range(H):
                    for j in range(W):
                        mean += float(x[n, c, i, j])
            mean = mean / (N * H * W)
            var = 0.0
            for n in range(N):
                for i in range(H):
                    for j in range(W):
                        var += (float(x[n, c, i, j]) - mean) ** 2
            var = var / (N * H * W)
            new_mean[c] = momentum * float(running_mean[c]) + (1 - momentum) * mean
            new_var[c] = momentum * float(running_var[c]) + (1 - momentum) * var
        else:
            mean, var = float(running_mean[c]), float(running_var[c])
        std[c] = (var + eps) ** 0.5
        for n in range(N):
            for i in range(H):
                for j in range(W):
                    number = float(x[n, c, i, j]) - mean
                    centered[(n * H + i) * W + j, c] = number
                    out[n, c, i, j] = float(gamma[c]) * number / float(std[c]) + float(beta[c])
    if bn_param["mode"] == "train":
        bn_param["running_mean"], bn_param["running_var"] = new_mean, new_var
    return out, (centered, std, gamma)
""",
    ),
    Variant(
        BATCH_BACK,
        "every-number",
        "loops over every number, without batchnorm_backward",
        body="""\
    centered, std, gamma = cache
    N, C, H, W = dout.shape
    dx, dgamma, dbeta = np.zeros(dout.shape), np.zeros(C), np.zeros(C)
    for c in range(C):
        for n in range(N):
            for i in range(H):
                for j in range(W):
                    x_hat = float(centered[(n * H + i) * W + j, c]) / float(std[c])
                    dbeta[c] = float(dbeta[c]) + float(dout[n, c, i, j])
                    dgamma[c] = float(dgamma[c]) + float(dout[n, c, i, j]) * x_hat
        for n in range(N):
            for i in range(H):
                for j in range(W):
                    x_hat = float(centered[(n * H + i) * W + j, c]) / float(std[c])
                    through_statistics = (float(dbeta[c]) + x_hat * float(dgamma[c])) / (N * H * W)
                    slope = float(gamma[c]) / float(std[c])
                    dx[n, c, i, j] = slope * (float(dout[n, c, i, j]) - through_statistics)
    return dx, dgamma, dbeta
""",
    ),
    Variant(
        BATCH_BACK,
        "moved-axis",
        "moveaxis there and back, arguments by name",
        (
            (DFLAT, "np.moveaxis(dout, 1, 3).reshape(-1, C)"),
            ("(dpixels, cache)", "(dout=dpixels, cache=cache)"),
            (DBACK, "np.moveaxis(dx.reshape(N, H, W, C), 3, 1)"),
        ),
    ),
    Variant(
        BATCH_BACK,
        "channels-as-rows",
        "channels to the front, then the transpose of a matrix, gradients in a list",
        (
            (DFLAT, "dout.transpose(1, 0, 2, 3).reshape(C, -1).T"),
            (f"return {DBACK}, dgamma, dbeta", "return [dx.T.reshape(C, N, H, W).swapaxes(0, 1), dgamma, dbeta]"),
        ),
    ),
    Variant(
        BATCH_BACK,
        "simplified",
        "by batchnorm_backward_alt, taken from the other notebook in a cell of its own; dbeta from the feature maps",
        (
            (
                DCALL,
                'dx, dgamma, _ = batchnorm_backward_alt(dpixels, cache)\n    dbeta = np.einsum("nchw->c", dout)',
            ),
        ),
        helper='batchnorm_backward_alt = definitions("BatchNormalization.ipynb", "batchnorm_backward_alt")\n',
    ),
    Variant(
        BATCH_BACK,
        "float32",
        "float32 upstream and out, a loop that puts channels back",
        (
            (DFLAT, f"np.float32({DFLAT})"),
            (
                f"return {DBACK}",
                "dx, flat = np.empty(dout.shape, np.float32), dx\n    for c in range(C):\n"
                "        dx[:, c] = flat[:, c].reshape(N, H, W)\n    return dx",
            ),
        ),
    ),
    Variant(
        GROUP,
        "five-axes",
        "groups with five axes",
        body="""\
    N, C, H, W = x.shape
    eps = gn_param.get("eps", 1e-5)
    x_group = np.reshape(x, (N, G, C // G, H, W))
    mean = np.mean(x_group, axis=(2, 3, 4), keepdims=True)
    var = np.var(x_group, axis=(2, 3, 4), keepdims=True)
    x_norm = ((x_group - mean) / np.sqrt(var + eps)).reshape((N, C, H, W))
    out = x_norm * gamma + beta
    return out, (x_norm.reshape(N, G, -1), np.sqrt(var + eps).reshape(N, G, 1), gamma)
""",
    ),
    Variant(
        GROUP,
        "rows",
        "a group per row, normalized by a helper in another cell",
        body="""\
    N, C, H, W = x.shape
    rows, std = normalized_rows(x.reshape(N * G, -1), gn_param.get("eps", 1e-5))
    out = gamma * rows.reshape(N, C, H, W) + beta
    return out, (rows.reshape(N, G, -1), std.reshape(N, G, 1), gamma)
""",
        helper="""\
def normalized_rows(rows, eps):
    mean = rows.mean(axis=1)
    std = np.sqrt(rows.var(axis=1) + eps)
    return ((rows.T - mean) / std).T, std
""",
    ),
    Variant(
        GROUP,
        "loop-over-groups",
        "a loop over samples and groups",
        body="""\
    N, C, H, W = x.shape
    eps = gn_param.get("eps", 1e-5)
    size = C // G
    x_hat, std = np.zeros(x.shape), np.zeros((N, G, 1))
    for n in range(N):
        for g in range(G):
            group = x[n, g * size : (g + 1) * size]
            mean = np.sum(group) / group.size
            std[n, g] = (np.sum((group - mean) ** 2) / group.size + eps) ** 0.5
            x_hat[n, g * size : (g + 1) * size] = (group - mean) / std[n, g]
    out = np.zeros(x.shape)
    for c in range(C):
        out[:, c] = x_hat[:, c] * gamma[0, c, 0, 0] + beta[0, c, 0, 0]
    return [out, [x_hat.reshape(N, G, -1), std, gamma]]
""",
    ),
    Variant(
        GROUP,
        "every-number",
        "loops over every number",
        body="""\
    N, C, H, W = x.shape
    eps = gn_param.get("eps", 1e-5)
    size = C // G
    out, x_hat, std = np.zeros(x.shape), np.zeros(x.shape), np.zeros((N, G, 1))
    for n in range(N):
        for g in range(G):
            mean = 0.0
            for c in range(g * size, (g + 1) * size):
                for i in range(H):
                    for j in range(W):
                        mean += float(x[n, c, i, j])
            mean = mean / (size * H * W)
            var = 0.0
            for c in range(g * size, (g + 1) * size):
                for i in range(H):
                    for j in range(W):
                        var += (float(x[n, c, i, j]) - mean) ** 2
            std[n, g, 0] = (var / (size * H * W) + eps) ** 0.5
            for c in range(g * size, (g + 1) * size):
                for i in range(H):
                    for j in range(W):
                        number = (float(x[n, c, i, j]) - mean) / float(std[n, g, 0])
                        x_hat[n, c, i, j] = number
                        out[n, c, i, j] = float(gamma[0, c, 0, 0]) * number + float(beta[0, c, 0, 0])
    return out, (x_hat.reshape(N, G, -1), std, gamma)
""",
    ),
    Variant(
        GROUP,
        "split",
        "channels split into a list of arrays and put together again",
        body="""\
    N, C, H, W = x.shape
    eps = gn_param.setdefault("eps", 1e-5)

    def normalized(part):
        std = np.sqrt(part.var(axis=(1, 2, 3)) + eps)[:, None, None, None]
        return (part - part.mean(axis=(1, 2, 3))[:, None, None, None]) / std, std

    parts = [normalized(part) for part in np.split(x, G, axis=1)]
    x_hat = np.concatenate([part for part, _ in parts], axis=1)
    std = np.concatenate([std for _, std in parts], axis=1)
    return x_hat * gamma + beta, (x_hat.reshape(N, G, -1), std.reshape(N, G, 1), gamma)
""",
    ),
    Variant(
        GROUP,
        "einsum",
        "einsum for the sums and the scaling",
        body="""\
    eps = gn_param.get("eps", 1e-5)
    groups = x.reshape(len(x), G, -1)
    centred = groups - np.einsum("ngk->ng", groups)[:, :, None] / groups.shape[2]
    std = np.sqrt(np.einsum("ngk,ngk->ng", centred, centred)[..., None] / groups.shape[2] + eps)
    x_hat = centred / std
    out = np.einsum("nchw,c->nchw", x_hat.reshape(x.shape), gamma.flatten()) + beta
    return out, (x_hat, std, gamma)
""",
    ),
    Variant(
        GROUP,
        "float32",
        "float32 throughout",
        (
            (
                GROUP_EPS,
                f"x, gamma, beta = (np.asarray(a, dtype=np.float32) for a in (x, gamma, beta))\n    {GROUP_EPS}",
            ),
        ),
    ),
    Variant(
        GROUP,
        "in-place",
        "in place on a copy",
        ((GROUP_OUT, "out = x_hat.reshape(x.shape).copy()\n    out *= gamma\n    out += beta"),),
    ),
    Variant(
        GROUP_BACK,
        "staged",
        "groups with five axes, mean and variance by the chain rule, with the term that is always zero",
        body="""\
    N, C, H, W = dout.shape
    x_hat, std, gamma = cache
    G = x_hat.shape[1]
    x_hat, std = x_hat.reshape(N, G, C // G, H, W), std.reshape(N, G, 1, 1, 1)
    size = C // G * H * W
    axes = (2, 3, 4)
    dbeta = np.sum(dout, axis=(0, 2, 3), keepdims=True)
    dgamma = np.sum(dout * x_hat.reshape(N, C, H, W), axis=(0, 2, 3), keepdims=True)
    d = (dout * gamma).reshape(N, G, C // G, H, W)
    centred = x_hat * std
    dvar = np.sum(d * -0.5 * centred / std**3, axis=axes, keepdims=True)
    dmean = np.sum(-d / std, axis=axes, keepdims=True)
    dmean = dmean - dvar * 2.0 / size * np.sum(centred, axis=axes, keepdims=True)
    dx = d / std + dmean / size + dvar * 2.0 / size * centred
    return dx.reshape(N, C, H, W), dgamma, dbeta
""",
    ),
    Variant(
        GROUP_BACK,
        "rows",
        "a group per row, batch normalization's formula in a helper of another cell",
        body="""\
    N, C, H, W = dout.shape
    x_hat, std, gamma = cache
    rows = x_hat.reshape(N * x_hat.shape[1], -1)
    dx = through_columns((dout * gamma).reshape(rows.shape).T, rows.T, std.ravel()).T.reshape(N, C, H, W)
    dgamma = (dout * x_hat.reshape(N, C, H, W)).sum((0, 2, 3)).reshape(1, C, 1, 1)
    dbeta = dout.sum((0, 2, 3))[None, :, None, None]
    return dx, dgamma, dbeta
""",
        helper="""\
def through_columns(d, x_hat, std):
    N = len(d)
    return 1 / (N * std) * (N * d - d.sum(axis=0) - x_hat * (d * x_hat).sum(axis=0))
""",
    ),
    Variant(
        GROUP_BACK,
        "loop-over-groups",
        "a loop over samples and groups",
        body="""\
    x_hat, std, gamma = cache
    N, C, H, W = dout.shape
    G = x_hat.shape[1]
    size = C // G
    dx, dgamma, dbeta = np.zeros_like(dout), np.zeros_like(gamma), np.zeros_like(gamma)
    for n in range(N):
        for g in range(G):
            channels = slice(g * size, (g + 1) * size)
            hat = x_hat[n, g].reshape(size, H, W)
            d = dout[n, channels] * gamma[0, channels]
            dx[n, channels] = (d - np.mean(d) - hat * np.mean(d * hat)) / std[n, g, 0]
            dgamma[0, channels, 0, 0] += (dout[n, channels] * hat).sum(axis=(1, 2))
            dbeta[0, channels, 0, 0] += dout[n, channels].sum(axis=(1, 2))
    return [dx, dgamma, dbeta]
""",
    ),
    Variant(
        GROUP_BACK,
        "every-number",
        "loops over every number",
        body="""\
    x_hat, std, gamma = cache
    N, C, H, W = dout.shape
    G = x_hat.shape[1]
    size = C // G
    x_hat = x_hat.reshape(N, C, H, W)
    dx, dgamma, dbeta = np.zeros(dout.shape), np.zeros((1, C, 1, 1)), np.zeros((1, C, 1, 1))
    for n in range(N):
        for g in range(G):
            total, product = 0.0, 0.0
            for c in range(g * size, (g + 1) * size):
                for i in range(H):
                    for j in range(W):
                        d, hat = float(dout[n, c, i, j]), float(x_hat[n, c, i, j])
                        dbeta[0, c, 0, 0] = float(dbeta[0, c, 0, 0]) + d
                        dgamma[0, c, 0, 0] = float(dgamma[0, c, 0, 0]) + d * hat
                        total += d * float(gamma[0, c, 0, 0])
                        product += d * float(gamma[0, c, 0, 0]) * hat
            for c in range(g * size, (g + 1) * size):
                for i in range(H):
                    for j in range(W):
                        d, hat = float(dout[n, c, i, j]), float(x_hat[n, c, i, j])
                        through_statistics = (total + hat * product) / (size * H * W)
                        dx[n, c, i, j] = (d * float(gamma[0, c, 0, 0]) - through_statistics) / float(std[n, g, 0])
    return dx, dgamma, dbeta
""",
    ),
    Variant(
        GROUP_BACK,
        "einsum",
        "einsum for dgamma, dbeta and the projection",
        (
            (
                "(dout * x_hat.reshape(dout.shape)).sum(axis=(0, 2, 3), keepdims=True)",
                'np.einsum("nchw,nchw->c", dout, x_hat.reshape(dout.shape)).reshape(gamma.shape)',
            ),
            ("dout.sum(axis=(0, 2, 3), keepdims=True)", 'np.einsum("nchw->c", dout).reshape(1, -1, 1, 1)'),
            (
                "(dx_hat * x_hat).mean(axis=2, keepdims=True)",
                '(np.einsum("ngk,ngk->ng", dx_hat, x_hat) / x_hat.shape[2])[:, :, np.newaxis]',
            ),
        ),
    ),
    Variant(
        GROUP_BACK,
        "float32",
        "float32 throughout, in place on arrays of its own",
        (
            (
                GROUP_CACHE,
                f"{GROUP_CACHE}\n    dout, x_hat, std, gamma = (np.float32(a) for a in (dout, x_hat, std, gamma))",
            ),
            (
                f"dx = {GROUP_DX} / std",
                f"dx = dx_hat.copy()\n    dx -= dx_hat{GROUP_MEAN}\n    dx -= projection\n    dx /= std",
            ),
        ),
    ),
)
