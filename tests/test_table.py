"""The class as a table for the terminal."""

import pytest
from made_up_results import exercise, outcome, stored

from autograder.feedback.table import class_table, row_of


@pytest.fixture
def rows():
    """Two students with twelve exercises in each of two notebooks."""
    names = [f"layer_{number}_forward" for number in range(24)]
    notebooks = ["ManyLayers.ipynb"] * 12 + ["Networks.ipynb"] * 12
    made = []
    for student, is_right in (("ann", True), ("a student with a name", False)):
        tests = [outcome("works", is_right, message="got 1, expected 2")]
        pairs = zip(names, notebooks, strict=True)
        exercises = {name: exercise(2.5, tests, notebook=notebook) for name, notebook in pairs}
        made.append(row_of(stored(student, exercises).result))
    return made


def test_a_wide_terminal_has_a_column_for_each_exercise(rows):
    lines = class_table(rows, width=300).splitlines()
    assert [line.split() for line in lines if line.startswith("ann")] == [["ann", *["2.5"] * 24, "60"]]
    assert "/2.5" in lines[3]


def test_a_narrow_terminal_has_a_column_for_each_notebook(rows):
    lines = class_table(rows, width=100).splitlines()
    assert lines[0].split() == ["Many"]
    assert lines[1].split() == ["student", "Layers", "Networks", "score", "remarks"]
    assert lines[2].split() == ["/30", "/30", "/60"]
    assert lines[3].split() == ["ann", "30", "30", "60"]
    assert lines[4].startswith("a student with a name       0         0      0  layer_0_forward: failed: got 1,")
    assert all(len(line) <= 100 for line in lines)


def test_no_submission_makes_no_row():
    assert class_table([]).split() == ["student", "score", "remarks"]
