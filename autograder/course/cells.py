"""Source notebooks and their cells: the role of each cell, and its text in the student version.

This module needs only the standard library, since it is loaded by the process that reads
submissions.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from autograder.language import NOT_WRITTEN_YET

__all__ = [
    "INSTRUCTOR_TAG",
    "SOLUTION_BLOCK",
    "AssignmentCells",
    "BadCell",
    "Cell",
    "Earlier",
    "RawCell",
    "ReadCell",
    "SourceNotebook",
    "bare",
    "letters",
    "name_stubs",
    "read_cell",
    "text_digest",
]

INSTRUCTOR_TAG = "instructor-only"
SOLUTION_BLOCK = re.compile(r"^([ \t]*)### BEGIN SOLUTION.*?### END SOLUTION[^\n]*$", re.DOTALL | re.MULTILINE)
# nbgrader's replacement of a solution block.
STUBS = {"code": ("# YOUR CODE HERE", "raise NotImplementedError()"), "markdown": ("YOUR ANSWER HERE",)}
NAMELESS = re.compile(r"^([ \t]*)raise NotImplementedError\(\)$", re.MULTILINE)
METHOD = re.compile(r"^[ \t]+def (\w+)", re.MULTILINE)


class BadCell(Exception):
    """The metadata of a cell are invalid."""


# A cell of a submission: (kind, grade_id, source).
RawCell = tuple[str, str | None, str]
# The same as read from the file; the source is None if the cell can't be used.
ReadCell = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class Earlier:
    """Hashes of the texts of a notebook in all releases, see `text_digest`.

    - texts: hashes of all cells that students do not fill in.
    - locked: grade_ids of these cells.
    - cells: grade_id → hashes of the texts of that cell, whether students fill it in or not.
    - asked: grade_id of a question → texts of the question, reduced by `letters`.
    - releases: for each release the set of its grade_ids.
    """

    texts: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    cells: dict[str, list[str]] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)
    releases: tuple[frozenset[str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON types."""
        return {
            "texts": sorted(self.texts),
            "locked": sorted(self.locked),
            "cells": self.cells,
            "asked": self.asked,
            "releases": [sorted(release) for release in self.releases],
        }

    @classmethod
    def from_json(cls, about: Mapping[str, Any]) -> Earlier:
        """Convert from the JSON of `to_json`. Raises: KeyError, TypeError."""
        releases = tuple(map(frozenset, about["releases"]))
        return cls(frozenset(about["texts"]), frozenset(about["locked"]), about["cells"], about["asked"], releases)

    def merged(self, other: Earlier) -> Earlier:
        """Return the union of two records."""
        cells, asked = (_merged(*pair) for pair in ((self.cells, other.cells), (self.asked, other.asked)))
        releases = tuple(dict.fromkeys(self.releases + other.releases))
        return Earlier(self.texts | other.texts, self.locked | other.locked, cells, asked, releases)

    def is_without(self, grade_id: str, present: set[str]) -> bool:
        """Return True if a release without this grade_id can have the student's cells.

        Inputs:
        - present: grade_ids of the student's cells.
        """
        known = set().union(*self.releases)
        return any(grade_id not in release and present & known <= release for release in self.releases)


def _merged(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Merge two dicts of lists."""
    return {key: list(dict.fromkeys([*one.get(key, ()), *other.get(key, ())])) for key in {**one, **other}}


@dataclass(frozen=True)
class Cell:
    """One cell of a source notebook.

    `earlier`: hashes of its texts in releases, see `text_digest`.
    """

    kind: str  # code or markdown
    source: str
    grade_id: str | None
    is_solution: bool
    is_graded: bool
    is_locked: bool
    is_for_instructors: bool
    points: float
    earlier: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The grade_id of a cell that has one. Raises: ValueError for other cells."""
        if self.grade_id is None:
            raise ValueError("expected a cell with a grade_id")
        return self.grade_id

    @property
    def is_exercise(self) -> bool:
        """True for a solution cell that hidden tests score; its grade cell carries the points."""
        return self.is_solution and not self.is_graded

    @property
    def is_question(self) -> bool:
        """True for an answer that is graded by hand; the cell itself carries the points."""
        return self.is_solution and self.is_graded

    @functools.cached_property
    def stub(self) -> str:
        """Text of the cell in the student version; nbgrader makes the same text."""
        return name_stubs(self.plain_stub, self.name)

    @functools.cached_property
    def plain_stub(self) -> str:
        """Text of the cell after nbgrader's own preprocessing, as in early releases."""
        return SOLUTION_BLOCK.sub(lambda block: "\n".join(block[1] + line for line in STUBS[self.kind]), self.source)

    @property
    def solution_lines(self) -> list[str]:
        """The lines between the solution markers, stripped, without blank ones."""
        lines = (line.strip() for block in SOLUTION_BLOCK.finditer(self.source) for line in block[0].split("\n")[1:-1])
        return [line for line in lines if line]


@dataclass(frozen=True)
class SourceNotebook:
    """A source notebook.

    - name: file name.
    - cells: without the cells of other options.
    - text: content of the whole file.
    - translated: other texts of its Markdown cells in student versions: in other languages, with points.
    - earlier: its cells in releases.
    """

    name: str  # with .ipynb
    cells: tuple[Cell, ...]
    text: str = field(repr=False)
    translated: tuple[str, ...] = field(default=(), repr=False)
    earlier: Earlier = field(default_factory=Earlier, repr=False, compare=False)

    @property
    def solution_cells(self) -> list[Cell]:
        """The cells of the exercises."""
        return [cell for cell in self.cells if cell.is_exercise]

    @property
    def question_cells(self) -> list[Cell]:
        """The cells for the answers to questions that a person grades."""
        return [cell for cell in self.cells if cell.is_question]

    @property
    def cells_to_fill_in(self) -> list[Cell]:
        """The cells of exercises and questions."""
        return [cell for cell in self.cells if cell.is_solution]

    def asked_in(self, grade_id: str) -> str:
        """Return the text of a question: the cell before the answer cell with this grade_id."""
        cells = [cell for cell in self.cells if not cell.is_for_instructors]
        position = next(i for i, cell in enumerate(cells) if cell.grade_id == grade_id)
        return cells[position - 1].source if position else ""

    def locked_code(self) -> list[tuple[str, str]]:
        """Return (label, source) of the locked code cells, without grade cells."""
        return [
            (f"cell {cell.grade_id}", cell.source)
            for cell in self.cells
            if cell.kind == "code" and cell.is_locked and not cell.is_graded and not cell.is_for_instructors
        ]

    def solved_code(self) -> list[tuple[str, str]]:
        """Return (label, source) of locked cells and solutions, in order."""
        return [
            (f"cell {cell.grade_id}", cell.source)
            for cell in self.cells
            if cell.kind == "code"
            and (cell.is_solution or (cell.is_locked and not cell.is_graded))
            and not cell.is_for_instructors
        ]


class AssignmentCells(Protocol):
    """The part of an Assignment that reading a submission needs.

    The reading process gets only this.
    """

    @property
    def notebooks(self) -> Mapping[str, SourceNotebook]:
        """File name → released notebook."""

    @property
    def student_packages(self) -> Mapping[str, object]:
        """Name → folder of the packages that students get."""

    @property
    def languages(self) -> Mapping[str, frozenset[str]]:
        """Code of each language of the translations → hashes of its texts, see text_digest."""


@functools.lru_cache(maxsize=500)
def bare(text: str) -> str:
    """Strip the blanks that editors change: at the ends of lines and of the text."""
    return "\n".join(line.rstrip() for line in text.strip().split("\n")) if text else ""


def letters(text: str) -> str:
    """Return only the ASCII letters and digits of a text, which are the same in any encoding."""
    return re.sub(r"[^A-Za-z0-9]+", "", text)


@functools.lru_cache(maxsize=500)
def text_digest(text: str) -> str:
    """Return a hash of the bare text of a cell: 16 hexadecimal digits."""
    return hashlib.sha256(bare(text).encode("utf-8", "replace")).hexdigest()[:16]


def name_stubs(source: str, grade_id: str) -> str:
    """Add the name of the exercise, and in a class of the method, to the stubs of a cell.

    Inputs:
    - source: text with nbgrader's stubs.
    - grade_id: grade_id of the cell.
    """

    def named(stub: re.Match[str]) -> str:
        what = ".".join([grade_id, *METHOD.findall(source[: stub.start()])[-1:]])
        return f'{stub[1]}raise NotImplementedError("{NOT_WRITTEN_YET.format(what=what)}")'

    return NAMELESS.sub(named, source)


def read_cell(cell: Mapping[str, Any]) -> Cell:
    """Convert a cell from JSON.

    Raises: BadCell; KeyError, TypeError or AttributeError for other content.
    """
    metadata = cell.get("metadata", {})
    nbgrader = metadata.get("nbgrader", {})
    if (nbgrader.get("solution") or nbgrader.get("grade")) and not nbgrader.get("grade_id"):
        raise BadCell(f"expected a grade_id of the cell {cell.get('id')}, a solution or grade cell: add one")
    source = cell["source"]
    return Cell(
        kind=cell["cell_type"],
        source=source if isinstance(source, str) else "".join(source),
        grade_id=nbgrader.get("grade_id"),
        is_solution=bool(nbgrader.get("solution")),
        is_graded=bool(nbgrader.get("grade")),
        is_locked=bool(nbgrader.get("locked")),
        is_for_instructors=INSTRUCTOR_TAG in metadata.get("tags", []),
        points=_points(nbgrader),
    )


def _points(nbgrader: Mapping[str, Any]) -> float:
    points = nbgrader.get("points") or 0
    try:
        return float(points)
    except (TypeError, ValueError):
        raise BadCell(f"expected a number of points in the cell {nbgrader.get('grade_id')}, got {points!r}") from None
