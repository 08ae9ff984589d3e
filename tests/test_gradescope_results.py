"""A result in Gradescope's format: the points add up, and the student is from Gradescope's metadata."""

import pytest
from gradescope_layout import assert_same, in_steps
from hypothesis import given, settings
from hypothesis import strategies as st
from made_up_results import exercise, outcome, stored

from autograder.gradescope.harness import NOBODY, student_in
from autograder.gradescope.schema import gradescope_results

weights = st.sampled_from([0.5, 1, 2, 3, 5, 0.090909])
rows = st.lists(st.tuples(weights, st.booleans(), st.sampled_from("abc")), min_size=1, max_size=9)
exercises = st.tuples(st.integers(1, 40), rows)


def result_with(*exercises):
    """A result of exercises, each given as (points, list of rows), as scoring makes it.

    A row is (weight, whether it was passed, name of its test); without a name it is a test of its own.
    """
    made = {}
    for number, (points, tests) in enumerate(exercises):
        rows = [
            outcome(
                f"Of part {position}." if name else f"Title {position}.",
                is_passed,
                weight=weight,
                message="" if is_passed else "got 1, expected 2",
                test="".join(name),
                part=f"part {position}" if name else "",
            )
            for position, (weight, is_passed, *name) in enumerate(tests)
        ]
        made[f"exercise_{number}"] = exercise(float(points), rows)
    return stored("ann", made).result


@settings(max_examples=200, deadline=None)
@given(st.lists(exercises, min_size=1, max_size=4))
def test_rounding_does_not_change_the_sum_of_points(drawn):
    result = result_with(*drawn)
    results = gradescope_results(result, seconds=1.234, visibility="visible")
    assert_same(results, result)
    assert in_steps(test["score"] for test in results["tests"]) == in_steps([results["score"]])
    assert all(0 <= test["score"] <= test["max_score"] for test in results["tests"])


def test_the_share_of_a_test_is_proportional_to_its_weight():
    result = result_with((6, [(1, True), (2, False), (3, True)]))
    tests = gradescope_results(result, seconds=1, visibility="hidden")["tests"]
    assert [(test["number"], test["score"], test["max_score"]) for test in tests] == [
        ("1.1", 1, 1),
        ("1.2", 0, 2),
        ("1.3", 3, 3),
    ]
    assert {test["visibility"] for test in tests} == {"hidden"}
    assert [test["output"] for test in tests] == ["", "failed: got 1, expected 2", ""]


@pytest.mark.parametrize(
    ("text", "student"),
    [
        ('{"users": [{"email": "ann@example.edu"}, {"email": "bob@example.edu"}]}', "ann@example.edu"),
        ('{"users": [{"email": "a\\u001b[0m\\nb"}]}', "a [0m b"),
        ('{"users": [{"email": 7}]}', NOBODY),
        ('{"users": []}', NOBODY),
        ("[]", NOBODY),
        ("no JSON", NOBODY),
        (None, NOBODY),
    ],
)
def test_the_student_is_the_first_one_in_the_metadata(tmp_path, text, student):
    path = tmp_path / "submission_metadata.json"
    if text:
        path.write_text(text)
    assert student_in(path) == student
