"""Merge scores, extra credit and comments that another grader entered by hand into the gradebook.

The merge reads a copy of the other gradebook, which may be from an older nbgrader.
"""

import contextlib
import datetime
import sqlite3
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from nbgrader import api as tables
from nbgrader import dbutil
from nbgrader.api import Gradebook
from sqlalchemy import select
from sqlalchemy.orm import Session

from autograder.errors import UsageError
from autograder.gradebook.entered import Entered, read_entered
from autograder.gradebook.nbgrader_revision import newest_revision

__all__ = ["Merged", "merge_by_hand", "open_copy"]

NO_COURSE = "default_course"  # nbgrader's id of a course without a name
SAME = 1e-9  # points
SHOWN = 40  # characters of a comment in a message

Place = tuple[str, str, str]  # student, notebook, grade_id
Given = TypeVar("Given", tables.Grade, tables.Comment)


@dataclass
class Merged:
    """The outcome of a merge.

    - scores, extra_credits, comments: number of merged entries.
    - resolved: number of scores, equal in both gradebooks, that no longer need manual grading.
    - again: number of merged scores for a different attempt.
    - students: ids of the students with changes.
    - conflicts: lines about cells where the gradebooks differ.
    - left_out: lines about entries whose cell or submission is missing here.
    """

    scores: int = 0
    extra_credits: int = 0
    comments: int = 0
    resolved: int = 0
    again: int = 0
    students: set[str] = field(default_factory=set)
    conflicts: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


@contextlib.contextmanager
def open_copy(path: Path) -> Iterator[tuple[Gradebook, bool]]:
    """Context manager: open a copy of a gradebook in a SQLite file.

    Yields: (the copy, True if an older nbgrader made it).

    Raises: UsageError if the file is not a gradebook, or is from a newer nbgrader.
    """
    if not path.is_file():
        raise UsageError(f"expected a gradebook, got {path}, which is not a file: give the other grader's gradebook.db")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "gradebook.db")
        try:
            source = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
            with contextlib.closing(source), contextlib.closing(sqlite3.connect(copy)) as target:
                source.backup(target)
                names = {name for (name,) in target.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
                version = (
                    target.execute("SELECT version_num FROM alembic_version").fetchone()
                    if "alembic_version" in names
                    else None
                )
        except sqlite3.Error as error:
            raise UsageError(
                f"expected a SQLite file of nbgrader, got {path}, which can't be read as a gradebook ({error})"
            ) from None
        if not {"student", "assignment", "submitted_assignment", "grade", "comment"} <= names:
            raise UsageError(
                f"{path} is not a gradebook: expected nbgrader's tables, got {', '.join(sorted(names)) or 'no tables'}"
            )
        is_old = not version or version[0] != newest_revision()
        if is_old:
            _upgrade(copy, path)
        with Gradebook(f"sqlite:///{copy}", NO_COURSE) as gradebook:
            yield gradebook, is_old


def _upgrade(copy: Path, path: Path) -> None:
    """Upgrade the copy, as `nbgrader db upgrade` does."""
    with dbutil._temp_alembic_ini(f"sqlite:///{copy}") as settings:
        command = ["alembic", "-c", settings, "upgrade", "head"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UsageError(
            f"{path} is from another version of nbgrader and can't be upgraded ({why}): install the same version on"
            " both machines, or run `nbgrader db upgrade` on the other machine"
        )


def merge_by_hand(gradebook: Gradebook, other: Gradebook, name: str, *, take_other: bool = False) -> Merged:
    """Merge the manual entries of an assignment into an open gradebook, in one transaction.

    Inputs:
    - gradebook: open gradebook; changed.
    - other: open gradebook; not changed.
    - name: name of the assignment.
    - take_other: True to resolve conflicts with the other gradebook's entry.

    Raises: UsageError if the other gradebook belongs to another course or assignment.
    """
    _check_same_assignment(gradebook.db, other.db, name)
    merging = _Merging(gradebook.db, other.db, name, take_other)
    merging.run(tables.Grade, merging.grade, lambda grade: grade.manual_score is not None or grade.extra_credit)
    merging.run(tables.Comment, merging.comment, lambda comment: comment.manual_comment)
    gradebook.db.commit()
    return merging.merged


def _check_same_assignment(db: Session, other_db: Session, name: str) -> None:
    ours, theirs = (_assignment(session, name) for session in (db, other_db))
    if ours is None:
        raise UsageError(f"this gradebook has no {name}: run `make autograde` first")
    if theirs is None:
        known = sorted(other_db.execute(select(tables.Assignment.name)).scalars())
        raise UsageError(f"expected a gradebook with {name}, got one with {', '.join(known) or 'no assignment'}")
    if ours.course_id != theirs.course_id and NO_COURSE not in (ours.course_id, theirs.course_id):
        raise UsageError(f"expected a gradebook of the course {ours.course_id}, got one of {theirs.course_id}")
    if not _cells(db, ours) & _cells(other_db, theirs):
        raise UsageError(
            f"expected a gradebook of this {name}, got one without any of its graded cells, of another assignment with"
            " the same name"
        )


def _assignment(db: Session, name: str) -> tables.Assignment | None:
    return db.execute(select(tables.Assignment).where(tables.Assignment.name == name)).scalars().first()


def _cells(db: Session, assignment: tables.Assignment) -> set[tuple[str, str]]:
    """Return the (notebook, grade_id) pairs of the cells with points."""
    rows = select(tables.Notebook.name, tables.GradeCell.name)
    rows = rows.join(tables.Notebook, tables.GradeCell.notebook_id == tables.Notebook.id)
    found = db.execute(rows.where(tables.Notebook.assignment_id == assignment.id))
    return {(notebook, grade_id) for notebook, grade_id in found}


class _Merging:
    def __init__(self, db: Session, other_db: Session, name: str, take_other: bool) -> None:
        self.db, self.other_db, self.name, self.take_other = db, other_db, name, take_other
        self.merged = Merged()
        self.entered = [read_entered(session, name) for session in (db, other_db)]
        submission = tables.SubmittedAssignment
        times = select(submission.student_id, submission.timestamp).join(tables.Assignment)
        times = times.where(tables.Assignment.name == name)
        self.times: list[dict[str, datetime.datetime | None]] = [
            {student: time for student, time in session.execute(times)} for session in (db, other_db)
        ]

    def run(
        self, kind: type[Given], merge: Callable[[Place, Given, Given], None], is_by_hand: Callable[[Given], object]
    ) -> None:
        """Merge all grades or all comments.

        Inputs:
        - kind: class of the entries.
        - merge: function of (place, our entry, their entry).
        - is_by_hand: function that returns True for manual entries.
        """
        here = self._rows(self.db, kind)
        for place, theirs in sorted(self._rows(self.other_db, kind).items()):
            if not is_by_hand(theirs):
                continue
            if place in here:
                merge(place, here[place], theirs)
            elif place[0] in self.times[0]:
                self.merged.left_out.append(f"{_words(place)}: the cell is not in this gradebook")
            else:
                self.merged.left_out.append(f"{_words(place)}: the student has no submission in this gradebook")

    def _rows(self, db: Session, kind: type[Given]) -> dict[Place, Given]:
        """Return all entries of one class."""
        part, submission = tables.SubmittedNotebook, tables.SubmittedAssignment
        rows = select(submission.student_id, tables.Notebook.name, tables.BaseCell.name, kind).select_from(kind)
        rows = rows.join(part, kind.notebook_id == part.id).join(submission, part.assignment_id == submission.id)
        rows = rows.join(tables.Notebook, part.notebook_id == tables.Notebook.id)
        rows = rows.join(tables.BaseCell, kind.cell_id == tables.BaseCell.id)
        rows = rows.join(tables.Assignment, submission.assignment_id == tables.Assignment.id)
        found = db.execute(rows.where(tables.Assignment.name == self.name))
        return {(student, notebook, grade_id): row for student, notebook, grade_id, row in found}

    def grade(self, place: Place, ours: tables.Grade, theirs: tables.Grade) -> None:
        if theirs.manual_score is not None:
            self._score(place, ours, theirs)
        extra = theirs.extra_credit or None
        if extra is not None and self._takes(place, ours.extra_credit or None, extra, "extra credit"):
            ours.extra_credit = extra
            self.merged.extra_credits += 1

    def _score(self, place: Place, ours: tables.Grade, theirs: tables.Grade) -> None:
        points = [grade.cell.max_score for grade in (ours, theirs)]
        if points[0] != points[1] and not self.take_other and ours.manual_score is None:
            words = f"the cell has {points[0]:g} points here, but {points[1]:g} there"
            words += f", with the score {theirs.manual_score:g}"
            self.merged.conflicts.append(f"{_words(place)}: {words}")
            return
        is_same = self._is_same_attempt(place, ours, theirs)
        if self._takes(place, ours.manual_score, theirs.manual_score, "points"):
            ours.manual_score = theirs.manual_score
            ours.needs_manual_grade = bool(theirs.needs_manual_grade or not is_same)
            self.merged.scores += 1
            self.merged.again += not is_same
        elif abs(ours.manual_score - theirs.manual_score) <= SAME and is_same:
            if ours.needs_manual_grade and not theirs.needs_manual_grade:
                ours.needs_manual_grade = False
                self.merged.resolved += 1
                self.merged.students.add(place[0])

    def comment(self, place: Place, ours: tables.Comment, theirs: tables.Comment) -> None:
        if self._takes(place, ours.manual_comment or None, theirs.manual_comment, "comment"):
            ours.manual_comment = theirs.manual_comment
            self.merged.comments += 1

    def _takes(self, place: Place, ours: float | str | None, theirs: float | str, what: str) -> bool:
        """Return True if an entry of the other gradebook is merged; a conflict is recorded."""
        if ours == theirs:
            return False
        if isinstance(ours, float) and not isinstance(theirs, str) and abs(ours - theirs) <= SAME:
            return False
        if ours is not None and not self.take_other:
            self.merged.conflicts.append(f"{_words(place)}: {what} {_shown(ours)} here, {_shown(theirs)} there")
            return False
        self.merged.students.add(place[0])
        return True

    def _is_same_attempt(self, place: Place, ours: tables.Grade, theirs: tables.Grade) -> bool:
        """Return True if both graders have seen the same work."""
        student, notebook, grade_id = place
        key = f"{notebook}/{grade_id}"
        seen: list[object] = [entered.get(student, Entered()).answers.get(key) for entered in self.entered]
        if None in seen:
            seen = [times.get(student) for times in self.times]
        return seen[0] == seen[1] and ours.auto_score == theirs.auto_score


def _words(place: Place) -> str:
    student, notebook, grade_id = place
    return f"{student}, {notebook}/{grade_id}"


def _shown(value: float | str) -> str:
    if isinstance(value, str):
        return repr(value if len(value) <= SHOWN else value[:SHOWN] + "…")
    return f"{value:g}"
