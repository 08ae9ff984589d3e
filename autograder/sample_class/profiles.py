"""The kinds of submissions in a sample class: one known fault each."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.atomic_io import write_text
from autograder.course.assignment import Assignment
from autograder.course.cells import Cell
from autograder.mutants.models import Mutant

__all__ = [
    "EVERYTHING",
    "Sample",
    "body",
    "delete_cell",
    "duplicate_cell",
    "rename",
    "samples_of",
    "strip_metadata",
    "truncate",
    "web_page",
]

Change = Callable[[Cell], str]  # returns the new source of a solution cell
Damage = Callable[[Path, Assignment], object]  # changes the notebooks in a folder

EVERYTHING = ("everything",)  # all exercises of the damaged notebook, or of all notebooks


@dataclass(frozen=True)
class Sample:
    """One kind of submission.

    - student: id.
    - fault: the fault in words.
    - notebook: file name of the notebook with the fault; "" for none or all.
    - loses: exercises that lose points, or EVERYTHING.
    - state: final state of the submission.
    - change: exercise → Change.
    - damage: function that damages the notebooks, or None.
    - needs: exercise that the damage requires, or "".
    - mistakes: exercise → name of its mutant.
    """

    student: str
    fault: str
    notebook: str = ""
    loses: tuple[str, ...] = ()
    state: str = "graded"
    change: dict[str, Change] = field(default_factory=dict)
    damage: Damage | None = None
    needs: str = ""
    mistakes: dict[str, str] = field(default_factory=dict)

    @property
    def is_broken(self) -> bool:
        """True if the submission is unchanged, damaged, or its code does not finish."""
        return bool(self.damage or self.change.keys() - self.mistakes.keys()) or self.state != "graded"


def body(statement: str) -> Change:
    """Return a Change that replaces the solution by one statement."""
    return lambda cell: cell.plain_stub.replace("raise NotImplementedError()", statement)


def delete_cell(name: str, grade_id: str) -> Damage:
    """Return a Damage that deletes a cell of a notebook."""

    def damage(folder: Path, assignment: Assignment) -> None:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        content["cells"] = [cell for cell in content["cells"] if _grade_id(cell) != grade_id]
        _write(folder / name, content)

    return damage


def duplicate_cell(name: str, grade_id: str) -> Damage:
    """Return a Damage that pastes the unchanged cell below the edited one."""

    def damage(folder: Path, assignment: Assignment) -> None:
        stubs = {cell.grade_id: cell.stub for cell in assignment.notebooks[name].solution_cells}
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        position = next(i for i, cell in enumerate(content["cells"]) if _grade_id(cell) == grade_id)
        blank = copy.deepcopy(content["cells"][position]) | {"id": "pasted", "source": stubs[grade_id]}
        content["cells"].insert(position + 1, blank)
        _write(folder / name, content)

    return damage


def truncate(name: str) -> Damage:
    """Return a Damage that cuts a notebook in half."""

    def damage(folder: Path, assignment: Assignment) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        write_text(folder / name, text[: len(text) // 2])

    return damage


def rename(name: str, other: str) -> Damage:
    """Return a Damage that renames a notebook."""
    return lambda folder, assignment: (folder / name).rename(folder / other)


def strip_metadata(name: str) -> Damage:
    """Return a Damage that removes the metadata of all cells of a notebook."""

    def damage(folder: Path, assignment: Assignment) -> None:
        content = json.loads((folder / name).read_text(encoding="utf-8"))
        for cell in content["cells"]:
            cell["metadata"] = {}
        _write(folder / name, content)

    return damage


def web_page(name: str) -> Damage:
    """Return a Damage that replaces a notebook by a web page."""
    return lambda folder, assignment: write_text(folder / name, "<!DOCTYPE html>\n<title>Please log in</title>\n")


def _grade_id(cell: dict[str, Any]) -> str | None:
    return cell["metadata"].get("nbgrader", {}).get("grade_id")


def _write(path: Path, content: object) -> None:
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def samples_of(assignment: Assignment) -> list[Sample]:
    """Return the Samples that fit an assignment, with `loses` and `change` completed.

    They are from sample_class.py of the assignment; without it, a few general ones.
    """
    every: Iterable[Sample] = assignment.content.samples or _generic(assignment)
    samples = [sample for sample in every if not sample.notebook or sample.notebook in assignment.notebooks]
    known = assignment.exercises.keys() | {""}
    samples = [sample for sample in samples if {*sample.change, *sample.mistakes, sample.needs} <= known]
    return [replace(s, loses=_lost(s, assignment), change=s.change | _changes(s, assignment)) for s in samples]


def _generic(assignment: Assignment) -> Iterator[Sample]:
    mutants = [m for m in assignment.content.mutants if m.exercise in assignment.exercises]
    file = next(iter(assignment.notebooks))
    yield Sample("all_right", "nothing")
    yield Sample("all_blank", "submitted unchanged", loses=EVERYTHING, state="not attempted")
    for mutant in mutants[:1]:
        mistakes, notebook = {mutant.exercise: mutant.name}, assignment.exercises[mutant.exercise].notebook
        yield Sample("one_wrong", mutant.words, notebook, loses=(mutant.exercise,), mistakes=mistakes)
    state = "needs attention"
    yield Sample(
        "not_json", "a web page was saved instead of a notebook", file, EVERYTHING, state, damage=web_page(file)
    )


def _changes(sample: Sample, assignment: Assignment) -> dict[str, Change]:
    return {exercise: _applied(assignment.content.mutant(exercise, name)) for exercise, name in sample.mistakes.items()}


def _applied(mutant: Mutant) -> Change:
    return lambda cell: mutant.applied(cell.source)


def _lost(sample: Sample, assignment: Assignment) -> tuple[str, ...]:
    if sample.loses != EVERYTHING:
        return tuple(name for name in sample.loses if name in assignment.exercises)
    return tuple(e.name for e in assignment.exercises.values() if sample.notebook in ("", e.notebook))
