"""Partial credit: a mistake costs points once, and correct parts keep their points."""

from pathlib import Path

import numpy as np
import pytest
from attack_range import scored_alone
from courses import CONTENT, COURSE

from autograder.model import ExerciseResult, TestOutcome, TestStatus
from autograder.sample_class.command import solved_submission
from autograder.scoring.reference_runs import observe
from autograder.scoring.scorer import scorer_for

ROOT = Path(__file__).parent.parent
NET, FULLY = "ThreeLayerConvNet", "FullyConnectedNet"


@pytest.fixture(scope="module")
def scorer():
    return scorer_for(COURSE.root, "assignment2")


def changed(cell_source, pairs):
    for old, new in pairs:
        assert old in cell_source, old
        cell_source = cell_source.replace(old, new)
    return cell_source


def judged(scorer, exercise, *pairs):
    """The messages of the hidden tests about a changed solution, in this process: the code is trusted."""
    reference = scorer.reference
    namespace = dict(reference.namespaces[exercise])
    exec(compile(changed(reference.sources[exercise], pairs), exercise, "exec"), namespace)
    functions = {**reference.functions, exercise: namespace[exercise]}
    tests = []
    for test in CONTENT.tests_of(exercise):
        seen = observe(test, functions, reference, [1], scorer.assignment)
        for check in test.checks:
            fault = seen.of(check).fault
            message = fault.message if fault else ""
            status = TestStatus(fault.status if fault else "passed")
            tests.append(TestOutcome(check.title, check.weight, status, message))
    score, points = sum(t.weight for t in tests if t.passed), sum(t.weight for t in tests)
    return ExerciseResult(score, points, "", True, tuple(tests))


def scored(scorer, exercise, *pairs, **others):
    """The result of an exercise, graded in the sandbox; the solutions of others have some texts replaced as well."""
    change = {
        name: lambda cell, texts=texts: changed(cell.source, texts)
        for name, texts in ({exercise: pairs} | others).items()
    }
    submission = solved_submission(scorer.assignment, "somebody", change=change)
    return scored_alone(scorer, exercise, *others).score(submission).exercises[exercise]


def share(result):
    return result.score / result.points


def lost_titles(result):
    return [test.title for test in result.tests if not test.passed]


BACKWARD = {
    "affine_backward": ("return dx, dw, db", ("dx", "dw", "db")),
    "conv_backward_naive": ("return dx, dw, db", ("dx", "dw", "db")),
    "batchnorm_backward": ("return dx, dgamma, dbeta", ("dx", "dgamma", "dbeta")),
    "batchnorm_backward_alt": ("return dx, dgamma, dbeta", ("dx", "dgamma", "dbeta")),
    "layernorm_backward": ("return dx, dgamma, dbeta", ("dx", "dgamma", "dbeta")),
    "spatial_batchnorm_backward": (
        "return dx.reshape(N, H, W, C).transpose(0, 3, 1, 2), dgamma, dbeta",
        ("dx.reshape(N, H, W, C).transpose(0, 3, 1, 2)", "dgamma", "dbeta"),
    ),
    "spatial_groupnorm_backward": (
        "return dx.reshape(dout.shape), dgamma, dbeta",
        ("dx.reshape(dout.shape)", "dgamma", "dbeta"),
    ),
}


@pytest.mark.parametrize("exercise", BACKWARD)
@pytest.mark.parametrize("kept", [0, 1, 2])
@pytest.mark.parametrize(
    "wrong",
    ["0 * ({})", "None", "'later'", "({})[None, ..., None]", "np.array(np.sum({}))"],
)
def test_a_right_gradient_counts_whatever_the_others_are(scorer, exercise, kept, wrong):
    old, names = BACKWARD[exercise]
    values = [name if number == kept else wrong.format(name) for number, name in enumerate(names)]
    result = judged(scorer, exercise, (old, "return " + ", ".join(values)))
    parts = ("dx", names[1], names[2])
    right = [test.passed for test in result.tests if parts[kept] in test.title]
    assert right
    assert all(right)
    if wrong != "({})[None, ..., None]":  # of right values axes of length one cost the test of shapes alone
        others = [part for part in parts if part != parts[kept]]
        lost = [not t.passed for t in result.tests for part in others if part in t.title]
        assert all(lost)
        assert 0.05 < share(result) < 0.7
    else:
        assert share(result) > 0.85
        assert share(result) < 1


@pytest.mark.parametrize(
    ("exercise", "old", "new"),
    [
        ("batchnorm_backward", "dgamma = (dout * x_hat).sum(axis=0)", "dgamma = (dout * x_hat).sum()"),
        ("layernorm_backward", "dgamma = (dout * x_hat).sum(axis=0)", "dgamma = (dout * x_hat).sum()"),
        ("affine_backward", "db = dout.sum(axis=0)", "db = dout.sum()"),
        ("conv_backward_naive", "db = dout.sum(axis=(0, 2, 3))", "db = dout.sum()"),
    ],
)
def test_a_gradient_that_is_summed_over_everything_costs_that_gradient(scorer, exercise, old, new):
    result = judged(scorer, exercise, (old, new))
    assert 0.5 < share(result) < 0.9
    assert not any(" dx" in title for title in lost_titles(result))


def test_running_averages_are_judged_one_by_one_and_whatever_out_is(scorer):
    result = judged(
        scorer, "batchnorm_forward", ("out = gamma * (x_centered / std) + beta", "out = x_centered / std + beta")
    )
    kept = ("A running average", "The running averages", "A bn_param")
    assert not any(title.startswith(kept) for title in lost_titles(result))
    result = judged(scorer, "batchnorm_forward", ("(1 - momentum) * mean", "momentum * mean"))
    about = "A running average moves towards the value of the batch; momentum is the weight of the old value"
    assert f"{about}: running_mean." in lost_titles(result)
    assert f"{about}: running_var." not in lost_titles(result)


def test_the_average_of_adam_s_squares_alone_costs_no_other_average(scorer):
    result = judged(scorer, "adam", ('config["v"] = beta2', 'config["v"] = beta1'))
    kept = [test.title for test in result.tests if test.passed]
    assert any(title.endswith(": m.") for title in kept)
    assert any(title.endswith(": t.") for title in kept)


# --------------------------------------------------------------------------------------------- networks


@pytest.mark.parametrize("size", ["(H // 2) * (H // 2)", "(W // 2) * (W // 2)"])
def test_a_network_sized_from_one_side_of_the_image_loses_the_tests_of_shapes(scorer, size):
    result = judged(scorer, NET, ("(H // 2) * (W // 2)", size))
    assert 0.85 < share(result) < 0.95
    assert all("shape" in title for title in lost_titles(result))


@pytest.mark.parametrize(("exercise", "old"), [(NET, "np.zeros(hidden_dim)"), (FULLY, "np.zeros(dims[i])")])
def test_biases_of_one_row_lose_the_test_of_their_shape(scorer, exercise, old):
    row = old.replace("np.zeros(", "np.zeros((1, ") + ")"
    result = judged(scorer, exercise, (old, row))
    assert 0.85 < share(result) < 1
    told = ("shape", "CIFAR-10", "hidden layer has gamma")
    assert all(any(words in title for words in told) for title in lost_titles(result)), lost_titles(result)


@pytest.mark.parametrize("exercise", [NET, FULLY])
def test_gradients_of_a_network_are_judged_one_by_one(scorer, exercise):
    result = judged(
        scorer, exercise, ("return loss, grads", "grads['W2'] = grads['W2'] * 2\n        return loss, grads")
    )
    assert all("W2" in title or "any depth" in title or "one hidden layer" in title for title in lost_titles(result))
    assert share(result) > 0.8
    result = judged(scorer, exercise, ("return loss, grads", "del grads['b1']\n        return loss, grads"))
    assert share(result) > 0.8
    assert "grads has no 'b1'" in "".join(test.message for test in result.tests)


def test_other_defaults_than_those_of_the_docstring_are_noticed(scorer):
    for exercise, old, new in (
        (NET, "filter_size=7", "filter_size=3"),
        (NET, "weight_scale=1e-3", "weight_scale=1e-2"),
        (NET, "num_filters=32", "num_filters=16"),
        (FULLY, "num_classes=10", "num_classes=100"),
        (FULLY, "input_dim=3 * 32 * 32", "input_dim=28 * 28"),
    ):
        result = judged(scorer, exercise, (old, new))
        assert len(lost_titles(result)) == 1, (old, lost_titles(result))


OLDER = (
    ("dropout_keep_ratio=1,", "dropout=1,"),
    ("dropout_keep_ratio != 1", "dropout != 1"),
    ('"p": dropout_keep_ratio', '"p": dropout'),
)
OLDEST = (
    ("dropout_keep_ratio=1,", "dropout=0,"),
    ("dropout_keep_ratio != 1", "dropout > 0"),
    ('"p": dropout_keep_ratio', '"p": dropout'),
    ("normalization=None,", "use_batchnorm=False,"),
    ("self.normalization = normalization", "self.normalization = 'batchnorm' if use_batchnorm else None"),
    ("if normalization and", "if use_batchnorm and"),
)


def test_an_older_signature_costs_the_test_of_the_signature(scorer):
    assert lost_titles(judged(scorer, FULLY, *OLDER)) == ["The arguments have the names of the docstring."]
    lost = lost_titles(judged(scorer, FULLY, *OLDEST))
    assert all(
        "names of the docstring" in title or "layer normalization" in title or "layernorm" in title for title in lost
    )


def test_a_network_may_call_the_simplified_backward_pass(scorer):
    assert share(judged(scorer, FULLY, ("= batchnorm_backward if", "= batchnorm_backward_alt if"))) == 1
    wrong = ("dx = gamma / std * (", "dx = 2 * gamma / std * (")
    result = scored(
        scorer,
        FULLY,
        ("= batchnorm_backward if", "= batchnorm_backward_alt if"),
        batchnorm_backward_alt=[wrong],
    )
    assert share(result) == 1


def test_layers_that_go_by_other_names_in_the_notebook_can_be_called(scorer):
    result = scored(
        scorer,
        NET,
        ("affine_forward_fast(hidden", "affine_forward(hidden"),
        ("affine_backward_fast(dscores", "affine_backward(dscores"),
    )
    assert share(result) == 1


def test_a_count_of_steps_that_starts_at_one_costs_the_test_of_the_defaults(scorer):
    result = judged(scorer, "adam", ('config.setdefault("t", 0)', 'config.setdefault("t", 1)'))
    assert len(lost_titles(result)) == 1
    assert "t starts at 0" in lost_titles(result)[0]


# ------------------------------------------------------------------------------- caches and arguments

CACHES = {
    "affine_forward": ("return out, (x, w, b)", "return out, (x.reshape(len(x), -1), w, b)"),
    "relu_forward": ("return out, x", "return out, out"),
    "conv_forward_naive": ("return out, (x, w, b, conv_param)", "return out, (x_pad, w, b, conv_param)"),
    "max_pool_forward_naive": ("return out, (x, pool_param)", "return out, (pool_param, x)"),
}


@pytest.mark.parametrize("forward", CACHES)
def test_a_cache_that_is_not_the_documented_one_costs_the_forward_pass_one_test(scorer, forward):
    old, new = CACHES[forward]
    result = judged(scorer, forward, (old, new))
    lost = lost_titles(result)
    assert len(lost) == 1
    assert lost[0].startswith("The cache is ")
    backward = forward.replace("forward", "backward")
    assert share(scored(scorer, backward, (" dx", " dx"), **{forward: [(old, new)]})) == 1


def test_the_message_says_what_the_docstring_promises(scorer):
    result = judged(scorer, "affine_forward", CACHES["affine_forward"])
    (message,) = (test.message for test in result.tests if not test.passed)
    assert message == (
        "the x in affine_forward's cache has shape (3, 10), expected (3, 2, 5), the unchanged x of the docstring"
    )


FREE = {
    "batchnorm_forward": (("batchnorm_backward", "batchnorm_backward_alt"), 'mode = bn_param["mode"]'),
    "layernorm_forward": (("layernorm_backward",), 'eps = ln_param.get("eps", 1e-5)'),
    "spatial_groupnorm_forward": (("spatial_groupnorm_backward",), 'eps = gn_param.get("eps", 1e-5)'),
    "dropout_forward": (("dropout_backward",), 'mode, p = dropout_param["mode"], dropout_param["p"]'),
}


@pytest.mark.parametrize("forward", FREE)
def test_a_forward_pass_that_crashes_costs_no_backward_pass_that_takes_the_documented_cache(scorer, forward):
    backwards, old = FREE[forward]
    for backward in backwards:
        result = scored(scorer, backward, ("return dx", "return dx"), **{forward: [(old, f"{{}}['mean']\n    {old}")]})
        assert share(result) == 1
        assert {test.message for test in result.tests} == {"passed with the cache of a correct forward pass"}


def test_with_another_cache_it_is_said_which_function_to_mend_first(scorer):
    result = scored(
        scorer,
        "batchnorm_backward",
        ("x_centered, std, gamma = cache", "x_centered, std, gamma = cache['all']"),
        batchnorm_forward=[('mode = bn_param["mode"]', "{}['mean']")],
    )
    assert share(result) == 0
    assert all(
        test.message.startswith("needs the cache of batchnorm_forward, which does not run: KeyError: 'mean'")
        for test in result.tests
    )


def test_an_argument_that_has_to_stay_as_it_is_is_looked_at(scorer):
    for body in (
        "x[x < 0] = 0\n    out = x",
        "np.maximum(x, 0, out=x)\n    out = x.copy()",
        "out = np.maximum(x, 0)\n    x *= 2",
    ):
        result = judged(scorer, "relu_forward", ("out = np.maximum(x, 0)", body))
        assert "The input is not changed." in lost_titles(result)


def test_changed_arguments_come_back_from_every_call(scorer):
    cell = ("cell f", "def f(x, options, n):\n    x += 1\n    options['t'] = x\n    return n, None\n")
    program = scorer.sandbox.parse({"A.ipynb": [cell]})
    with scorer.sandbox.session(program, "A.ipynb", wanted=["f"]) as s:
        x, options = np.arange(4.0), {"t": 0}
        s.call("f", [x, options, 3], returns=(("n", False), ("cache", False)))
        assert sorted(s.changed) == [0, 1]
        np.testing.assert_array_equal(s.changed[0], x + 1)
        np.testing.assert_array_equal(s.changed[1]["t"], x + 1)
        assert options == {"t": 0}  # what a caller does not ask for stays as it was
