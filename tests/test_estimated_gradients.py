"""Gradients that run the forward pass again for every number are exact, and no solution: only their cost tells."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from autograder.assignment import load_assignment
from autograder.config import load_course
from autograder.sample_class import replaced, solved_submission
from autograder.scorer import Scorer

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
    assert {(test["status"], test["message"][:14]) for test in others} == {("skipped", "does not count")}
    assert exercise["score"] == 0


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
    solution = replaced("        grads = {}\n", NETWORK)
    got = scorer.score(solved_submission(scorer.assignment, "somebody", change={"ThreeLayerConvNet": solution}))
    statuses = sorted(test["status"] for test in got["exercises"]["ThreeLayerConvNet"]["tests"])
    assert statuses == ["passed"] * 5 + ["skipped"] * 2 + ["timeout"]
    assert 0 < got["exercises"]["ThreeLayerConvNet"]["score"] < got["exercises"]["ThreeLayerConvNet"]["points"]
