"""The assignment changes in mid-term, while the gradebook has scores of it and of another assignment."""

import json
import re
import shutil

import pytest
from courses import assign, copy_course
from in_process import nbgrader_here
from sqlalchemy.orm import Session

from autograder.cli import main
from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.exports.marks import class_marks
from autograder.gradebook.merge_notebook import stage_submission
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.gradebook.reshaping import DROPPED
from autograder.gradescope.schema import gradescope_results
from autograder.sample_class.command import solved_submission
from autograder.scoring.results import load_stored

DROPOUT, NORMALIZATION = "Dropout.ipynb", "BatchNormalization.ipynb"


def settings(course, **options):
    """Change the settings of the assignment; returns the course."""
    assign(course.root, **options)
    return load_course(course.root)


def edit(course, name, change, assignment="assignment2"):
    path = course.source / assignment / name
    content = json.loads(path.read_text(encoding="utf-8"))
    content["cells"] = change(content["cells"])
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def without_dropout_backward(cells):
    """Leave out an exercise, its check, and the cell that uses it."""
    names = ("dropout_backward", "check_dropout_backward", "borrow_network_for_dropout")
    return [cell for cell in cells if cell["metadata"].get("nbgrader", {}).get("grade_id") not in names]


def marks(course, assignment="assignment2"):
    """dict of student → dict of heading → score."""
    found = class_marks(course, load_assignment(course, assignment))
    return {
        grades.student: {"total": grades.total, **{name: grades.scores[c] for name, c in found.columns.items()}}
        for grades in found.class_grades
        if grades.submitted
    }


def grade_by_hand(course, student, notebook, cell, score, comment=None):
    with NbGrader(course).open() as gradebook:
        grade = gradebook.find_grade(cell, notebook, "assignment2", student)
        grade.manual_score, grade.needs_manual_grade = score, False
        if comment:
            gradebook.find_comment(
                cell.removeprefix("check_"), notebook, "assignment2", student
            ).manual_comment = comment
        gradebook.db.commit()


def comments(course, student):
    with NbGrader(course).open() as gradebook:
        submission = gradebook.find_submission("assignment2", student)
        return {c.name: c.manual_comment for part in submission.notebooks for c in part.comments if c.manual_comment}


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A gradebook with Dropout scores of two students, partly manual, and another assignment with equal exercises."""
    root = copy_course(tmp_path_factory.mktemp("mid-term") / "course", notebooks=["Dropout"])
    course = settings(load_course(root), total_points=15)
    for folder in (course.source, course.assignments):
        shutil.copytree(folder / "assignment2", folder / "assignment1")
    for name in ("assignment2", "assignment1"):
        assignment = load_assignment(course, name)
        for student in ("ann", "bob"):
            stage_submission(solved_submission(assignment, student), assignment, course.handed_in(student, name))
    run(root, "grade", "assignment1")
    run(root, "grade")
    grade_by_hand(course, "ann", "Dropout", "question_dropout", 4, "well said")
    grade_by_hand(course, "ann", "Dropout", "check_dropout_backward", 1, "by hand")
    run(root, "grade")
    return course


def run(root, *words, status=0):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        assert main(list(words)) == status


@pytest.fixture
def course(graded, tmp_path):
    """A copy of the fixture above."""
    return load_course(shutil.copytree(graded.root, tmp_path / "course"))


BEFORE = {"dropout_forward": 6, "dropout_backward": 4, "question_dropout": None, "total": 10}
ANN = {**BEFORE, "dropout_backward": 1, "question_dropout": 4, "total": 11}


def test_the_scores_before_the_change(graded):
    assert marks(graded) == {"ann": ANN, "bob": BEFORE}


def test_a_dropped_exercise_leaves_the_totals_and_returns_with_its_manual_scores(course, capsys):
    other, source = marks(course, "assignment1"), (course.source / "assignment2" / DROPOUT).read_bytes()
    edit(course, DROPOUT, without_dropout_backward)
    run(course.root, "grade")
    told = capsys.readouterr().out
    assert "check_dropout_backward: no longer in assignment2, removed from the gradebook with 2 scores;" in told
    assert f" 1 of them were manual; they are stored in {DROPPED}, and restored when the change is undone" in told
    assert marks(course) == {
        "ann": {"dropout_forward": 6, "question_dropout": 4, "total": 10},
        "bob": {"dropout_forward": 6, "question_dropout": None, "total": 6},
    }
    assert comments(course, "ann") == {"question_dropout": "well said"}
    assert (course.root / DROPPED).stat().st_mode & 0o077 == 0
    assert marks(course, "assignment1") == other
    history = (course.results / "assignment2" / "history.txt").read_text(encoding="utf-8")
    assert "dropout_backward: exercise removed" in history
    run(course.root, "grade", "--force")
    assert "no longer in" not in capsys.readouterr().out, "it is printed once"

    (course.source / "assignment2" / DROPOUT).write_bytes(source)
    run(course.root, "grade")
    assert marks(course) == {"ann": ANN, "bob": BEFORE}
    assert comments(course, "ann") == {"question_dropout": "well said", "dropout_backward": "by hand"}
    assert not (course.root / DROPPED).exists()


def test_a_notebook_of_the_second_week_comes_and_goes(course, capsys):
    course = settings(course, notebooks=["Dropout", "BatchNormalization"], total_points=51)
    run(course.root, "release", "--no-run")
    assert "gradebook:" not in capsys.readouterr().out
    run(course.root, "grade", status=1)  # the second notebook is missing in every submission
    found = marks(course)
    assert {name: found["ann"][name] for name in ANN} == ANN
    assert found["bob"]["batchnorm_forward"] == 0
    assignment = load_assignment(course)
    stage_submission(solved_submission(assignment, "bob"), assignment, course.handed_in("bob", "assignment2"))
    run(course.root, "grade", status=1)
    assert marks(course)["bob"]["total"] == 41
    grade_by_hand(course, "bob", "BatchNormalization", "question_small_batches", 5)

    settings(course, notebooks=["Dropout"], total_points=15)
    run(course.root, "release", "--no-run")
    told = capsys.readouterr().out
    assert "check_batchnorm_forward, check_batchnorm_backward" in told or "and 1 more" in told
    assert "1 of them were manual" in told
    run(course.root, "grade")
    assert marks(course) == {"ann": ANN, "bob": BEFORE}
    course = settings(course, notebooks=["BatchNormalization", "Dropout"], total_points=51)
    run(course.root, "grade", status=1)
    assert marks(course)["bob"]["question_small_batches"] == 5
    with NbGrader(course).open() as gradebook:
        notebooks = [part.name for s in gradebook.assignment_submissions("assignment2") for part in s.notebooks]
    assert sorted(notebooks) == ["BatchNormalization"] * 2 + ["Dropout"] * 2


def test_a_question_that_moves_to_another_notebook_keeps_its_scores(course, capsys):
    moved = []

    def take(cells):
        moved.extend(cell for cell in cells if cell["id"] in ("dropout-question", "question_dropout"))
        return [cell for cell in cells if cell not in moved]

    course = settings(course, notebooks=["BatchNormalization", "Dropout"], total_points=51)
    edit(course, DROPOUT, take)
    edit(course, NORMALIZATION, lambda cells: [*cells, *moved])
    run(course.root, "grade", status=1)
    assert "no longer in" not in capsys.readouterr().out
    assert marks(course)["ann"]["question_dropout"] == 4
    assert comments(course, "ann")["question_dropout"] == "well said"


def test_changed_points_count_in_the_next_run(course):
    def double(cells):
        for cell in cells:
            if cell["metadata"].get("nbgrader", {}).get("points"):
                cell["metadata"]["nbgrader"]["points"] *= 2
        return cells

    edit(course, DROPOUT, double)
    run(course.root, "grade")
    assert marks(course)["bob"] == {**BEFORE, "dropout_forward": 12, "dropout_backward": 8, "total": 20}
    assert marks(course)["ann"]["question_dropout"] == 4


def test_a_stopped_run_loses_no_score(course, monkeypatch):
    """Scores are written to the file before they are removed from the gradebook, so they may be in both."""
    edit(course, DROPOUT, without_dropout_backward)

    def stop(session):
        raise KeyboardInterrupt

    monkeypatch.setattr(Session, "commit", stop)
    with pytest.raises(KeyboardInterrupt):
        NbGrader(course).fit_gradebook(load_assignment(course))
    monkeypatch.undo()
    with NbGrader(course).open() as gradebook:
        grade = gradebook.find_grade("check_dropout_backward", "Dropout", "assignment2", "ann")
        assert grade.manual_score == 1
    run(course.root, "grade")
    assert json.loads((course.root / DROPPED).read_text())["assignment2"]["ann"]["check_dropout_backward"] == {
        "grade": {"score": 1.0, "extra_credit": None}
    }


def test_a_damaged_file_of_dropped_scores_gives_one_line(course, capsys):
    (course.root / DROPPED).write_text("[1]")
    edit(course, DROPOUT, without_dropout_backward)
    run(course.root, "grade", status=2)
    last = capsys.readouterr().err.splitlines()[-1]
    assert re.search(rf"cannot read .*{DROPPED} \(\w+: .*\): restore the file, or move it away$", last)
    assert NbGrader(course).totals("assignment2") == {"ann": 11, "bob": 10}


def test_void_parts_count_for_no_student_and_given_points_for_all(course, capsys):
    wrong = course.handed_in("bob", "assignment2") / DROPOUT
    text = wrong.read_text(encoding="utf-8")
    assert "dx = dout * cache" in text
    wrong.write_text(text.replace("dx = dout * cache", "dx = dout"), encoding="utf-8")
    course = settings(course, void=["dropout_forward"], full_points=["dropout_backward", "question_dropout"])
    run(course.root, "release", "--no-run", status=2)
    assert "set c.Assignment.total_points = 9" in capsys.readouterr().err
    course = settings(course, total_points=9)
    run(course.root, "release", "--no-run")
    told = capsys.readouterr().out
    assert "do not count: dropout_forward" in told
    assert "full points for all students: dropout_backward, question_dropout" in told
    assert "check_dropout_backward: all students get the same points, so 1 manual scores don't count" in told
    run(course.root, "grade")
    everybody = {"dropout_forward": 0, "dropout_backward": 4, "question_dropout": 5, "total": 9}
    assert marks(course) == {"ann": everybody, "bob": everybody}
    assert comments(course, "ann") == {"question_dropout": "well said", "dropout_backward": "by hand"}
    assert not any(grades.pending for grades in class_marks(course, load_assignment(course)).class_grades)
    result = load_stored(course, "assignment2", "bob").result
    assert (result.score, result.max_score) == (4, 4)
    released = json.loads((course.release / "assignment2" / DROPOUT).read_text(encoding="utf-8"))
    points = {cell["metadata"].get("nbgrader", {}).get("points") for cell in released["cells"]}
    assert points == {None, 0, 4, 5}

    # Pages, the terminal and Gradescope say the same.
    page = (course.feedback / "bob" / "assignment2" / "Dropout.html").read_text(encoding="utf-8")
    markdown = (course.feedback / "bob" / "assignment2" / "feedback.md").read_text(encoding="utf-8")
    capsys.readouterr()
    run(course.root, "score", str(course.handed_in("bob", "assignment2")))
    for text in (page, markdown, capsys.readouterr().out):
        assert "This exercise does not count." in text
        assert "All students get all points of this exercise" in text
    uploaded = gradescope_results(result, seconds=1, visibility="visible")
    assert uploaded["score"] == 4
    assert round(sum(test["score"] for test in uploaded["tests"]), 4) == 4
    assert round(sum(test["max_score"] for test in uploaded["tests"]), 4) == 4
    run(course.root, "report")
    run(course.root, "export")

    # The same by nbgrader alone; and undone.
    assert nbgrader_here(course.root, "autograde", "assignment2", "--force").returncode == 0
    assert marks(course) == {"ann": everybody, "bob": everybody}
    course = settings(course, void=[], full_points=[], total_points=15)
    run(course.root, "grade")
    assert marks(course)["ann"] == ANN
    assert marks(course)["bob"]["dropout_forward"] == 6
    assert marks(course)["bob"]["dropout_backward"] < 4
    assert marks(course)["bob"]["question_dropout"] is None


def test_zero_points_in_the_notebook_are_void_too(course):
    def nothing(cells):
        for cell in cells:
            if cell["id"] in ("check_dropout_forward", "question_dropout"):
                cell["metadata"]["nbgrader"]["points"] = 0
        return cells

    edit(course, DROPOUT, nothing)
    course = settings(course, total_points=4)
    run(course.root, "tidy")
    run(course.root, "release", "--no-run")
    run(course.root, "grade")
    assert marks(course)["ann"] == {"dropout_forward": 0, "dropout_backward": 1, "question_dropout": 0, "total": 1}
    assert class_marks(course, load_assignment(course)).max_score == 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"void": ["dropout_foward"]}, "in c.Assignment.void, got 'dropout_foward'"),
        ({"full_points": ["check_dropout_forward"]}, "in c.Assignment.full_points, got 'check_dropout_forward'"),
        ({"void": ["dropout_forward"], "full_points": ["dropout_forward"]}, "remove it from one of them"),
        ({"void": "dropout_forward"}, "expected a list of texts"),
    ],
)
def test_an_invalid_exception_gives_one_line(graded, tmp_path, capsys, options, words):
    for name in ("source", "assignments", "course_config.py", "nbgrader_config.py"):
        path = graded.root / name
        (shutil.copytree if path.is_dir() else shutil.copy)(path, tmp_path / name)
    assign(tmp_path, **options)
    run(tmp_path, "release", "--no-run", status=2)
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") == 1


def test_an_exercise_of_another_notebook_or_assignment_may_be_void(course):
    course = settings(course, void=["batchnorm_forward"])
    assert load_assignment(course).max_score == 10
