"""Hostile return values cost the grader little memory and time, and do not break pages and terminals."""

import dataclasses
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from attack_range import measured, scored_alone
from courses import CONTENT, COURSE, replaced

from autograder.errors import StudentFault
from autograder.feedback.page import PageHead, feedback_page
from autograder.feedback.texts import EXERCISE_TYPE, SUBMISSION_KEY
from autograder.gradebook.merge_notebook import stage_submission
from autograder.sample_class.command import solved_submission
from autograder.sample_class.profiles import body
from autograder.scoring.diagnosis import Budget, diagnose
from autograder.scoring.error_maps import describe_picture, is_picture, picture_of
from autograder.scoring.reference_runs import observe
from autograder.scoring.scorer import Scorer, scorer_for
from autograder.testing.compare import check_array, check_shape
from autograder.testing.recording import Comparison, Unkept, record_comparisons

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def scorer():
    return scorer_for(COURSE.root, "assignment2")


def expected_maps():
    return np.random.default_rng(0).standard_normal((2, 3, 6, 8))


check_names = CONTENT._imported("checks.py").check_names
ODD = [1.7976931348623157e308, -1.7e308, 1e300, 5e-324, np.inf, -np.inf, np.nan, 0.0, 1e-320]


@pytest.mark.parametrize("value", ODD)
@pytest.mark.parametrize("scale", [1.0, 1e308, 5e-324, 0.0])
def test_a_picture_never_fails_because_of_values(value, scale):
    with np.errstate(all="ignore"):
        expected = expected_maps() * scale
    for share in (0.01, 0.3, 1.0):
        got = np.where(np.random.default_rng(1).random(expected.shape) < share, value, expected)
        with np.errstate(all="ignore"):
            picture = picture_of([Comparison("out", got, expected, CONTENT.tolerances["exact"])])
        if picture is not None:
            assert is_picture(picture)
            assert {len(row) for row in picture["rows"]} == {8}
            assert describe_picture(picture).startswith("out[")


@pytest.mark.parametrize(
    "picture",
    [
        {"name": "out", "plane": [0, 0], "rows": ["-9223372036854775808", "0"], "worst": [0, 0]},
        {"name": "out", "plane": [0, 0], "rows": []},
        {"name": "out", "plane": [0], "rows": ["00", "01"]},
        {"name": "out", "rows": ["00", "01"]},
        {"name": "out", "plane": [0, 0], "rows": [1, 2]},
        "nonsense",
    ],
)
def test_an_invalid_stored_picture_is_the_only_loss(picture):
    test = {"title": "A title.", "passed": False, "status": "failed", "message": "why", "misconception": None}
    result = {"name": "conv_forward_naive", "score": 0, "points": 1, "instead": ""}
    result["tests"] = [{**test, "picture": picture, "points": 1, "score": 0}]
    output = {"output_type": "display_data", "data": {"text/plain": "", EXERCISE_TYPE: result}}
    cell = {
        "cell_type": "code",
        "source": "",
        "metadata": {"nbgrader": {"grade_id": "check", "score": 0, "points": 1}},
        "outputs": [output],
    }
    facts = {"notes": [], "isolation": "", "versions": {}}
    notebook = {"cells": [cell], "metadata": {SUBMISSION_KEY: facts}}
    page = feedback_page(notebook, PageHead("A", 0, 1, 0))
    assert "A title." in page
    assert "<svg" not in page


@pytest.mark.parametrize("value", ["1.7e308", "np.inf", "np.nan", "5e-324", "-1e300"])
def test_odd_values_reach_the_feedback_and_not_the_terminal(scorer, value):
    change = {"conv_forward_naive": replaced(("return out,", f"out[0, 0, 0, 0] = {value}\n    return out,"))}
    submission = solved_submission(scorer.assignment, "somebody", change=change)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        exercise = scored_alone(scorer, "conv_forward_naive").score(submission).exercises["conv_forward_naive"]
    assert [str(warning.message) for warning in caught] == []
    assert exercise.score == 0 if value != "5e-324" else exercise.score < exercise.points
    assert {test.picture is None or is_picture(test.picture) for test in exercise.tests} == {True}


def test_an_array_of_another_shape_is_not_kept():
    large = np.zeros(5_000_000)
    with record_comparisons(CONTENT.tolerances) as comparisons:
        for got in (large, large.astype(np.uint8), [large], {"a": large}, (large, large), "x" * 1_000_000):
            with pytest.raises(StudentFault):
                check_array("out", got, np.zeros((2, 3)), "exact")
            with pytest.raises(StudentFault):
                check_shape("out", got, (2, 3))
    kept = [comparison.got for comparison in comparisons if not comparison.name.startswith("the shape")]
    assert {type(got) for got in kept} == {Unkept}
    assert max(len(got.sample) for got in kept) <= 50


def test_large_arrays_of_another_shape_cost_neither_memory_nor_time(scorer):
    change = {
        name: body(f"big = np.zeros(2_700_000); return {', '.join(['big'] * len(signature.returns))}")
        for name, signature in CONTENT.functions.items()
        if name in scorer.assignment.exercises
    }
    submission = solved_submission(scorer.assignment, "somebody", change=change)
    started = time.thread_time()
    with measured() as used:
        assert scorer.score(submission).score < scorer.assignment.max_score / 2
    assert used.megabytes < 500
    assert time.thread_time() - started < 25


def test_a_diagnosis_ends_when_its_budget_is_used_up(scorer):
    reference, assignment = scorer.reference, scorer.assignment
    wrong = {**reference.functions, "layernorm_forward": lambda x, gamma, beta, ln_param: (2 * x, None)}
    tests = CONTENT.tests_of("layernorm_forward")
    seen = {
        check: observe(test, wrong, reference, [1], assignment).of(check) for test in tests for check in test.checks
    }
    budget = Budget(0.05)
    started = time.thread_time()
    for _ in range(50):
        diagnose("layernorm_forward", seen, reference, [1], assignment, budget=budget)
    assert budget.left <= 0
    assert time.thread_time() - started < 1
    assert diagnose("layernorm_forward", seen, reference, [1], assignment, budget=budget).words == {}


def test_keys_of_a_dict_are_cut_in_messages():
    keys = {f"{number} {'x' * 5000}": np.zeros(1) for number in range(1000)}
    with pytest.raises(StudentFault) as fault:
        check_names(keys, {"W1": np.zeros(1)})
    assert len(fault.value.message) < 500
    assert "and 988 more" in fault.value.message


@pytest.mark.parametrize(
    "source",
    [
        "def layernorm_forward(*a):\n    raise ValueError('x' * 100_000)",
        "def layernorm_forward(*a):\n    raise type('y' * 5000, (Exception,), {})('x' * 5000)",
        "def layernorm_forward(*a):\n    raise NotImplementedError('x' * 100_000)",
        "def layernorm_forward(*a):\n    raise NameError('x' * 100_000)",
        f"def layernorm_forward(*a):\n    return 1\n\n\nimport {'m' * 3000}\n",
    ],
)
def test_a_message_has_the_configured_length_at_most(scorer, source):
    submission = solved_submission(scorer.assignment, "somebody", change={"layernorm_forward": lambda cell: source})
    tests = scored_alone(scorer, "layernorm_forward").score(submission).exercises["layernorm_forward"].tests
    assert max(len(test.message) for test in tests) <= scorer.assignment.settings.message_chars


def test_the_hint_survives_a_long_message(scorer):
    source = "def layernorm_forward(*a):\n    raise NameError('x' * 100_000)"
    submission = solved_submission(scorer.assignment, "somebody", change={"layernorm_forward": lambda cell: source})
    tests = scored_alone(scorer, "layernorm_forward").score(submission).exercises["layernorm_forward"].tests
    assert "cell layernorm_forward, line 2" in tests[0].message
    assert "only imports, functions, classes" in tests[0].message


def test_a_submission_of_loops_ends_in_time_and_right_exercises_keep_their_points(scorer):
    limits = {"test_seconds": 1.5, "cpu_seconds": 2, "exercise_seconds": 3, "submission_seconds": 6}
    settings = dataclasses.replace(scorer.assignment.settings, **limits)
    short = Scorer(scorer.course, dataclasses.replace(scorer.assignment, settings=settings))
    right = ("sgd_momentum", "rmsprop", "adam", "dropout_forward", "dropout_backward")
    loops = {
        name: body("\n    while True:\n        pass")
        for name in scorer.assignment.exercises
        if name in CONTENT.functions and name not in right
    }
    with short.sandbox:
        result = short.score(solved_submission(scorer.assignment, "somebody", change=loops)).exercises
    assert {name for name in right if result[name].score < result[name].points} == set()
    # All of an exercise while there is time, one in each afterwards; a hundred tests would go on for ever.
    timeouts = {name: [t for t in result[name].tests if t.status == "timeout"] for name in loops}
    assert max(len({test.test for test in tests}) for tests in timeouts.values()) == 1
    assert sum(len({test.message for test in tests}) for tests in timeouts.values()) <= len(loops) + 10
    messages = [test.message for name in loops for test in result[name].tests]
    told = [message for message in messages if "used up its 6 s, because" in message]
    assert told
    assert all("did not finish" in message and "_forward" in message for message in told)


def test_warnings_of_odd_values_do_not_reach_the_terminal(tmp_path, assignment):
    change = {
        "layernorm_backward": body("return (np.full_like(dout, np.inf), np.float64(1e308) * 10, np.array(np.nan))")
    }
    stage_submission(solved_submission(assignment, "somebody", change=change), assignment, tmp_path)
    command = [sys.executable, "-W", "always", "-m", "autograder", "score", str(tmp_path)]
    done = subprocess.run(command, cwd=COURSE.root, capture_output=True, text=True, timeout=300)
    assert "RuntimeWarning" not in done.stderr, "the student's own warnings are a part of what the code printed"
    assert "layernorm_backward" in done.stdout
