"""Grades of a class from nbgrader's gradebook, read in a few queries.

nbgrader's own objects query the database for each sum and relation: minutes for a thousand
students.
"""

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from sqlalchemy import and_, null, or_, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session
from sqlalchemy.sql.expression import ColumnElement

from autograder.errors import UsageError

__all__ = ["GradedCell", "StudentGrades", "read_by_hand", "read_standings", "waiting_words"]

ByHand = list[str | float | None]  # notebook, grade_id, score by hand or comment, extra credit


@dataclass(frozen=True)
class GradedCell:
    """A cell with points. Another notebook can have the same grade_id."""

    notebook: str  # without .ipynb
    grade_id: str
    max_score: float


@dataclass
class StudentGrades:
    """One student's grades, with manual scores and late penalties.

    - first_name, last_name, email: from the gradebook, or "".
    - lms_id: the student's number in the learning management system, or "".
    - submitted: True if the gradebook has a submission.
    - handed_in: submission time (UTC), or None if unknown.
    - seconds_late: seconds after the due date.
    - scores: cell → points; None until a person has graded the cell.
    - pending: cells that must be graded by hand, or graded again.
    - penalties: notebook → points deducted for lateness.
    """

    student: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_id: str = ""
    submitted: bool = False
    handed_in: datetime.datetime | None = None
    seconds_late: float = 0.0
    scores: dict[GradedCell, float | None] = field(default_factory=dict)
    pending: set[GradedCell] = field(default_factory=set)
    penalties: dict[str, float | None] = field(default_factory=dict)

    @property
    def late_penalty(self) -> float:
        """Points deducted for lateness."""
        return sum((points for points in self.penalties.values() if points is not None), 0.0)

    @property
    def total(self) -> float | None:
        """Total points.

        A cell without a score counts as 0, as in nbgrader. None without a submission.
        """
        if not self.submitted:
            return None
        raw = sum(score for score in self.scores.values() if score is not None)
        return max(0.0, raw - self.late_penalty)


def read_standings(db: Session, tables: ModuleType, name: str) -> tuple[list[GradedCell], list[StudentGrades]]:
    """Read the grades of all students in the gradebook for an assignment.

    Inputs:
    - db: session of the gradebook.
    - tables: the module with nbgrader's tables.
    - name: name of the assignment.

    Returns: (list of cells, list of grades, sorted by student id).

    Raises: UsageError if the gradebook does not have the assignment.
    """
    assignment = tables.Assignment
    assignment = db.execute(select(assignment.id, assignment.duedate).where(assignment.name == name)).one_or_none()
    if assignment is None:
        raise UsageError(f"the gradebook has no {name}: run `make autograde` first")
    cells = _cells(db, tables, assignment.id)
    class_grades = _students(db, tables, assignment)
    submission, part = tables.SubmittedAssignment, tables.SubmittedNotebook
    this = submission.assignment_id == assignment.id
    notebook = tables.Notebook
    parts = select(part.assignment_id, notebook.name, part.late_submission_penalty).join(submission)
    parts = parts.join(notebook, part.notebook_id == notebook.id).where(this)
    for key, name, penalty in db.execute(parts):
        class_grades[key].penalties[name] = penalty
    for key, cell, score, pending in _grades(db, tables, this):
        class_grades[key].scores[cells[cell]] = score
        if pending:
            class_grades[key].pending.add(cells[cell])
    return list(cells.values()), sorted(class_grades.values(), key=lambda grades: grades.student)


def waiting_words(class_grades: Collection[StudentGrades], names: Mapping[GradedCell, str]) -> list[str]:
    """Describe the cells that must be graded by hand, one text per cell; [] if there are none.

    Inputs:
    - class_grades: grades of the class.
    - names: cell → name in the text, in the order of the result.
    """
    words = []
    for cell, name in names.items():
        waiting = [grades.scores.get(cell) for grades in class_grades if cell in grades.pending]
        new = sum(score is None for score in waiting)
        counts = [f"{new} to grade"] if new else []
        if again := len(waiting) - new:
            counts.append(f"{again} to grade again, because the answer or the automatic score changed")
        if counts:
            words.append(f"{name} ({', '.join(counts)})")
    return words


def read_by_hand(db: Session, tables: ModuleType, name: str) -> dict[str, list[ByHand]]:
    """Read the manual entries for an assignment.

    Returns: student → sorted list of entries. Students without entries are omitted.
    """
    submission, part, cell = tables.SubmittedAssignment, tables.SubmittedNotebook, tables.BaseCell
    grade, comment = tables.Grade, tables.Comment
    facts = (submission.student_id, part.notebook_id, cell.name)
    found: dict[str, list[ByHand]] = {}
    for kind, *values in (
        (grade, grade.manual_score, grade.extra_credit),
        (comment, comment.manual_comment, null()),
    ):
        rows = select(*facts, *values).select_from(kind).join(part, kind.notebook_id == part.id)
        rows = rows.join(submission, part.assignment_id == submission.id).join(cell, kind.cell_id == cell.id)
        rows = rows.join(tables.Assignment, submission.assignment_id == tables.Assignment.id)
        rows = rows.where(tables.Assignment.name == name, or_(*(value.is_not(None) for value in values)))
        for student, notebook, grade_id, value, extra in db.execute(rows):
            if value is not None or extra:
                found.setdefault(student, []).append([notebook, grade_id, value, extra])
    return {student: sorted(entries, key=repr) for student, entries in found.items()}


def _cells(db: Session, tables: ModuleType, assignment: str) -> dict[str, GradedCell]:
    """Return a dict of database key → cell."""
    notebook = tables.Notebook
    cells: dict[str, GradedCell] = {}
    for kind in (tables.GradeCell, tables.TaskCell):
        rows = select(kind.id, notebook.name, kind.name, kind.max_score).join(notebook, kind.notebook_id == notebook.id)
        for key, *facts in db.execute(rows.where(notebook.assignment_id == assignment)):
            cells[key] = GradedCell(*facts)
    return cells


def _students(db: Session, tables: ModuleType, assignment: Row[Any]) -> dict[str | tuple[str, str], StudentGrades]:
    """Return database key of the submission, or another key → grades."""
    student, submission = tables.Student, tables.SubmittedAssignment
    names = (student.id, student.first_name, student.last_name, student.email, student.lms_user_id)
    this = and_(submission.student_id == student.id, submission.assignment_id == assignment.id)
    rows = select(*names, submission.id, submission.timestamp, submission.extension).outerjoin(submission, this)
    class_grades: dict[str | tuple[str, str], StudentGrades] = {}
    for who, first, last, email, lms_id, key, timestamp, extension in db.execute(rows):
        texts = (first or "", last or "", email or "", lms_id or "")
        grades = StudentGrades(who, *texts, submitted=key is not None, handed_in=timestamp)
        if timestamp and assignment.duedate:
            due = assignment.duedate + (extension or datetime.timedelta())
            grades.seconds_late = max(0.0, (timestamp - due).total_seconds())
        class_grades[key or ("none of", grades.student)] = grades
    return class_grades


def _grades(
    db: Session, tables: ModuleType, this: ColumnElement[bool]
) -> Iterator[tuple[str, str, float | None, bool]]:
    """Yield (submission key, cell key, score, True if a person must grade it)."""
    grade, part = tables.Grade, tables.SubmittedNotebook
    facts = (part.assignment_id, grade.cell_id, grade.auto_score, grade.manual_score, grade.extra_credit)
    rows = select(*facts, grade.needs_manual_grade).join(part, grade.notebook_id == part.id)
    for key, cell, auto, manual, extra, pending in db.execute(rows.join(tables.SubmittedAssignment).where(this)):
        score = auto if manual is None else manual
        yield key, cell, None if score is None else score + (extra or 0.0), pending
