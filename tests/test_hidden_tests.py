"""Mutants and variants as whole submissions in the sandbox: their points and feedback."""

from pathlib import Path

import pytest
from courses import CONTENT, COURSE, replaced

from autograder.sample_class.command import changed_submission, solved_submission
from autograder.sample_class.profiles import body
from autograder.scoring.scorer import scorer_for

ROOT = Path(__file__).parent.parent
# Starting a submission takes time: a sample of the mutants here, all of them in `make test-slow`.
STEP = 45


@pytest.fixture(scope="module")
def scorer():
    return scorer_for(COURSE.root, "assignment2")


def some(entries):
    """Return parameters: some entries, the others marked as slow."""
    return [
        pytest.param(entry, id=entry.id, marks=() if index % STEP == 0 else pytest.mark.slow)
        for index, entry in enumerate(entries)
    ]


def result_of(scorer, *changes):
    return scorer.score(changed_submission(scorer.assignment, "somebody", changes))


@pytest.mark.parametrize("mutant", some(CONTENT.mutants))
def test_a_known_mistake_loses_points_only_in_its_exercise(scorer, mutant):
    exercises = result_of(scorer, mutant).exercises
    lost = {name for name, e in exercises.items() if e.score < e.points}
    for name in lost - {mutant.exercise}:
        # The contents of a cache are the student's choice: without one, the backward pass cannot be tested.
        assert CONTENT.functions[name].forward == mutant.exercise
        assert not CONTENT.functions[mutant.exercise].has_documented_cache
        if mutant.is_random:  # nor can what it gives be held against what the mistake gives
            continue
        unjudged = [test for test in exercises[name].tests if not test.passed]
        assert {(test.status, test.message.split(":")[0]) for test in unjudged} == {
            ("skipped", f"needs the cache of {mutant.exercise}, which does not run")
        }
    assert mutant.exercise in lost
    failed = [test for test in exercises[mutant.exercise].tests if not test.passed]
    assert all(test.message for test in failed)
    if not mutant.is_random:
        assert mutant.words in {test.misconception for test in failed}


@pytest.mark.parametrize("variant", some(CONTENT.variants))
def test_a_variant_gets_full_points(scorer, variant):
    got = result_of(scorer, variant)
    assert [test for e in got.exercises.values() for test in e.tests if not test.passed] == []
    assert {test.misconception for e in got.exercises.values() for test in e.tests} == {None}


def test_a_mistake_in_a_backward_pass_is_named_if_the_forward_pass_fails(scorer):
    """Its cache is documented, so the backward pass can be tested without the forward pass."""
    change = {
        "conv_forward_naive": replaced(("// stride", "/ stride")),
        "conv_backward_naive": replaced(("pad : pad + H, pad : pad + W", "pad:-pad, pad:-pad")),
    }
    got = scorer.score(solved_submission(scorer.assignment, "somebody", change=change)).exercises
    assert {test.status for test in got["conv_forward_naive"].tests} == {"error"}
    (failed,) = (test for test in got["conv_backward_naive"].tests if not test.passed)
    assert failed.message.startswith("dx has shape (1, 3, 0, 0), expected (1, 3, 5, 6)")
    assert "so dx is empty if pad is 0" in failed.misconception


def test_a_renamed_function_is_missing_and_no_released_cell_is_blamed(scorer):
    change = {"layernorm_forward": replaced(("def layernorm_forward", "def layer_norm_forward"))}
    got = scorer.score(solved_submission(scorer.assignment, "somebody", change=change)).exercises
    (message,) = {test.message for test in got["layernorm_forward"].tests}
    assert message == "layernorm_forward is not defined in your notebook: did you rename it?"


FAST = "from cs231n.fast_layers import conv_forward_fast\n    return conv_forward_fast(x, w, b, conv_param)"


def test_the_fast_layers_cannot_solve_the_naive_exercises(scorer):
    change = {"conv_forward_naive": replaced(('stride, pad = conv_param["stride"], conv_param["pad"]', FAST))}
    got = scorer.score(solved_submission(scorer.assignment, "somebody", change=change))
    assert got.exercises["conv_forward_naive"].score == 0
    assert "write the computation yourself" in got.exercises["conv_forward_naive"].tests[0].message
    assert got.score == got.max_score - 11


@pytest.mark.parametrize(
    ("exercise", "statement"),
    [
        ("adam", "from cs231n.optim import rule_named\n    return rule_named('adam')(w, dw, config)"),
        ("rmsprop", "from cs231n._fast_rules import COMPILED\n    return COMPILED['rmsprop'](w, dw, config)"),
        ("affine_forward", "from cs231n.fast_layers import affine_forward_fast as f\n    return f(x, w, b)"),
    ],
)
def test_compiled_rules_and_layers_cannot_be_imported(scorer, exercise, statement):
    change = {exercise: body(statement)}
    got = scorer.score(solved_submission(scorer.assignment, "somebody", change=change))
    assert got.exercises[exercise].score == 0
    assert {name for name, e in got.exercises.items() if e.score < e.points} == {exercise}


def test_text_from_student_code_is_cleaned_before_it_is_stored(scorer):
    meta = r"M = type('M', (type,), {'__name__': '\ud800\x1b[31m\nX'})"
    odd = meta + "\n    x = M('X', (), {})()\n    return x, x"
    got = scorer.score(solved_submission(scorer.assignment, "odd", change={"layernorm_forward": body(odd)}))
    for test in got.exercises["layernorm_forward"].tests:
        assert test.message.isprintable()
        assert test.status == "failed"


def test_scores_do_not_depend_on_the_secret(scorer, monkeypatch):
    for secret in ("one", "another", "a third"):
        monkeypatch.setitem(scorer.course.__dict__, "secret", secret)
        assert scorer.score(solved_submission(scorer.assignment, "somebody")).score == scorer.assignment.max_score


@pytest.mark.parametrize(("ties", "lost"), [("subgradient", 1), ("every", 0)])
def test_the_assignment_sets_the_rule_for_ties(monkeypatch, scorer, ties, lost):
    monkeypatch.setitem(scorer.assignment.settings.options, "max_pool_ties", ties)
    every = next(mutant for mutant in CONTENT.mutants if mutant.unless == {"max_pool_ties": "every"})
    exercise = result_of(scorer, every).exercises["max_pool_backward_naive"]
    assert exercise.score == exercise.points - lost
    for name in ("shared-at-ties", "last-at-ties", "random-at-ties"):
        variant = next(variant for variant in CONTENT.variants if variant.name == name)
        assert result_of(scorer, variant).score == scorer.assignment.max_score
