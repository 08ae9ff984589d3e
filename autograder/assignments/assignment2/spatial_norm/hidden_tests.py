"""Hidden tests of spatial batch normalization and spatial group normalization.

Both may call batch or layer normalization. The reference's versions replace the student's wrong
ones, because their own hidden tests have deducted the points already.
"""

from autograder import check_array, check_gradients, hidden_test, tr, tr_plural

from ..cases import joined
from ..checks import AVERAGES, check_averages
from ..inputs import SMALL, TINY, copied, gradients, spread

PARTS = {"dx": 2, "dgamma": 1, "dbeta": 1}  # most of the work is in dx

LAYERNORM = ("layernorm_forward", "layernorm_backward")
BATCHNORM = ("batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt")


def batch_problem(rng, *, N=3, C=4, H=5, W=6, scale=(20, 60), **bn_param):
    """Return feature maps whose channels differ in mean and scale; all sizes differ."""
    x = spread(rng, (N, C, H, W), (0, 2, 3), scale=scale)
    return x, rng.uniform(1.5, 3, C), rng.uniform(-3, 3, C), {"mode": "train", **bn_param}


def running(rng, scale=30):
    return {"running_mean": scale * rng.uniform(1, 3, 4), "running_var": scale**2 * rng.uniform(0.5, 2, 4)}


def check_batch_forward(student, reference, arguments, case):
    out, _ = student.spatial_batchnorm_forward(*copied(arguments))
    check_array("out", out, reference.spatial_batchnorm_forward(*copied(arguments))[0], "normalized", case=case)


@hidden_test("spatial_batchnorm_forward", weight=3, substitutes=BATCHNORM)
def test_training_output(student, reference, rng):
    """Training mode: every channel is normalized over samples, rows and columns together."""
    check_batch_forward(student, reference, batch_problem(rng), joined(tr("train"), "3 × 4 × 5 × 6"))


@hidden_test("spatial_batchnorm_forward", weight=1, parts=AVERAGES, substitutes=BATCHNORM)
def test_running_averages(student, reference, rng):
    """A running average has one value per channel and uses the momentum of bn_param: {part}."""
    arguments = batch_problem(rng, momentum=0.6, **running(rng))
    check_averages(student, reference, "spatial_batchnorm", arguments, "momentum 0.6", loose=False)


@hidden_test("spatial_batchnorm_forward", weight=0.5, substitutes=BATCHNORM)
def test_running_averages_without_eps(student, reference, rng):
    """The running averages are those of mean and variance, without eps."""
    arguments = batch_problem(rng, scale=TINY, eps=0.5, momentum=0.6, **running(rng, scale=0.2))
    check_averages(student, reference, "spatial_batchnorm", arguments, joined("eps 0.5", "momentum 0.6"))


@hidden_test("spatial_batchnorm_forward", weight=1, substitutes=BATCHNORM)
def test_test_mode(student, reference, rng):
    """Test mode uses the running averages."""
    check_batch_forward(student, reference, batch_problem(rng, mode="test", **running(rng)), tr("test mode"))


@hidden_test("spatial_batchnorm_forward", weight=1, substitutes=BATCHNORM)
def test_eps(student, reference, rng):
    """The eps of bn_param is used, in training and in test mode."""
    check_batch_forward(
        student, reference, batch_problem(rng, scale=(0.3, 0.5), eps=0.5), joined(tr("train"), "eps 0.5")
    )
    arguments = batch_problem(rng, scale=(0.3, 0.5), mode="test", eps=0.5, **running(rng, scale=0.1))
    check_batch_forward(student, reference, arguments, joined(tr("test mode"), "eps 0.5"))


@hidden_test("spatial_batchnorm_forward", weight=1, substitutes=BATCHNORM)
def test_default_eps(student, reference, rng):
    """Without an eps in bn_param it is 1e-5, which matters for small variances."""
    arguments = batch_problem(rng, scale=(0.003, 0.01))
    check_batch_forward(student, reference, arguments, joined(tr("train"), tr("no eps given, small variances")))


@hidden_test("spatial_batchnorm_backward", weight=3, parts=PARTS, substitutes=BATCHNORM)
def test_batch_gradients(student, reference, rng):
    """The gradient {part} of feature maps."""
    pair = gradients(student, reference, rng, "spatial_batchnorm", batch_problem(rng), PARTS)
    check_gradients(*pair, "gradient", case="3 × 4 × 5 × 6")


@hidden_test("spatial_batchnorm_backward", weight=1, parts=PARTS, substitutes=BATCHNORM)
def test_batch_gradients_with_large_eps(student, reference, rng):
    """The gradient {part} when eps is large enough to matter."""
    pair = gradients(student, reference, rng, "spatial_batchnorm", batch_problem(rng, scale=SMALL, eps=0.5), PARTS)
    check_gradients(*pair, "gradient", case="eps 0.5")


@hidden_test("spatial_batchnorm_backward", weight=0.5, parts=PARTS, substitutes=BATCHNORM)
def test_shapes_of_batch_gradients(student, reference, rng):
    """The gradient {part} has exactly the shape of its argument, (C,) for gamma and beta."""
    check_gradients(
        *gradients(student, reference, rng, "spatial_batchnorm", batch_problem(rng), PARTS),
        "gradient",
        case="3 × 4 × 5 × 6",
        loose=False,
    )


def group_problem(rng, *, N=2, C=6, H=4, W=5, G=2, scale=(20, 60), **gn_param):
    """Return feature maps whose samples and channels differ in mean and scale; all sizes differ."""
    x = spread(rng, (N, C, H, W), (2, 3), scale=scale)
    return x, rng.uniform(1.5, 3, (1, C, 1, 1)), rng.uniform(-3, 3, (1, C, 1, 1)), G, gn_param


def groups(channels, G):
    """Return the description of a group normalization."""
    return tr_plural(
        "{channels} channels in {count} group", "{channels} channels in {count} groups", G, channels=channels
    )


def check_group_forward(student, reference, arguments, case):
    out, _ = student.spatial_groupnorm_forward(*arguments)
    check_array("out", out, reference.spatial_groupnorm_forward(*arguments)[0], "normalized", case=case)


@hidden_test("spatial_groupnorm_forward", weight=3, substitutes=LAYERNORM)
def test_groups_of_channels(student, reference, rng):
    """Neighbouring channels form a group; each group of each sample is normalized separately."""
    check_group_forward(student, reference, group_problem(rng), groups(6, 2))


@hidden_test("spatial_groupnorm_forward", weight=1, substitutes=LAYERNORM)
def test_one_group(student, reference, rng):
    """One group of all channels."""
    check_group_forward(student, reference, group_problem(rng, C=3, G=1), groups(3, 1))


@hidden_test("spatial_groupnorm_forward", weight=1, substitutes=LAYERNORM)
def test_a_group_for_each_channel(student, reference, rng):
    """As many groups as channels."""
    check_group_forward(student, reference, group_problem(rng, C=3, G=3), groups(3, 3))


@hidden_test("spatial_groupnorm_forward", weight=1, substitutes=LAYERNORM)
def test_group_eps(student, reference, rng):
    """The eps of gn_param is used, inside the root."""
    check_group_forward(student, reference, group_problem(rng, G=3, scale=TINY, eps=0.5), "eps 0.5")


@hidden_test("spatial_groupnorm_forward", weight=1, substitutes=LAYERNORM)
def test_default_group_eps(student, reference, rng):
    """Without an eps in gn_param it is 1e-5, which matters for small variances."""
    arguments = group_problem(rng, scale=(0.003, 0.01))
    check_group_forward(student, reference, arguments, tr("no eps given, small variances"))


@hidden_test("spatial_groupnorm_forward", weight=1, substitutes=LAYERNORM)
def test_samples_and_groups_do_not_mix(student, reference, rng):
    """The output of a group does not depend on the other samples and groups."""
    x, gamma, beta, G, gn_param = group_problem(rng, N=3, C=4)
    together, _ = student.spatial_groupnorm_forward(x, gamma, beta, G, gn_param)
    alone, _ = student.spatial_groupnorm_forward(x[1:2, 2:], gamma[:, 2:], beta[:, 2:], 1, gn_param)
    right, _ = reference.spatial_groupnorm_forward(x, gamma, beta, G, gn_param)
    check_array("out", together, right, "normalized")
    check_array(tr("out of one sample's second group"), alone, together[1:2, 2:], "normalized")


@hidden_test("spatial_groupnorm_backward", weight=3, parts=PARTS, substitutes=LAYERNORM)
def test_group_gradients(student, reference, rng):
    """The gradient {part} of feature maps."""
    pair = gradients(student, reference, rng, "spatial_groupnorm", group_problem(rng), PARTS)
    check_gradients(*pair, "gradient", case=groups(6, 2))


@hidden_test("spatial_groupnorm_backward", weight=1, parts=PARTS, substitutes=LAYERNORM)
def test_group_gradients_of_one_group(student, reference, rng):
    """The gradient {part} with a single group."""
    pair = gradients(student, reference, rng, "spatial_groupnorm", group_problem(rng, C=4, G=1, N=3), PARTS)
    check_gradients(*pair, "gradient", case=tr("{channels} channels, G = {G}", channels=4, G=1))


@hidden_test("spatial_groupnorm_backward", weight=1, parts=PARTS, substitutes=LAYERNORM)
def test_group_gradients_of_single_channels(student, reference, rng):
    """The gradient {part} with a group for each channel."""
    pair = gradients(student, reference, rng, "spatial_groupnorm", group_problem(rng, C=4, G=4, N=3), PARTS)
    check_gradients(*pair, "gradient", case=tr("{channels} channels, G = {G}", channels=4, G=4))


@hidden_test("spatial_groupnorm_backward", weight=1, parts=PARTS, substitutes=LAYERNORM)
def test_group_gradients_with_large_eps(student, reference, rng):
    """The gradient {part} when eps is large enough to matter."""
    pair = gradients(student, reference, rng, "spatial_groupnorm", group_problem(rng, G=3, scale=SMALL, eps=0.5), PARTS)
    check_gradients(*pair, "gradient", case="eps 0.5")


@hidden_test("spatial_groupnorm_backward", weight=0.5, parts=PARTS, substitutes=LAYERNORM)
def test_shapes_of_group_gradients(student, reference, rng):
    """The gradient {part} has exactly the shape of its argument, (1, C, 1, 1) for gamma and beta."""
    pair = gradients(student, reference, rng, "spatial_groupnorm", group_problem(rng), PARTS)
    check_gradients(*pair, "gradient", case=groups(6, 2), loose=False)
