"""Gradients that run the forward pass again for every number are exact, and no solution: only their cost tells."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from courses import replaced

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.sample_class.command import solved_submission
from autograder.scoring.scorer import Scorer

ROOT = Path(__file__).parent.parent

# backward pass → forward pass, its arguments, and how many of these get a gradient
LAYERS = {
    "conv_backward_naive": ("conv_forward_naive", "x, w, b, conv_param", 3),
    "max_pool_backward_naive": ("max_pool_forward_naive", "x, pool_param", 1),
    "batchnorm_backward": ("batchnorm_forward", "x, gamma, beta, bn_param", 3),
    "batchnorm_backward_alt": ("batchnorm_forward", "x, gamma, beta, bn_param", 3),
    "layernorm_backward": ("layernorm_forward", "x, gamma, beta, ln_param", 3),
    "spatial_batchnorm_backward": ("spatial_batchnorm_forward", "x, gamma, beta, bn_param", 3),
    "spatial_groupnorm_backward": ("spatial_groupnorm_forward", "x, gamma, beta, G, gn_param", 3),
}
KEEPS_ARGUMENTS = """

right_{forward} = {forward}


def {forward}({arguments}):
    return right_{forward}({arguments})[0], ({arguments},)
"""
ESTIMATES = """
def {backward}(dout, cache):
    arguments = [dict(part) if isinstance(part, dict) else part for part in cache]
    arguments = [part.copy() if isinstance(part, np.ndarray) else part for part in arguments]
    gradients = []
    for array in arguments[:{count}]:
        gradient = np.zeros(array.shape)
        for index in np.ndindex(*array.shape):
            value = array[index]
            array[index] = value + 1e-4
            up = {forward}(*arguments)[0]
            array[index] = value - 1e-4
            gradient[index] = np.sum((up - {forward}(*arguments)[0]) * dout) / 2e-4
            array[index] = value
        gradients.append(gradient)
    return tuple(gradients) if len(gradients) > 1 else gradients[0]
"""
NETWORK = """        grads = {}
        if not getattr(self, "busy", False):
            self.busy = True
            for name, array in self.params.items():
                grads[name] = np.zeros(array.shape)
                for index in np.ndindex(*array.shape):
                    value = array[index]
                    array[index] = value + 1e-5
                    up = self.loss(X, y)[0]
                    array[index] = value - 1e-5
                    grads[name][index] = (up - self.loss(X, y)[0]) / 2e-5
                    array[index] = value
            self.busy = False
        return loss, grads
"""


@pytest.fixture(scope="module")
def scorer():
    """A scorer without patience: what takes minutes is over after two seconds here."""
    course = replace(load_course(ROOT), test_seconds=2)
    scorer = Scorer(course, load_assignment(course))
    yield scorer
    scorer.sandbox.close()


def estimating(backward):
    forward, arguments, count = LAYERS[backward]
    names = {"forward": forward, "arguments": arguments, "backward": backward, "count": count}
    change = {backward: lambda cell: ESTIMATES.format(**names)}
    if "norm" in forward:  # the other two keep their arguments anyway
        change[forward] = lambda cell: cell.source + KEEPS_ARGUMENTS.format(**names)
    return change


@pytest.mark.parametrize("backward", LAYERS)
def test_an_estimate_gets_nothing_and_is_called_by_its_name(scorer, backward):
    got = scorer.score(solved_submission(scorer.assignment, "somebody", change=estimating(backward)))
    exercise = got["exercises"][backward]
    first, *others = exercise["tests"]
    assert first["status"] == "timeout"
    assert "Are the gradients estimated" in first["message"]
    why = "does not count as long as nothing is right with a large input"
    assert {(test["status"], test["message"].split(":")[0]) for test in others} == {("skipped", why)}
    assert exercise["score"] == 0


DECLINES = {
    "zeros": "return tuple(np.zeros(np.shape(part)) for part in cache[:3])",
    "one gradient that needs no estimate": "return np.zeros(x.shape), np.zeros(w.shape), dout.sum(axis=(0, 2, 3))",
    "an exception": "raise ValueError",
    "not implemented": "raise NotImplementedError",
    "no memory": "np.ones(1 << 40)",
    "the end of the process": "__import__('os')._exit(0)",
}


@pytest.mark.parametrize("way", DECLINES)
def test_who_estimates_small_gradients_and_declines_large_ones_gets_nothing(scorer, way):
    backward = "conv_backward_naive"
    start = f"def {backward}(dout, cache):\n"
    decline = f"    x, w = cache[:2]\n    if x.size > 5000:\n        {DECLINES[way]}\n"
    source = estimating(backward)[backward](None).replace(start, start + decline)
    got = scorer.score(solved_submission(scorer.assignment, "somebody", change={backward: lambda cell: source}))
    assert got["exercises"][backward]["score"] == 0
    assert got["score"] == got["max_score"] - got["exercises"][backward]["points"]


def test_a_forward_pass_that_declines_large_inputs_saves_no_estimate(scorer):
    change = estimating("layernorm_backward")
    decline = "\n    if x.size > 5000:\n        raise ValueError\n    return right_"
    with_decline = change["layernorm_forward"]
    change["layernorm_forward"] = lambda cell: with_decline(cell).replace("\n    return right_", decline)
    got = scorer.score(solved_submission(scorer.assignment, "somebody", change=change))
    assert got["exercises"]["layernorm_backward"]["score"] == 0


@pytest.mark.parametrize("backward", ["batchnorm_backward", "layernorm_backward"])
def test_an_estimate_of_all_independent_parts_at_once_takes_too_long_as_well(scorer, backward):
    forward = LAYERS[backward][0]
    # Features, or samples, do not depend on each other: a row of x, or a column, can be moved as a whole.
    axis = 0 if backward == "batchnorm_backward" else 1
    at_once = f"""
def {backward}(dout, cache):
    x, gamma, beta, settings = cache
    dx = np.zeros(x.shape)
    for number in range(x.shape[{axis}]):
        part = [slice(None), slice(None)]
        part[{axis}] = number
        step = np.zeros(x.shape)
        step[tuple(part)] = 1e-4
        up, down = ({forward}(x + sign * step, gamma, beta, dict(settings))[0] for sign in (1, -1))
        dx[tuple(part)] = ((up - down) * dout / 2e-4).sum(axis={axis})
    x_hat = (x - x.mean(axis={axis}, keepdims=True)) / np.sqrt(x.var(axis={axis}, keepdims=True) + 1e-5)
    return dx, (dout * x_hat).sum(axis=0), dout.sum(axis=0)
"""
    change = estimating(backward) | {backward: lambda cell: at_once}
    got = scorer.score(solved_submission(scorer.assignment, "somebody", change=change))
    assert got["exercises"][backward]["tests"][0]["status"] == "timeout"
    assert got["exercises"][backward]["score"] == 0


def test_a_fault_in_the_formulas_costs_only_what_it_breaks(scorer):
    """The large input has a wrong dx then, but it was computed."""
    fault = replaced(("dx_pad[:, :, pad : pad + H, pad : pad + W]", "dx_pad"))
    got = scorer.score(solved_submission(scorer.assignment, "somebody", change={"conv_backward_naive": fault}))
    tests = {test["title"]: test["status"] for test in got["exercises"]["conv_backward_naive"]["tests"]}
    assert set(tests.values()) == {"passed", "failed"}
    assert tests["The gradient dw collects the terms of all samples and positions."] == "passed"


def test_the_estimate_is_right_where_there_is_time(scorer):
    """Without the test on a large input nothing else would tell."""
    submission = solved_submission(scorer.assignment, "somebody", change=estimating("layernorm_backward"))
    got = scorer.score(submission)["exercises"]
    assert got["layernorm_forward"]["score"] == got["layernorm_forward"]["points"]
    with scorer.sandbox.session(
        scorer.sandbox.parse({"A": [("set-up", "import numpy as np"), *submission.code("BatchNormalization.ipynb")]}),
        "A",
    ) as session:
        x = [[1.0, 2.0, 4.0], [0.5, -1.0, 2.0]]
        arguments = [*map(np.array, (x, [1.0, 2.0, 3.0], [0.0, 0.0, 0.0])), {}]
        _, cache = session.call("layernorm_forward", arguments, returns=(("out", False), ("cache", True)))
        dout = np.array([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]])
        estimate = session.call("layernorm_backward", [dout, cache], returns=(("dx", 0), ("dgamma", 0), ("dbeta", 0)))
    right = scorer.reference.layernorm_backward(dout, scorer.reference.layernorm_forward(*arguments)[1])
    for mine, theirs in zip(estimate, right, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-5, abs=1e-6)


def test_a_network_that_estimates_keeps_the_points_of_its_scores_and_loss(scorer):
    solution = replaced(("        grads = {}\n", NETWORK))
    got = scorer.score(solved_submission(scorer.assignment, "somebody", change={"ThreeLayerConvNet": solution}))
    statuses = sorted(test["status"] for test in got["exercises"]["ThreeLayerConvNet"]["tests"])
    assert statuses == ["passed"] * 5 + ["skipped"] * 2 + ["timeout"]
    assert 0 < got["exercises"]["ThreeLayerConvNet"]["score"] < got["exercises"]["ThreeLayerConvNet"]["points"]
