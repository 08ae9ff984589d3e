"""Texts that the release derives for students: points, expected output, and rules of the course.

The source notebooks do not contain them. Points come from the metadata of the cells, the expected
output from a run of the solved notebooks (see expected_output), and the rules from the course's
settings.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import nbformat

from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.course.expected_output import read_expected_output
from autograder.model import Exercise, Question
from autograder.printable import rounded

__all__ = ["EXPECTED", "NOTES", "add_rules", "add_student_notes"]

HEADING = re.compile(r"^#{1,6}[ \t]+.*\S", re.MULTILINE)
RULE = re.compile(r"<!-- (ai_policy|where_to_ask) -->(.*?)<!-- end -->", re.DOTALL)
EXPECTED = "expected-"  # prefix of the ids of cells with expected output
# The words of these texts; a translation has them in `notes.md`.
NOTES = {
    "heading": "{heading} ({points})",
    "one-point": "{points} point",
    "points": "{points} points",
    "expected-output": "What the correct solution prints",
}


def add_student_notes(
    cells: list[Any],
    assignment: Assignment,
    notebook: str,
    *,
    language: str | None = None,
    words: Mapping[str, str] = NOTES,
) -> None:
    """Add the points and the expected output to the cells of a student version, in place.

    A cell with expected output is replaced; points in the same words are not added twice.

    Inputs:
    - cells: dicts or NotebookNodes; their sources are texts or lists of lines.
    - notebook: its file name.
    - language: code of its language; None for English. Without a record of the output in this
      language, the English output is shown.
    - words: NOTES in this language.
    """
    _add_points(cells, assignment, words)
    recorded = read_expected_output(assignment, language) or read_expected_output(assignment)
    _add_expected_output(cells, recorded.get(notebook, {}), words["expected-output"])


def add_rules(course: Course, readme: str) -> str:
    """Return the text of a README with the rules of the course, or with its own."""
    rules = {"ai_policy": course.ai_policy, "where_to_ask": course.where_to_ask}
    return RULE.sub(lambda found: rules[found[1]] or found[2], readme)


def _add_points(cells: Iterable[Any], assignment: Assignment, words: Mapping[str, str]) -> None:
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
        parts = [
            _points(one.points, words) if len(ones) == 1 else f"{one.name}: {_points(one.points, words)}"
            for one in counted
        ]
        added = words["heading"].replace("{heading}", "").replace("{points}", ", ".join(parts))
        if cell is not None and counted:
            text = _text(cell)
            end = list(HEADING.finditer(text))[-1].end()
            if not text[:end].endswith(added):
                _set_text(cell, text[:end] + added + text[end:])


def _points(points: float, words: Mapping[str, str]) -> str:
    return words["one-point" if points == 1 else "points"].replace("{points}", rounded(points))


def _add_expected_output(cells: list[Any], texts: Mapping[str, str], summary: str) -> None:
    """Insert a folded cell below each cell with expected output, or replace it."""
    for number in range(len(cells) - 1, -1, -1):
        name = cells[number].get("id", "")
        if text := texts.get(name):
            shown = f"<details>\n<summary>{summary}</summary>\n\n```text\n{text}\n```\n\n</details>"
            below = cells[number + 1] if number + 1 < len(cells) else {}
            if below.get("id") == f"{EXPECTED}{name}":
                _set_text(below, shown)
            else:
                cells.insert(number + 1, nbformat.v4.new_markdown_cell(shown, id=f"{EXPECTED}{name}"))


def _text(cell: Any) -> str:
    return "".join(cell["source"])


def _set_text(cell: Any, text: str) -> None:
    """Set the source of a cell in the form that it has."""
    cell["source"] = text if isinstance(cell["source"], str) else text.splitlines(keepends=True)
