"""stats101: a course made by new-course with exercises on pandas tables, graded by the installed wheel alone."""

import csv
import shutil
from pathlib import Path

import pytest
from whole_trip import Trip

pytestmark = pytest.mark.slow  # `make test` runs another trip with an installed grader, test_second_assignment.py

TABLES = Path(__file__).parent / "courses" / "stats101"
WRONG = {"summarize": ('"count"', '"size"'), "center": (".mean()", ".median()")}


@pytest.fixture(scope="module")
def trip(installed_grader, tmp_path_factory):
    folder = tmp_path_factory.mktemp("courses")
    Trip(installed_grader, folder, "stats101").autograder("new-course", "stats101")
    trip = Trip(installed_grader, folder / "stats101", "stats101")
    source, content = trip.folder / "source" / "assignment1", trip.folder / "assignments" / "assignment1"
    shutil.copytree(TABLES / "tables", content / "tables")
    shutil.copy(TABLES / "Tables.ipynb", source)
    with (content / "assignment.py").open("a") as settings:
        settings.write((TABLES / "settings.py").read_text())
    project = (source / "pyproject.toml").read_text()
    (source / "pyproject.toml").write_text(project.replace('"numpy>=1.26",', '"numpy>=1.26",\n    "pandas>=2.2",'))
    return trip


@pytest.fixture(scope="module")
def graded(trip):
    trip.release("assignment1")
    trip.submit("ann", "assignment1")
    trip.submit("ben", "assignment1", changes=WRONG)
    trip.submit("cid", "assignment1", changes={"rescale": None})
    trip.autograder("grade", "assignment1")
    return trip


def test_the_student_zip_has_nothing_of_another_course(graded):
    files = {path.relative_to(graded.folder / "home").as_posix() for path in (graded.folder / "home").rglob("*.py")}
    assert {path.split("/")[1] for path in files} == {"stats101", "student_tools"}
    texts = [path.read_text() for path in (graded.folder / "home").rglob("*.py")]
    assert not any(word in text for text in texts for word in ("cs231n", "conv", "batchnorm"))


def test_tables_are_scored_and_mistakes_in_them_named(graded):
    right, wrong, partly = (graded.result(student, "assignment1") for student in ("ann", "ben", "cid"))
    assert (right["score"], right["max_score"]) == (15, 15)
    assert {name: exercise["score"] for name, exercise in wrong["exercises"].items()} == {
        "rescale": 5,
        "summarize": 0,
        "center": 0,
    }
    told = {test["misconception"] for test in wrong["exercises"]["center"]["tests"]}
    assert told == {"The median is subtracted. Subtract the mean."}
    messages = [test["message"] for test in wrong["exercises"]["summarize"]["tests"]]
    assert any("count" in message for message in messages), messages
    assert partly["exercises"]["rescale"]["score"] == 0
    assert partly["score"] == 10


def test_students_check_their_tables(graded):
    assert "3 of 3 checks pass" in graded.check("dee", "assignment1")
    assert "left to fix: summarize" in graded.check("eve", "assignment1", changes=WRONG, status=1)


def test_the_hidden_tests_are_proven(graded):
    printed = graded.autograder("mutants", "assignment1", "--seeds", "3")
    assert "11 of 11 mutants killed" in printed
    assert "the hidden tests are proven" in printed


def test_pages_report_marks_and_gradescope(graded):
    page = (graded.folder / "feedback" / "ben" / "assignment1" / "Tables.html").read_text()
    assert "The median is subtracted. Subtract the mean." in page
    graded.autograder("report", "assignment1")
    assert "summarize" in (graded.folder / "reports" / "assignment1" / "index.html").read_text()
    graded.autograder("export", "assignment1", "--output", "marks.csv")
    with (graded.folder / "marks.csv").open(newline="") as marks:
        assert {row["student"]: float(row["center"]) for row in csv.DictReader(marks)} == {"ann": 5, "ben": 0, "cid": 5}
    assert sum(test["score"] for test in graded.gradescope("ben", "assignment1")["tests"]) == 5
    assert "requirements=('pandas>=2.2')" in (graded.folder / "gradescope" / "source" / "setup.sh").read_text()
