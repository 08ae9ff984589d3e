"""Expected values never come from a student's function, unless its value was checked first."""

from pathlib import Path

import pytest
from attack_range import scored_alone
from courses import COURSE

from autograder.sample_class.command import solved_submission
from autograder.sample_class.profiles import body
from autograder.scoring.scorer import scorer_for

ROOT = Path(__file__).parent.parent
FORWARD, BACKWARD = "dropout_forward", "dropout_backward"
KEEP = "p = dropout_param['p']; train = dropout_param['mode'] == 'train'"
SEED = "np.random.seed(dropout_param['seed']) if 'seed' in dropout_param else None"
HASHED = "kept = (np.sin(np.arange(x.size) * 12.9898) * 43758.5453 % 1 < p).reshape(x.shape)"


@pytest.fixture(scope="module")
def scorer():
    return scorer_for(COURSE.root, "assignment2")


def parts(scorer, forward, backward):
    """The part of the points that each of the two functions earns."""
    change = {FORWARD: body(forward), BACKWARD: body(backward)}
    submission = solved_submission(scorer.assignment, "somebody", change=change)
    result = scored_alone(scorer, FORWARD, BACKWARD).score(submission).exercises
    return [result[name].score / result[name].points for name in (FORWARD, BACKWARD)], result


NO_DROPOUT = {
    "zeros": ("return np.zeros_like(x), None", "return np.zeros_like(dout)"),
    "the input": ("return x, None", "return dout"),
    "the input ÷ p": (f"{KEEP}; return (x / p if train else x), (p if train else 1)", "return dout / cache"),
    "the input times a factor each": (
        f"{KEEP}; {SEED}; mask = np.random.randn(*x.shape); return (x * mask if train else x), mask",
        "return dout * cache",
    ),
    "one number dropped": (
        f"{KEEP}; mask = np.ones(x.shape) / p; mask.flat[0] = 0; return (x * mask if train else x), mask",
        "return dout * cache",
    ),
}


@pytest.mark.parametrize("way", NO_DROPOUT)
def test_where_the_forward_pass_has_no_mask_the_backward_pass_is_judged_with_a_right_one(scorer, way):
    (forward, backward), result = parts(scorer, *NO_DROPOUT[way])
    is_right = NO_DROPOUT[way][1] == "return dout * cache"
    assert backward == is_right
    assert forward <= 0.5
    messages = {test.message for test in result[BACKWARD].tests}
    if is_right:
        assert messages == {"passed with the cache of a correct forward pass"}
    else:
        assert all(message.startswith("dx") for message in messages), messages


def test_zeros_earn_nothing_in_the_forward_pass(scorer):
    (forward, _), _ = parts(scorer, *NO_DROPOUT["zeros"])
    assert forward == 0


def test_a_right_backward_pass_is_paid_for_where_the_factor_is_wrong(scorer):
    forward = f"{KEEP}; {SEED}; mask = np.random.rand(*x.shape) < p; return (x * mask if train else x), mask"
    (forward, backward), _ = parts(scorer, forward, "return dout * cache")
    assert backward == 1
    assert forward < 1


PATTERNS = {
    "a hash of the place": HASHED,
    "every so many": "kept = (np.arange(x.size) * 7 % 10 < 10 * p).reshape(x.shape)",
    "alternating rows": "kept = (np.arange(len(x)) * 3 % 10 < 10 * p).reshape(-1, *[1] * (x.ndim - 1)) & (x == x)",
    "the largest": "kept = np.argsort(np.argsort(x.ravel())).reshape(x.shape) < p * x.size",
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_rule_instead_of_lots_loses_what_lots_are_for(scorer, pattern):
    forward = f"{KEEP}; {PATTERNS[pattern]}; return (x * kept / p if train else x), kept"
    (forward, _), result = parts(scorer, forward, "return dout * cache")
    assert forward < 0.6
    failed = {test.title for test in result[FORWARD].tests if not test.passed}
    assert any("new mask" in title for title in failed)
