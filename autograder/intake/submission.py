"""Turns the files of a student into a Submission.

It never executes, parses or unpickles student code.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.course.cells import AssignmentCells, RawCell, SourceNotebook, bare, text_digest
from autograder.intake.copies import choose_solutions, with_names
from autograder.intake.find_notebooks import locate, waiting_for_a_person
from autograder.intake.free_response import with_answers
from autograder.intake.handed_in import HandedIn
from autograder.intake.kinds_of_cells import as_code
from autograder.intake.languages import language_of
from autograder.intake.merges import settled
from autograder.intake.modules import imported_modules
from autograder.intake.pictures import Picture, Pictures, not_shown, with_files, without_pictures
from autograder.intake.shared import with_moved, without_others
from autograder.intake.untouched import defined_names, is_untouched
from autograder.repairs import Problem, Repair, RepairKind, repairs_of_cells
from student_tools.language import ENGLISH

__all__ = ["Submission", "SubmittedCell", "read_submission"]

MANY = 3  # reported cells of a notebook that were left out
MAX_REPAIRS, MAX_IGNORED = 30, 20  # in a result
DEFINED_ELSEWHERE = "# {} is defined in the cell {}."


@dataclass(frozen=True)
class SubmittedCell:
    """A student's cell: a filled-in cell, or an own cell after the cell `follows`."""

    kind: str
    source: str
    grade_id: str | None = None
    follows: str | None = None

    @property
    def label(self) -> str:
        """The name of the cell for messages."""
        if self.grade_id:
            return f"cell {self.grade_id}"
        return f"your own cell after {self.follows}" if self.follows else "your own first cell"


@dataclass(frozen=True)
class Submission:
    """The part of a student's files that is graded.

    - student: id
    - notebooks: notebook name → cells
    - repairs: changes to the submission
    - unusable: notebook name → Problem, for notebooks that could not be used
    - attempted: names of exercises and questions whose cell differs from the stub
    - found_as: notebook name → path of its file, if the name is another one
    - remarks: for a person, see foreign_filenames; they do not affect the score
    - left_out: notebook name → lines about cells that could not be used
    - waiting: exercise or question → limit because of which work may be missing
    - pictures: name → picture; texts refer to attachment:<name>. Scoring does not use them
    - modules: path → text of the student's own Python files that the notebooks import
    - ignored: lines about files that do not count; they do not affect the score
    - language: code of the language of its notebooks: "en", or one of AssignmentCells.languages
    """

    student: str
    notebooks: dict[str, list[SubmittedCell]]
    repairs: tuple[Repair, ...]
    unusable: dict[str, Problem]
    attempted: frozenset[str] = field(default_factory=frozenset)
    found_as: dict[str, str] = field(default_factory=dict)
    remarks: tuple[Repair, ...] = ()
    left_out: dict[str, list[str]] = field(default_factory=dict)
    waiting: dict[str, str] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)
    modules: dict[str, str] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    language: str = ENGLISH

    def code(self, notebook: str) -> list[tuple[str, str]]:
        """Return (label, source) of the student's code cells in a notebook, in order."""
        return [(cell.label, cell.source) for cell in self.notebooks[notebook] if cell.kind == "code"]

    def to_json(self) -> str:
        """Return the submission as JSON, for another process or machine."""
        more: dict[str, object] = {"student": self.student, "found_as": self.found_as, "pictures": self.pictures}
        more["remarks"] = [repair.to_json() for repair in self.remarks]
        more["ignored"] = self.ignored
        return json.dumps(more | self._content())

    @classmethod
    def from_json(cls, text: str | bytes) -> Submission:
        """Return the Submission of to_json.

        Raises: ValueError for malformed repairs or problems.
        """
        content = json.loads(text)
        return cls(
            content["student"],
            {name: [SubmittedCell(*cell) for cell in cells] for name, cells in content["cells"].items()},
            tuple(map(Repair.from_json, content["repairs"])),
            {name: Problem.from_json(problem) for name, problem in content["unusable"].items()},
            frozenset(content["attempted"]),
            content["found_as"],
            tuple(map(Repair.from_json, content["remarks"])),
            content["left_out"],
            content["waiting"],
            {name: tuple(picture) for name, picture in content["pictures"].items()},
            content["modules"],
            tuple(content["ignored"]),
            str(content.get("language", ENGLISH)),
        )

    def digest(self) -> str:
        """Return a hash of the student's own code and answers, with their places.

        It seeds hidden inputs.

        Released texts and the kit's remarks are not included, so the hash is stable when the
        assignment changes. All other data that tests can see are included: changed code gets other
        inputs.
        """
        written = {
            name: [[c.source, c.grade_id or c.follows] for c in cells if self._is_written(c)]
            for name, cells in self.notebooks.items()
        }
        return _hash({name: cells for name, cells in written.items() if cells} | self.modules)

    def _is_written(self, cell: SubmittedCell) -> bool:
        if cell.grade_id is None:
            return cell.kind == "code"
        return cell.grade_id in self.attempted and not _ELSEWHERE.fullmatch(cell.source)

    def scored(self) -> str:
        """Return a hash of all data that hidden tests depend on, without released texts."""
        code = {
            name: [[c.label, c.source if self._is_written(c) else ""] for c in cells if c.kind == "code"]
            for name, cells in self.notebooks.items()
        }
        return _hash([self.digest(), code, self.left_out])

    def whole_digest(self) -> str:
        """Return a hash of all data that pages and the gradebook depend on."""
        return _hash(self._content())

    def _content(self) -> dict[str, Any]:
        return {
            "cells": {
                name: [[c.kind, c.source, c.grade_id, c.follows] for c in cells]
                for name, cells in self.notebooks.items()
            },
            "repairs": [repair.to_json() for repair in self.repairs],
            "unusable": {name: problem.to_json() for name, problem in self.unusable.items()},
            "attempted": sorted(self.attempted),
            "left_out": self.left_out,
            "waiting": self.waiting,
            "modules": self.modules,
            **({"language": self.language} if self.language != ENGLISH else {}),
        }


_ELSEWHERE = re.compile(DEFINED_ELSEWHERE.replace(".", r"\.").format(r"\w+", r"\w+"))


def _hash(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def read_submission(
    path: str | Path, assignment: AssignmentCells, *, student: str, below: str | Path | None = None
) -> Submission:
    """Read one submission. A notebook that can't be used has no cells and a Problem.

    Inputs:
    - path: folder, .ipynb file or .zip file
    - assignment: grade_ids, points and locked cells come from it, never from the submission
    - student: id
    - below: a folder above, see handed_in.HandedIn

    Raises: GraderError if the disk or this machine fails.
    """
    repairs: list[Repair] = []
    attempted: set[str] = set()
    pictures = Pictures()
    search = locate(HandedIn(path, below=below), assignment, pictures)
    located = search.located
    notebooks: dict[str, list[SubmittedCell]] = {name: [] for name in assignment.notebooks}
    found_as = {name: found.label for name, found in located.items() if found.label}
    cells: dict[str, list[RawCell]] = {}
    all_files: dict[str, str | Repair] = {}
    for name, found in located.items():
        own, of_merges = settled(found.cells, assignment.notebooks[name])
        repairs.extend(replace(repair, notebook=name) for repair in (*found.repairs, *of_merges))
        of_others = {label for other, label in found_as.items() if other != name}
        shares = found.label in assignment.notebooks or (found.label or name) in of_others
        cells[name] = without_others(name, own, assignment) if shares else own
        all_files |= found.files
    for name, own in with_moved(cells, search.others, assignment, repairs).items():
        files = all_files | (located[name].files if name in located else {})
        notebooks[name] = _sort_cells(name, assignment.notebooks[name], own, files, repairs, attempted)
    code = [cell.source for cells in notebooks.values() for cell in cells if cell.kind == "code"]
    ignored = dict(search.ignored)
    modules = imported_modules(code, search.modules, repairs, ignored, set(assignment.student_packages))
    if len(repairs) > MAX_REPAIRS:
        repairs[MAX_REPAIRS:] = [Repair(RepairKind.MORE, {"count": len(repairs) - MAX_REPAIRS})]
    not_counted = [f"{label} {reason}" for label, reason in ignored.items()]
    if len(not_counted) > MAX_IGNORED:
        not_counted[MAX_IGNORED:] = [f"{len(not_counted) - MAX_IGNORED} more files"]
    texts = (cell.source for cells in notebooks.values() for cell in cells)
    return Submission(
        student,
        notebooks,
        tuple(repairs),
        search.unusable,
        frozenset(attempted),
        found_as,
        left_out={name: [r.words for r in found.left_out[:MANY]] for name, found in located.items() if found.left_out},
        waiting=waiting_for_a_person(search.limited, assignment),
        pictures=pictures.used_in(texts),
        modules=modules,
        ignored=tuple(not_counted),
        language=language_of(located.values(), assignment.languages),
    )


def _sort_cells(
    name: str,
    source: SourceNotebook,
    cells: list[RawCell],
    files: Mapping[str, str | Repair],
    repairs: list[Repair],
    attempted: set[str],
) -> list[SubmittedCell]:
    """The student's cells, each cell to fill in once, without locked cells.

    - files: see Pictures.look_up
    """
    solutions = {cell.name: cell for cell in source.cells_to_fill_in}
    locked = {cell.grade_id for cell in source.cells if cell.grade_id} - set(solutions)
    cells = as_code(name, solutions, with_names(name, solutions, locked, cells, repairs), repairs)
    cells = with_answers(name, source, cells, repairs)
    chosen = choose_solutions(name, solutions, cells, repairs)
    known_text, earlier = _handed_out(source), source.earlier
    kept: list[SubmittedCell] = []
    last: str | None = None
    taken: dict[str, str] = {}
    for position, (kind, grade_id, text) in enumerate(cells):
        if grade_id in solutions:
            if chosen.get(grade_id) != position:
                continue
            if solutions[grade_id].is_question:
                text = with_files(text, files)
            if is_untouched(text, solutions[grade_id]):
                # From any release: nbgrader recognizes a missing answer only if it is exactly the current stub.
                text = solutions[grade_id].stub
            else:
                attempted.add(grade_id)
            kept.append(SubmittedCell(kind, text, grade_id))
            taken[grade_id] = text
            last = grade_id
            continue
        if grade_id in locked or grade_id in earlier.cells:
            last = grade_id
        # A cell that was removed from the assignment is the student's if it has work.
        is_theirs = grade_id not in locked and grade_id not in earlier.locked
        texts = {text_digest(text)} & {*earlier.texts, *earlier.cells.get(grade_id or "", ())}
        if is_theirs and kind != "raw" and not texts and bare(without_pictures(text)) not in known_text:
            kept.append(SubmittedCell(kind, with_files(text, files) if kind == "markdown" else text, None, last))
    present = {grade_id for _, grade_id, _ in cells if grade_id is not None}
    for grade_id in solutions:
        if grade_id in chosen:
            continue
        host = next((other for other, text in taken.items() if grade_id in defined_names(text)), None)
        if host:
            # The stub would overwrite the function; a comment does not.
            kept.append(SubmittedCell("code", DEFINED_ELSEWHERE.format(grade_id, host), grade_id))
            attempted.add(grade_id)
            repairs.append(Repair(RepairKind.SHARED_CELL, {"cell": grade_id, "other": host}, name))
            continue
        if earlier.is_without(grade_id, present):
            continue  # it was added to the assignment later
        kind = RepairKind.CELL_NOT_CODE if grade_id in present else RepairKind.CELL_MISSING
        repairs.append(Repair(kind, {"cell": grade_id}, name))
    words = [cell.source for cell in kept if cell.kind == "markdown"]
    repairs.extend(replace(repair, notebook=name) for repair in not_shown(words, files))
    texts = {text_digest(text) for _, _, text in cells}
    gone = [
        cell.name
        for cell in source.cells
        if cell.is_graded and not cell.is_solution and cell.grade_id not in present
        if not texts & {text_digest(cell.source), *earlier.cells.get(cell.name, ())}
        if not earlier.is_without(cell.name, present)
    ]
    repairs.extend(repairs_of_cells(RepairKind.CHECKS_MISSING, gone, name))
    return kept


@functools.cache
def _handed_out(source: SourceNotebook) -> frozenset[str]:
    """The released texts of a notebook in all languages, without cells to fill in."""
    texts = [cell.source for cell in source.cells if not cell.is_solution]
    return frozenset(bare(without_pictures(text)) for text in [*texts, *source.translated])
