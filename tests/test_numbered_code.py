"""The student's code on a feedback page: numbered lines, and marks on those that messages name."""

import html
import re

import pytest

from autograder.feedback.page import PageHead, feedback_page
from autograder.feedback.safe_html import numbered, plain
from autograder.feedback.texts import EXERCISE_TYPE, SUBMISSION_KEY
from autograder.model import Place, TestOutcome, TestStatus, shown_outcome_to_json

UNSEEN = '<span class="unseen">marked: </span>'
LINE = re.compile(rf'<(span|mark) class="line"[^>]*>(?:{UNSEEN})?(.*?)</\1>(?=\n|</pre>)', re.DOTALL)
CODE = 'def f(x):\n    """One\n    two <b>.\n    """\n\n    y = "a" + \\\n        "b"\n    return 1 < x\n'


NOTHING = {"notes": [], "isolation": "scored in a sandbox", "versions": {}}  # as earlier versions stored it


def texts_of(page):
    return [html.unescape(re.sub(r"<[^>]+>", "", line)) for _, line in LINE.findall(page)]


@pytest.mark.parametrize("convert", [{}, {"convert": plain}])
def test_each_line_is_one_element_with_its_text(convert):
    page = numbered(CODE, **convert, marked={3, 8}, anchor="f")
    assert texts_of(page) == CODE.rstrip().split("\n")
    assert re.findall(r'<mark class="line" id="([^"]+)"', page) == ["f-line-3", "f-line-8"]
    assert page.count("<span") == page.count("</span>")
    assert "<b>" not in page


@pytest.mark.parametrize(
    ("source", "skipped", "first"),
    [("\n\n  \nx = 1", 3, "x = 1"), ("x = 1\r\ny = 2", 0, "x = 1"), ("x = 1\ry = 2", 0, "x = 1")],
)
def test_numbers_are_those_of_python(source, skipped, first):
    page = numbered(source, marked=[skipped + 1])
    assert f"counter-reset: line {skipped}" in page
    assert f'id="code-line-{skipped + 1}"' in page
    assert texts_of(page)[0] == first


def test_lines_that_do_not_exist_are_not_marked():
    assert "<mark" not in numbered("x = 1", marked=[0, 2, 10**9])


def test_hostile_code_stays_text():
    page = numbered("x = '</pre></div><script>alert(1)</script>'\n# </mark>\x1b\u202e", anchor='"><script>')
    assert "<script" not in page
    assert page.count("</pre>") == 1


def page_with(*places, own=(), status=TestStatus.ERROR):
    """The page of the notebook A with the exercise f. - own: sources of added cells"""
    rows = [TestOutcome("One.", 1, status, "ValueError", places=places)]
    facts = {"name": "f", "score": 0, "points": 1, "tests": [shown_outcome_to_json(row, 1) for row in rows]}
    code = "def f():\n    return g()"
    cells = [
        {"cell_type": "code", "source": code, "metadata": {"nbgrader": {"grade_id": "f", "solution": True}}},
        {"cell_type": "code", "source": "", "metadata": {"nbgrader": {"grade": True, "score": 0, "points": 1}},
         "outputs": [{"data": {EXERCISE_TYPE: facts}}]},
    ]  # fmt: skip
    for number, source in enumerate(own):
        label = {SUBMISSION_KEY: "your own first cell"}
        cells.append({"cell_type": "code", "source": source, "metadata": label, "id": f"own-{number}"})
    return feedback_page({"cells": cells, "metadata": {SUBMISSION_KEY: NOTHING}}, PageHead("A", 0, 1, 0))


HERE, THERE, OWN = (
    Place("A.ipynb", "cell f", 2),
    Place("B.ipynb", "cell f", 1),
    Place("A.ipynb", "your own first cell", 1),
)


def test_the_lines_that_a_message_names_are_marked_and_listed():
    page = page_with(HERE, THERE)
    assert re.findall(r'<mark class="line" id="([^"]+)"', page) == ["f-line-2"]
    assert 'Lines that messages name: <a href="#f-line-2">2</a></p>' in page


def test_a_line_of_an_added_cell_is_marked_and_the_cell_is_open():
    page = page_with(HERE, OWN, own=["def g():\n    return 1"])
    assert re.findall(r'<mark class="line" id="([^"]+)"', page) == ["f-line-2", "own-0-line-1"]
    assert "<details open><summary>Cells that you added" in page
    twice = page_with(HERE, OWN, own=["def g():\n    return 1", "x = 1"])
    assert "own-0-line-1" not in twice, "two cells have this label"


def test_a_passed_test_marks_nothing():
    assert "<mark" not in page_with(HERE, status=TestStatus.PASSED)
