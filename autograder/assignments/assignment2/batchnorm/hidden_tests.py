"""Hidden tests of batch normalization: forward, backward and simplified backward pass."""

from autograder import check_array, check_gradients, hidden_test, tr

from ..cases import joined, samples_of
from ..checks import AVERAGES, check_averages
from ..inputs import SMALL, TINY, copied, gradients, spread

PARTS = {"dx": 2, "dgamma": 1, "dbeta": 1}  # most of the work is in dx


def problem(rng, *, N=7, D=5, scale=(20, 60), **bn_param):
    """Return inputs of batch normalization with means far from zero, and large gamma and beta."""
    x = spread(rng, (N, D), (0,), scale=scale)
    return x, rng.uniform(1.5, 3, D), rng.uniform(-3, 3, D), {"mode": "train", **bn_param}


def running(rng, D=5, scale=30):
    """Return running averages that differ from those of the batch."""
    return {"running_mean": scale * rng.uniform(1, 3, D), "running_var": scale**2 * rng.uniform(0.5, 2, D)}


def check_forward(student, reference, arguments, case):
    out, _ = student.batchnorm_forward(*copied(arguments))
    check_array("out", out, reference.batchnorm_forward(*copied(arguments))[0], "normalized", case=case)


@hidden_test("batchnorm_forward", weight=3)
def test_training_output(student, reference, rng):
    """Training mode: every feature is normalized over the batch, scaled and shifted."""
    check_forward(student, reference, problem(rng), joined(tr("train"), samples_of(7, 5)))


@hidden_test("batchnorm_forward", weight=1)
def test_small_batch(student, reference, rng):
    """Training mode with two samples, where N and N − 1 in the variance differ most."""
    check_forward(student, reference, problem(rng, N=2, D=3), joined(tr("train"), samples_of(2)))


@hidden_test("batchnorm_forward", weight=1)
def test_eps(student, reference, rng):
    """The eps of bn_param is used, inside the root."""
    check_forward(student, reference, problem(rng, scale=TINY, eps=0.5), joined(tr("train"), "eps 0.5"))


@hidden_test("batchnorm_forward", weight=2, parts=AVERAGES)
def test_running_averages(student, reference, rng):
    """A running average moves towards the value of the batch; momentum is the weight of the old value: {part}."""
    check_averages(student, reference, "batchnorm", problem(rng, momentum=0.7, **running(rng)), "momentum 0.7")


@hidden_test("batchnorm_forward", weight=1)
def test_running_averages_start_at_zero(student, reference, rng):
    """Without running averages in bn_param they start at zero, with momentum 0.9 and one value per feature."""
    check_averages(student, reference, "batchnorm", problem(rng), tr("first batch"), loose=False)


@hidden_test("batchnorm_forward", weight=1)
def test_running_averages_without_eps(student, reference, rng):
    """The running averages are those of mean and variance, without eps."""
    arguments = problem(rng, scale=TINY, eps=0.5, momentum=0.6, **running(rng, scale=0.2))
    check_averages(student, reference, "batchnorm", arguments, joined("eps 0.5", "momentum 0.6"))


@hidden_test("batchnorm_forward", weight=2)
def test_test_mode(student, reference, rng):
    """Test mode normalizes with the running averages, then scales and shifts."""
    arguments = problem(rng, mode="test", **running(rng))
    check_forward(student, reference, arguments, tr("test mode"))


@hidden_test("batchnorm_forward", weight=1)
def test_eps_in_test_mode(student, reference, rng):
    """Test mode uses the eps of bn_param too."""
    arguments = problem(rng, scale=TINY, mode="test", eps=0.5, **running(rng, scale=0.03))
    check_forward(student, reference, arguments, joined(tr("test mode"), "eps 0.5"))


@hidden_test("batchnorm_forward", weight=1)
def test_default_eps(student, reference, rng):
    """Without an eps in bn_param it is 1e-5, which matters for small variances."""
    check_forward(
        student, reference, problem(rng, scale=(0.003, 0.01)), joined(tr("train"), tr("no eps given, small variances"))
    )


@hidden_test("batchnorm_forward", weight=1)
def test_training_and_test_mode_agree(student, reference, rng):
    """Test mode with the averages of one training batch gives the same output as training mode."""
    x, gamma, beta, bn_param = problem(rng, momentum=0.0)
    trained, _ = student.batchnorm_forward(x, gamma, beta, bn_param)
    tested, _ = student.batchnorm_forward(x, gamma, beta, {**bn_param, "mode": "test"})
    right, _ = reference.batchnorm_forward(x, gamma, beta, {"mode": "train"})
    check_array(tr("out of training"), trained, right, "normalized")
    check_array(
        tr("out of test mode"), tested, trained, "normalized", case=tr("momentum 0: both use the batch's statistics")
    )


@hidden_test("batchnorm_forward", weight=1)
def test_test_mode_leaves_running_averages(student, reference, rng):
    """Test mode does not change the running averages."""
    arguments = problem(rng, mode="test", **running(rng))
    check_forward(student, reference, arguments, tr("test mode"))  # fails code that does nothing
    check_averages(student, reference, "batchnorm", arguments, tr("test mode"))


@hidden_test("batchnorm_backward", weight=4, parts=PARTS)
def test_gradients(student, reference, rng):
    """The gradient {part} of a training batch."""
    pair = gradients(student, reference, rng, "batchnorm", problem(rng), PARTS)
    check_gradients(*pair, "gradient", case=samples_of(7, 5))


@hidden_test("batchnorm_backward", weight=1, parts=PARTS)
def test_gradients_with_large_eps(student, reference, rng):
    """The gradient {part} when eps is large enough to matter."""
    pair = gradients(student, reference, rng, "batchnorm", problem(rng, N=4, D=6, scale=SMALL, eps=0.5), PARTS)
    check_gradients(*pair, "gradient", case="eps 0.5")


@hidden_test("batchnorm_backward", weight=1, parts=PARTS)
def test_gradients_of_two_samples(student, reference, rng):
    """The gradient {part} of a batch of two samples."""
    pair = gradients(student, reference, rng, "batchnorm", problem(rng, N=2, D=3, scale=SMALL, eps=0.5), PARTS)
    check_gradients(*pair, "gradient", case=joined(samples_of(2), "eps 0.5"))


@hidden_test("batchnorm_backward", weight=0.5, parts=PARTS)
def test_shapes_of_gradients(student, reference, rng):
    """The gradient {part} has exactly the shape of its argument."""
    check_gradients(
        *gradients(student, reference, rng, "batchnorm", problem(rng), PARTS),
        "gradient",
        case=samples_of(7, 5),
        loose=False,
    )


@hidden_test("batchnorm_backward_alt", weight=3, parts=PARTS)
def test_alternative_gradients(student, reference, rng):
    """The simplified gradient {part}, on the cache of the same forward pass."""
    pair = gradients(student, reference, rng, "batchnorm", problem(rng), PARTS, backward="batchnorm_backward_alt")
    check_gradients(*pair, "gradient", case=samples_of(7, 5))


@hidden_test("batchnorm_backward_alt", weight=1, parts=PARTS)
def test_alternative_gradients_with_large_eps(student, reference, rng):
    """The simplified gradient {part} when eps is large enough to matter."""
    arguments = problem(rng, N=4, D=6, scale=SMALL, eps=0.5)
    pair = gradients(student, reference, rng, "batchnorm", arguments, PARTS, backward="batchnorm_backward_alt")
    check_gradients(*pair, "gradient", case="eps 0.5")


@hidden_test("batchnorm_backward_alt", weight=0.5, parts=PARTS)
def test_shapes_of_alternative_gradients(student, reference, rng):
    """The simplified gradient {part} has exactly the shape of its argument."""
    pair = gradients(student, reference, rng, "batchnorm", problem(rng), PARTS, backward="batchnorm_backward_alt")
    check_gradients(*pair, "gradient", case=samples_of(7, 5), loose=False)
