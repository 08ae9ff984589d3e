"""Mechanical mutants: the changes of the rules, their outcomes, and the report of survivors."""

from pathlib import Path

import pytest
from courses import ASSIGNMENT, CONTENT, COURSE

from autograder.authoring import mechanical
from autograder.authoring.matrix import Matrix
from autograder.authoring.matrix_page import matrix_page, matrix_text
from autograder.authoring.mechanical import (
    KILLED,
    SURVIVED,
    Mechanical,
    MechanicalMutant,
    mechanical_mutants,
    outcome_of,
    run_mechanical,
)
from autograder.scoring.scorer import scorer_for
from autograder.testing.hidden import HiddenTest

ROOT = Path(__file__).parent.parent
NAME = "relu_backward"


@pytest.fixture(scope="module")
def course():
    return COURSE


@pytest.fixture(scope="module")
def scorer():
    return scorer_for(COURSE.root, "assignment2")


def changes(*lines):
    """Return description → changed lines, for a function with these lines as its solution."""
    text = "\n    ".join(["def f(x, w, H, W, param):", "### BEGIN SOLUTION", *lines, "### END SOLUTION"])
    mutants = mechanical_mutants(text + "\n    return out\n")
    return {name: [line.strip() for line in source.splitlines()[1:-1]] for name, source in mutants}


@pytest.mark.parametrize(
    ("line", "change", "changed"),
    [
        ("out = x + w", "x + w → x - w", "out = x - w"),
        ("out = x - w", "x - w → w - x", "out = w - x"),
        ("out = x - w", "x - w → -w", "out = -w"),
        ("out = x @ w", "x @ w → x * w", "out = x * w"),
        ("out = x // w", "x // w → -(-x // w)", "out = -(-x // w)"),
        ("out = x ** 2", "2 → 3", "out = x ** 3"),
        ("out = 0.5 * x", "0.5 → 1.0", "out = 1.0 * x"),
        ("out = x > 0", "x > 0 → x >= 0", "out = x >= 0"),
        ("out = x if w else 0", "x if w else 0 → x if not w else 0", "out = x if not w else 0"),
        ("out = x.sum(axis=0)", "x.sum(axis=0) → x", "out = x"),
        ("out = x.sum(axis=0)", "x.sum(axis=0) → x.mean(axis=0)", "out = x.mean(axis=0)"),
        ("out = x.sum(axis=0)", "0 → 1", "out = x.sum(axis=1)"),
        ("out = x.sum(axis=(0, 2))", "(0, 2) → (0,)", "out = x.sum(axis=(0,))"),
        ("out = x.sum(keepdims=True)", "True → False", "out = x.sum(keepdims=False)"),
        ("out = np.sqrt(x)", "np.sqrt(x) → x", "out = x"),
        ("out = x[H]", "x[H] → x[H + 1]", "out = x[H + 1]"),
        ("out = x[:, H:W]", "x[:, H:W] → x[:, H:W - 1]", "out = x[:, H:W - 1]"),
        ("out = x[:, H]", "x[:, H] → x[1:, H]", "out = x[1:, H]"),
        ("out = list(range(H))", "range(H) → range(H - 1)", "out = list(range(H - 1))"),
        ("out = x.reshape(H, W)", "x.reshape(H, W) → x.reshape(W, H)", "out = x.reshape(W, H)"),
        ("out = x.reshape(H, -1)", "H → W", "out = x.reshape(W, -1)"),
        ("out = x.transpose(0, 2)", "x.transpose(0, 2) → x.transpose(2, 0)", "out = x.transpose(2, 0)"),
        ("out = param.get('eps', 1e-5)", "1e-05 → 2e-05", "out = param.get('eps', 2e-05)"),
        (
            "out = param.get('eps', 1e-5)",
            "param.get('eps', 1e-05) → param.get('eps_', 1e-05)",
            "out = param.get('eps_', 1e-05)",
        ),
        ("out = param['a'] - param['b']", "param['a'] → param['b']", "out = param['b'] - param['b']"),
        ("out = param[f'W{x}']", "{x} → {x + 1}", "out = param[f'W{x + 1}']"),
        ("out = x", "dropped", "pass"),
    ],
)
def test_a_rule_makes_the_change(line, change, changed):
    assert changes(line)[f"out = …: {change}"] == [changed]


def test_statements_in_blocks_and_augmented_assignments_are_changed():
    made = changes("out = 0", "for i in range(H):", "    if x[i]:", "        out += x[i]")
    assert "out += x[i - 1]" in made["out += …: x[i] → x[i - 1]"]
    assert "out -= x[i]" in made["out += …: += → -="]
    assert "out = x[i]" in made["out += …: += → ="]
    assert "if not x[i]:" in made["if x[i]: x[i] → not x[i]"]
    assert made["for i in range(H): dropped"] == ["out = 0", "pass"]


def test_every_change_is_made_once_and_has_its_own_description():
    made = changes("out = x[H] + x[H] + 0 * 1")
    assert made["out = …: x[H] → x[H + 1]"] == ["out = x[H + 1] + x[H] + 0 * 1"]
    assert made["out = …: x[H] → x[H + 1] (2)"] == ["out = x[H] + x[H + 1] + 0 * 1"]
    texts = ["\n".join(lines) for lines in made.values()]
    assert len(set(texts)) == len(texts)
    assert "out = x[H] + x[H] + 0 * 1" not in texts


def test_only_the_solution_is_changed_and_messages_stay():
    source = (
        "def f(x):\n    y = x + 1\n    ### BEGIN SOLUTION\n    if x:\n        raise ValueError('a' + str(x))\n"
        "    ### END SOLUTION\n    return y * 2\n"
    )
    made = mechanical_mutants(source)
    assert [name for name, _ in made if "ValueError" in name] == ["raise ValueError('a' + str(x)): dropped"]
    assert all("y = x + 1" in changed and "return y * 2" in changed for _, changed in made)


def outcome(scorer, body, tests=None):
    mutant = MechanicalMutant(NAME, "a change", f"def {NAME}(dout, cache):\n    {body}\n")
    tests = mechanical.tests_of(CONTENT, NAME) if tests is None else tests
    return outcome_of(mutant, scorer.reference, tests, scorer.assignment)


def test_a_correct_mutant_survives_and_a_wrong_one_does_not(scorer):
    assert outcome(scorer, "return dout * (cache >= 0)") == SURVIVED
    assert outcome(scorer, "return dout * (cache < 0)") == KILLED
    assert outcome(scorer, "return nothing_of_that_name") == KILLED


def test_endless_loops_and_huge_arrays_end_only_the_mutant(scorer, monkeypatch):
    monkeypatch.setattr(mechanical, "CPU_SECONDS", 1)
    assert outcome(scorer, "while True: pass") == KILLED
    assert outcome(scorer, "return np.ones(2**32)") == KILLED
    assert outcome(scorer, "import os; os.abort()") == KILLED
    assert outcome(scorer, "return dout * (cache > 0)") == SURVIVED


def test_an_error_of_a_test_itself_is_reported(scorer):
    def broken(student):
        student.relu_backward(1, 2)
        raise ZeroDivisionError("of the test")

    said = outcome(scorer, "return dout", [HiddenTest(broken, "node", NAME)])
    assert said == "hidden test broken raised ZeroDivisionError: of the test"
    assert Mechanical(NAME, {}, 1, [], {"x": said}).problems()[-1] == f"mechanical mutant {NAME}/x: {said}"


def test_the_tests_of_the_backward_pass_check_an_undocumented_cache(scorer):
    assert {test.exercise for test in mechanical.tests_of(CONTENT, "batchnorm_forward")} == {
        "batchnorm_forward",
        "batchnorm_backward",
        "batchnorm_backward_alt",
    }
    assert {test.exercise for test in mechanical.tests_of(CONTENT, "conv_forward_naive")} == {"conv_forward_naive"}
    assert {test.exercise for test in mechanical.tests_of(CONTENT, "ThreeLayerConvNet")} == {"ThreeLayerConvNet"}


def test_gaps_and_stale_entries_are_reported():
    result = Mechanical(NAME, {"a": "It is right.", "b": "It is right."}, 5, ["a", "c"])
    assert (result.killed, result.equivalents) == (3, {"a": "It is right."})
    problems = [
        f"mechanical mutant {NAME}/c earns full points",
        f"mechanical mutant {NAME}/b does not survive: remove it from EQUIVALENTS",
    ]
    assert result.problems() == problems
    matrix = Matrix(ASSIGNMENT, [], 1, mechanical=[result])
    assert matrix.problems()[-2:] == problems
    assert "3 of 5 mechanical mutants killed, 1 of 2 survivors equivalent" in matrix_text(matrix)
    page = matrix_page(matrix)
    assert f"| {NAME} | 5 | 3 | 2 |" in page
    assert "- It is right.\n  - `a`\n- **A gap: no hidden test fails.**\n  - `c`" in page


def test_equivalents_name_exercises_and_one_reason_each(scorer):
    assert set(CONTENT.equivalents) <= set(scorer.assignment.exercises)
    for exercise, groups in CONTENT.equivalents.items():
        listed = [description for descriptions in groups.values() for description in descriptions]
        assert len(set(listed)) == len(listed), exercise
        assert all(reason.endswith(".") and reason[0].isupper() for reason in groups), exercise


def test_the_survivors_of_small_exercises_are_known(course):
    exercises = ["relu_backward", "sgd_momentum"]
    results = run_mechanical(course, "assignment2", exercises=exercises, jobs=1)
    assert [result.exercise for result in results] == exercises
    assert all(result.made > 10 for result in results)
    assert [line for result in results for line in result.problems()] == []


@pytest.mark.slow
def test_the_survivors_of_all_exercises_are_known(course, scorer):
    results = run_mechanical(course, "assignment2", exercises=list(scorer.assignment.exercises))
    assert [line for result in results for line in result.problems()] == []
    assert sum(result.made for result in results) > 3000
