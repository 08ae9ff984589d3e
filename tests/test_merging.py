"""Two graders: merge the manual entries of one into the gradebook of the other."""

import shutil
import sqlite3

import pytest
from test_current_marks import NAME, NOTEBOOK, QUESTION, by_hand, grades, pending
from test_gradebook import course_with

from autograder.cli import main
from autograder.course.config import load_course
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.grading.command import grade_class

FORWARD = "check_batchnorm_forward"
EXERCISE = "check_layernorm_forward"


@pytest.fixture(scope="module")
def graded(tmp_path_factory):
    course = course_with(tmp_path_factory.mktemp("course"), ["ann", "bob", "cat"])
    grade_class(course)
    return course


@pytest.fixture
def course(graded, tmp_path, monkeypatch):
    """A grader's copy of the course, which is also the working directory."""
    shutil.copytree(graded.root, tmp_path / "mine")
    monkeypatch.chdir(tmp_path / "mine")
    return load_course(tmp_path / "mine")


@pytest.fixture
def other(graded, tmp_path):
    """Another grader's copy of the course."""
    shutil.copytree(graded.root, tmp_path / "theirs")
    return load_course(tmp_path / "theirs")


def comment(course, student, text=None):
    """Read or write a manual comment on the answer."""
    with NbGrader(course).open() as gradebook:
        found = gradebook.find_comment(QUESTION, NOTEBOOK, NAME, student)
        if text is not None:
            found.manual_comment = text
            gradebook.db.commit()
        return found.manual_comment


def merge(other, *options):
    return main(["merge-gradebooks", str(other.root / "gradebook.db"), *options])


def test_scores_extra_credit_and_comments_are_merged_and_conflicts_reported(course, other, capsys):
    by_hand(course, "ann", 3)
    by_hand(course, "bob", 4)
    comment(course, "bob", "fine")
    by_hand(other, "ann", 3)  # the same
    by_hand(other, "bob", 2, extra_credit=0.5)  # another score
    comment(other, "bob", "too short")
    by_hand(other, "cat", 0)
    by_hand(other, "cat", 1.5, EXERCISE)
    comment(other, "cat", "see page 3")
    before = (other.root / "gradebook.db").read_bytes()
    assert merge(other) == 1
    said = capsys.readouterr().out.splitlines()
    assert said[:3] == [
        "merged: 2 scores, 1 extra credits and 1 comments of 2 students; 0 scores no longer need manual grading",
        f"conflict: bob, {NOTEBOOK}/{QUESTION}: points 4 here, 2 there",
        f"conflict: bob, {NOTEBOOK}/{QUESTION}: comment 'fine' here, 'too short' there",
    ]
    assert said[3].startswith("2 conflicts: nothing was overwritten; --take-other takes the entries of")
    assert [grades(course, student).total for student in ("ann", "bob", "cat")] == [3, 4.5, 1.5]
    assert (comment(course, "bob"), comment(course, "cat")) == ("fine", "see page 3")
    assert pending(course) == {}
    assert (other.root / "gradebook.db").read_bytes() == before

    assert merge(other) == 1
    assert "merged: 0 scores, 0 extra credits and 0 comments of 0 students" in capsys.readouterr().out
    assert merge(other, NAME, "--take-other") == 0
    assert grades(course, "bob").total == 2.5
    assert comment(course, "bob") == "too short"
    assert merge(other) == 0
    assert grade_class(course).waiting == []
    page = (course.feedback / "cat" / NAME / f"{NOTEBOOK}.html").read_text(encoding="utf-8")
    assert "see page 3" in page


def test_a_score_for_another_attempt_must_be_graded_again(course, other, capsys):
    notebook = course.handed_in("ann", NAME) / f"{NOTEBOOK}.ipynb"
    notebook.write_text(notebook.read_text(encoding="utf-8").replace('"So."', '"Because."'), encoding="utf-8")
    grade_class(course)
    for student in ("ann", "bob"):
        by_hand(other, student, 2)
    assert merge(other) == 0
    assert "1 of the scores are for a different attempt: they need manual grading again" in capsys.readouterr().out
    assert pending(course) == {"ann": [QUESTION], "cat": [QUESTION]}
    assert "to grade again" in grade_class(course).to_grade[0]


def test_unknown_students_are_listed_and_the_others_grading_counts(course, other, capsys):
    by_hand(course, "ann", 2, needs_manual_grade=True)
    by_hand(other, "ann", 2)
    by_hand(other, "bob", 2)
    with NbGrader(course).open() as gradebook:
        gradebook.remove_submission(NAME, "bob")
    assert merge(other) == 1
    said = capsys.readouterr().out
    assert "1 scores no longer need manual grading" in said
    assert f"left out: bob, {NOTEBOOK}/{QUESTION}: the student has no submission in this gradebook" in said
    assert pending(course) == {"cat": [QUESTION]}


def test_a_different_maximum_of_a_cell_is_a_conflict(course, other, capsys):
    by_hand(other, "ann", 2)
    with sqlite3.connect(other.root / "gradebook.db") as db:
        db.execute(
            "UPDATE grade_cells SET max_score = 3 WHERE id IN (SELECT id FROM base_cell WHERE name = ?)", [QUESTION]
        )
    assert merge(other) == 1
    assert "the cell has 5 points here, but 3 there, with the score 2" in capsys.readouterr().out
    assert grades(course, "ann").total == 0


def older(path, *, without_base_cells):
    """Downgrade a gradebook to the tables of nbgrader 0.6 or 0.5."""
    db = sqlite3.connect(path)
    db.executescript(
        "PRAGMA legacy_alter_table = ON;"
        "CREATE TABLE a (id VARCHAR(32) NOT NULL PRIMARY KEY, name VARCHAR(128) NOT NULL UNIQUE, duedate DATETIME);"
        "INSERT INTO a SELECT id, name, duedate FROM assignment; DROP TABLE assignment; DROP TABLE course;"
        "ALTER TABLE a RENAME TO assignment; ALTER TABLE student DROP COLUMN lms_user_id;"
        "DROP TABLE autograder_entered; UPDATE alembic_version SET version_num = '167914646830';"
    )
    if without_base_cells:
        db.executescript(
            "CREATE TABLE grade_cell (id VARCHAR(32) NOT NULL PRIMARY KEY, name VARCHAR(128), max_score FLOAT NOT NULL,"
            " cell_type VARCHAR(8) NOT NULL, notebook_id VARCHAR(32));"
            "INSERT INTO grade_cell SELECT g.id, b.name, g.max_score, g.cell_type, b.notebook_id"
            " FROM grade_cells g JOIN base_cell b ON b.id = g.id;"
            "CREATE TABLE solution_cell (id VARCHAR(32) NOT NULL PRIMARY KEY, name VARCHAR(128),"
            " notebook_id VARCHAR(32));"
            "INSERT INTO solution_cell SELECT s.id, b.name, b.notebook_id"
            " FROM solution_cells s JOIN base_cell b ON b.id = s.id;"
            "DROP TABLE grade_cells; DROP TABLE solution_cells; DROP TABLE task_cells; DROP TABLE base_cell;"
            "UPDATE alembic_version SET version_num = '724cde206c17';"
        )
    db.close()


@pytest.mark.parametrize("without_base_cells", [False, True], ids=["0.6", "0.5"])
def test_a_gradebook_of_an_older_nbgrader_is_read_and_not_changed(course, other, capsys, without_base_cells):
    by_hand(other, "ann", 2)
    comment(other, "ann", "half")
    path = other.root / "gradebook.db"
    older(path, without_base_cells=without_base_cells)
    before = path.read_bytes()
    assert merge(other) == 0
    assert f"{path} is from an older nbgrader: an upgraded copy was read" in capsys.readouterr().out
    assert (grades(course, "ann").total, comment(course, "ann")) == (2, "half")
    assert path.read_bytes() == before
    assert [file.name for file in other.root.glob("gradebook*")] == ["gradebook.db"]


def spoiled(other, change):
    path = other.root / "gradebook.db"
    if isinstance(change, bytes):
        path.write_bytes(change)
    else:
        with sqlite3.connect(path) as db:
            db.executescript(change)
    return path


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            "UPDATE assignment SET name = 'assignment1'",
            "expected a gradebook with assignment2, got one with assignment1",
        ),
        ("UPDATE assignment SET course_id = 'cs101'", "expected a gradebook of the course cs231n, got one of cs101"),
        ("UPDATE base_cell SET name = 'x' || name", "of another assignment with the same name"),
        ("DROP TABLE grade", "is not a gradebook: expected nbgrader's tables"),
        ("UPDATE alembic_version SET version_num = 'ffffffffffff'", "is from another version of nbgrader"),
        (b"PK\3\4 a zip", "can't be read as a gradebook (file is not a database)"),
        (b"", "is not a gradebook: expected nbgrader's tables, got no tables"),
    ],
)
def test_a_file_that_can_not_be_merged_gives_one_line(course, other, capsys, change, words):
    by_hand(other, "ann", 2)
    spoiled(other, change)
    assert merge(other) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count("\n") == 1
    assert grades(course, "ann").total == 0


def test_the_gradebook_itself_and_a_missing_file_are_refused(course, capsys):
    assert main(["merge-gradebooks", "gradebook.db"]) == 2
    assert "is this gradebook itself" in capsys.readouterr().err
    assert main(["merge-gradebooks", "nothing.db"]) == 2
    assert "expected a gradebook, got nothing.db, which is not a file" in capsys.readouterr().err
    (course.root / "gradebook.db").rename("other.db")
    assert main(["merge-gradebooks", "other.db"]) == 2
    assert "expected a gradebook at " in capsys.readouterr().err
