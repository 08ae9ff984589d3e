"""The sample class is written and removed without a change of real students' work."""

import shutil

import pytest
from courses import copy_course

from autograder.cli import main
from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.gradebook.merge_notebook import stage_submission
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.sample_class.command import solved_submission
from autograder.sample_class.profiles import samples_of

SAMPLES = {"all_right", "all_blank", "drops_with_p"}  # those that are about Dropout alone


@pytest.fixture
def course(tmp_path, monkeypatch):
    root = copy_course(tmp_path / "course", notebooks=["Dropout"])
    monkeypatch.chdir(root)
    return load_course(root)


def hand_in(course, student):
    assignment = load_assignment(course)
    stage_submission(solved_submission(assignment, student), assignment, course.handed_in(student, "assignment2"))


def traces(course):
    """Return the ids in each place with students' work or scores."""
    with NbGrader(course).open() as gradebook:
        entered = {submission.student_id for submission in gradebook.assignment_submissions("assignment2")}
        students = {student.id for student in gradebook.students}
    folders = [course.submitted, course.autograded, course.feedback]
    results = {path.stem for path in (course.results / "assignment2").glob("*.json")}
    results |= {path.stem for path in (course.results / "assignment2").glob("*.published")}
    return [entered, students, results, *({p.name for p in f.iterdir() if p.name[0] != "."} for f in folders)]


def test_only_the_sample_class_is_removed(course, capsys):
    hand_in(course, "ann")
    assert main(["sample-class"]) == 0
    assert main(["grade"]) == 0
    assert traces(course) == [SAMPLES | {"ann"}] * 6
    assert main(["inputs", "drops_with_p", "dropout_forward"]) == 0
    assert main(["sample-class"]) == 0, "it may be written again over itself"

    # Meanwhile somebody real hands in under one of the ids, and another id is in the roster.
    shutil.rmtree(course.handed_in("all_right", "assignment2"))
    hand_in(course, "all_right")
    (course.handed_in("all_right", "assignment2") / "notes.txt").write_text("mine")
    with NbGrader(course).open() as gradebook:
        gradebook.update_or_create_student("all_blank", first_name="Al", last_name="Blank")
    capsys.readouterr()
    assert main(["sample-class", "--remove"]) == 0
    told = capsys.readouterr().out
    assert "removed: 2 submissions of the sample class" in told
    assert "kept, because other work was submitted there since: all_right" in told
    real = {"ann", "all_right"}
    assert traces(course) == [real, real | {"all_blank"}, real, real, real, real]
    assert (course.handed_in("all_right", "assignment2") / "notes.txt").read_text() == "mine"
    assert list((course.reports / "assignment2" / "inputs").iterdir()) == []
    assert main(["grade"]) == 0
    assert traces(course)[0] == real
    assert main(["sample-class", "--remove"]) == 2
    assert "expected a sample class of assignment2" in capsys.readouterr().err


def test_a_real_student_of_the_same_name_is_not_overwritten(course, capsys):
    hand_in(course, "drops_with_p")
    before = {path: path.read_bytes() for path in course.submitted.rglob("*") if path.is_file()}
    assert main(["sample-class"]) == 2
    told = capsys.readouterr().err
    assert "1 ids of the sample class belong to real students" in told
    assert "drops_with_p; move their assignment2 out of" in told
    assert {path: path.read_bytes() for path in course.submitted.rglob("*") if path.is_file()} == before


def test_a_class_that_was_never_graded_is_removed_without_a_gradebook(course):
    assert main(["sample-class", "5"]) == 0
    assert main(["sample-class", "--remove"]) == 0
    assert [path.name for path in course.submitted.iterdir()] == []
    assert not (course.root / "gradebook.db").exists()


def test_other_assignments_of_the_same_id_are_kept(course):
    for folder in (course.source, course.assignments):
        shutil.copytree(folder / "assignment2", folder / "assignment1")
    assert main(["sample-class", "--assignment", "assignment1"]) == 0
    assert main(["sample-class"]) == 0
    assert main(["sample-class", "--remove"]) == 0
    assert all((course.submitted / student / "assignment1").is_dir() for student in SAMPLES)
    assert not any((course.submitted / student / "assignment2").exists() for student in SAMPLES)


def test_kinds_about_removed_exercises_are_left_out(course):
    assignment = load_assignment(course)
    del assignment.exercises["dropout_forward"]
    assert {sample.student for sample in samples_of(assignment)} == {"all_right", "all_blank"}
