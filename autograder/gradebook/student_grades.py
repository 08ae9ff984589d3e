"""How a class stands in nbgrader's gradebook, as plain data, read in a few queries however large the class is.

nbgrader's own objects ask the database for the sums and neighbours of each of them: minutes for a thousand students.
"""

import datetime
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, null, or_, select
from sqlalchemy.orm import Session

from autograder.errors import UsageError

__all__ = ["GradedCell", "StudentGrades", "read_by_hand", "read_standings", "waiting_words"]

ByHand = list[str | float | None]  # notebook, grade_id, score by hand or comment, extra credit


@dataclass(frozen=True)
class GradedCell:
    """A cell that has points; the same grade_id can be in another notebook."""

    notebook: str  # without .ipynb
    grade_id: str
    max_score: float


@dataclass
class StudentGrades:
    """One student's marks, scores by hand and late penalties included.

    - first_name, last_name, email, lms_id: as the gradebook has them, "" where it has none; lms_id is the student's
      number in the learning management system.
    - submitted: whether anything was entered. - handed_in: when (UTC). - seconds_late: after the due date.
    - scores: points; None until a person gives them.
    - pending: the cells that wait for a score by hand, or for another look.
    - penalties: notebook → points that were taken off for being late.
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
        """The points that were taken off for being late."""
        return sum((points for points in self.penalties.values() if points is not None), 0.0)

    @property
    def total(self) -> float | None:
        """The points that count, as nbgrader counts: a cell without a score as 0. None without a submission."""
        if not self.submitted:
            return None
        raw = sum(score for score in self.scores.values() if score is not None)
        return max(0.0, raw - self.late_penalty)


def read_standings(db: Session, tables: ModuleType, name: str) -> tuple[list[GradedCell], list[StudentGrades]]:
    """How every student that the gradebook knows stands in an assignment.

    Inputs:
    - db: a session of the gradebook. - tables: the module with nbgrader's tables. - name: of the assignment.

    Returns: (the cells, the students in the order of their ids).

    Raises: UsageError when the gradebook does not know the assignment.
    """
    assignment = tables.Assignment
    assignment = db.execute(select(assignment.id, assignment.duedate).where(assignment.name == name)).one_or_none()
    if assignment is None:
        raise UsageError(f"the gradebook does not know {name}: grade it first")
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
    """What waits for a person, in words: a text for each cell; [] when nothing does.

    Inputs:
    - names: for people to read, in the order of the list.
    """
    words = []
    for cell, name in names.items():
        waiting = [grades.scores.get(cell) for grades in class_grades if cell in grades.pending]
        new = sum(score is None for score in waiting)
        counts = [f"{new} to grade"] if new else []
        if again := len(waiting) - new:
            counts.append(f"{again} to look at again, because the answer or the automatic score has changed")
        if counts:
            words.append(f"{name} ({', '.join(counts)})")
    return words


def read_by_hand(db: Session, tables: ModuleType, name: str) -> dict[str, list[ByHand]]:
    """What people entered for the submissions of an assignment, by student and sorted. Students with nothing are
    omitted."""
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
    """The cells by their key."""
    notebook = tables.Notebook
    cells: dict[str, GradedCell] = {}
    for kind in (tables.GradeCell, tables.TaskCell):
        rows = select(kind.id, notebook.name, kind.name, kind.max_score).join(notebook, kind.notebook_id == notebook.id)
        for key, *facts in db.execute(rows.where(notebook.assignment_id == assignment)):
            cells[key] = GradedCell(*facts)
    return cells


def _students(db: Session, tables: ModuleType, assignment: Row[Any]) -> dict[str | tuple[str, str], StudentGrades]:
    """The students by the key of their submission, or by a key of its own for a student without one."""
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
    """(submission's key, cell's key, score, whether it waits for a person) of each grade."""
    grade, part = tables.Grade, tables.SubmittedNotebook
    facts = (part.assignment_id, grade.cell_id, grade.auto_score, grade.manual_score, grade.extra_credit)
    rows = select(*facts, grade.needs_manual_grade).join(part, grade.notebook_id == part.id)
    for key, cell, auto, manual, extra, pending in db.execute(rows.join(tables.SubmittedAssignment).where(this)):
        score = auto if manual is None else manual
        yield key, cell, None if score is None else score + (extra or 0.0), pending
