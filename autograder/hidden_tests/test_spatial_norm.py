"""Hidden tests of spatial batch normalization and spatial group normalization.

Spatial batch normalization is tested with a right `batchnorm_forward` and `batchnorm_backward`, lent by the
reference: whoever got those wrong has paid for it already.
"""

import pytest

from autograder.compare import check_array, check_gradients

NAMES = ("dx", "dgamma", "dbeta")
lends_batchnorm = pytest.mark.lends("batchnorm_forward", "batchnorm_backward", "batchnorm_backward_alt")


def images(rng, N=3, C=4, H=5, W=6):
    """Feature maps whose channels differ in mean and scale; all sizes differ."""
    return rng.standard_normal((N, C, H, W)) * rng.uniform(0.5, 3, (C, 1, 1)) + rng.uniform(-4, 4, (C, 1, 1))


def batch_problem(rng, *, N=3, H=5, W=6, **bn_param):
    return images(rng, N=N, H=H, W=W), rng.uniform(0.5, 2, 4), rng.standard_normal(4), {"mode": "train", **bn_param}


def running(rng):
    return {"running_mean": rng.standard_normal(4), "running_var": rng.uniform(0.5, 2, 4)}


def copied(arguments):
    *arrays, bn_param = arguments
    return *arrays, {key: value.copy() if hasattr(value, "copy") else value for key, value in bn_param.items()}


def check_batch_forward(student, reference, arguments, case):
    mine, theirs = copied(arguments), copied(arguments)
    out, _ = student.spatial_batchnorm_forward(*theirs)
    check_array("out", out, reference.spatial_batchnorm_forward(*mine)[0], "normalized", case=case)
    return theirs[3], mine[3]


def check_backward(student, reference, rng, layer, arguments, case, *, large=""):
    out, cache = getattr(reference, f"{layer}_forward")(*copied(arguments))
    dout = rng.standard_normal(out.shape)
    got = student.gradients(f"{layer}_backward", f"{layer}_forward", copied(arguments), dout, large=large)
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


LARGE = "4 feature maps of 112 × 112 in 4 samples"


@lends_batchnorm
@pytest.mark.voids("test_batch_gradients", "test_batch_gradients_with_large_eps")
@pytest.mark.scores("spatial_batchnorm_backward", weight=1)
def test_large_maps(student, reference, rng):
    """The gradients of large feature maps, which take a moment to compute and minutes to estimate."""
    arguments = batch_problem(rng, N=4, H=112, W=112)
    check_backward(student, reference, rng, "spatial_batchnorm", arguments, LARGE, large=LARGE)


@lends_batchnorm
@pytest.mark.scores("spatial_batchnorm_backward", weight=2)
def test_batch_gradients(student, reference, rng):
    """The gradients dx of the feature maps, dgamma and dbeta per channel."""
    check_backward(student, reference, rng, "spatial_batchnorm", batch_problem(rng), "3 × 4 × 5 × 6")


@lends_batchnorm
@pytest.mark.scores("spatial_batchnorm_backward", weight=1)
def test_batch_gradients_with_large_eps(student, reference, rng):
    """The gradients when eps is large enough to matter."""
    check_backward(student, reference, rng, "spatial_batchnorm", batch_problem(rng, eps=0.5), "eps 0.5")


def group_problem(rng, *, N=2, C=6, H=4, W=5, G=2, **gn_param):
    x = images(rng, N, C, H, W)
    return x, rng.uniform(0.5, 2, (1, C, 1, 1)), rng.standard_normal((1, C, 1, 1)), G, gn_param


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
    check_group_forward(student, reference, group_problem(rng, G=3, eps=0.5), "eps 0.5")


@pytest.mark.voids(
    "test_group_gradients", "test_group_gradients_at_the_extremes", "test_group_gradients_with_large_eps"
)
@pytest.mark.scores("spatial_groupnorm_backward", weight=1)
def test_groups_of_large_maps(student, reference, rng):
    """The gradients of large feature maps in groups, which take a moment to compute and minutes to estimate."""
    arguments = group_problem(rng, N=4, C=4, H=112, W=112)
    check_backward(student, reference, rng, "spatial_groupnorm", arguments, LARGE, large=LARGE)


@pytest.mark.scores("spatial_groupnorm_backward", weight=3)
def test_group_gradients(student, reference, rng):
    """The gradients dx, dgamma and dbeta, the last two of shape (1, C, 1, 1)."""
    check_backward(student, reference, rng, "spatial_groupnorm", group_problem(rng), "6 channels in 2 groups")


@pytest.mark.scores("spatial_groupnorm_backward", weight=1)
def test_group_gradients_at_the_extremes(student, reference, rng):
    """The gradients with a single group, and with one for each channel."""
    for G in (1, 4):
        arguments = group_problem(rng, C=4, G=G, N=3)
        check_backward(student, reference, rng, "spatial_groupnorm", arguments, f"4 channels, G = {G}")


@pytest.mark.scores("spatial_groupnorm_backward", weight=1)
def test_group_gradients_with_large_eps(student, reference, rng):
    """The gradients when eps is large enough to matter."""
    arguments = group_problem(rng, G=3, eps=0.5)
    check_backward(student, reference, rng, "spatial_groupnorm", arguments, "eps 0.5")
