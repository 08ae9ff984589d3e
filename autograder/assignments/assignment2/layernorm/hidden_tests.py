"""Hidden tests of layer normalization, forward and backward."""

from autograder import check_array, check_gradients, hidden_test, tr

from ..cases import samples_of
from ..inputs import SMALL, TINY, gradients, spread

PARTS = {"dx": 2, "dgamma": 1, "dbeta": 1}  # most of the work is in dx


def problem(rng, *, N=4, D=7, scale=(20, 60), **ln_param):
    """Return inputs with N ≠ D, rows of different mean and scale, and large gamma and beta."""
    return spread(rng, (N, D), (1,), scale=scale), rng.uniform(1.5, 3, D), rng.uniform(-3, 3, D), ln_param


def check_forward(student, reference, arguments, case):
    out, _ = student.layernorm_forward(*arguments)
    check_array("out", out, reference.layernorm_forward(*arguments)[0], "normalized", case=case)


@hidden_test("layernorm_forward", weight=3)
def test_each_sample_on_its_own(student, reference, rng):
    """Every sample is normalized over its features, then scaled and shifted per feature."""
    check_forward(student, reference, problem(rng), samples_of(4, 7))


@hidden_test("layernorm_forward", weight=1)
def test_single_sample(student, reference, rng):
    """A batch of a single sample."""
    check_forward(student, reference, problem(rng, N=1, D=5), samples_of(1, 5))


@hidden_test("layernorm_forward", weight=1)
def test_eps(student, reference, rng):
    """The eps of ln_param is used, inside the root."""
    check_forward(student, reference, problem(rng, scale=TINY, eps=0.5), "eps 0.5")


@hidden_test("layernorm_forward", weight=1)
def test_default_eps(student, reference, rng):
    """Without an eps in ln_param it is 1e-5, which matters for small variances."""
    check_forward(student, reference, problem(rng, scale=(0.003, 0.01)), tr("no eps given, small variances"))


@hidden_test("layernorm_forward", weight=1)
def test_samples_do_not_mix(student, reference, rng):
    """The output of a sample does not depend on the others in the batch."""
    x, gamma, beta, ln_param = problem(rng, N=5, D=6)
    together, _ = student.layernorm_forward(x, gamma, beta, ln_param)
    alone, _ = student.layernorm_forward(x[1:3], gamma, beta, ln_param)
    check_array("out", together, reference.layernorm_forward(x, gamma, beta, ln_param)[0], "normalized")
    check_array(tr("out of two of five samples"), alone, together[1:3], "normalized")


@hidden_test("layernorm_backward", weight=3, parts=PARTS)
def test_gradients(student, reference, rng):
    """The gradient {part} with more features than samples."""
    check_gradients(
        *gradients(student, reference, rng, "layernorm", problem(rng), PARTS), "gradient", case=samples_of(4, 7)
    )


@hidden_test("layernorm_backward", weight=1, parts=PARTS)
def test_gradients_of_many_samples(student, reference, rng):
    """The gradient {part} with more samples than features."""
    pair = gradients(student, reference, rng, "layernorm", problem(rng, N=6, D=3), PARTS)
    check_gradients(*pair, "gradient", case=samples_of(6, 3))


@hidden_test("layernorm_backward", weight=1, parts=PARTS)
def test_gradients_with_large_eps(student, reference, rng):
    """The gradient {part} when eps is large enough to matter."""
    pair = gradients(student, reference, rng, "layernorm", problem(rng, scale=SMALL, eps=0.5), PARTS)
    check_gradients(*pair, "gradient", case="eps 0.5")


@hidden_test("layernorm_backward", weight=0.5, parts=PARTS)
def test_shapes_of_gradients(student, reference, rng):
    """The gradient {part} has exactly the shape of its argument."""
    check_gradients(
        *gradients(student, reference, rng, "layernorm", problem(rng), PARTS),
        "gradient",
        case=samples_of(4, 7),
        loose=False,
    )
