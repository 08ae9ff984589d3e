"""What to fix first: exercises that others use, on the page, in Markdown and as text."""

import re
from dataclasses import replace

from courses import ASSIGNMENT
from made_up_results import exercise, outcome, stored

from autograder.feedback.fix_first import fix_order, to_fix_first
from autograder.feedback.page import NotebookTotal, PageHead, feedback_page
from autograder.feedback.texts import (
    EXERCISE_TYPE,
    SUBMISSION_KEY,
    exercise_facts,
    exercise_lines,
    feedback_markdown,
    submission_facts,
)
from autograder.model import Result

LAYERS, NETWORK = "Layers.ipynb", "My network.ipynb"
RIGHT = outcome("Right.")
WRONG = outcome("Wrong.", False, message="dx is odd")
KNOWN = outcome("Known.", False, message="dx is odd", misconception="It is halved.")
UNWRITTEN = outcome("Unwritten.", False, status="missing", message="it is not written yet")
USES = {"relu": (), "relu_back": ("relu",), "Net": ("relu", "relu_back", "norm"), "norm": ()}


def result_of(waiting=(), **tests):
    """A result. `tests`: exercise → its outcome; the others are right. norm and Net are in the second notebook."""
    exercises = {
        name: replace(
            exercise(3, [tests.get(name, RIGHT)], notebook=NETWORK if name in ("Net", "norm") else LAYERS,
                     attempted=tests.get(name) is not UNWRITTEN),
            needs=needs,
        )
        for name, needs in USES.items()
    }  # fmt: skip
    return replace(stored("ann", exercises).result, waiting=dict.fromkeys(waiting, "too large"))


def test_an_exercise_with_failed_tests_names_the_incorrect_ones_that_it_uses():
    assert to_fix_first("Net", result_of(relu=WRONG, Net=WRONG)) == ["relu"]
    assert to_fix_first("Net", result_of(relu=WRONG, relu_back=WRONG, norm=WRONG, Net=WRONG)) == [*USES["Net"]]
    assert to_fix_first("relu", result_of(relu=WRONG, Net=WRONG)) == []


def test_an_exercise_names_no_other_if_that_can_not_be_the_reason():
    assert to_fix_first("Net", result_of(relu=WRONG)) == [], "all its tests passed"
    assert to_fix_first("Net", result_of(relu=WRONG, Net=KNOWN)) == [], "a misconception explains its failures"
    assert to_fix_first("Net", result_of(relu=WRONG, Net=UNWRITTEN)) == []
    assert to_fix_first("Net", result_of(["relu"], relu=WRONG, Net=WRONG)) == [], "relu could not be read"
    assert to_fix_first("Net", result_of(relu=UNWRITTEN, Net=WRONG)) == [], "of another notebook"
    assert to_fix_first("Net", result_of(norm=UNWRITTEN, Net=WRONG)) == ["norm"]


def test_the_order_starts_with_what_others_use():
    result = result_of(relu=WRONG, relu_back=WRONG, norm=WRONG, Net=WRONG)
    assert fix_order(result) == ["relu", "relu_back", "norm", "Net"]
    assert fix_order(result_of(norm=WRONG)) == []
    in_a_circle = replace(result, exercises={n: replace(e, needs=tuple(USES)) for n, e in result.exercises.items()})
    assert sorted(fix_order(in_a_circle)) == sorted(USES)


def test_results_of_earlier_versions_have_no_dependencies():
    content = result_of(relu=WRONG, Net=WRONG).to_json()
    for facts in content["exercises"].values():
        del facts["needs"]
        for test in facts["tests"]:
            del test["places"]
    old = Result.from_json(content)
    assert fix_order(old) == []
    assert "Fix" not in feedback_markdown(old)


ONE = "Net uses relu, which is not right yet. Fix relu first: the messages below may follow from it."
MORE = "Net uses relu and norm, which are not right yet. Fix these first: the messages below may follow from them."


def test_text_and_markdown_say_so():
    assert exercise_lines("Net", result_of(relu=WRONG, Net=WRONG))[1] == ONE
    assert exercise_lines("Net", result_of(relu=WRONG, norm=WRONG, Net=WRONG))[1] == MORE
    text = feedback_markdown(result_of(relu=WRONG, Net=WRONG))
    assert "\nFix in this order: relu, Net.\n" in text
    assert f"**Net**\n\n{ONE}\n" in text


def test_markdown_rounds_points_and_does_not_count_unread_work_as_lost():
    result = replace(result_of(["norm"], norm=WRONG), score=9.2571)
    text = feedback_markdown(result)
    assert "assignment2: 9.26 of 9 points by the hidden tests" in text
    assert "| norm | 0 of 1 | not yet of 3 |" in text


def page_of(result, notebook=NETWORK, *, totals=(), scores=None):
    cells = []
    for name, facts in result.exercises.items():
        if facts.notebook == notebook:
            about = {"grade": True, "score": (scores or {}).get(name, facts.score), "points": facts.points}
            output = {"data": {EXERCISE_TYPE: exercise_facts(name, result)}}
            source = f"def {name}():\n    return 1"
            solution = {"grade_id": name, "solution": True}
            cells += [
                {"cell_type": "code", "source": source, "metadata": {"nbgrader": solution}},
                {"cell_type": "code", "source": "", "metadata": {"nbgrader": about}, "outputs": [output]},
            ]
    content = {"cells": cells, "metadata": {SUBMISSION_KEY: submission_facts(result)}}
    return feedback_page(content, PageHead(notebook.removesuffix(".ipynb"), 3, 6, 0, totals))


def totals_of(**has_page):
    names = {LAYERS: (6, 6.0, 0), NETWORK: (3.256, 11.0, 5)}
    return [NotebookTotal(name[:-6], *points, has_page=has_page.get(name[:-6], True)) for name, points in names.items()]


def links_in(page):
    return re.findall(r'<a href="([^"]+)">', page)


def test_the_page_links_to_what_to_fix_first_on_this_page_and_on_others():
    page = page_of(result_of(relu=WRONG, norm=WRONG, Net=WRONG), totals=totals_of())
    order = page.partition("Fix in this order: ")[2].partition("</p>")[0]
    assert links_in(order) == ["Layers.html#relu", "#norm", "#Net"]
    linked = '<a href="Layers.html#relu">relu</a> and <a href="#norm">norm</a>'
    assert f"Net uses {linked}, which are not right yet. Fix these first: " in page


def test_the_page_names_a_page_that_does_not_exist_without_a_link():
    page = page_of(result_of(relu=WRONG, Net=WRONG), totals=totals_of(Layers=False))
    assert "Net uses relu, which is not right yet. Fix relu first" in page
    assert [link for link in links_in(page) if "html" in link] == []
    assert "Layers.html" not in page_of(result_of(relu=WRONG, Net=WRONG))


def test_a_page_without_such_exercises_says_nothing():
    assert "Fix" not in page_of(result_of(relu=WRONG, relu_back=WRONG), totals=totals_of())
    assert "Fix in this order" in page_of(result_of(relu=WRONG, relu_back=WRONG), LAYERS, totals=totals_of())


def test_the_page_has_the_total_of_all_notebooks_and_links_to_their_pages():
    page = page_of(result_of(), LAYERS, totals=totals_of())
    table = page.partition('<table class="notebooks">')[2].partition("</table>")[0]
    assert links_in(table) == ["My%20network.html"]
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", table))
    assert "Layers (this page) 6 of 6 My network 3.26 of 6 Total (5 more points are not graded yet) 9.26 of 12" in words
    assert '<table class="notebooks"' not in page_of(result_of(), LAYERS, totals=totals_of()[:1])


def test_what_nobody_has_graded_is_not_counted_as_lost():
    page = page_of(result_of(), scores={"norm": None})
    assert "3 of 3 points</span>" in page
    assert "3 more points of this notebook are not graded yet." in page
    assert "not graded yet." not in page_of(result_of())


def test_hostile_names_are_escaped_in_links():
    bad = '"><script>alert(1)</script>'
    result = result_of(relu=WRONG, Net=WRONG)
    content = {"cells": [], "metadata": {SUBMISSION_KEY: {
        **submission_facts(result), "fix_order": [{"name": bad, "notebook": f"{bad}.ipynb"}]}}}  # fmt: skip
    page = feedback_page(content, PageHead(bad, 0, 0, 0, [NotebookTotal(bad, 0, 0, 0), NotebookTotal("b", 0, 0, 0)]))
    assert "<script" not in page


def test_exercises_come_after_those_that_they_use_within_each_notebook_of_the_assignment():
    """So a page keeps the order of the notebook."""
    names = list(ASSIGNMENT.exercises)
    for name in names:
        used = ASSIGNMENT.content.needed([name]) - {name}
        here = [other for other in used if ASSIGNMENT.exercises[other].notebook == ASSIGNMENT.exercises[name].notebook]
        assert all(names.index(other) < names.index(name) for other in here), name
