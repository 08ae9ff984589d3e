"""Adapt the gradebook to an assignment whose notebooks and cells change after grading.

nbgrader refuses such changes. Here, every submission gets an entry for each new cell. If a cell is
removed, its manual points and comments are moved to a file in the course's folder. If the cell
returns, they are restored.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from autograder.atomic_io import write_json
from autograder.errors import UsageError

if TYPE_CHECKING:
    from nbgrader.api import BaseCell, Comment, Grade, Gradebook, GradeCell, Notebook, SubmittedAssignment
__all__ = ["DROPPED", "NotebookCells", "Reshaping"]

NotebookCells = Mapping[str, Mapping[str, Mapping[str, Any]]]  # kind → grade_id → nbgrader's columns of the cell
Facts = dict[str, Any]  # manual entries for a cell: score and extra_credit, or text

DROPPED = "dropped_marks.json"
KINDS = ("grade_cells", "solution_cells", "source_cells")  # attributes of a notebook in nbgrader's tables
MANY = 5  # names in one line
COME_BACK = f"they are stored in {DROPPED}, and restored when the change is undone"


class Reshaping:
    """Change the cells of one assignment in the gradebook, and keep the scores of the other cells.

    Inputs:
    - gradebook: open gradebook.
    - tables: the module with nbgrader's tables.
    - name: name of the assignment.
    - folder: folder of the file with dropped entries.

    Raises: UsageError if that file can't be read.
    """

    def __init__(self, gradebook: Gradebook, tables: ModuleType, name: str, folder: Path) -> None:
        self.gradebook, self.db, self.tables, self.name = gradebook, gradebook.db, tables, name
        self.kept = _DroppedMarks(folder / DROPPED, name)
        self.lines: list[str] = []
        self.gone: dict[str, list[int]] = {}  # grade_id → [submissions with a score, submissions with a manual score]
        found = self.db.execute(select(tables.Assignment).filter_by(name=name)).scalar_one_or_none()
        self.submissions: list[SubmittedAssignment] = found.submissions if found else []
        self.notebooks: dict[str, Notebook] = {notebook.name: notebook for notebook in found.notebooks} if found else {}

    def fit(self, cells: Mapping[str, NotebookCells], fixed: Iterable[str] = ()) -> list[str]:
        """Remove old cells and add new ones. Without submissions, nbgrader itself does it.

        Inputs:
        - cells: name of a notebook, without .ipynb → its cells, for each of KINDS.
        - fixed: grade_ids of cells with fixed points, where manual scores do not count.

        Returns: lines about removed scores.
        """
        if not self.submissions:
            return []
        self.fixed = set(fixed)
        for name in self.notebooks.keys() - cells.keys():
            self._take_out(self.notebooks.pop(name))
        for name, notebook in self.notebooks.items():
            for kind in KINDS:
                for cell in [cell for cell in getattr(notebook, kind) if cell.name not in cells[name][kind]]:
                    self._drop_marks(cell, kind)
                    self.db.delete(cell)
            for cell in notebook.grade_cells if self.fixed else ():
                if cell.name in self.fixed:
                    self._set_aside(cell)
        # The file first: if the process is killed in between, entries are in both places and none is lost.
        self.kept.save()
        self.db.commit()
        self.db.expire_all()
        for name, kinds in cells.items():
            if name not in self.notebooks:
                self.notebooks[name] = self.gradebook.add_notebook(name, self.name)
            for kind in KINDS:
                known = {cell.name for cell in getattr(self.notebooks[name], kind)}
                add = getattr(self.gradebook, f"add_{kind.removesuffix('s')}")
                for grade_id in kinds[kind].keys() - known:
                    add(grade_id, name, self.name, **kinds[kind][grade_id])
        self._complete()
        self._put_back()
        return self._lines()

    def _take_out(self, notebook: Notebook) -> None:
        for kind in KINDS:
            for cell in list(getattr(notebook, kind)):
                self._drop_marks(cell, kind)
                self.db.delete(cell)
        for part in list(notebook.submissions):
            self.db.delete(part)
        self.db.delete(notebook)

    def _drop_marks(self, cell: BaseCell, kind: str) -> None:
        if kind == "grade_cells":
            counts = self.gone.setdefault(cell.name, [0, 0])
            for grade in list(cell.grades):
                by_hand = self._keep_grade(grade)
                counts[0] += by_hand or grade.auto_score is not None
                counts[1] += by_hand
                self.db.delete(grade)
        elif kind == "solution_cells":
            for comment in list(cell.comments):
                if comment.manual_comment is not None:
                    self.kept.keep(comment.student.id, cell.name, "comment", {"text": comment.manual_comment})
                self.db.delete(comment)

    def _set_aside(self, cell: GradeCell) -> None:
        """Remove the manual scores of a cell with fixed points."""
        count = 0
        for grade in cell.grades:
            if self._keep_grade(grade):
                grade.manual_score = grade.extra_credit = None
                count += 1
        if count:
            words = f"all students get the same points, so {count} manual scores don't count"
            self.lines.append(f"{cell.name}: {words}; {COME_BACK}")

    def _keep_grade(self, grade: Grade) -> bool:
        """Store a manual entry in the file. Returns: True if there is one."""
        if grade.manual_score is None and not grade.extra_credit:
            return False
        facts = {"score": grade.manual_score, "extra_credit": grade.extra_credit}
        self.kept.keep(grade.student.id, grade.name, "grade", facts)
        return True

    def _complete(self) -> None:
        """Add missing entries: each submission needs a grade or comment for every cell."""
        tables = self.tables
        wanted = {"grade_cells": tables.Grade, "solution_cells": tables.Comment}
        cells = {kind: [c for n in self.notebooks.values() for c in getattr(n, kind)] for kind in wanted}
        if all(self._count(wanted[kind], cells[kind]) == len(cells[kind]) * len(self.submissions) for kind in wanted):
            return
        for submission in self.submissions:
            parts = {part.notebook_id: part for part in submission.notebooks}
            for notebook in self.notebooks.values():
                part = parts.get(notebook.id)
                if part is None:
                    part = tables.SubmittedNotebook(notebook=notebook, assignment=submission)
                    self.db.add(part)
                known = {row.cell_id for row in [*part.grades, *part.comments]}
                for kind, table in wanted.items():
                    rows = [c.id for c in getattr(notebook, kind) if c.id not in known]
                    self.db.add_all([table(cell_id=key, notebook=part) for key in rows])
        self.db.commit()
        self.db.expire_all()

    def _count(self, table: type[Grade] | type[Comment], cells: Iterable[BaseCell]) -> int:
        return self.db.scalar(select(func.count()).where(table.cell_id.in_([cell.id for cell in cells])))

    def _put_back(self) -> None:
        """Restore manual entries for cells that returned."""
        for submission in self.submissions if self.kept.entries else ():
            for part in submission.notebooks:
                for grade in part.grades:
                    if grade.manual_score is None and not grade.extra_credit and grade.name not in self.fixed:
                        facts = self.kept.taken(submission.student_id, grade.name, "grade")
                        grade.manual_score = facts.get("score")
                        grade.extra_credit = facts.get("extra_credit")
                        grade.needs_manual_grade = grade.manual_score is None  # the next run finds changed answers
                for comment in part.comments:
                    if comment.manual_comment is None:
                        facts = self.kept.taken(submission.student_id, comment.name, "comment")
                        comment.manual_comment = facts.get("text")
        self.db.commit()
        self.kept.save()

    def _lines(self) -> list[str]:
        present = {cell.name for notebook in self.notebooks.values() for cell in notebook.grade_cells}
        gone = [name for name in self.gone if name not in present]  # the others moved to another notebook
        if not gone:
            return self.lines
        names = ", ".join(gone[:MANY]) + (f" and {len(gone) - MANY} more" if len(gone) > MANY else "")
        scores, by_hand = (sum(self.gone[name][i] for name in gone) for i in (0, 1))
        line = f"{names}: no longer in {self.name}, removed from the gradebook with {scores} scores"
        if by_hand:
            line += f"; {by_hand} of them were manual; {COME_BACK}"
        return [line, *self.lines]


class _DroppedMarks:
    """The file of dropped entries: assignment → student → grade_id → entries."""

    def __init__(self, path: Path, name: str) -> None:
        self.path, self.name, self.changed = path, name, False
        try:
            self.all: dict[str, dict[str, dict[str, dict[str, Facts]]]] = json.loads(path.read_bytes())
            self.entries = self.all.setdefault(name, {})
            if not all(isinstance(cells, dict) for student in self.entries.values() for cells in student.values()):
                raise TypeError("expected {assignment: {student: {cell: …}}}")
        except FileNotFoundError:
            self.all = {name: {}}
            self.entries = self.all[name]
        except (OSError, ValueError, AttributeError, TypeError) as error:
            why = f"{type(error).__name__}: {error}"
            raise UsageError(f"cannot read {path} ({why}): restore the file, or move it away") from None

    def keep(self, student: str, grade_id: str, what: str, facts: Facts) -> None:
        self.entries.setdefault(student, {}).setdefault(grade_id, {})[what] = facts
        self.changed = True

    def taken(self, student: str, grade_id: str, what: str) -> Facts:
        facts = self.entries.get(student, {}).get(grade_id, {}).pop(what, None)
        self.changed = self.changed or facts is not None
        return facts or {}

    def save(self) -> None:
        if not self.changed:
            return
        for student, cells in list(self.entries.items()):
            self.entries[student] = {grade_id: facts for grade_id, facts in cells.items() if facts}
            if not self.entries[student]:
                del self.entries[student]
        content = {name: entries for name, entries in self.all.items() if entries}
        if content:
            write_json(self.path, content)
        else:
            self.path.unlink(missing_ok=True)
        self.changed = False
