"""Files with the name of another student are reported in the result and in the feedback."""

import shutil
from pathlib import Path

import pytest
from made_up_results import outcome

from autograder.intake.foreign_filenames import ForeignFilenames
from autograder.intake.submission import Submission, read_submission
from autograder.repairs import RepairKind
from autograder.scoring.points import award_points

ROOT = Path(__file__).parent.parent
CLASS = ["doejane_47110", "leebo_50230", "bob", "müller", "a.*b", "anna maria", "eva_\u0665\u0660\u0662\u0663\u0661"]
CLASS += ["anon_98765"]  # whose name Canvas hides


def remarks(student, *labels):
    submission = Submission(student, {}, (), {}, found_as={f"{i}.ipynb": label for i, label in enumerate(labels)})
    noted = ForeignFilenames(CLASS).noted(submission)
    return [remark.sentence for remark in noted.remarks]


@pytest.mark.parametrize(
    ("label", "other"),
    [
        ("leebo_50230_ConvolutionalNetworks.ipynb", "leebo_50230"),
        ("work/LeeBo/conv.ipynb", "leebo_50230"),
        ("conv-50230.ipynb", "leebo_50230"),
        ("MÜLLER conv.ipynb", "müller"),
        ("anna maria/x.ipynb", "anna maria"),
        ("a.*b.ipynb", "a.*b"),
    ],
)
def test_the_name_of_another_student_is_told(label, other):
    (remark,) = remarks("doejane_47110", label)
    assert remark.endswith(f"contains the name of another student, {other}: check whose work it is")


@pytest.mark.parametrize(
    "label",
    [
        "ConvolutionalNetworks (1).ipynb",
        "doejane.ipynb",
        "doejane and leebo.ipynb",  # with their own name it is a pair's work, or their copy
        "bob.ipynb",  # too short to tell
        "leebos.ipynb",
        "150230.ipynb",
        "a123b.ipynb",
        "anon 98765.ipynb",
        "\u0665\u0660\u0662\u0663\u0661.ipynb",  # no system gives numbers in Arabic digits
    ],
)
def test_other_names_are_not(label):
    assert remarks("doejane_47110", label) == []


def test_it_is_a_line_in_the_result_and_changes_no_score(tmp_path, assignment):
    folder = tmp_path / "assignment2"
    shutil.copytree(ROOT / "release" / "assignment2", folder)
    (folder / "ConvolutionalNetworks.ipynb").rename(folder / "leebo.ipynb")
    submission = read_submission(folder, assignment, student="doejane_47110")
    noted = ForeignFilenames(CLASS).noted(submission)
    assert noted.digest() == submission.digest()
    missing = outcome("t", False, status="missing")
    result = award_points({name: (missing,) for name in assignment.exercises}, noted, assignment, "none")
    assert result.repairs[-1].kind is RepairKind.FOREIGN_NAME
    assert "contains the name of another student, leebo_50230" in result.repairs[-1].sentence


def test_a_class_without_telling_names():
    assert ForeignFilenames(["a", "b"]).noted(Submission("a", {}, (), {}, found_as={"x": "b.ipynb"})).remarks == ()
