"""A table in the gradebook that records the answers and extensions entered for each submission.

A later run compares with it: which answers are new since a person graded, and which extensions were
granted in the gradebook itself. As a part of the gradebook, the table always matches the scores.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Float, MetaData, String, Table, Text, delete, insert, inspect, select
from sqlalchemy.orm import Session

from autograder.course.assignment import Assignment
from autograder.intake.extensions import Extension

if TYPE_CHECKING:
    from nbgrader.api import Grade, Gradebook, SubmittedAssignment
__all__ = ["Entered", "answers_in", "create_table", "needs_a_person", "read_entered", "write_entered"]

TABLE = Table(
    "autograder_entered",
    MetaData(),
    Column("assignment", String(128), primary_key=True),
    Column("student", String(255), primary_key=True),
    Column("answers", Text, nullable=False),
    Column("extension", Float),
)


@dataclass
class Entered:
    """The record of one submission.

    - answers: "notebook/grade_id" → hash of the student's text for the points of this cell.
    - extension: entered extension in seconds, or None.
    """

    answers: dict[str, str] = field(default_factory=dict)
    extension: float | None = None

    def unchanged(self, answers: Mapping[str, str]) -> set[str]:
        """Return the keys of the answers that are equal to the recorded ones.

        Inputs:
        - answers: current answers, see `answers_in`.
        """
        return {key for key, answer in answers.items() if self.answers.get(key) == answer}

    def counting_extension(
        self, there: datetime.timedelta | None, granted: Extension | None, due: datetime.datetime | None
    ) -> float | None:
        """Return the extension that counts, in seconds.

        An extension that was entered into the gradebook later, by nbgrader's `grant_extension`,
        takes precedence over the record.

        Inputs:
        - there: extension in the gradebook.
        - granted: extension in the course's record.
        - due: the due date.
        """
        seconds = there.total_seconds() if there else None
        if seconds and seconds != self.extension:
            return seconds
        return (granted.seconds(due) if granted else None) or None

    def enter_extension(self, submission: SubmittedAssignment, granted: Extension | None) -> None:
        """Set the extension that counts, in the submission of the gradebook and in this record."""
        seconds = self.counting_extension(submission.extension, granted, submission.assignment.duedate)
        there = submission.extension and submission.extension.total_seconds()
        if seconds != there:
            submission.extension = None if seconds is None else datetime.timedelta(seconds=seconds)
        if granted and seconds == granted.seconds(submission.assignment.duedate):
            self.extension = seconds
        elif seconds is None:
            self.extension = None


def create_table(gradebook: Gradebook) -> None:
    """Create the table in an open gradebook if it is missing."""
    TABLE.create(gradebook.engine, checkfirst=True)


def answers_in(name: str, notebook: Mapping[str, Any], assignment: Assignment) -> dict[str, str]:
    """Hash the student's text for each graded cell of an autograded notebook.

    Inputs:
    - name: name of the notebook, without .ipynb.
    - notebook: the notebook, as nbformat has it.

    Returns: "notebook/grade_id" → hash. For the grade cell of an exercise, the solution cell is
    hashed.
    """
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]}
    exercises = {exercise.grade_cell: exercise.name for exercise in assignment.exercises.values()}
    answers = {}
    for grade_id, cell in cells.items():
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            text = "".join(cells.get(exercises.get(grade_id, grade_id), cell)["source"])
            answers[f"{name}/{grade_id}"] = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return answers


def needs_a_person(grade: Grade, score: float | None, is_same_answer: bool) -> bool:
    """Return True if a person must grade a cell.

    A graded cell must be graded again only after a change.

    Inputs:
    - grade: the grade after the previous run.
    - score: the new automatic score.
    - is_same_answer: True if the previous run entered the same text of the student.
    """
    if grade.manual_score is None:
        return score is None
    return grade.needs_manual_grade or not is_same_answer or grade.auto_score != score


def read_entered(db: Session, assignment_name: str, students: Iterable[str] | None = None) -> dict[str, Entered]:
    """Read the records of all students, or of some.

    Inputs:
    - db: session of the gradebook.

    Returns: student → Entered.
    """
    if not inspect(db.connection()).has_table(TABLE.name):  # a gradebook of plain nbgrader
        return {}
    rows = select(TABLE).where(TABLE.c.assignment == assignment_name)
    if students is not None:
        rows = rows.where(TABLE.c.student.in_(list(students)))
    return {row.student: Entered(json.loads(row.answers), row.extension) for row in db.execute(rows)}


def write_entered(db: Session, assignment_name: str, entered: Mapping[str, Entered]) -> None:
    """Replace the records of some students, in the session's transaction.

    Inputs:
    - db: session of the gradebook.
    - entered: student → Entered.
    """
    if not entered:
        return
    old = delete(TABLE).where(TABLE.c.assignment == assignment_name, TABLE.c.student.in_(list(entered)))
    db.execute(old)
    db.execute(
        insert(TABLE),
        [
            {
                "assignment": assignment_name,
                "student": student,
                "answers": json.dumps(row.answers, sort_keys=True),
                "extension": row.extension,
            }
            for student, row in entered.items()
        ],
    )
