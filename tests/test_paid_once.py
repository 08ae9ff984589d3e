"""A mistake costs points once: exercises that need a wrong function are scored with a substitute."""

import dataclasses
from pathlib import Path

import pytest
from courses import CONTENT, COURSE

from autograder.feedback.texts import exercise_text
from autograder.sample_class.command import changed_submission, solved_submission
from autograder.sample_class.profiles import body
from autograder.scoring.scorer import Scorer, scorer_for

ROOT = Path(__file__).parent.parent
SPATIAL = ("spatial_batchnorm_forward", "spatial_batchnorm_backward")


@pytest.fixture(scope="module")
def scorer():
    return scorer_for(COURSE.root, "assignment2")


def mutant(identity):
    return next(entry for entry in CONTENT.mutants if entry.id == identity)


def lost(result):
    return {name for name, exercise in result.exercises.items() if exercise.score < exercise.points}


def notes(result, name):
    return {test.message for test in result.exercises[name].tests}


def solved(scorer, **bodies):
    change = {name: body(statement) for name, statement in bodies.items()}
    return scorer.score(solved_submission(scorer.assignment, "somebody", change=change))


def test_what_is_right_runs_on_what_the_student_wrote(scorer):
    result = scorer.score(solved_submission(scorer.assignment, "somebody"))
    assert {message for name in result.exercises for message in notes(result, name)} == {""}


@pytest.mark.parametrize("statement", ["raise NotImplementedError()", "return x, None", "return 1 / 0", "exit()"])
def test_a_wrong_batchnorm_costs_spatial_batchnorm_nothing(scorer, statement):
    result = solved(scorer, batchnorm_forward=statement)
    assert lost(result) == {"batchnorm_forward"}  # the backward passes take the cache that the docstring tells of
    assert any("correct versions of batchnorm_forward" in message for message in notes(result, SPATIAL[0]))
    assert "correct versions of batchnorm_forward" in exercise_text(SPATIAL[0], result)


def test_a_batchnorm_that_never_ends_costs_spatial_batchnorm_nothing(scorer):
    limits = {"test_seconds": 2, "cpu_seconds": 2, "exercise_seconds": 3}
    settings = dataclasses.replace(scorer.assignment.settings, **limits)
    result = solved(
        Scorer(scorer.course, dataclasses.replace(scorer.assignment, settings=settings)),
        batchnorm_forward="while True: pass",
    )
    assert not lost(result) & set(SPATIAL)


@pytest.mark.parametrize("forward", ["conv_forward_naive", "max_pool_forward_naive"])
@pytest.mark.parametrize("statement", ["raise NotImplementedError()", "return x, None", "return x[0], (0,)", "exit()"])
def test_a_wrong_forward_pass_costs_the_backward_pass_nothing_where_the_cache_is_documented(scorer, forward, statement):
    result = solved(scorer, **{forward: statement})
    assert lost(result) == {forward}
    assert any("should return" in message for message in notes(result, forward.replace("forward", "backward")))


def test_a_known_mistake_in_a_forward_pass_costs_a_right_backward_pass_nothing(scorer):
    result = scorer.score(changed_submission(scorer.assignment, "x", [mutant("layernorm_forward/variance-by-d-1")]))
    assert lost(result) == {"layernorm_forward"}
    assert "passed with the cache of a correct forward pass" in notes(result, "layernorm_backward")


OWN_CACHE = ("(x_hat, std, gamma)", "{'hat': x_hat, 'std': std, 'gamma': gamma}")
OWN_READING = ("x_hat, std, gamma = cache", "x_hat, std, gamma = cache['hat'], cache['std'], cache['gamma']")


def test_with_a_cache_of_its_own_a_right_backward_pass_is_right_for_the_known_mistake_before_it(scorer):
    wrong = mutant("layernorm_forward/variance-by-d-1")
    change = {
        "layernorm_forward": lambda cell: wrong.applied(cell.source).replace(*OWN_CACHE),
        "layernorm_backward": lambda cell: cell.source.replace(*OWN_READING),
    }
    result = scorer.score(solved_submission(scorer.assignment, "x", change=change))
    assert lost(result) == {"layernorm_forward"}
    assert "right for the cache of your layernorm_forward" in notes(result, "layernorm_backward")


def test_with_a_cache_of_its_own_it_is_said_what_to_mend_first(scorer):
    wrong = "x_hat = (x - 3 * x.mean(axis=1, keepdims=True)) / std"  # an unknown mistake
    change = {
        "layernorm_forward": lambda cell: cell.source.replace(
            "x_hat = (x - x.mean(axis=1, keepdims=True)) / std", wrong
        ).replace(*OWN_CACHE),
        "layernorm_backward": lambda cell: cell.source.replace(*OWN_READING),
    }
    result = scorer.score(solved_submission(scorer.assignment, "x", change=change))
    assert lost(result) == {"layernorm_forward", "layernorm_backward"}
    messages = [t.message for t in result.exercises["layernorm_backward"].tests if not t.passed]
    first = "The cache comes from your layernorm_forward, which is wrong on this input: fix layernorm_forward first"
    assert all(message.endswith(first) for message in messages), messages


def test_a_mistake_of_its_own_is_not_forgiven_beside_one_upstream(scorer):
    changes = [mutant("layernorm_forward/variance-by-d-1"), mutant("layernorm_backward/mean-as-constant")]
    assert lost(scorer.score(changed_submission(scorer.assignment, "x", changes))) == {
        "layernorm_forward",
        "layernorm_backward",
    }
    changes = [mutant("batchnorm_forward/gamma-forgotten"), mutant("spatial_batchnorm_forward/per-pixel")]
    result = scorer.score(changed_submission(scorer.assignment, "x", changes))
    assert "spatial_batchnorm_forward" in lost(result)
    told = {test.misconception for test in result.exercises["spatial_batchnorm_forward"].tests}
    assert changes[1].words in told


@pytest.mark.parametrize(
    ("names", "statement", "costs"),
    [
        (("affine_forward",), "return x, None", {"affine_forward"}),
        (("relu_forward", "relu_backward"), "exit()", {"relu_forward", "relu_backward"}),
        (("layernorm_backward",), "return 1 / 0", {"layernorm_backward"}),
        (("dropout_forward",), "return 1 / 0", {"dropout_forward"}),
    ],
)
def test_wrong_layers_cost_a_network_of_them_nothing(scorer, names, statement, costs):
    result = solved(scorer, **dict.fromkeys(names, statement))
    assert lost(result) == costs
    listed = " and ".join(names)
    assert f"passed with correct versions of {listed} in place of yours" in notes(result, "FullyConnectedNet")
