"""Texts that the release derives for students: points, expected output, and rules of the course.

The source notebooks do not contain them. Points come from the metadata of the cells, the expected
output from a run of the solved notebooks (see expected_output), and the rules from the course's
settings.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from autograder.course.cells import Earlier, letters, text_digest
from autograder.course.config import Course
from autograder.course.expected_output import read_expected_output
from autograder.course.translations import languages, passages_of
from autograder.language import ENGLISH, in_language, tr, tr_plural
from autograder.model import Exercise, Question
from autograder.printable import rounded

if TYPE_CHECKING:
    from autograder.course.assignment import Assignment

__all__ = ["add_rules", "add_student_notes", "derived_texts"]

HEADING = re.compile(r"^#{1,6}[ \t]+.*\S", re.MULTILINE)
RULE = re.compile(r"<!-- (ai_policy|where_to_ask|lite_url) -->(.*?)<!-- end -->(\n*)", re.DOTALL)
EXPECTED = "expected-"  # prefix of the ids of cells with expected output


def add_student_notes(cells: list[Any], assignment: Assignment, notebook: str, *, language: str | None = None) -> None:
    """Add the points and the expected output to the cells of a student version, in place.

    Cells that have them already get them in this language.

    Inputs:
    - cells: dicts or NotebookNodes; their sources are texts or lists of lines.
    - notebook: its file name.
    - language: code of its language; None for English.
    """
    with in_language(language or ENGLISH):
        _add_points(cells, assignment)
        _add_expected_output(cells, read_expected_output(assignment, language).get(notebook, {}))


def add_rules(course: Course, readme: str, *, language: str | None = None) -> str:
    """Return the text of a README with the rules of the course, or with its own, and the link to its site."""
    rules = {"ai_policy": course.ai_policy, "where_to_ask": course.where_to_ask, "lite_url": ""}
    if course.lite_url:
        with in_language(language or ENGLISH):
            rules["lite_url"] = tr("[Try it in the browser]({url}): nothing to install.", url=course.lite_url)
    # A rule without words goes with its blank lines.
    return RULE.sub(lambda found: words + found[3] if (words := rules[found[1]] or found[2]) else "", readme)


def derived_texts(assignment: Assignment, notebook: str) -> tuple[tuple[str, ...], Earlier]:
    """Return the texts that the notes change or add in a student version, in all languages.

    Intake ignores them in submissions, as it ignores the texts of the source.

    Returns: (texts, the texts of the questions as in the record of a release).
    """
    left_out = assignment.settings.tags_left_out
    cells = [
        cell
        for cell in json.loads(assignment.sources[notebook].text)["cells"]
        if not left_out & set(cell["metadata"].get("tags", []))
    ]
    found: list[str] = []
    asked: dict[str, list[str]] = {}
    for language in (None, *languages(assignment.folder)):
        passages = passages_of(assignment.folder, language, notebook)
        own = [{**cell, "source": passages.get(cell["id"], _text(cell))} for cell in cells]
        before = {_text(cell) for cell in own}
        add_student_notes(own, assignment, notebook, language=language)
        found += [text for cell in own if (text := _text(cell)) not in before]
        for above, cell in itertools.pairwise(own):
            name = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if name in assignment.questions:
                asked.setdefault(name, []).append(text_digest(letters(_text(above))))
    return tuple(found), Earlier(asked=asked)


def _add_points(cells: Iterable[Any], assignment: Assignment) -> None:
    """Append the points to the heading of each exercise and question.

    The heading is the last one above the cell. If it has several exercises, it names each.
    """
    above: Any = None
    under: list[tuple[Any, list[Exercise | Question]]] = []
    for cell in cells:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id", "")
        if one := assignment.exercises.get(name) or assignment.questions.get(name):
            if not under or under[-1][0] is not above:
                under.append((above, []))
            under[-1][1].append(one)
        elif cell["cell_type"] == "markdown" and HEADING.search(_text(cell)):
            above = cell
    for cell, ones in under:
        counted = [one for one in ones if one.points]
        words = [_points(one.points) if len(ones) == 1 else f"{one.name}: {_points(one.points)}" for one in counted]
        added = tr(" ({points})", points=tr(", ").join(words))
        if cell is not None and counted:
            text = _text(cell)
            end = list(HEADING.finditer(text))[-1].end()
            if not text[:end].endswith(added):
                _set_text(cell, text[:end] + added + text[end:])


def _points(points: float) -> str:
    return tr_plural("{points} point", "{points} points", 1 if points == 1 else 2, points=rounded(points))


def _add_expected_output(cells: list[Any], texts: Mapping[str, str]) -> None:
    """Insert a folded cell below each cell with expected output, or replace it."""
    summary = tr("What the correct solution prints")
    for number in range(len(cells) - 1, -1, -1):
        name = cells[number].get("id", "")
        if text := texts.get(name):
            shown = f"<details>\n<summary>{summary}</summary>\n\n```text\n{text}\n```\n\n</details>"
            below = cells[number + 1] if number + 1 < len(cells) else {}
            if below.get("id") == f"{EXPECTED}{name}":
                _set_text(below, shown)
            else:
                added = {"cell_type": "markdown", "id": f"{EXPECTED}{name}", "metadata": {}}
                cells.insert(number + 1, {**added, "source": shown})


def _text(cell: Any) -> str:
    return "".join(cell["source"])


def _set_text(cell: Any, text: str) -> None:
    """Set the source of a cell in the form that it has."""
    cell["source"] = text if isinstance(cell["source"], str) else text.splitlines(keepends=True)
