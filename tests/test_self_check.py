"""Before a class is scored, the source notebooks are scored, since a hidden test that they fail is wrong."""

import pytest
from courses import assign, copy_course

from autograder.cli import main
from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.gradebook.merge_notebook import stage_submission
from autograder.grading import self_check
from autograder.sample_class.command import solved_submission

pytestmark = pytest.mark.usefixtures("real_processes")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with one released notebook and one submission."""
    folder = copy_course(tmp_path, notebooks=["Dropout"])
    course = load_course(folder)
    assignment = load_assignment(course)
    stage_submission(solved_submission(assignment, "ann"), assignment, course.handed_in("ann", assignment.name))
    monkeypatch.chdir(folder)
    return course


def break_tests(course):
    """Set a negative tolerance, so that no answer is exact enough."""
    with (course.assignments / "assignment2" / "tolerances.py").open("a", encoding="utf-8") as file:
        file.write('TOLERANCES["exact"] = Tolerance(-1, "nothing passes")\n')


def test_a_broken_hidden_test_stops_grading_and_is_named(course, capsys):
    break_tests(course)
    assert main(["grade"]) == 2
    told = capsys.readouterr().err
    assert "the solutions of the source notebooks fail hidden tests" in told
    assert "dropout_forward: “In training mode each number becomes zero or is divided by p.” failed: " in told
    assert not (course.results / "assignment2" / "ann.json").exists()
    assert not (course.root / "gradebook.db").exists()


def test_a_successful_check_is_not_repeated(course, monkeypatch, capsys):
    assert main(["grade", "--diff"]) == 0  # it writes nothing, so the sandbox is proven again
    assert not (course.results / "assignment2" / "source_notebooks.txt").exists()
    assert main(["grade"]) == 0
    assert (course.results / "assignment2" / "source_notebooks.txt").exists()
    monkeypatch.setattr(self_check, "write_text", lambda *args: pytest.fail("done again"))
    assert main(["grade"]) == 0
    capsys.readouterr()


def test_changed_tests_or_settings_are_checked_again(course, monkeypatch, capsys):
    assert main(["grade"]) == 0
    assign(course.root, test_seconds=9)
    break_tests(course)
    assert main(["grade"]) == 2
    assert "fail hidden tests" in capsys.readouterr().err


def test_a_broken_test_stops_the_bundle_for_gradescope(course, capsys):
    assign(course.root, total_points=15)
    break_tests(course)
    assert main(["gradescope"]) == 2
    assert "fail hidden tests" in capsys.readouterr().err
    assert not list(course.dist.glob("*.zip")) if course.dist.exists() else True
