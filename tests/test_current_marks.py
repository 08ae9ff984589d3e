"""What people decide about marks (extensions, policies, points, scores by hand) is in the next `grade`, everywhere."""

import datetime
import json
import shutil

import pytest
from in_process import run_here
from test_gradebook import course_with, nbgrader

from autograder.cli import main
from autograder.course.config import load_course
from autograder.exports.formats import export
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.grading.command import grade_class
from autograder.intake.extensions import read_extensions
from autograder.intake.times import add_times

NAME, NOTEBOOK, QUESTION = "assignment2", "BatchNormalization", "question_small_batches"
STUDENTS = ["ann", "bob", "late"]
HALF = """
from nbgrader.plugins import BasePlugin

from rates import SHARE


class Share(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return SHARE * score
"""


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    """A graded course in which "late" submits two days late, and all students have 4 manual points."""
    course = course_with(tmp_path_factory.mktemp("course"), STUDENTS)
    with (course.root / "course_config.py").open("a") as file:
        file.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    add_times(course.submitted, NAME, {"late": "2026-11-22 10:00:00 UTC"})
    NbGrader(course).generate_assignment(NAME)
    with NbGrader(course).open() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-11-20 18:00:00 UTC")
    grade_class(course)
    for student in STUDENTS:
        by_hand(course, student, 4)
    assert grade_class(course).rescored == 0
    return course


@pytest.fixture
def course(graded, tmp_path):
    """A copy of the graded course, to be changed."""
    shutil.copytree(graded.root, tmp_path / "course")
    return load_course(tmp_path / "course")


def by_hand(course, student, points, grade_id=QUESTION, **others):
    """Set a manual score as formgrader does, which also clears the need for manual grading."""
    with NbGrader(course).open() as gradebook:
        grade = gradebook.find_grade(grade_id, NOTEBOOK, NAME, student)
        grade.manual_score, grade.needs_manual_grade = points, points is None and grade.auto_score is None
        for name, value in others.items():
            setattr(grade, name, value)
        gradebook.db.commit()


def grades(course, student):
    return next(s for s in NbGrader(course).class_grades(NAME)[1] if s.student == student)


def pending(course):
    return {
        s.student: sorted(cell.grade_id for cell in s.pending)
        for s in NbGrader(course).class_grades(NAME)[1]
        if s.pending
    }


def page(course, student):
    return (course.feedback / student / NAME / f"{NOTEBOOK}.html").read_text(encoding="utf-8")


def run(course, *arguments, status=0):
    done = run_here(course.root, *arguments)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def marks(course):
    """student → (late penalty, total), as exported."""
    content = json.loads(export(course, form="json").text)
    return {entry["student"]: (entry["late_penalty"], entry["total"]) for entry in content["students"]}


def test_an_extension_of_nbgrader_counts_in_the_next_run(course):
    assert marks(course) == {"ann": (0, 4), "bob": (0, 4), "late": (4, 0)}
    assert "Late penalty: " in page(course, "late")
    with NbGrader(course).open() as gradebook:
        gradebook.grant_extension(NAME, "late", days=3)
    outcome = grade_class(course, only="late")
    assert (outcome.rescored, outcome.late) == (0, {})
    assert marks(course)["late"] == (0, 4)
    assert "Late penalty: " not in page(course, "late")
    with NbGrader(course).open() as gradebook:
        gradebook.grant_extension(NAME, "late", hours=1)
    assert grade_class(course).late == {"late": 4}
    with NbGrader(course).open() as gradebook:
        gradebook.grant_extension(NAME, "late")
        gradebook.update_or_create_assignment(NAME, duedate="2026-11-22 11:00:00 UTC")
    assert grade_class(course).late == {}


def test_the_command_grants_removes_and_lists(course, monkeypatch, capsys):
    monkeypatch.chdir(course.root)

    def said(*arguments):
        capsys.readouterr()
        assert main(["extension", *arguments]) == 0
        return capsys.readouterr().out

    assert said() == f"no student has an extension for {NAME}\n"
    assert "late: until 2026-11-22 23:59:59 UTC, 2 days, 5:59:59 after the due date; reason: ill" in said(
        "late", "newcomer", "2026-11-22", "--reason", "ill"
    )
    times = {path: path.stat().st_mtime_ns for path in course.feedback.rglob("*.html")}
    assert (grade_class(course).late, grades(course, "late").total) == ({}, 4)
    assert {path.parts[-3] for path, time in times.items() if path.stat().st_mtime_ns != time} == {"late"}
    assert grade_class(course).rescored == 0

    # A student who comes later, after the due date, and within the extension.
    shutil.copytree(course.handed_in("ann", NAME), course.handed_in("newcomer", NAME))
    add_times(course.submitted, NAME, {"newcomer": "2026-11-21 10:00:00 UTC"})
    assert grade_class(course, only="newcomer").late == {}
    assert grades(course, "newcomer").seconds_late == 0

    # The record says until when, whatever becomes of the due date, and outlives the gradebook.
    with NbGrader(course).open() as gradebook:
        gradebook.update_or_create_assignment(NAME, duedate="2026-11-19 18:00:00 UTC")
    assert grade_class(course).late == {}
    assert "late: until 2026-11-22 23:59:59 UTC, 3 days, 5:59:59 after" in said()
    # The last extension counts.
    with NbGrader(course).open() as gradebook:
        gradebook.grant_extension(NAME, "late", hours=1)
    assert list(grade_class(course).late) == ["late"]
    assert "late: until 2026-11-19 19:00:00 UTC, 1:00:00 after the due date; granted in the gradebook" in said()
    said("late", "4d")
    assert grade_class(course).late == {}
    said("--remove", "late", "newcomer")
    assert sorted(grade_class(course).late) == ["late", "newcomer"]
    assert said() == f"no student has an extension for {NAME}\n"
    assert read_extensions(course.submitted, NAME) == {}


def test_an_extension_in_the_gradebook_is_listed_without_a_due_date(course, monkeypatch, capsys):
    monkeypatch.chdir(course.root)
    with NbGrader(course).open() as gradebook:
        gradebook.grant_extension(NAME, "late", hours=1)
        gradebook.find_assignment(NAME).duedate = None
        gradebook.db.commit()
    assert main(["extension"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "late: 1:00:00 after the due date; granted in the gradebook"
    assert lines[1].startswith(f"{NAME} has no due date, so")


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["late", "soon"], "expected a date such as 2026-11-25"),
        (["late", "2026-13-25"], "expected a date such as 2026-11-25"),
        (["late", "2026-11-25 18:00 IST"], "expected a date such as 2026-11-25"),
        (["late", "2026-11-20 19:00 Europe/Berlin"], "expected a time after the due date 2026-11-20 18:00:00 UTC"),
        (["late"], "expected students' ids and then a date, got 'late' alone"),
        (["a\nb", "3d"], "is not a valid student id: its name holds control characters"),
        (["--remove", "ann"], "'ann' has no extension for assignment2"),
        (["--remove"], "expected students' ids, got none"),
        (["--reason", "ill"], "expected students with --reason, got none"),
    ],
)
def test_an_invalid_extension_gives_one_line(graded, monkeypatch, capsys, words, answer):
    monkeypatch.chdir(graded.root)
    assert main(["extension", *words]) == 2
    said = capsys.readouterr().err
    assert answer in said
    assert said.count("\n") == 1
    assert not (graded.submitted / ".extensions.json").exists()


def test_times_without_a_zone_are_in_the_courses_zone_and_unknown_ids_are_reported(course, monkeypatch, capsys):
    with (course.root / "course_config.py").open("a") as file:
        file.write('c.Exchange.timezone = "America/New_York"\n')
    monkeypatch.chdir(course.root)
    assert main(["extension", "lat", "2026-11-25T18:00"]) == 0
    out, errors = capsys.readouterr()
    assert "lat: until 2026-11-25 23:00:00 UTC" in out
    assert "the id lat is unknown, in the gradebook and in submitted/: did you mean late?" in errors
    (course.submitted / ".extensions.json").write_text('{"assignment2": {"ann": {"until": "soon"}}}')
    assert main(["grade"]) == 2
    assert ".extensions.json is damaged" in capsys.readouterr().err


def test_an_extension_before_there_is_a_due_date_or_a_gradebook(tmp_path, monkeypatch, capsys):
    course = course_with(tmp_path / "course", [])
    monkeypatch.chdir(course.root)
    assert main(["extension", "ann", "12h"]) == 0
    assert "ann: 12:00:00 after the due date" in capsys.readouterr().out
    assert not (course.root / "gradebook.db").exists()


def test_another_late_policy_counts_in_the_next_run_and_so_does_its_code(course):
    with (course.root / "course_config.py").open("a") as file:
        file.write('c.AssignLatePenalties.plugin_class = "late_policy.Share"\n')
    (course.root / "late_policy.py").write_text(HALF)
    (course.root / "rates.py").write_text("SHARE = 0.5\n")
    assert ", 0 of them scored now" in run(course, "grade")
    assert marks(course)["late"] == (2, 2)
    (course.root / "rates.py").write_text("SHARE = 0.25\n")
    times = {path: path.stat().st_mtime_ns for path in course.feedback.rglob("*.html")}
    assert "late penalties, not deducted in the table: late (−1)" in run(course, "grade")
    assert marks(course)["late"] == (1, 3)
    assert {path.parts[-3] for path, time in times.items() if path.stat().st_mtime_ns != time} == {"late"}
    (course.root / "late_policy.py").write_text(HALF + "\nraise RuntimeError('half-written')\n")
    said = run(course, "grade", status=2)
    assert "c.AssignLatePenalties.plugin_class = 'late_policy.Share', which can't be imported" in said
    assert len(said.splitlines()) == 1


def change_points(course, grade_id, points):
    path = course.source / NAME / f"{NOTEBOOK}.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    (cell,) = (c for c in content["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)
    cell["metadata"]["nbgrader"]["points"] = points
    path.write_text(json.dumps(content), encoding="utf-8")


def test_points_and_manual_scores_count_in_the_next_run(course):
    change_points(course, QUESTION, 8)
    change_points(course, "check_layernorm_forward", 50)
    by_hand(course, "ann", 7.5, extra_credit=1)
    by_hand(course, "bob", 21, "check_layernorm_forward")
    outcome = grade_class(course)
    assert (outcome.rescored, outcome.changes.keys()) == (0, set(STUDENTS))
    assert "8.5 of 8 points" in page(course, "ann")
    assert "21 of 50 points" in page(course, "bob")
    assert marks(course) == {"ann": (0, 8.5), "bob": (0, 25), "late": (4, 0)}
    by_hand(course, "late", 6)
    assert grade_class(course, only="late").late == {"late": 6}
    assert marks(course)["late"] == (6, 0)


def test_a_graded_answer_is_no_longer_pending(course):
    assert pending(course) == {}
    by_hand(course, "ann", 0)
    by_hand(course, "bob", 2.5, "check_layernorm_forward")
    comment_on_settings(course)
    outcome = grade_class(course)
    assert (outcome.not_entered, outcome.waiting, outcome.to_grade) == ({}, [], [])
    assert pending(course) == {}
    assert grade_class(course, only="ann", force=True).to_grade == []
    assert grades(course, "ann").total == 0


def comment_on_settings(course):
    """Make the next run enter all students again, without scoring."""
    with (course.root / "course_config.py").open("a") as file:
        file.write("# a comment\n")


def edit(course, student, old, new):
    notebook = course.handed_in(student, NAME) / f"{NOTEBOOK}.ipynb"
    text = notebook.read_text(encoding="utf-8")
    assert old in text
    notebook.write_text(text.replace(old, new), encoding="utf-8")


def test_a_new_answer_is_pending_until_it_is_graded(course, capsys, monkeypatch):
    by_hand(course, "bob", 2.5, "check_batchnorm_forward")
    edit(course, "ann", '"So."', '"Because."')
    edit(course, "bob", '"    return 1"', '"    return 2"')  # other work with the same automatic score, 0
    edit(course, "late", '"So."', '"YOUR ANSWER HERE"')  # now 0 points by itself
    outcome = grade_class(course)
    words = "to grade again, because the answer or the automatic score changed"
    assert outcome.to_grade == [f"batchnorm_forward (1 {words})", f"{QUESTION} (2 {words})"]
    assert pending(course) == {"ann": [QUESTION], "bob": ["check_batchnorm_forward"], "late": [QUESTION]}
    assert grades(course, "ann").total == 4, "the points stay meanwhile"
    monkeypatch.chdir(course.root)
    assert main(["export"]) == 1
    assert f"batchnorm_forward (1 {words}); {QUESTION} (2 {words})" in capsys.readouterr().err
    comment_on_settings(course)
    assert grade_class(course).waiting == ["ann", "bob", "late"]
    by_hand(course, "ann", 4)  # formgrader's Resolve
    by_hand(course, "bob", None, "check_batchnorm_forward")
    comment_on_settings(course)
    assert grade_class(course).waiting == ["late"]
    edit(course, "late", '"YOUR ANSWER HERE"', '"After all."')
    by_hand(course, "late", None)
    assert grade_class(course).to_grade == [f"{QUESTION} (1 to grade)"]


def test_plain_nbgrader_follows_the_same_rules(course):
    edit(course, "ann", '"So."', '"Because."')
    with NbGrader(course).open() as gradebook:
        gradebook.grant_extension(NAME, "late", days=3)
    nbgrader(course.root, "autograde", NAME, "--force")
    assert pending(course) == {"ann": [QUESTION]}, "of those who were graded by hand, the one with a new answer"
    assert grades(course, "late").total == 4
    run(course, "extension", "late", "1h")
    nbgrader(course.root, "autograde", NAME, "--force", "--student", "late")
    assert grades(course, "late").total == 0
    grade_class(course)
    assert "Late penalty: " in page(course, "late"), "the page was older than the gradebook"
    assert datetime.timedelta(hours=1).total_seconds() == read_extensions(course.submitted, NAME)["late"].length
