"""Hidden tests of batch normalization, forward, backward and in its alternative form."""

import pytest

from autograder.testing.compare import check_array, check_entry, check_gradients, together
from autograder.testing.inputs import SMALL, TINY, spread, upstream

NAMES = ("dx", "dgamma", "dbeta")
PARTS = {"dx": 2, "dgamma": 1, "dbeta": 1}  # most of the work is in dx
AVERAGES = ("running_mean", "running_var")


def problem(rng, *, N=7, D=5, scale=(20, 60), **bn_param):
    """Inputs of batch normalization away from zero, with gamma and beta that matter."""
    x = spread(rng, (N, D), (0,), scale=scale)
    return x, rng.uniform(1.5, 3, D), rng.uniform(-3, 3, D), {"mode": "train", **bn_param}


def running(rng, D=5, scale=30):
    """Running averages that are not those of the batch."""
    return {"running_mean": scale * rng.uniform(1, 3, D), "running_var": scale**2 * rng.uniform(0.5, 2, D)}


def copied(arguments):
    """The same inputs with a bn_param of their own: it is updated in place."""
    *arrays, bn_param = arguments
    return *arrays, {key: value.copy() if hasattr(value, "copy") else value for key, value in bn_param.items()}


def check_forward(student, reference, arguments, case):
    out, _ = student.batchnorm_forward(*copied(arguments))
    check_array("out", out, reference.batchnorm_forward(*copied(arguments))[0], "normalized", case=case)


def check_averages(student, reference, arguments, case, *, loose=True):
    """Compare the running averages alone, whatever out is."""
    mine, theirs = copied(arguments), copied(arguments)
    student.batchnorm_forward(*theirs)
    reference.batchnorm_forward(*mine)
    got, expected = theirs[3], mine[3]
    with together() as check:
        for name in AVERAGES:
            options = {"case": case, "loose": loose}
            check(name, check_entry, check_array, "bn_param", got, name, expected[name], "normalized", **options)


def gradients(student, reference, rng, backward, arguments):
    """The gradients of the submission and of the reference: two dicts of name → array."""
    out, cache = reference.batchnorm_forward(*copied(arguments))
    dout = upstream(rng, out)
    got = student.gradients(backward, copied(arguments), dout)
    expected = getattr(reference, backward)(dout, cache)
    return dict(zip(NAMES, got, strict=True)), dict(zip(NAMES, expected, strict=True))


@pytest.mark.scores("batchnorm_forward", weight=3)
def test_training_output(student, reference, rng):
    """Training mode: every feature is normalized over the batch, scaled and shifted."""
    check_forward(student, reference, problem(rng), "train, 7 samples, 5 features")


@pytest.mark.scores("batchnorm_forward", weight=1)
def test_small_batch(student, reference, rng):
    """Training mode with two samples, where the way the variance is taken shows."""
    check_forward(student, reference, problem(rng, N=2, D=3), "train, 2 samples")


@pytest.mark.scores("batchnorm_forward", weight=1)
def test_eps(student, reference, rng):
    """The eps of bn_param is used, inside the root."""
    check_forward(student, reference, problem(rng, scale=TINY, eps=0.5), "train, eps 0.5")


@pytest.mark.scores("batchnorm_forward", weight=2, parts=AVERAGES)
def test_running_averages(student, reference, rng):
    """A running average moves towards the value of the batch, momentum being the weight of the old value: {part}."""
    check_averages(student, reference, problem(rng, momentum=0.7, **running(rng)), "momentum 0.7")


@pytest.mark.scores("batchnorm_forward", weight=1)
def test_running_averages_start_at_zero(student, reference, rng):
    """A bn_param without running averages gets them, one value per feature, from zero with momentum 0.9."""
    check_averages(student, reference, problem(rng), "first batch", loose=False)


@pytest.mark.scores("batchnorm_forward", weight=1)
def test_running_averages_without_eps(student, reference, rng):
    """The running averages are those of mean and variance, without eps."""
    arguments = problem(rng, scale=TINY, eps=0.5, momentum=0.6, **running(rng, scale=0.2))
    check_averages(student, reference, arguments, "eps 0.5, momentum 0.6")


@pytest.mark.scores("batchnorm_forward", weight=2)
def test_test_mode(student, reference, rng):
    """Test mode normalizes with the running averages, then scales and shifts."""
    arguments = problem(rng, mode="test", **running(rng))
    check_forward(student, reference, arguments, "test mode")


@pytest.mark.scores("batchnorm_forward", weight=1)
def test_eps_in_test_mode(student, reference, rng):
    """Test mode uses the eps of bn_param, too."""
    arguments = problem(rng, scale=TINY, mode="test", eps=0.5, **running(rng, scale=0.03))
    check_forward(student, reference, arguments, "test mode, eps 0.5")


@pytest.mark.scores("batchnorm_forward", weight=1)
def test_default_eps(student, reference, rng):
    """Without an eps in bn_param it is 1e-5, which matters where the variance is as small."""
    check_forward(student, reference, problem(rng, scale=(0.003, 0.01)), "train, no eps given, small variances")


@pytest.mark.scores("batchnorm_forward", weight=1)
def test_training_and_test_mode_agree(student, reference, rng):
    """Test mode with the averages of one training batch gives what training gave."""
    x, gamma, beta, bn_param = problem(rng, momentum=0.0)
    trained, _ = student.batchnorm_forward(x, gamma, beta, bn_param)
    tested, _ = student.batchnorm_forward(x, gamma, beta, {**bn_param, "mode": "test"})
    right, _ = reference.batchnorm_forward(x, gamma, beta, {"mode": "train"})
    check_array("out of training", trained, right, "normalized")
    check_array("out of test mode", tested, trained, "normalized", case="momentum 0: both use the batch's statistics")


@pytest.mark.scores("batchnorm_forward", weight=1)
def test_test_mode_leaves_running_averages(student, reference, rng):
    """Test mode leaves the running averages as they are."""
    arguments = problem(rng, mode="test", **running(rng))
    check_forward(student, reference, arguments, "test mode")  # a program that does nothing leaves them, too
    check_averages(student, reference, arguments, "test mode")


@pytest.mark.scores("batchnorm_backward", weight=4, parts=PARTS)
def test_gradients(student, reference, rng):
    """The gradient {part} of a training batch."""
    pair = gradients(student, reference, rng, "batchnorm_backward", problem(rng))
    check_gradients(*pair, "gradient", case="7 samples, 5 features")


@pytest.mark.scores("batchnorm_backward", weight=1, parts=PARTS)
def test_gradients_with_large_eps(student, reference, rng):
    """The gradient {part} when eps is large enough to matter."""
    pair = gradients(student, reference, rng, "batchnorm_backward", problem(rng, N=4, D=6, scale=SMALL, eps=0.5))
    check_gradients(*pair, "gradient", case="eps 0.5")


@pytest.mark.scores("batchnorm_backward", weight=1, parts=PARTS)
def test_gradients_of_two_samples(student, reference, rng):
    """The gradient {part} of a batch of two samples."""
    pair = gradients(student, reference, rng, "batchnorm_backward", problem(rng, N=2, D=3, scale=SMALL, eps=0.5))
    check_gradients(*pair, "gradient", case="2 samples, eps 0.5")


@pytest.mark.scores("batchnorm_backward", weight=0.5, parts=PARTS)
def test_shapes_of_gradients(student, reference, rng):
    """The gradient {part} has exactly the shape of what it belongs to."""
    check_gradients(
        *gradients(student, reference, rng, "batchnorm_backward", problem(rng)),
        "gradient",
        case="7 samples, 5 features",
        loose=False,
    )


@pytest.mark.scores("batchnorm_backward_alt", weight=3, parts=PARTS)
def test_alternative_gradients(student, reference, rng):
    """The simplified gradient {part}, on the cache of the same forward pass."""
    pair = gradients(student, reference, rng, "batchnorm_backward_alt", problem(rng))
    check_gradients(*pair, "gradient", case="7 samples, 5 features")


@pytest.mark.scores("batchnorm_backward_alt", weight=1, parts=PARTS)
def test_alternative_gradients_with_large_eps(student, reference, rng):
    """The simplified gradient {part} when eps is large enough to matter."""
    pair = gradients(student, reference, rng, "batchnorm_backward_alt", problem(rng, N=4, D=6, scale=SMALL, eps=0.5))
    check_gradients(*pair, "gradient", case="eps 0.5")


@pytest.mark.scores("batchnorm_backward_alt", weight=0.5, parts=PARTS)
def test_shapes_of_alternative_gradients(student, reference, rng):
    """The simplified gradient {part} has exactly the shape of what it belongs to."""
    pair = gradients(student, reference, rng, "batchnorm_backward_alt", problem(rng))
    check_gradients(*pair, "gradient", case="7 samples, 5 features", loose=False)
