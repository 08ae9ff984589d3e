"""Limits never cost points: outputs and pictures don't count, answers are cut, unread work waits for a person."""

import base64
import json
import os
from pathlib import Path

import pytest
from courses import copy_course
from in_process import nbgrader_here, run_here
from sentences import problem_lines

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.intake.budgets import MAX_FILE_BYTES, MAX_SOURCE
from autograder.intake.outputs import without_outputs
from autograder.intake.parse_notebook import notebook_cells
from autograder.intake.pictures import Pictures
from autograder.scoring.results import load_stored

ROOT = Path(__file__).parent.parent
NAME, QUESTION, EXERCISE = "Dropout.ipynb", "question_dropout", "dropout_forward"
LONG = "The mask is scaled. " * 3000


def png(side, padding=b""):
    """The header of a PNG of side × side pixels, for which a browser allocates memory."""
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + 2 * side.to_bytes(4, "big") + b"\x08\x02\0\0\0" + padding


def url_of(content):
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def find(content, grade_id):
    return next(c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def put_outputs(content, outputs):
    next(cell for cell in content["cells"] if cell["cell_type"] == "code")["outputs"] = outputs


def answer(text):
    return lambda content: find(content, QUESTION).update(source=text)


def image(size):
    data = base64.b64encode(os.urandom(size * 3 // 4)).decode()
    return [{"output_type": "display_data", "metadata": {}, "data": {"image/png": data, "text/plain": '[{"x": 1'}}]


def plot(lists):
    data = {"data": [{"x": [i, i + 0.5], "name": "a ] b"} for i in range(lists)]}
    return [{"output_type": "display_data", "metadata": {}, "data": {"application/vnd.plotly.v1+json": data}}]


def widgets(content):
    state = {f"{i}": {"model_name": "FloatProgressModel", "state": {"_view": [i]}} for i in range(100_000)}
    content["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": {"state": state}}


def as_code(content):
    cell = find(content, QUESTION)
    cell.update(cell_type="code", source=LONG, outputs=[])
    cell["metadata"]["nbgrader"]["cell_type"] = "markdown"  # as it is in what students get


# student → what is done to the source notebook, which has all points
KINDS = {
    "outputs": lambda content: put_outputs(content, image(26 << 20)),
    "plot": lambda content: put_outputs(content, plot(230_000)),
    "widgets": widgets,
    "pictures": answer(f"So. ![a]({url_of(png(9, b'x' * 3_000_000))}) <img src='{url_of(png(8, b'x' * 2_000_000))}'>"),
    "long": answer(LONG),
    "note": lambda content: (
        content["cells"].insert(1, {"cell_type": "markdown", "metadata": {}, "source": "n" * 49_990}),
        answer(LONG)(content),
    ),
    "as code": as_code,
    "code": lambda content: find(content, EXERCISE).update(source="# long\n" * 40_000),
    "cells": lambda content: content["cells"].extend([{"cell_type": "raw", "metadata": {}, "source": ""}] * 2001),
    "file": lambda content: content["metadata"].update(x="x" * MAX_FILE_BYTES),
}
WAITING = {"code": {EXERCISE}, "cells": None, "file": None}  # None: all of it


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """(course folder, what `grade` printed)."""
    folder = copy_course(tmp_path_factory.mktemp("course"), notebooks=["Dropout"])
    source = folder / "source" / "assignment2"
    for path in source.glob("*.ipynb"):
        if path.name != NAME:  # nbgrader's own commands would take them all the same
            path.unlink()
    for student, change in KINDS.items():
        content = json.loads((source / NAME).read_text(encoding="utf-8"))
        change(content)
        target = folder / "submitted" / student / "assignment2"
        target.mkdir(parents=True)
        (target / NAME).write_text(json.dumps(content), encoding="utf-8")
    done = run_here(folder, "grade")
    assert done.returncode == 1, done.stdout + done.stderr  # three need attention
    return folder, done.stdout


@pytest.fixture(scope="module")
def assignment(graded):
    return load_assignment(load_course(graded[0]))


def standings_of(folder):
    cells, class_grades = NbGrader(load_course(folder)).class_grades("assignment2")
    by_id = {cell.grade_id: cell for cell in cells}
    return by_id, {grades.student: grades for grades in class_grades}


def expected_to_wait(student, assignment):
    """grade_ids of the cells with points for which a score of 0 would be a fault."""
    waiting = WAITING.get(student, set())
    graded = {exercise.name: exercise.grade_cell for exercise in assignment.exercises.values()}
    if waiting is None:
        return {*graded.values(), QUESTION}
    return {graded[name] for name in waiting} | {QUESTION}


@pytest.mark.parametrize("student", KINDS)
def test_no_limit_gives_a_student_zero_points(graded, assignment, student):
    cells, class_grades = standings_of(graded[0])
    grades = class_grades[student]
    waiting = expected_to_wait(student, assignment)
    for grade_id, cell in cells.items():
        if grade_id in waiting:
            assert grades.scores[cell] is None
            assert cell in grades.pending
        else:
            assert grades.scores[cell] == cell.max_score
            assert cell not in grades.pending


def test_a_cut_answer_is_kept_and_says_so(graded):
    folder = graded[0]
    for student in ("long", "note", "as code"):
        path = folder / "autograded" / student / "assignment2" / NAME
        cell = find(json.loads(path.read_text(encoding="utf-8")), QUESTION)
        assert cell["cell_type"] == "markdown"
        assert cell["source"].startswith(LONG[: MAX_SOURCE["markdown"]])
        assert "40,000 characters, is in the submitted file" in cell["source"]
        repairs = load_stored(load_course(folder), "assignment2", student).result.repairs
        assert any("has more than 20000 characters and was cut" in repair.sentence for repair in repairs)


@pytest.mark.parametrize("student", ["outputs", "plot", "widgets", "pictures"])
def test_outputs_and_pictures_need_no_repair(graded, student):
    result = load_stored(load_course(graded[0]), "assignment2", student).result
    assert (result.state, result.repairs, result.score) == ("graded", (), result.max_score)


def test_the_page_and_the_terminal_say_what_waits_and_why(graded):
    folder, printed = graded
    assert f"answers to grade by hand in {len(KINDS)} submissions" in printed
    assert "needs attention: cells, code, file" in printed
    feedback = folder / "feedback"
    for student, why in (("code", "has more than 200000 characters"), ("file", "is larger than 64 MB")):
        page = (feedback / student / "assignment2" / "Dropout.html").read_text(encoding="utf-8")
        assert "not graded yet" in page
        assert "because of this limit: Dropout.ipynb" in page
        assert why in page
        assert "No response" not in page


def test_plain_nbgrader_holds_back_the_same_marks(graded, assignment):
    folder = graded[0]
    for student in ("code", "file"):
        assert nbgrader_here(folder, "autograde", "assignment2", "--force", "--student", student).returncode == 0
        with NbGrader(load_course(folder)).open() as gradebook:
            part = gradebook.find_submission_notebook("Dropout", "assignment2", student)
            waiting = {grade.name for grade in part.grades if grade.needs_manual_grade and grade.auto_score is None}
            assert waiting == expected_to_wait(student, assignment)
            assert {comment.auto_comment for comment in part.comments} == {None}


def test_a_search_that_ends_at_a_limit_gives_no_student_zero_points(tmp_path, assignment):
    from autograder.intake.submission import read_submission

    (tmp_path / "a.ipynb").write_text('{"x": "' + "x" * MAX_FILE_BYTES + '"}')
    submission = read_submission(tmp_path, assignment, student="ann")
    assert submission.waiting.keys() == {EXERCISE, "dropout_backward", QUESTION}
    assert "stopped at a.ipynb, which is too large" in problem_lines(submission)[NAME]


# ---------------------------------------------------------------- outputs


@pytest.mark.parametrize("outputs", [[], [[]], [{"a": ']}\\"'}], {}, [1, 2, [3, [4]]], ["\n" * 9, '"outputs": [']])
@pytest.mark.parametrize("indent", [None, 1])
def test_outputs_alone_are_taken_out(outputs, indent):
    cell = {"outputs": outputs, "source": 'x = {"outputs": [1]}', "z": [[1], {"outputs": outputs, "y": 2}]}
    raw = json.dumps({"cells": [cell, cell], "w": [3]}, indent=indent).encode()
    empty = type(outputs)()
    short = {"outputs": empty, "source": cell["source"], "z": [[1], {"outputs": empty, "y": 2}]}
    assert json.loads(without_outputs(raw)) == {"cells": [short, short], "w": [3]}
    assert without_outputs(raw).count(b"\n") == raw.count(b"\n")


def test_a_file_that_ends_in_its_outputs_has_the_cells_before():
    cell = {"cell_type": "code", "metadata": {}, "outputs": plot(3), "source": "x = 1"}
    raw = json.dumps({"nbformat": 4, "cells": [cell, cell]}).encode()
    content = notebook_cells(raw[:-60], Pictures())
    assert content.cells == [("code", None, "x = 1")]
    assert "ends too early" in content.repairs[0].words


def test_a_conflict_in_outputs_affects_no_cell():
    lines = json.dumps({"nbformat": 4, "cells": [{"cell_type": "code", "outputs": [7], "source": "x = 1"}]}, indent=1)
    mine = lines.splitlines()
    place = next(i for i, line in enumerate(mine) if "outputs" in line)
    theirs = ['   "outputs": [],']
    merged = [
        *mine[:place],
        "<<<<<<< HEAD",
        *mine[place : place + 3],
        "=======",
        *theirs,
        ">>>>>>> b",
        *mine[place + 3 :],
    ]
    content = notebook_cells("\n".join(merged).encode(), Pictures())
    assert content.cells == [("code", None, "x = 1")]


# ---------------------------------------------------------------- pictures


def attached(*contents):
    pictures = Pictures()
    text = " ".join(f"![x]({url_of(content)})" for content in contents)
    return pictures, *pictures.attached(text, None)


def test_a_picture_that_would_need_much_memory_to_be_shown_is_named():
    for side, shown in ((7000, True), (7100, False), (60_000, False)):
        pictures, text, problems = attached(png(side))
        assert bool(pictures.found) == shown
        assert bool(problems) != shown
        assert "base64" not in text
    assert "million pixels and is not shown" in problems[0].words


def test_all_pictures_of_a_submission_have_a_limit_and_the_same_one_counts_once():
    one = png(10, b"x" * 7_000_000)
    pictures, _, problems = attached(one, one, one, one)
    assert (len(pictures.found), problems) == (1, [])
    pictures, text, problems = attached(*(one + bytes([i]) for i in range(4)))
    assert len(pictures.found) == 2
    assert len(problems) == 2
    assert text.count("attachment:picture-") == 4
    assert "larger than 8 MB" in attached(png(1, b"x" * (8 << 20)))[2][0].words
