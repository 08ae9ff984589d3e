"""Feedback about the hidden tests: page, Markdown, and small pictures."""

import html.parser
import json
import re

import numpy as np
import pytest
from courses import CONTENT, COURSE

from autograder.errors import StudentFault
from autograder.feedback.texts import exercise_facts, feedback_markdown
from autograder.gradebook.writer import NotebookGrades, autograded_notebook
from autograder.grading.feedback_pages import _pages
from autograder.intake.submission import SubmittedCell
from autograder.model import TestOutcome, TestStatus
from autograder.sample_class.command import changed_submission
from autograder.scoring.error_maps import describe_picture, picture_of
from autograder.scoring.points import award_points
from autograder.scoring.scorer import scorer_for
from autograder.testing.compare import check_array
from autograder.testing.recording import Comparison

CONVOLUTION = "ConvolutionalNetworks.ipynb"
VOID = {"meta", "wbr", "br", "hr", "rect", "link", "img"}
SCRIPT = "<script>document.title = 'taken over'</script><img src=x onerror=alert(1)>"


class Structure(html.parser.HTMLParser):
    """Collect the elements and attributes of a page, and elements that are closed in the wrong order."""

    def __init__(self, page):
        super().__init__()
        self.open, self.wrong, self.found, self.attributes = [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.found.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.wrong.append(tag)


@pytest.fixture(scope="module")
def submission(assignment):
    """A submission with an error at the border of the convolution, a script in an added cell, and correct work else."""
    border = next(mutant for mutant in CONTENT.mutants if mutant.id == "conv_forward_naive/last-window-left-zero")
    submission = changed_submission(assignment, "ann", [border])
    submission.notebooks[CONVOLUTION].append(
        SubmittedCell("markdown", f"# Notes\n{SCRIPT}", None, "conv_forward_naive")
    )
    submission.notebooks[CONVOLUTION].append(SubmittedCell("code", f"# {SCRIPT}", None, "conv_forward_naive"))
    return submission


@pytest.fixture(scope="module")
def result(assignment, submission):
    """The result: two exercises are scored, the others count as passed."""
    scorer = scorer_for(COURSE.root, "assignment2")
    outcomes = scorer.outcomes(submission, {"conv_forward_naive"})
    test = TestOutcome("Fine.", 1, TestStatus.PASSED, output="printed by the code")
    for name in assignment.exercises:
        outcomes.setdefault(name, (test,))
    return award_points(outcomes, submission, assignment, "bwrap")


def page_of(submission, assignment, result, *, comments=None, scores=None):
    notebook = autograded_notebook(submission, CONVOLUTION, assignment, result, {})
    names = [name for name, exercise in assignment.exercises.items() if exercise.notebook == CONVOLUTION]
    points = {f"check_{name}": (result.exercises[name].score, result.exercises[name].points) for name in names}
    grades = NotebookGrades(50.5, 69, 2.5, {**points, **(scores or {})}, comments or {})
    return _pages({CONVOLUTION: json.loads(json.dumps(notebook))}, {CONVOLUTION: grades})[CONVOLUTION]


def test_a_page_shows_scores_tests_the_misconception_and_a_picture(submission, assignment, result):
    page = page_of(submission, assignment, result)
    for words in (
        "50.5 of 64 points",
        "5 more points of this notebook are not graded yet.",
        "Late penalty: 2.5 points.",
        "Section “Convolution: naive forward pass” of the notebook",
        "The loop omits the last window",
        "all in the outermost rows and columns",
        "bubblewrap, seccomp, and Landlock where the kernel has it",
        "NumPy " + np.__version__,
    ):
        assert words in page, words
    assert page.count("<svg ") == 1
    assert page.count("The loop omits the last window") == 1


def test_a_page_is_well_formed_reads_without_scripts_and_loads_nothing(submission, assignment, result):
    structure = Structure(page_of(submission, assignment, result))
    assert structure.wrong == []
    assert structure.open == []
    assert not {"script", "img", "link", "iframe", "object", "style src"} & set(structure.found)
    assert not [name for name, _ in structure.attributes if name.startswith("on") or name in ("src", "srcset")]
    assert all(value.startswith("#") for name, value in structure.attributes if name == "href")
    for needed in ("caption", "thead", "main", "header", "footer"):
        assert needed in structure.found
    scopes = [value for name, value in structure.attributes if name == "scope"]
    assert scopes.count("col") + scopes.count("row") == structure.found.count("th")
    assert structure.found.count("svg") == [name for name, _ in structure.attributes].count("viewbox")
    labels = [value for name, value in structure.attributes if name == "aria-label"]
    assert any("values are off" in label for label in labels)


def test_html_of_students_is_escaped(submission, assignment, result):
    page = page_of(submission, assignment, result, comments={"conv_forward_naive": f"Look here: {SCRIPT}"})
    assert "taken over" in page
    assert "<script" not in page
    assert "<img" not in page
    assert "Look here" in page


def test_output_and_other_notebooks_are_not_shown(submission, assignment, result):
    page = page_of(submission, assignment, result)
    assert "printed by the code" not in page
    assert "printed by the code" not in json.dumps(exercise_facts("conv_forward_naive", result))
    assert 'id="batchnorm_forward"' not in page


def test_a_manual_score_is_marked_as_one(submission, assignment, result):
    page = page_of(submission, assignment, result, scores={"check_conv_forward_naive": (9.0, 11.0)})
    assert "9 of 11 points" in page
    assert "A grader changed the score" in page


def test_markdown_for_a_learning_management_system(result):
    text = feedback_markdown(result)
    assert "| max\\_pool\\_forward\\_naive | 1 of 1 | 5 of 5 |" in text
    assert "The loop omits the last window" in text
    assert "<" not in text.replace("\\<", "")
    assert "printed by the code" not in text


EXACT = CONTENT.tolerances["exact"]


def picture(got, expected):
    return picture_of(
        [Comparison("dx", np.asarray(got, dtype=float), np.asarray(expected, dtype=float), CONTENT.tolerances["exact"])]
    )


def test_a_picture_has_the_worst_sample_and_channel():
    expected = np.random.default_rng(0).standard_normal((2, 3, 4, 5))
    got = expected.copy()
    got[0, 0, 1, 1] += 0.01
    got[1, 2, :, 0] += [1.0, 1e-3, 0.0, 5.0]
    seen = picture(got, expected)
    assert (seen["name"], seen["plane"]) == ("dx", [1, 2])
    assert [row[1:] for row in seen["rows"]] == ["0000"] * 4
    column = [int(row[0]) for row in seen["rows"]]
    assert column[3] == 9
    assert column[2] == 0
    assert 9 >= column[0] > column[1] >= 1
    assert describe_picture(seen) == "dx[1, 2]: 3 of 20 values are off, all in the outermost rows and columns"


def test_the_picture_and_the_message_name_the_same_position():
    expected = np.ones((1, 1, 5, 6))
    got = expected.copy()
    got[0, 0, 1, 2], got[0, 0, 3, 4] = 6.9, 7.0  # two places of the deepest colour
    seen = picture(got, expected)
    assert seen["rows"][1][2] == seen["rows"][3][4] == "9"
    with pytest.raises(StudentFault, match=re.escape("dx[0, 0, 3, 4] is 7")):
        check_array("dx", got, expected, EXACT)
    assert describe_picture(seen) == "dx[0, 0]: 2 of 30 values are off, most of all in row 3, column 4"


def test_a_picture_without_information_is_omitted():
    expected = np.ones((2, 3, 4, 5))
    assert picture(expected, expected) is None
    assert picture(expected + 1, expected) is None
    assert picture(np.ones((2, 3)), np.zeros((2, 3))) is None
    assert picture(np.ones((2, 3, 4, 4)), expected) is None
    assert picture(np.where(np.arange(5) == 0, np.nan, expected), expected) is None
    assert picture(np.ones((1, 1, 300, 300)), np.zeros((1, 1, 300, 300))) is None
    assert picture_of([Comparison("out", None, expected, EXACT)]) is None
    assert picture_of([]) is None
