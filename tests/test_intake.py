"""Intake: submissions from odd files."""

import json
import os
import shutil
from pathlib import Path

import pytest
from attack_range import scored_alone
from courses import SETTINGS
from sentences import problem_lines, repair_lines

from autograder.course.config import load_course
from autograder.gradebook.merge_notebook import rebuild_notebook
from autograder.intake.class_list import folders_left_out, students_of
from autograder.intake.submission import read_submission
from autograder.scoring.scorer import scorer_for

ROOT = Path(__file__).parent.parent
NAME = "ConvolutionalNetworks.ipynb"
OTHER = "BatchNormalization.ipynb"


def edit(folder, change, name=NAME):
    content = json.loads((folder / name).read_text())
    change(content)
    (folder / name).write_text(json.dumps(content))


def find(content, grade_id):
    return next(c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def read(folder, assignment):
    return read_submission(folder, assignment, student="ann")


def test_an_unchanged_notebook_is_not_an_attempt_and_needs_no_repair(folder, assignment):
    submission = read(folder, assignment)
    assert (submission.attempted, repair_lines(submission), submission.unusable) == (frozenset(), (), {})
    assert len(submission.notebooks[NAME]) == 10


def test_an_unchanged_cell_of_an_older_release_is_not_an_attempt(folder, assignment):
    fresh = read(folder, assignment)
    for name, source in assignment.notebooks.items():
        for cell in source.solution_cells:
            assert "raise NotImplementedError()" in cell.plain_stub
            edit(folder, lambda content, cell=cell: find(content, cell.grade_id).update(source=cell.plain_stub), name)
    old = read(folder, assignment)
    assert old.attempted == frozenset()
    assert old.digest() == fresh.digest()


def test_an_unchanged_cell_of_an_older_release_does_not_replace_the_answer(folder, assignment):
    def paste(content):
        cell = find(content, "conv_forward_naive")
        exercise = next(c for c in assignment.notebooks[NAME].solution_cells if c.grade_id == "conv_forward_naive")
        content["cells"].append({**cell, "source": exercise.plain_stub})
        cell["source"] = "def conv_forward_naive(): return 1"

    edit(folder, paste)
    submission = read(folder, assignment)
    assert submission.attempted == {"conv_forward_naive"}
    assert ("cell conv_forward_naive", "def conv_forward_naive(): return 1") in submission.code(NAME)


def test_the_students_own_cells_keep_their_places(folder, assignment):
    def add(content):
        own = {"cell_type": "code", "metadata": {}, "source": ["def helper():\n", "    return 1"], "outputs": []}
        content["cells"].insert(content["cells"].index(find(content, "conv_backward_naive")), own)
        find(content, "conv_backward_naive")["source"] = "def conv_backward_naive(): return helper()"

    edit(folder, add)
    submission = read(folder, assignment)
    assert submission.attempted == {"conv_backward_naive"}
    cells = rebuild_notebook(submission, NAME, assignment)["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    position = sources.index("def conv_backward_naive(): return helper()")
    assert "def helper():\n    return 1" in sources[:position]


def test_locked_cells_points_and_grade_ids_are_the_sources(folder, assignment):
    def cheat(content):
        find(content, "check_conv_forward_naive")["metadata"]["nbgrader"]["points"] = 1000
        find(content, "setup_convolution")["source"] = "import evil"

    edit(folder, cheat)
    rebuilt = rebuild_notebook(read(folder, assignment), NAME, assignment)
    assert find(rebuilt, "check_conv_forward_naive")["metadata"]["nbgrader"]["points"] == 11
    assert "import evil" not in json.dumps(rebuilt)


ODD_CELLS = [
    None,
    7,
    {"cell_type": "code"},
    {"cell_type": "code", "source": 3, "metadata": {}},
    {"cell_type": "code", "source": ["a", 1], "metadata": {}},
    {"cell_type": ["code"], "source": "x = 1", "metadata": {}},
    {"cell_type": "code", "source": "x" * (1 << 21), "metadata": {}},
]


@pytest.mark.parametrize("cell", ODD_CELLS, ids=range(len(ODD_CELLS)))
def test_a_cell_that_can_not_be_used_is_left_out_and_noted(folder, assignment, cell):
    edit(folder, lambda content: content["cells"].insert(0, cell))
    submission = read(folder, assignment)
    assert any("cell 1" in repair and "left out" in repair for repair in repair_lines(submission))
    assert len(submission.notebooks[NAME]) == 10


@pytest.mark.parametrize("metadata", [None, 3, [], {"nbgrader": 5}, {"nbgrader": {"grade_id": ["x"]}}])
def test_odd_metadata_makes_a_cell_the_students_own(folder, assignment, metadata):
    cell = {"cell_type": "code", "source": "x = 1", "metadata": metadata}
    edit(folder, lambda content: content["cells"].append(cell))
    assert read(folder, assignment).notebooks[NAME][-1].source == "x = 1"


def test_a_solution_cell_that_became_text_is_reported(folder, assignment):
    edit(folder, lambda content: find(content, "conv_forward_naive").update(cell_type="markdown"))
    line = f"{NAME}: the cell conv_forward_naive is a Markdown cell; it was read as code"
    assert repair_lines(read(folder, assignment)) == (line,)
    assert not read(folder, assignment).attempted
    edit(folder, lambda content: find(content, "conv_forward_naive").update(cell_type="raw", source="no code"))
    assert any("conv_forward_naive is not a code cell" in repair for repair in repair_lines(read(folder, assignment)))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is not a notebook"),
        (b"<html>", "is not a notebook"),
        (b"\xff\xfe\x00", "it is not text"),
        (b"[" * 100_000, "is not a notebook"),
        (b"[]", "is not a notebook"),
        (b'{"nbformat": "4", "cells": []}', "is not a notebook"),
        (b'{"nbformat": 4, "cells": 3}', "is not a notebook"),
        (b'{"nbformat": 4, "cells": [' + b"0," * 3000 + b"0]}", "more than 2000 cells"),
        (b" " * (65 << 20), "larger than 64 MB"),
    ],
)
def test_a_file_that_is_not_a_notebook_has_a_reason_and_affects_no_other_file(folder, assignment, content, words):
    (folder / NAME).write_bytes(content)
    submission = read(folder, assignment)
    assert list(submission.unusable) == [NAME]
    assert words in problem_lines(submission)[NAME]
    assert submission.notebooks[OTHER]


def test_a_byte_order_mark_does_no_harm(folder, assignment):
    (folder / NAME).write_bytes(b"\xef\xbb\xbf" + (folder / NAME).read_bytes())
    assert problem_lines(read(folder, assignment)) == {}


def test_a_link_and_a_pipe_are_not_opened(folder, assignment):
    (folder / NAME).unlink()
    (folder / NAME).symlink_to(folder / OTHER)
    assert "hand in the notebook itself" in problem_lines(read(folder, assignment))[NAME]
    (folder / NAME).unlink()
    os.mkfifo(folder / NAME)
    assert "is not an ordinary file" in problem_lines(read(folder, assignment))[NAME]


def test_a_folder_whose_name_can_not_be_an_id_is_reported_and_skipped(tmp_path, assignment, capsys):
    shutil.copy(SETTINGS, tmp_path)
    course = load_course(tmp_path)
    odd = [b"\xff", b"\x1b]0;owned\x07", b"two\nlines", b"x" * 220]
    for name in (b"ann", *odd):
        (course.submitted / os.fsdecode(name) / "assignment2").mkdir(parents=True)
    assert students_of(course, assignment) == ["ann"]
    assert [reason for _, reason in folders_left_out(course, assignment)] == [
        "its name holds control characters",
        "its name holds control characters",
        "its name is longer than 200 bytes",
        "its name is not UTF-8",
    ]


def test_students_with_misplaced_notebooks_are_listed(tmp_path, assignment):
    shutil.copy(SETTINGS, tmp_path)
    course = load_course(tmp_path)
    places = ("ann/assignment2/x.ipynb", "böb müller/x.ipynb", "c.d/Assignment2/x.ipynb", "eve/assignment1/x.ipynb")
    for path in (*places, "f/all.zip"):
        (course.submitted / path).parent.mkdir(parents=True)
        (course.submitted / path).write_text("{}")
    assert students_of(course, assignment) == ["ann", "böb müller", "c.d", "f"]
    misplaced = read_submission(course.submitted / "böb müller" / "assignment2", assignment, student="böb müller")
    assert "(expected a folder assignment2, got x.ipynb)" in problem_lines(misplaced)[NAME]
    misnamed = read_submission(course.submitted / "c.d" / "assignment2", assignment, student="c.d")
    assert "(expected a folder assignment2, got Assignment2)" in problem_lines(misnamed)[NAME]


def test_a_cell_of_a_hundred_thousand_characters_is_read(folder, assignment):
    """Some students work in a single cell."""
    single = "\n\n".join(cell.source for cell in assignment.notebooks[NAME].solution_cells) + "\n# a note" * 15_000
    assert len(single) > 100_000

    def put(content):
        content["cells"] = [{"cell_type": "code", "metadata": {}, "outputs": [], "source": single}]

    edit(folder, put)
    submission = read(folder, assignment)
    assert submission.left_out == {}
    assert any(len(source) > 100_000 for _, source in submission.code(NAME))


def test_a_cell_beyond_the_limit_is_named_in_every_test_that_needs_it(folder, assignment, course):
    edit(folder, lambda content: find(content, "conv_forward_naive").update(source="# long\n" * 40_000))
    submission = read(folder, assignment)
    (reason,) = submission.left_out[NAME]
    assert reason.endswith("has more than 200000 characters and was left out")
    scorer = scorer_for(course.root, "assignment2")
    result = scored_alone(scorer, "conv_forward_naive").score(submission).exercises["conv_forward_naive"]
    assert all(reason in test.message for test in result.tests)
