"""Feedback as a page: what each test found, beside the student's own code. It needs no network and runs no script.

It is an exporter of nbconvert's kind, so that nbgrader's `generate_feedback` makes the same page as the kit.
"""

import functools
import re

import markupsafe
from nbconvert.exporters import Exporter
from pygments.formatters import HtmlFormatter
from traitlets import default

from autograder.feedback.safe_html import plain, safe_code, safe_markdown
from autograder.feedback.texts import EXERCISE_TYPE, NO_RESPONSE, SUBMISSION_KEY, decision_text
from autograder.feedback.whole_tests import in_words, misconceptions_in, whole_tests
from autograder.model import TestStatus, shown_outcome_from_json
from autograder.scoring.error_maps import describe_picture, is_picture
from autograder.templates import page_template

__all__ = ["FeedbackExporter", "feedback_page"]

HEADING = re.compile(r"^#{1,6}[ \t]+(.+?)[ \t]*$", re.MULTILINE)
OWN = "own-"  # what the ids of cells begin with that a student added, see rebuild
# Characters of a page that are made into HTML; what comes after them stays plain text. The worst text takes 50 µs for
# each. In the source notebooks all answers of a page have 1300, all solutions 12,000.
MAX_TEXT, MAX_CODE = 20_000, 60_000
LIGHT, DARK = "friendly", "github-dark"


class FeedbackExporter(Exporter):
    """Makes the page of an autograded notebook into which nbgrader has put scores and comments."""

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self):
        return ".html"

    def from_notebook_node(self, nb, resources=None, **keywords):
        nb, resources = super().from_notebook_node(nb, resources, **keywords)
        return feedback_page(nb, resources["nbgrader"]), resources


def feedback_page(notebook, facts):
    """The page as HTML.

    Inputs:
    - notebook: dict or NotebookNode; cells with points have `score` and `points` in their metadata for nbgrader,
      solution cells `comment`. - facts: dict of notebook (its name), score, max_score and late_penalty.
    """
    sections = _sections(notebook["cells"])
    return _template().render(
        facts=facts,
        submission=notebook["metadata"].get(SUBMISSION_KEY, {}),
        sections=sections,
        code=_Allowance(MAX_CODE, _code),
        text=_Allowance(MAX_TEXT, _text),
        comment=_text,
        in_words=in_words,
        describe=describe_picture,
        decision_text=decision_text,
        squares=_squares,
        styles=_styles(),
    )


def _sections(cells):
    """The notebook as the page shows it: list of dicts, one for an exercise, a question, or cells of the student's."""
    sections, heading, solutions = [], "", {}
    for cell in cells:
        about = cell["metadata"].get("nbgrader", {})
        grade_id = about.get("grade_id", "")
        source = cell["source"]
        found = [output["data"] for output in cell.get("outputs", ()) if EXERCISE_TYPE in output.get("data", {})]
        if cell.get("id", "").startswith(OWN):
            if not sections or sections[-1]["kind"] != "own":
                sections.append({"kind": "own", "heading": heading, "cells": []})
            own = {"is_code": cell["cell_type"] == "code", "source": source, "pictures": cell.get("attachments")}
            sections[-1]["cells"].append(own)
        elif found:
            result = _for_the_page(found[0][EXERCISE_TYPE])
            part = {"kind": "exercise", "id": result["name"], "heading": heading, **about, "result": result}
            sections.append(part | solutions.get(result["name"], {"source": "", "comment": None}))
        elif about.get("solution") and about.get("grade"):
            part = {"kind": "question", "id": grade_id, "heading": heading, "source": source}
            part["pictures"] = cell.get("attachments")
            sections.append(part | {"score": None, "comment": None} | about)
        elif about.get("solution"):
            comment = about.get("comment")  # what nbgrader says of a cell that nobody touched, the page says better
            solutions[grade_id] = {"source": source, "comment": None if comment == NO_RESPONSE else comment}
        elif cell["cell_type"] == "markdown" and (found := HEADING.findall(source)):
            heading = re.sub(r"[*`_$]", "", found[-1])
    return sections


def _for_the_page(result):
    """The facts of an exercise with a dict for each hidden test, and its misconceptions, each once.

    A picture that can't be shown is left out: an earlier version may have stored it.
    """
    rows = list(map(shown_outcome_from_json, result["tests"]))
    pictured = next((row for row in rows if is_picture(row.picture)), None)
    tests = [_test(test, pictured) for test in whole_tests(rows)]
    return {**result, "tests": tests, "misconceptions": misconceptions_in(rows)}


def _test(test, pictured):
    """What the page shows of a hidden test. - pictured: the row whose picture it shows, of this test or of another.

    Of the messages about parts that are wrong, the first one of each misconception is unfolded, and the first one that
    nothing is known about.
    """
    unfolded, folded, seen = [], [], set()
    for finding in test.findings:
        again = finding.status is not TestStatus.PASSED and finding.misconception in seen
        (folded if again else unfolded).append(finding)
        seen.add(finding.misconception)
    return {
        "title": test.title,
        "is_passed": test.is_passed,
        "mark": test.mark,
        "status": test.status,
        "right": f"{sum(row.passed for row in test.rows)} of {len(test.rows)} right" if test.summary else "",
        "parts": test.marked_parts if any(row.passed for row in test.rows) else {},
        "findings": unfolded,
        "folded": folded,
        "picture": pictured.picture if any(row is pictured for row in test.rows) else None,
        "score": sum(row.weight for row in test.rows if row.passed),
        "points": sum(row.weight for row in test.rows),
    }


def _squares(picture):
    """(column, row, opacity) of each value that is off."""
    return [
        (x, y, round(0.15 + 0.85 * int(level) / 9, 2))
        for y, row in enumerate(picture["rows"])
        for x, level in enumerate(row)
        if level != "0"
    ]


class _Allowance:
    """Makes HTML of so many characters of a student's, and shows the rest of them as plain text."""

    def __init__(self, characters, convert):
        self.left, self.convert = characters, convert

    def __call__(self, source, pictures=None):
        self.left -= len(source)
        if self.left < 0:
            return markupsafe.Markup(plain(source, pictures))
        # A text with pictures is one student's.
        return markupsafe.Markup(safe_markdown(source, pictures)) if pictures else self.convert(source)


# What many students share is made into HTML once.
@functools.lru_cache(maxsize=256)
def _code(source):
    return markupsafe.Markup(safe_code(source))


@functools.lru_cache(maxsize=256)
def _text(source):
    return markupsafe.Markup(safe_markdown(source))


@functools.cache
def _template():
    return page_template("autograder.feedback", "feedback.html.j2", points=lambda value: f"{round(float(value), 2):g}")


@functools.cache
def _styles():
    """The colours of highlighted code, on light and on dark ground."""
    light, dark = (HtmlFormatter(style=style).get_style_defs(".highlight") for style in (LIGHT, DARK))
    return markupsafe.Markup(f"{light}\n@media (prefers-color-scheme: dark) {{\n{dark}\n}}")
