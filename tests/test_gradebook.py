"""The gradebook writer compared with nbgrader's pipelines; manual entries that it must not change."""

import csv
import os
import re
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from courses import TWO, copy_course
from in_process import nbgrader_here

from autograder.cli import main
from autograder.course.config import load_course
from autograder.errors import UsageError
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.grading import command, feedback_pages, publishing
from autograder.grading.command import grade_class
from autograder.intake.times import RECORD, add_times
from autograder.scoring.results import load_stored

ROOT = Path(__file__).parent.parent
ODD_IDS = ["ann", "o'brien b. (2)", "möller", "a.*+?^$b", "back\\slash", "%s*?[a]"]


def nbgrader(folder, *arguments):
    done = nbgrader_here(folder, *arguments)
    assert done.returncode == 0, done.stderr


def course_with(folder, students):
    """A course whose students submit one exercise that is scored quickly, and one answer."""
    folder.mkdir(exist_ok=True)
    copy_course(folder, notebooks=TWO)
    for path in (folder / "source").glob("*/*.ipynb"):
        if path.stem not in TWO:  # nbgrader's own commands would take them all the same
            path.unlink()
    for student in students:
        target = folder / "submitted" / student / "assignment2"
        target.mkdir(parents=True)
        for name in TWO:
            shutil.copy(ROOT / "release" / "assignment2" / f"{name}.ipynb", target)
        notebook = target / "BatchNormalization.ipynb"
        text = notebook.read_text(encoding="utf-8")
        (old, *_) = re.findall(r'"    raise NotImplementedError\(.+\)"', text)
        answer = '   "source": [\n    "YOUR ANSWER HERE"\n   ]'
        assert answer in text
        text = text.replace(old, '"    return 1"', 1).replace(answer, answer.replace("YOUR ANSWER HERE", "So."))
        notebook.write_text(text, encoding="utf-8")
    return load_course(folder)


def rows(course):
    """Return nbgrader's data of every submission: scores, comments, penalties, times."""
    found = []
    with NbGrader(course).open() as gradebook:
        for submission in gradebook.assignment_submissions("assignment2"):
            for part in submission.notebooks:
                grades = [
                    (g.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade) for g in part.grades
                ]
                comments = [(c.name, c.auto_comment, c.manual_comment) for c in part.comments]
                found.append(
                    (
                        submission.student_id,
                        submission.timestamp,
                        part.name,
                        part.late_submission_penalty,
                        sorted(grades),
                        sorted(comments),
                    )
                )
    return sorted(found, key=str)


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = course_with(tmp_path_factory.mktemp("course"), ODD_IDS)
    add_times(course.submitted, "assignment2", {"ann": "2026-11-20 10:00:00 UTC"})
    for student in ("ann", "möller"):  # möller's is not in the record
        (course.handed_in(student, "assignment2") / "timestamp.txt").write_text("2026-11-20 10:00:00 UTC\n")
    return course, grade_class(course)


def test_every_student_is_in_the_gradebook_whatever_the_id(graded):
    course, outcome = graded
    assert (outcome.not_entered, outcome.not_scored, outcome.not_read) == ({}, {}, {})
    assert NbGrader(course).totals("assignment2").keys() == set(ODD_IDS)
    for student in ODD_IDS:
        for folder, ending in ((course.autograded, "ipynb"), (course.feedback, "html")):
            assert len(list((folder / student / "assignment2").glob(f"*.{ending}"))) == len(TWO)
    nbgrader(course.root, "export")
    with (course.root / "grades.csv").open(encoding="utf-8") as table:
        assert {row["student_id"] for row in csv.DictReader(table)} == set(ODD_IDS)


def test_all_entries_equal_nbgraders(graded, tmp_path):
    course, _ = graded
    other = course_with(tmp_path / "other", ["ann", "möller"])
    shutil.copy(course.root / "course_secret", other.root)
    shutil.copy(course.submitted / RECORD, other.submitted)
    for student in ("ann", "möller"):
        shutil.copy(course.handed_in(student, "assignment2") / "timestamp.txt", other.handed_in(student, "assignment2"))
    nbgrader(other.root, "generate_assignment", "assignment2", "--create")
    nbgrader(other.root, "autograde", "assignment2", "--create")
    assert rows(other) == [row for row in rows(course) if row[0] in ("ann", "möller")]


def edit_source(course):
    path = course.source / "assignment2" / "BatchNormalization.ipynb"
    path.write_text(
        path.read_text(encoding="utf-8").replace("# Batch normalization", "# On batch normalization", 1),
        encoding="utf-8",
    )


def edit_settings(course):
    with (course.root / "course_config.py").open("a", encoding="utf-8") as config:
        config.write("# a comment\n")


def edit_gradebook(course):
    with NbGrader(course).open() as gradebook:
        gradebook.find_grade_cell("check_batchnorm_forward", "BatchNormalization", "assignment2").max_score = 99
        gradebook.db.commit()


def edit_header(course):
    (course.source / "header.ipynb").write_text("{}")


def edit_own_step(course):
    (course.root / "own_steps.py").write_text("# a preprocessor of the course\n")


def lose_gradebook(course):
    (course.root / "gradebook.db").unlink()


def damage_stamp(course):
    (course.results / "assignment2" / publishing.STAMP).write_text("[")


@pytest.mark.parametrize(
    "change",
    [edit_source, edit_settings, edit_header, edit_own_step, edit_gradebook, lose_gradebook, damage_stamp],
)
def test_nbgrader_enters_an_assignment_again_after_a_change(graded, change, tmp_path, monkeypatch):
    course = load_course(shutil.copytree(graded[0].root, tmp_path / "course"))
    runs, generate = [], NbGrader.generate_assignment
    monkeypatch.setattr(NbGrader, "generate_assignment", lambda self, name: runs.append(name) or generate(self, name))
    grade_class(course)
    assert runs == []
    cells = NbGrader(course).cells("assignment2")
    assert len(cells) > 10
    change(course)
    grade_class(course)
    assert runs == ["assignment2"]
    if change is not edit_source:
        assert NbGrader(course).cells("assignment2") == cells
    grade_class(course)
    assert runs == ["assignment2"]


def test_feedback_pages_are_those_of_nbgrader(graded, tmp_path):
    course, _ = graded
    ours = {path.name: path.read_bytes() for path in (course.feedback / "ann" / "assignment2").glob("*.html")}
    nbgrader(course.root, "generate_feedback", "assignment2", "--student", "ann", "--force")
    theirs = {path.name: path.read_bytes() for path in (course.feedback / "ann" / "assignment2").glob("*.html")}
    assert ours == theirs


def test_scores_and_comments_by_hand_survive(graded):
    course, _ = graded
    with NbGrader(course).open() as gradebook:
        grade = gradebook.find_grade("check_layernorm_forward", "BatchNormalization", "assignment2", "möller")
        grade.manual_score, grade.extra_credit = 2.5, 0.5
        comment = gradebook.find_comment("layernorm_forward", "BatchNormalization", "assignment2", "möller")
        comment.manual_comment = "half right"
        gradebook.db.commit()
    before = load_stored(course, "assignment2", "möller").result.score
    outcome = grade_class(course)
    assert (outcome.not_entered, outcome.rescored) == ({}, 0)
    page = course.feedback / "möller" / "assignment2" / "BatchNormalization.html"
    assert "half right" in page.read_text(encoding="utf-8"), "what was graded by hand is not on the page"
    others = {path: path.stat().st_mtime_ns for path in course.feedback.rglob("*.html") if "möller" not in path.parts}
    assert grade_class(course, only="möller", force=True).not_entered == {}
    assert {path: path.stat().st_mtime_ns for path in others} == others
    with NbGrader(course).open() as gradebook:
        grade = gradebook.find_grade("check_layernorm_forward", "BatchNormalization", "assignment2", "möller")
        assert (grade.manual_score, grade.extra_credit, grade.needs_manual_grade) == (2.5, 0.5, False)
        comment = gradebook.find_comment("layernorm_forward", "BatchNormalization", "assignment2", "möller")
        assert comment.comment == "half right"
    assert NbGrader(course).totals("assignment2")["möller"] == before - grade.auto_score + 3
    assert "half right" in page.read_text(encoding="utf-8")


LATE = """
from nbgrader.plugins import BasePlugin


class Late(BasePlugin):
    def late_submission_penalty(self, student_id, score, total_seconds_late):
        return -1 if student_id == "early" else 1000 if student_id == "greedy" else score / 2


c.AssignLatePenalties.plugin_class = Late
"""


def test_late_penalties_are_limited_to_between_zero_and_the_score(tmp_path):
    course = course_with(tmp_path / "course", ["late", "greedy", "early", "in time"])
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(LATE)
    add_times(course.submitted, "assignment2", dict.fromkeys(("late", "greedy", "early"), "2026-11-20 10:00:00 UTC"))
    grade_class(course)
    with NbGrader(course).open() as gradebook:
        gradebook.update_or_create_assignment("assignment2", duedate="2026-11-19 10:00:00 UTC")
        for student in ("late", "greedy"):
            part = gradebook.find_submission_notebook("BatchNormalization", "assignment2", student)
            part.grades[0].manual_score = 4
        gradebook.db.commit()
    told = grade_class(course, force=True).late
    penalties = {}
    with NbGrader(course).open() as gradebook:
        for submission in gradebook.assignment_submissions("assignment2"):
            part = next(part for part in submission.notebooks if part.name == "BatchNormalization")
            penalties[submission.student_id] = (part.score, part.late_submission_penalty)
    assert penalties["late"] == (4, 2)
    assert penalties["greedy"] == (4, 4)
    assert penalties["early"][1] == 0
    assert penalties["in time"][1] is None
    assert {student: told[student] >= penalties[student][1] for student in told} == dict.fromkeys(told, True)
    assert set(told) == {"late", "greedy", "early"}


class Killed(BaseException):
    """An exception as sudden as a signal."""


def test_a_run_that_is_stopped_is_completed_by_the_next(tmp_path, monkeypatch):
    course = course_with(tmp_path / "course", ["ann", "bob"])
    for name, call in (("enter_scores", 1), ("write_text", 5)):
        calls, real = [], getattr(publishing, name)

        def stop(*arguments, calls=calls, call=call, real=real):
            calls.append(1)
            if len(calls) == call:
                raise Killed
            return real(*arguments)

        monkeypatch.setattr(publishing, name, stop)
        with pytest.raises(Killed):
            grade_class(course)
        monkeypatch.setattr(publishing, name, real)
    outcome = grade_class(course)
    assert (outcome.rescored, outcome.not_entered) == (0, {})
    undisturbed = course_with(tmp_path / "other", ["ann", "bob"])
    shutil.copy(course.root / "course_secret", undisturbed.root)
    grade_class(undisturbed)
    assert rows(course) == rows(undisturbed)
    for path in undisturbed.feedback.rglob("*.html"):
        assert path.read_bytes() == (course.feedback / path.relative_to(undisturbed.feedback)).read_bytes()


def test_one_submission_that_can_not_be_entered_does_not_affect_the_others(tmp_path, monkeypatch):
    course = course_with(tmp_path / "course", ["ann", "bob"])
    real = publishing.enter_scores

    def fail(gradebook, assignment, entries, late_penalty):
        if "bob" in [entry.student for entry in entries]:
            raise RuntimeError("the database does not like bob")
        return real(gradebook, assignment, entries, late_penalty)

    monkeypatch.setattr(publishing, "enter_scores", fail)
    outcome = grade_class(course)
    assert outcome.not_entered == {"bob": "RuntimeError: the database does not like bob"}
    assert NbGrader(course).totals("assignment2").keys() == {"ann"}
    monkeypatch.setattr(publishing, "enter_scores", real)
    assert grade_class(course).not_entered == {}
    assert NbGrader(course).totals("assignment2").keys() == {"ann", "bob"}


def test_if_pages_can_not_be_made_the_score_is_still_in_the_gradebook(tmp_path, monkeypatch, capsys):
    course = course_with(tmp_path / "course", ["ann", "bob"])
    real = feedback_pages._pages

    def fail(notebooks, notebook_grades):
        raise RuntimeError("no page")

    monkeypatch.setattr(feedback_pages, "_pages", fail)
    monkeypatch.chdir(course.root)
    assert main(["grade"]) == 2
    errors = capsys.readouterr().err
    assert "the feedback pages of bob could not be made; the score is not affected: RuntimeError: no page" in errors
    assert "not in the gradebook" not in errors
    assert NbGrader(course).totals("assignment2").keys() == {"ann", "bob"}
    monkeypatch.setattr(feedback_pages, "_pages", real)
    assert grade_class(course).not_published == {}


def test_pages_made_in_other_processes_are_equal(graded, monkeypatch):
    course, _ = graded
    command.refresh_feedback(course)
    pages_here = {path: path.read_bytes() for path in course.feedback.rglob("*.html")}
    for path in pages_here:
        path.unlink()
    monkeypatch.setattr(feedback_pages, "FEW", 1)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert command.refresh_feedback(course).not_entered == {}
    assert {path: path.read_bytes() for path in pages_here} == pages_here


def test_a_new_due_date_or_time_is_entered_without_scoring_again(tmp_path):
    course = course_with(tmp_path / "course", ["ann"])
    with (course.root / "nbgrader_config.py").open("a") as file:
        file.write(LATE)
    add_times(course.submitted, "assignment2", {"ann": "2026-11-20 10:00:00 UTC"})
    grade_class(course)

    def late():
        with NbGrader(course).open() as gradebook:
            (submission,) = gradebook.assignment_submissions("assignment2")
            return submission.total_seconds_late, submission.late_submission_penalty

    assert late()[0] == 0
    with NbGrader(course).open() as gradebook:
        gradebook.update_or_create_assignment("assignment2", duedate="2026-11-19 10:00:00 UTC")
    assert grade_class(course).rescored == 0
    assert late()[0] == 24 * 3600
    add_times(course.submitted, "assignment2", {"ann": "2026-11-19 12:00:00 UTC"})
    assert grade_class(course).rescored == 0
    assert late()[0] == 2 * 3600
    (course.submitted / RECORD).unlink()
    assert grade_class(course).rescored == 0
    assert late() == (0, 0), "a time that no longer counts stays in the gradebook"


def test_two_runs_at_once_are_refused(tmp_path):
    course = course_with(tmp_path / "course", ["ann"])
    with command.alone(course, SimpleNamespace(name="assignment2")):
        with pytest.raises(UsageError, match="another process is grading assignment2 in this folder"):
            grade_class(course)


def test_pages_can_be_made_again_without_scoring(graded):
    course, _ = graded
    command.refresh_feedback(course)
    pages = {path: path.read_bytes() for path in course.feedback.rglob("*.*") if path.is_file()}
    assert len(pages) == 3 * len(ODD_IDS)
    for path in pages:
        path.unlink()
    outcome = command.refresh_feedback(course)
    assert outcome.not_entered == {}
    assert {path: path.read_bytes() for path in pages} == pages
    assert grade_class(course).rescored == 0
