"""Hidden tests of spatial batch normalization and spatial group normalization.

Spatial batch normalization is tested with a right `batchnorm_forward` and `batchnorm_backward`, lent by the
reference: whoever got those wrong has paid for it already.
"""

import pytest

from autograder.testing.compare import check_array, check_gradients
from autograder.testing.inputs import SMALL, TINY, spread, upstream

NAMES = ("dx", "dgamma", "dbeta")
lends_batchnorm = pytest.mark.lends("batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt")


def batch_problem(rng, *, N=3, C=4, H=5, W=6, scale=(20, 60), **bn_param):
    """Feature maps whose channels differ in mean and scale; all sizes differ."""
    x = spread(rng, (N, C, H, W), (0, 2, 3), scale=scale)
    return x, rng.uniform(1.5, 3, C), rng.uniform(-3, 3, C), {"mode": "train", **bn_param}


def running(rng, scale=30):
    return {"running_mean": scale * rng.uniform(1, 3, 4), "running_var": scale**2 * rng.uniform(0.5, 2, 4)}


def copied(arguments):
    *arrays, bn_param = arguments
    return *arrays, {key: value.copy() if hasattr(value, "copy") else value for key, value in bn_param.items()}


def check_batch_forward(student, reference, arguments, case):
    mine, theirs = copied(arguments), copied(arguments)
    out, _ = student.spatial_batchnorm_forward(*theirs)
    check_array("out", out, reference.spatial_batchnorm_forward(*mine)[0], "normalized", case=case)
    return theirs[3], mine[3]


def check_backward(student, reference, rng, layer, arguments, case):
    out, cache = getattr(reference, f"{layer}_forward")(*copied(arguments))
    dout = upstream(rng, out)
    got = student.gradients(f"{layer}_backward", copied(arguments), dout)
    expected = getattr(reference, f"{layer}_backward")(dout, cache)
    check_gradients(dict(zip(NAMES, got, strict=True)), dict(zip(NAMES, expected, strict=True)), "gradient", case=case)


@lends_batchnorm
@pytest.mark.scores("spatial_batchnorm_forward", weight=3)
def test_training_output(student, reference, rng):
    """Training mode: every channel is normalized over samples, rows and columns together."""
    check_batch_forward(student, reference, batch_problem(rng), "train, 3 × 4 × 5 × 6")


@lends_batchnorm
@pytest.mark.scores("spatial_batchnorm_forward", weight=1)
def test_running_averages(student, reference, rng):
    """The running averages hold one value per channel and follow the momentum of bn_param."""
    got, expected = check_batch_forward(student, reference, batch_problem(rng, momentum=0.6, **running(rng)), "train")
    for name in ("running_mean", "running_var"):
        check_array(f"bn_param['{name}']", got.get(name), expected[name], "normalized", case="momentum 0.6")


@lends_batchnorm
@pytest.mark.scores("spatial_batchnorm_forward", weight=1)
def test_test_mode(student, reference, rng):
    """Test mode uses the running averages."""
    check_batch_forward(student, reference, batch_problem(rng, mode="test", **running(rng)), "test mode")


@lends_batchnorm
@pytest.mark.scores("spatial_batchnorm_forward", weight=1)
def test_eps(student, reference, rng):
    """The eps of bn_param is used, in training and in test mode."""
    check_batch_forward(student, reference, batch_problem(rng, scale=(0.3, 0.5), eps=0.5), "train, eps 0.5")
    arguments = batch_problem(rng, scale=(0.3, 0.5), mode="test", eps=0.5, **running(rng, scale=0.1))
    check_batch_forward(student, reference, arguments, "test mode, eps 0.5")


@lends_batchnorm
@pytest.mark.scores("spatial_batchnorm_forward", weight=1)
def test_default_eps(student, reference, rng):
    """Without an eps in bn_param it is 1e-5, which matters where the variance is as small."""
    arguments = batch_problem(rng, scale=(0.003, 0.01))
    check_batch_forward(student, reference, arguments, "train, no eps given, small variances")


@lends_batchnorm
@pytest.mark.scores("spatial_batchnorm_backward", weight=3)
def test_batch_gradients(student, reference, rng):
    """The gradients dx of the feature maps, dgamma and dbeta per channel."""
    check_backward(student, reference, rng, "spatial_batchnorm", batch_problem(rng), "3 × 4 × 5 × 6")


@lends_batchnorm
@pytest.mark.scores("spatial_batchnorm_backward", weight=1)
def test_batch_gradients_with_large_eps(student, reference, rng):
    """The gradients when eps is large enough to matter."""
    check_backward(student, reference, rng, "spatial_batchnorm", batch_problem(rng, scale=SMALL, eps=0.5), "eps 0.5")


def group_problem(rng, *, N=2, C=6, H=4, W=5, G=2, scale=(20, 60), **gn_param):
    """Feature maps whose samples and channels differ in mean and scale; all sizes differ."""
    x = spread(rng, (N, C, H, W), (2, 3), scale=scale)
    return x, rng.uniform(1.5, 3, (1, C, 1, 1)), rng.uniform(-3, 3, (1, C, 1, 1)), G, gn_param


def check_group_forward(student, reference, arguments, case):
    out, _ = student.spatial_groupnorm_forward(*arguments)
    check_array("out", out, reference.spatial_groupnorm_forward(*arguments)[0], "normalized", case=case)


@pytest.mark.scores("spatial_groupnorm_forward", weight=3)
def test_groups_of_channels(student, reference, rng):
    """Neighbouring channels form a group; each sample's groups are normalized on their own."""
    check_group_forward(student, reference, group_problem(rng), "6 channels in 2 groups")


@pytest.mark.scores("spatial_groupnorm_forward", weight=1)
def test_one_group(student, reference, rng):
    """One group of all channels."""
    check_group_forward(student, reference, group_problem(rng, C=3, G=1), "3 channels in 1 group")


@pytest.mark.scores("spatial_groupnorm_forward", weight=1)
def test_a_group_for_each_channel(student, reference, rng):
    """As many groups as channels."""
    check_group_forward(student, reference, group_problem(rng, C=3, G=3), "3 channels in 3 groups")


@pytest.mark.scores("spatial_groupnorm_forward", weight=1)
def test_group_eps(student, reference, rng):
    """The eps of gn_param is used, inside the root."""
    check_group_forward(student, reference, group_problem(rng, G=3, scale=TINY, eps=0.5), "eps 0.5")


@pytest.mark.scores("spatial_groupnorm_forward", weight=1)
def test_default_group_eps(student, reference, rng):
    """Without an eps in gn_param it is 1e-5, which matters where the variance is as small."""
    arguments = group_problem(rng, scale=(0.003, 0.01))
    check_group_forward(student, reference, arguments, "no eps given, small variances")


@pytest.mark.scores("spatial_groupnorm_forward", weight=1)
def test_samples_and_groups_do_not_mix(student, reference, rng):
    """The output of a group does not depend on the other samples and groups."""
    x, gamma, beta, G, gn_param = group_problem(rng, N=3, C=4)
    together, _ = student.spatial_groupnorm_forward(x, gamma, beta, G, gn_param)
    alone, _ = student.spatial_groupnorm_forward(x[1:2, 2:], gamma[:, 2:], beta[:, 2:], 1, gn_param)
    right, _ = reference.spatial_groupnorm_forward(x, gamma, beta, G, gn_param)
    check_array("out", together, right, "normalized")
    check_array("out of one sample's second group", alone, together[1:2, 2:], "normalized")


@pytest.mark.scores("spatial_groupnorm_backward", weight=3)
def test_group_gradients(student, reference, rng):
    """The gradients dx, dgamma and dbeta, the last two of shape (1, C, 1, 1)."""
    check_backward(student, reference, rng, "spatial_groupnorm", group_problem(rng), "6 channels in 2 groups")


@pytest.mark.scores("spatial_groupnorm_backward", weight=2)
def test_group_gradients_at_the_extremes(student, reference, rng):
    """The gradients with a single group, and with one for each channel."""
    for G in (1, 4):
        arguments = group_problem(rng, C=4, G=G, N=3)
        check_backward(student, reference, rng, "spatial_groupnorm", arguments, f"4 channels, G = {G}")


@pytest.mark.scores("spatial_groupnorm_backward", weight=1)
def test_group_gradients_with_large_eps(student, reference, rng):
    """The gradients when eps is large enough to matter."""
    arguments = group_problem(rng, G=3, scale=SMALL, eps=0.5)
    check_backward(student, reference, rng, "spatial_groupnorm", arguments, "eps 0.5")
