"""From what a student handed in to what is scored. Nothing here executes, parses or unpickles a student's text."""

import functools
import hashlib
import json
import re
from dataclasses import dataclass, field

from autograder.course.cells import bare, text_digest
from autograder.intake.answers import with_answers
from autograder.intake.files import HandedIn
from autograder.intake.locating import defined_names, is_untouched, locate, waiting_for_a_person
from autograder.intake.pictures import Pictures, not_shown, with_files, without_pictures

__all__ = ["Submission", "SubmittedCell", "read_submission"]

MANY = 3  # more cells than these that share a fate are told of in one line
MAX_REPAIRS = 30  # of which a result tells
DEFINED_ELSEWHERE = "# {} is defined in the cell {}."


@dataclass(frozen=True)
class SubmittedCell:
    """A cell that is the student's: one that they filled in, or one that they added after the cell `follows`."""

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
    - attempted: names of the exercises and questions whose cell differs from the stub.
    - found_as: dict of notebook name → path of the file that it was found in, where that has another name.
    - remarks: what a person should look at, see neighbours; the score does not depend on it.
    - left_out: dict of notebook name → why cells in it could not be used, one line each.
    - waiting: dict of exercise or question → the limit because of which work may be missing: a person has to look.
    - pictures: dict of name → (type, base64); texts call them attachment:<name>. Scoring needs none of them.
    """

    student: str
    notebooks: dict
    repairs: tuple
    unusable: dict
    attempted: frozenset = field(default_factory=frozenset)
    found_as: dict = field(default_factory=dict)
    remarks: tuple = ()
    left_out: dict = field(default_factory=dict)
    waiting: dict = field(default_factory=dict)
    pictures: dict = field(default_factory=dict)

    def code(self, notebook):
        """(label, source) of the student's code cells in a notebook, in order."""
        return [(cell.label, cell.source) for cell in self.notebooks[notebook] if cell.kind == "code"]

    def to_json(self):
        """Everything here as a text, for a process on whatever machine; see from_json."""
        more = {"student": self.student, "found_as": self.found_as, "remarks": self.remarks, "pictures": self.pictures}
        return json.dumps(more | self._content())

    @classmethod
    def from_json(cls, text):
        """The Submission that to_json made the text of."""
        content = json.loads(text)
        return cls(
            content["student"],
            {name: [SubmittedCell(*cell) for cell in cells] for name, cells in content["cells"].items()},
            tuple(content["repairs"]),
            content["unusable"],
            frozenset(content["attempted"]),
            content["found_as"],
            tuple(content["remarks"]),
            content["left_out"],
            content["waiting"],
            {name: tuple(picture) for name, picture in content["pictures"].items()},
        )

    def digest(self):
        """A hash of what the student wrote: code, answers, and where it stands. Hidden inputs are drawn from it.

        What was handed out, and what the kit says about the submission, is no part of it. So it stays the same when
        the assignment changes. Whatever else tests can see is a part: nobody can change code and keep the inputs.
        """
        written = {
            name: [[c.source, c.grade_id or c.follows] for c in cells if self._is_written(c)]
            for name, cells in self.notebooks.items()
        }
        return _hash({name: cells for name, cells in written.items() if cells})

    def _is_written(self, cell):
        if cell.grade_id is None:
            return cell.kind == "code"
        return cell.grade_id in self.attempted and not _ELSEWHERE.fullmatch(cell.source)

    def scored(self):
        """A hash of all that the outcomes of hidden tests depend on; texts that were handed out don't count."""
        code = {
            name: [[c.label, c.source if self._is_written(c) else ""] for c in cells if c.kind == "code"]
            for name, cells in self.notebooks.items()
        }
        return _hash([self.digest(), code, self.left_out])

    def whole_digest(self):
        """A hash of everything here, on which pages and the gradebook depend."""
        return _hash(self._content())

    def _content(self):
        return {
            "cells": {
                name: [[c.kind, c.source, c.grade_id, c.follows] for c in cells]
                for name, cells in self.notebooks.items()
            },
            "repairs": self.repairs,
            "unusable": self.unusable,
            "attempted": sorted(self.attempted),
            "left_out": self.left_out,
            "waiting": self.waiting,
        }


_ELSEWHERE = re.compile(DEFINED_ELSEWHERE.replace(".", r"\.").format(r"\w+", r"\w+"))


def _hash(content):
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def read_submission(path, assignment, *, student, below=None):
    """Read one submission.

    Inputs:
    - path: folder, .ipynb file or .zip file; below: a folder above; see files.HandedIn.
    - assignment: the Assignment; grade_ids, points and locked cells come from it, never from the submission.
    - student: the student's id.

    Returns: a Submission. A notebook that can't be used has no cells and a reason.
    """
    repairs, attempted, pictures = [], set(), Pictures()
    search = locate(HandedIn(path, below=below), assignment, pictures)
    located = search.located
    notebooks = {name: [] for name in assignment.notebooks}
    found_as = {name: found.label for name, found in located.items() if found.label}
    cells = {}
    for name in assignment.notebooks:
        if name in located:
            repairs.extend(f"{name}: {repair}" for repair in located[name].repairs)
            cells[name] = located[name].cells
    for name, found in _with_moved(cells, assignment, repairs).items():
        files = located[name].files
        notebooks[name] = _sort_cells(name, assignment.notebooks[name], found, files, repairs, attempted)
    if len(repairs) > MAX_REPAIRS:
        repairs[MAX_REPAIRS:] = [f"and {len(repairs) - MAX_REPAIRS} more of this kind"]
    texts = (cell.source for cells in notebooks.values() for cell in cells)
    return Submission(
        student,
        notebooks,
        tuple(repairs),
        search.unusable,
        frozenset(attempted),
        found_as,
        left_out={name: list(found.left_out[:MANY]) for name, found in located.items() if found.left_out},
        waiting=waiting_for_a_person(search.limited, assignment),
        pictures=pictures.used_in(texts),
    )


def _with_moved(cells, assignment, repairs):
    """The cells of each notebook, and those of its exercises that were moved from there into another notebook.

    Inputs:
    - cells: dict of notebook name → list of (kind, grade_id or None, source).
    """
    completed = {}
    for name, own in cells.items():
        completed[name] = list(own)
        order = [cell.grade_id for cell in assignment.notebooks[name].cells if cell.grade_id]
        for solution in assignment.notebooks[name].solution_cells:
            grade_id = solution.grade_id
            if any(grade_id in (found, *defined_names(text)) for _, found, text in own):
                continue
            moved = [
                (other, text)
                for other in cells
                for kind, found, text in cells[other]
                if found == grade_id and kind == "code" and not is_untouched(text, solution)
            ]
            if moved:
                other, text = moved[-1]
                later = set(order[order.index(grade_id) + 1 :])
                places = [i for i, (_, found, _) in enumerate(completed[name]) if found in later]
                completed[name].insert(min(places, default=len(completed[name])), ("code", grade_id, text))
                repairs.append(f"{name}: the cell {grade_id} is in {other}, and was taken from there")
    return completed


def _sort_cells(name, source, cells, files, repairs, attempted):
    """Keep the student's own cells, each one to fill in once; locked cells are the source's and are left out.

    - files: of pictures that the texts name, see Pictures.look_up.
    """
    solutions = {cell.grade_id: cell for cell in source.cells_to_fill_in}
    locked = {cell.grade_id for cell in source.cells if cell.grade_id} - set(solutions)
    cells = with_answers(name, source, _with_names(name, solutions, locked, cells, repairs), repairs)
    chosen = _choose_solutions(name, solutions, cells, repairs)
    known_text, earlier = _handed_out(source), source.earlier
    kept, last, taken = [], None, {}
    for position, (kind, grade_id, text) in enumerate(cells):
        if grade_id in solutions:
            if chosen.get(grade_id) != position:
                continue
            if solutions[grade_id].is_question:
                text = with_files(text, files)
            if is_untouched(text, solutions[grade_id]):
                # Whichever release it is from: nbgrader takes it for no answer only if it is this one's, to the letter.
                text = solutions[grade_id].stub
            else:
                attempted.add(grade_id)
            kept.append(SubmittedCell(kind, text, grade_id))
            taken[grade_id] = text
            last = grade_id
            continue
        if grade_id in locked or grade_id in earlier.cells:
            last = grade_id
        # A cell that is no longer in the assignment is the student's if there is work in it.
        is_theirs = grade_id not in locked and grade_id not in earlier.locked
        texts = {text_digest(text)} & {*earlier.texts, *earlier.cells.get(grade_id, ())}
        if is_theirs and kind != "raw" and not texts and bare(without_pictures(text)) not in known_text:
            kept.append(SubmittedCell(kind, with_files(text, files) if kind == "markdown" else text, None, last))
    present = {grade_id for _, grade_id, _ in cells} - {None}
    for grade_id in solutions:
        if grade_id in chosen:
            continue
        host = next((other for other, text in taken.items() if grade_id in defined_names(text)), None)
        if host:
            # An empty cell below would define it anew; a comment leaves what the other cell says.
            kept.append(SubmittedCell("code", DEFINED_ELSEWHERE.format(grade_id, host), grade_id))
            attempted.add(grade_id)
            repairs.append(f"{name}: {grade_id} is defined in the cell {host}, and was taken from there")
            continue
        if earlier.is_without(grade_id, present):
            continue  # it came into the assignment later
        what = "is no code cell" if grade_id in present else "is missing"
        repairs.append(f"{name}: the cell {grade_id} {what}; an empty one was put in its place")
    words = [cell.source for cell in kept if cell.kind == "markdown"]
    repairs.extend(f"{name}: {line}" for line in not_shown(words, files))
    texts = {text_digest(text) for _, _, text in cells}
    gone = [
        cell.grade_id
        for cell in source.cells
        if cell.is_graded and not cell.is_solution and cell.grade_id not in present
        if not texts & {text_digest(cell.source), *earlier.cells.get(cell.grade_id, ())}
        if not earlier.is_without(cell.grade_id, present)
    ]
    if len(gone) > MANY:
        repairs.append(f"{name}: {len(gone)} cells with checks are missing; they were put back")
    else:
        repairs.extend(f"{name}: the cell {grade_id} is missing; it was put back" for grade_id in gone)
    return kept


@functools.cache
def _handed_out(source):
    """The texts of a source notebook's cells that are not to fill in, in all languages."""
    texts = [cell.source for cell in source.cells if not cell.is_solution]
    return frozenset(bare(without_pictures(text)) for text in [*texts, *source.translated])


def _with_names(name, solutions, locked, cells, repairs):
    """The cells, with the grade_id of an exercise for those that have lost theirs and define what it asks for."""
    cells, found, instead = list(cells), [], []
    for grade_id, solution in solutions.items():
        if solution.is_question:
            continue
        own = [i for i, (kind, cell_id, _) in enumerate(cells) if cell_id == grade_id and kind == "code"]
        defining = [
            i
            for i, (kind, cell_id, text) in enumerate(cells)
            if kind == "code" and cell_id not in solutions and cell_id not in locked and grade_id in defined_names(text)
        ]
        if not defining:
            continue
        if not own:
            found.append(grade_id)
        elif all(is_untouched(cells[i][2], solution) for i in own) and max(defining) < min(own):
            # Run in order, the untouched cell below would define the function away.
            instead.append(grade_id)
            for i in own:
                cells[i] = ("raw", None, "")
        else:
            continue
        for i in defining:
            kind, _, text = cells[i]
            cells[i] = (kind, grade_id, text)
    if len(found) > MANY:
        repairs.append(f"{name}: {len(found)} cells have lost their names, and were found by what they define")
    else:
        repairs.extend(f"{name}: the cell {x} has lost its name, and was found by what it defines" for x in found)
    repairs.extend(f"{name}: the cell {x} is as it was handed out; one above defines {x} and counts" for x in instead)
    return cells


def _choose_solutions(name, solutions, cells, repairs):
    """grade_id → position of the copy that counts: the edited one; of several edited ones the last."""
    chosen = {}
    for grade_id, solution in solutions.items():
        copies = [i for i, (kind, found, _) in enumerate(cells) if found == grade_id and kind == solution.kind]
        if not copies:
            continue
        edited = [i for i in copies if not is_untouched(cells[i][2], solution)]
        chosen[grade_id] = edited[-1] if edited else copies[-1]
        if len(copies) > 1:
            which = "the last edited one" if len(edited) > 1 else "the edited one" if edited else "one of them"
            repairs.append(f"{name}: the cell {grade_id} is there {len(copies)} times; {which} counts")
    return chosen
