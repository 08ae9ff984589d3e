"""Source notebooks and their cells: what each cell is for, and what students get in its place.

Only the standard library is imported: the process that reads submissions needs this module and little else.
"""

from __future__ import annotations

import functools
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

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
# What nbgrader puts in the place of a solution block.
STUBS = {"code": ("# YOUR CODE HERE", "raise NotImplementedError()"), "markdown": ("YOUR ANSWER HERE",)}
NAMELESS = re.compile(r"^([ \t]*)raise NotImplementedError\(\)$", re.MULTILINE)
METHOD = re.compile(r"^[ \t]+def (\w+)", re.MULTILINE)


class BadCell(Exception):
    """What a cell lacks in its metadata, in words."""


# A cell of what a student handed in: its kind, its grade_id, and its source.
RawCell = tuple[str, str | None, str]
# The same as it is in the file: without a source where the cell can't be used.
ReadCell = tuple[str | None, str | None, str | None]


@dataclass(frozen=True)
class Earlier:
    """What releases had in a notebook, the present one included; texts are hashes, see text_digest.

    - texts: of all cells that are not to be filled in; locked: the grade_ids of those that have one.
    - cells: grade_id → texts of that cell, whether it is to be filled in or not.
    - asked: grade_id of a question → texts that asked it, as letters.
    - releases: for each release the set of the grade_ids in it.
    """

    texts: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    cells: dict[str, list[str]] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)
    releases: tuple[frozenset[str], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """This as JSON's types."""
        return {
            "texts": sorted(self.texts),
            "locked": sorted(self.locked),
            "cells": self.cells,
            "asked": self.asked,
            "releases": [sorted(release) for release in self.releases],
        }

    @classmethod
    def from_json(cls, about: Mapping[str, Any]) -> Earlier:
        """The Earlier that to_json wrote. Raises: KeyError, TypeError."""
        releases = tuple(map(frozenset, about["releases"]))
        return cls(frozenset(about["texts"]), frozenset(about["locked"]), about["cells"], about["asked"], releases)

    def merged(self, other: Earlier) -> Earlier:
        """What either of two tells."""
        cells, asked = (_merged(*pair) for pair in ((self.cells, other.cells), (self.asked, other.asked)))
        releases = tuple(dict.fromkeys(self.releases + other.releases))
        return Earlier(self.texts | other.texts, self.locked | other.locked, cells, asked, releases)

    def is_without(self, grade_id: str, present: set[str]) -> bool:
        """Whether a release that had no cell of this grade_id can be the one in which a student has these cells."""
        known = set().union(*self.releases)
        return any(grade_id not in release and present & known <= release for release in self.releases)


def _merged(one: Mapping[str, list[str]], other: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Two dicts of lists as one."""
    return {key: list(dict.fromkeys([*one.get(key, ()), *other.get(key, ())])) for key in {**one, **other}}


@dataclass(frozen=True)
class Cell:
    """One cell of a source notebook. `earlier`: hashes of its texts in releases, see text_digest."""

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
        """Whether hidden tests score what students write here; the points are those of its grade cell."""
        return self.is_solution and not self.is_graded

    @property
    def is_question(self) -> bool:
        """Whether a person grades what students write here; the cell carries the points itself."""
        return self.is_solution and self.is_graded

    @functools.cached_property
    def stub(self) -> str:
        """A cell to fill in as students get it; the release makes the same text through nbgrader."""
        return name_stubs(self.plain_stub, self.name)

    @functools.cached_property
    def plain_stub(self) -> str:
        """What nbgrader alone makes of it, and what students got from releases before stubs had a text."""
        return SOLUTION_BLOCK.sub(lambda block: "\n".join(block[1] + line for line in STUBS[self.kind]), self.source)

    @property
    def solution_lines(self) -> list[str]:
        """The lines between the solution markers, stripped, without blank ones."""
        lines = (line.strip() for block in SOLUTION_BLOCK.finditer(self.source) for line in block[0].split("\n")[1:-1])
        return [line for line in lines if line]


@dataclass(frozen=True)
class SourceNotebook:
    """A source notebook: its file name, its cells, and its text, which holds the cells that are left out as well.

    `translated`: texts of its Markdown cells in other languages. `earlier`: what releases had in it.
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
        """The text of the question that the cell of this grade_id is for the answer to: that of the cell before it."""
        cells = [cell for cell in self.cells if not cell.is_for_instructors]
        position = next(i for i, cell in enumerate(cells) if cell.grade_id == grade_id)
        return cells[position - 1].source if position else ""

    def locked_code(self) -> list[tuple[str, str]]:
        """(label, source) of the code cells that students can't change, grade cells left out: imports and helpers."""
        return [
            (f"cell {cell.grade_id}", cell.source)
            for cell in self.cells
            if cell.kind == "code" and cell.is_locked and not cell.is_graded and not cell.is_for_instructors
        ]

    def solved_code(self) -> list[tuple[str, str]]:
        """(label, source) of the cells that define everything: locked cells and solutions, in order."""
        return [
            (f"cell {cell.grade_id}", cell.source)
            for cell in self.cells
            if cell.kind == "code"
            and (cell.is_solution or (cell.is_locked and not cell.is_graded))
            and not cell.is_for_instructors
        ]


class AssignmentCells(Protocol):
    """What reading a submission needs of an assignment: an Assignment has it, and the reading process gets no more."""

    @property
    def notebooks(self) -> Mapping[str, SourceNotebook]: ...

    @property
    def student_packages(self) -> Mapping[str, object]: ...


@functools.lru_cache(maxsize=500)
def bare(text: str) -> str:
    """A text without what editors change on their own: blanks at the ends of lines and of the text."""
    return "\n".join(line.rstrip() for line in text.strip().split("\n")) if text else ""


def letters(text: str) -> str:
    """What is left of a text in any encoding."""
    return re.sub(r"[^A-Za-z0-9]+", "", text)


@functools.lru_cache(maxsize=500)
def text_digest(text: str) -> str:
    """A hash of the bare text of a cell: 16 hexadecimal digits."""
    return hashlib.sha256(bare(text).encode("utf-8", "replace")).hexdigest()[:16]


def name_stubs(source: str, grade_id: str) -> str:
    """The text of a cell to fill in, with stubs that say what is not written yet: the exercise, in a class its method.

    Inputs:
    - source: the text with nbgrader's stubs. - grade_id: of the cell.
    """

    def named(stub: re.Match[str]) -> str:
        what = ".".join([grade_id, *METHOD.findall(source[: stub.start()])[-1:]])
        return f'{stub[1]}raise NotImplementedError("{what} is not written yet: put your code in its cell")'

    return NAMELESS.sub(named, source)


def read_cell(cell: Mapping[str, Any]) -> Cell:
    """A cell as JSON has it, as a Cell. Raises: BadCell; KeyError and its like where it is no cell."""
    metadata = cell.get("metadata", {})
    nbgrader = metadata.get("nbgrader", {})
    if (nbgrader.get("solution") or nbgrader.get("grade")) and not nbgrader.get("grade_id"):
        raise BadCell(f"the cell {cell.get('id')} is graded or a solution, but it has no grade_id: give it one")
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
        raise BadCell(f"the points of the cell {nbgrader.get('grade_id')} are {points!r}: write a number") from None
