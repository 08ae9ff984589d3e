"""Assignments 1 and 2 in one course and one gradebook, graded by the installed wheel."""

import csv
import io
import shutil
from pathlib import Path

import pytest
from courses import ASSIGNMENT, CONTENT, copy_course
from nbgrader.api import Gradebook
from whole_trip import Trip

FIRST = Path(__file__).parent / "courses" / "assignment1"
ROOT = FIRST.parent.parent.parent
NAMES = ("KNearestNeighbor", "svm_loss_vectorized", "softmax_loss_vectorized", "TwoLayerNet")
# One of three ways to the distances is wrong, the network is not written.
PARTLY = {
    "KNearestNeighbor": (
        "np.sqrt(np.sum((self.X_train - X[i]) ** 2, axis=1))",
        "np.sum((self.X_train - X[i]) ** 2, 1)",
    ),
    "TwoLayerNet": None,
}


@pytest.fixture(scope="module")
def trip(installed_grader, tmp_path_factory):
    folder = copy_course(tmp_path_factory.mktemp("course"), notebooks=("Dropout",))
    shutil.copytree(ROOT / "cs231n", folder / "cs231n", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(FIRST / "source", folder / "source" / "assignment1")
    shutil.copytree(FIRST / "content", folder / "assignments" / "assignment1")
    with (folder / "assignments" / "assignment2" / "assignment.py").open("a") as settings:
        settings.write("c.Assignment.total_points = 15\n")
    return Trip(installed_grader, folder, "cs231n")


@pytest.fixture(scope="module")
def graded(trip):
    """Both assignments of ann, and the first one of ben."""
    trip.release("assignment1", "--no-run")  # check runs the solved notebooks below
    trip.submit("ann", "assignment1")
    trip.submit("ben", "assignment1", changes=PARTLY)
    solved = trip.folder / "source" / "assignment2" / "Dropout.ipynb"
    (trip.folder / "submitted" / "ann" / "assignment2").mkdir()
    shutil.copy(solved, trip.folder / "submitted" / "ann" / "assignment2")
    trip.autograder("grade", "assignment2")
    trip.table = trip.autograder("grade", "assignment1")
    return trip


def test_students_see_the_rest(graded):
    printed = graded.check("carl", "assignment1", changes=PARTLY, status=1)
    assert "left to write: TwoLayerNet\nleft to fix: KNearestNeighbor\n" in printed
    assert "4 of 4 checks pass" in graded.check("dora", "assignment1")


def test_each_exercise_is_scored_and_each_mistake_named(graded):
    right, partly = graded.result("ann", "assignment1"), graded.result("ben", "assignment1")
    assert (right["score"], right["max_score"], right["state"]) == (33, 33, "graded")
    assert {name: partly["exercises"][name]["score"] for name in NAMES} == dict(zip(NAMES, (11, 6, 6, 0), strict=True))
    wrong = [test for test in partly["exercises"]["KNearestNeighbor"]["tests"] if not test["passed"]]
    assert [test["test"] for test in wrong] == ["test_distances_with_one_loop"]
    assert wrong[0]["misconception"] == "The distances are squared. Take the root."
    assert "question_hinge (2 to grade)" in graded.table


def test_both_assignments_are_in_one_gradebook(graded):
    with Gradebook(f"sqlite:///{graded.folder / 'gradebook.db'}") as gradebook:
        marks = {
            (mark.student.id, assignment.name): mark.score
            for assignment in gradebook.assignments
            for mark in gradebook.assignment_submissions(assignment.name)
        }
        most = {assignment.name: assignment.max_score for assignment in gradebook.assignments}
    assert marks == {("ann", "assignment1"): 33, ("ben", "assignment1"): 23, ("ann", "assignment2"): 10}
    assert most == {"assignment1": 37, "assignment2": 15}
    assert graded.result("ann", "assignment2")["exercises"].keys() == {"dropout_forward", "dropout_backward"}


def test_pages_report_and_grades(graded):
    page = (graded.folder / "feedback" / "ben" / "assignment1" / "KNearestNeighbors.html").read_text()
    assert "The distances are squared. Take the root." in page
    graded.autograder("report", "assignment1")
    assert "KNearestNeighbor" in (graded.folder / "reports" / "assignment1" / "index.html").read_text()
    graded.autograder("export", "assignment1", "--output", "marks.csv", status=1)  # an answer waits
    rows = {row["student"]: row for row in csv.DictReader(io.StringIO((graded.folder / "marks.csv").read_text()))}
    assert float(rows["ben"]["KNearestNeighbor"]) == 11
    assert "dropout_forward" not in rows["ben"]


def test_gradescope_gives_the_same_score(graded):
    shown = graded.gradescope("ben", "assignment1")
    assert sum(test["score"] for test in shown["tests"]) == pytest.approx(23)


@pytest.mark.parametrize(
    ("options", "killed"),
    [
        (("--exercise", "svm_loss_vectorized", "--seeds", "2"), "11 of 11"),
        pytest.param((), "43 of 43", marks=pytest.mark.slow),
    ],
)
def test_the_hidden_tests_are_proven(graded, options, killed):
    printed = graded.autograder("mutants", "assignment1", *options)
    assert f"{killed} mutants killed" in printed
    assert "the hidden tests are proven" in printed


def test_the_assignments_share_no_content(graded):
    assert set(CONTENT.signatures).isdisjoint(NAMES)
    assert set(ASSIGNMENT.exercises).isdisjoint(graded.result("ben", "assignment1")["exercises"])
