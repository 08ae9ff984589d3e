"""From what a student handed in to what is scored. Nothing here executes, parses or unpickles a student's text."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, field

from autograder.files import HandedIn, Unreadable

__all__ = ["Submission", "SubmittedCell", "read_submission"]

MAX_CELLS = 2000
MAX_PARTS = 200_000  # lists and objects of the JSON: in memory an empty one takes 20 times its size in the file
MAX_REPAIRS = 30  # of which a result tells
# Characters of one cell, and of all of a notebook. Pages are made of them later, by code whose time grows with the
# square of some of these.
MAX_SOURCE = {"code": 50_000, "markdown": 20_000, "raw": 20_000}
MAX_TOTAL = {"code": 200_000, "markdown": 50_000, "raw": 100_000}


@dataclass(frozen=True)
class SubmittedCell:
    """A cell that is the student's: a solution cell, or one that they added after the cell `follows`."""

    kind: str
    source: str
    grade_id: str | None = None
    follows: str | None = None

    @property
    def label(self):
        """What messages call the cell."""
        if self.grade_id:
            return f"cell {self.grade_id}"
        return f"your own cell after {self.follows}" if self.follows else "your own first cell"


@dataclass(frozen=True)
class Submission:
    """What is scored of one student's files.

    - notebooks: dict of notebook name → list of SubmittedCell.
    - repairs: what had to be put right, one line each.
    - unusable: dict of notebook name → why nothing in it could be used.
    - attempted: names of the exercises whose cell differs from the stub.
    """

    student: str
    notebooks: dict
    repairs: tuple
    unusable: dict
    attempted: frozenset = field(default_factory=frozenset)

    def code(self, notebook):
        """(label, source) of the student's code cells in a notebook, in order."""
        return [(cell.label, cell.source) for cell in self.notebooks[notebook] if cell.kind == "code"]

    def digest(self):
        """A hash of everything here that the score can depend on."""
        content = {
            "cells": {
                name: [[c.kind, c.source, c.grade_id, c.follows] for c in cells]
                for name, cells in self.notebooks.items()
            },
            "repairs": self.repairs,
            "unusable": self.unusable,
            "attempted": sorted(self.attempted),
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class _Unusable(Exception):
    pass


def read_submission(path, assignment, *, student, below=None):
    """Read one submission.

    Inputs:
    - path: folder, .ipynb file or .zip file; below: a folder above; see files.HandedIn.
    - assignment: the Assignment; grade_ids, points and locked cells come from it, never from the submission.
    - student: the student's id.

    Returns: a Submission. A notebook that can't be used has no cells and a reason.
    """
    notebooks, repairs, unusable, attempted = {}, [], {}, set()
    files = HandedIn(path, below=below)
    for name, source in assignment.notebooks.items():
        try:
            cells = _read_cells(files.read(name), name, repairs)
            notebooks[name] = _sort_cells(name, source, cells, repairs, attempted)
        except (Unreadable, _Unusable) as reason:
            notebooks[name] = []
            unusable[name] = f"{name} {reason}"
    if len(repairs) > MAX_REPAIRS:
        repairs[MAX_REPAIRS:] = [f"and {len(repairs) - MAX_REPAIRS} more of this kind"]
    return Submission(student, notebooks, tuple(repairs), unusable, frozenset(attempted))


def _read_cells(raw, name, repairs):
    """The cells of a notebook as a list of (kind, grade_id or None, source)."""
    if raw.count(b"{") + raw.count(b"[") > MAX_PARTS:
        raise _Unusable("has far too many parts: clear the outputs of its cells, save, and hand it in again")
    try:
        content = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError, MemoryError) as error:
        raise _Unusable(
            f"is not a notebook ({_json_problem(error)}): download it again from Jupyter and hand that in"
        ) from None
    if type(content) is not dict or content.get("nbformat") != 4 or type(content.get("cells")) is not list:
        raise _Unusable("is not a notebook in format 4: open it in Jupyter, save it, and hand it in again")
    if len(content["cells"]) > MAX_CELLS:
        raise _Unusable(f"has more than {MAX_CELLS} cells: delete those you don't need")
    cells, total = [], Counter()
    for number, cell in enumerate(content["cells"], start=1):
        try:
            kind, grade_id, source = _clean_cell(cell)
            total[kind] += len(source)
            if total[kind] > MAX_TOTAL[kind]:
                raise _Unusable(f"brings the notebook's {kind} cells over {MAX_TOTAL[kind]} characters")
            cells.append((kind, grade_id, source))
        except _Unusable as reason:
            repairs.append(f"{name}: cell {number} {reason} and was left out")
    return cells


def _json_problem(error):
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} in line {error.lineno}"
    return "it is not text" if isinstance(error, UnicodeDecodeError) else type(error).__name__


def _clean_cell(cell):
    """(kind, grade_id or None, source) of a cell."""
    if type(cell) is not dict:
        raise _Unusable("is damaged")
    source, metadata = cell.get("source"), cell.get("metadata")
    if type(source) is list and all(type(line) is str for line in source):
        source = "".join(source)
    if type(source) is not str or cell.get("cell_type") not in ("code", "markdown", "raw"):
        raise _Unusable("is damaged")
    if len(source) > MAX_SOURCE[cell["cell_type"]]:
        raise _Unusable(f"has more than {MAX_SOURCE[cell['cell_type']]} characters")
    nbgrader = metadata.get("nbgrader") if type(metadata) is dict else None
    grade_id = nbgrader.get("grade_id") if type(nbgrader) is dict else None
    # Lone surrogates are legal in JSON and in no file: they would only fail later.
    source = source.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n")
    return cell["cell_type"], grade_id if type(grade_id) is str else None, source


def _sort_cells(name, source, cells, repairs, attempted):
    """Keep the student's own cells, each solution cell once; locked cells are the source's and are left out."""
    solutions = {cell.grade_id: cell for cell in source.solution_cells}
    locked = {cell.grade_id for cell in source.cells if cell.grade_id} - set(solutions)
    chosen = _choose_solutions(name, solutions, cells, repairs)
    known_text = {_bare(cell.source) for cell in source.cells if not cell.is_solution}
    kept, last = [], None
    for position, (kind, grade_id, text) in enumerate(cells):
        if grade_id in solutions:
            if chosen.get(grade_id) != position:
                continue
            kept.append(SubmittedCell("code", text, grade_id))
            if _bare(text) != _bare(solutions[grade_id].stub):
                attempted.add(grade_id)
        elif grade_id not in locked and kind != "raw" and _bare(text) not in known_text:
            kept.append(SubmittedCell(kind, text, None, last))
        if grade_id in solutions or grade_id in locked:
            last = grade_id
    for grade_id in solutions:
        if grade_id not in chosen:
            what = "is no code cell" if grade_id in {found for _, found, _ in cells} else "is missing"
            repairs.append(f"{name}: the cell {grade_id} {what}; an empty one was put in its place")
    present = {grade_id for _, grade_id, _ in cells}
    for cell in source.cells:
        if cell.is_graded and not cell.is_solution and cell.grade_id not in present:
            repairs.append(f"{name}: the cell {cell.grade_id} is missing; it was put back")
    return kept


def _choose_solutions(name, solutions, cells, repairs):
    """grade_id → position of the copy that counts: the edited one; of several edited ones the last."""
    chosen = {}
    for grade_id, solution in solutions.items():
        copies = [i for i, (kind, found, _) in enumerate(cells) if found == grade_id and kind == "code"]
        if not copies:
            continue
        edited = [i for i in copies if _bare(cells[i][2]) != _bare(solution.stub)]
        chosen[grade_id] = edited[-1] if edited else copies[-1]
        if len(copies) > 1:
            which = "the last edited one" if len(edited) > 1 else "the edited one" if edited else "one of them"
            repairs.append(f"{name}: the cell {grade_id} is there {len(copies)} times; {which} counts")
    return chosen


def _bare(text):
    return "\n".join(line.rstrip() for line in text.strip().split("\n"))
