"""Finds the stub's `raise NotImplementedError` that a student left in a function with new code."""

import re

from autograder.course.assignment import Assignment
from autograder.intake.submission import Submission
from autograder.language import tr, tr_later
from autograder.model import Place
from autograder.sandbox.places import cell_in_words

__all__ = ["left_over_words"]

STILL_THERE = tr_later("the line `raise NotImplementedError(…)` is still in {cell} (line {line}): delete it")
TEXT = re.compile(r"(\"\"\"|''').*?\1", re.DOTALL)
DEFINITION = re.compile(r"(?:async )?def ")


def left_over_words(submission: Submission, assignment: Assignment, place: Place) -> str:
    """Return a sentence about a stub that is left in a function with new code, "" otherwise.

    Nothing is parsed: lines are compared with those of the released cell.

    Inputs:
    - submission: with the cell
    - assignment: with the stubs
    - place: of the line that raised NotImplementedError
    """
    notebook = assignment.notebooks.get(place.notebook)
    lines = dict(submission.code(place.notebook)).get(place.cell, "").split("\n") if notebook else []
    if notebook is None or not 0 < place.line <= len(lines):
        return ""
    if not lines[place.line - 1].strip().startswith("raise NotImplementedError"):
        return ""
    stubs = [cell.stub for cell in notebook.cells_to_fill_in if place.cell == f"cell {cell.grade_id}"]
    known = {_code(line) for stub in stubs for line in stub.split("\n")}
    code = TEXT.sub("", "\n".join(_function(lines, place.line - 1))).split("\n")
    new = [line for line in map(_code, code) if line and not line.startswith("#") and line not in known]
    return tr(STILL_THERE, cell=cell_in_words(place.cell), line=place.line) if stubs and new else ""


def _function(lines: list[str], index: int) -> list[str]:
    """The lines of the function around a line."""
    depth = _depth(lines[index])
    starts = [i for i in range(index) if DEFINITION.match(lines[i].strip()) and _depth(lines[i]) < depth]
    if not starts:
        return lines
    first = starts[-1]
    ends = (i for i in range(first + 1, len(lines)) if lines[i].strip() and _depth(lines[i]) <= _depth(lines[first]))
    # Lines of a long signature or of a text may be less indented.
    last = next((i for i in ends if i > index), len(lines))
    return lines[first:last]


def _code(line: str) -> str:
    """The code of a line without the comment after it, which a translation may have changed."""
    return line.partition("  # ")[0].strip()


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
