"""Merges scores, extra credit and comments that another grader entered by hand into the gradebook.

The other gradebook is not changed: the merge reads a copy. It may come from an older nbgrader.
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

NO_COURSE = "default_course"  # what nbgrader writes where nobody has named the course
SAME = 1e-9  # points
SHOWN = 40  # characters of a comment in a message

Place = tuple[str, str, str]  # student, notebook, grade_id
Given = TypeVar("Given", tables.Grade, tables.Comment)


@dataclass
class Merged:
    """What a merge did.

    - scores, extra_credits, comments: how many were taken over. - resolved: how many scores, equal in both gradebooks,
      no longer wait for another look. - again: how many of the scores are for another attempt than the one here.
    - students: ids of those whom any of this concerns.
    - conflicts: lines, where both gradebooks have something else. - left_out: lines, where there is no place for it.
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
    """Open a copy of a gradebook in a SQLite file.

    Yields: (the copy, whether an older nbgrader made it).

    Raises: UsageError when the file is not a gradebook, or one of a newer nbgrader.
    """
    if not path.is_file():
        raise UsageError(f"there is no file {path}: give the gradebook.db of the other grader")
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
                f"{path} can't be read as a gradebook ({error}): expected a SQLite file of nbgrader"
            ) from None
        if not {"student", "assignment", "submitted_assignment", "grade", "comment"} <= names:
            raise UsageError(
                f"{path} is not a gradebook: expected nbgrader's tables, got {', '.join(sorted(names)) or 'none'}"
            )
        is_old = not version or version[0] != newest_revision()
        if is_old:
            _upgrade(copy, path)
        with Gradebook(f"sqlite:///{copy}", NO_COURSE) as gradebook:
            yield gradebook, is_old


def _upgrade(copy: Path, path: Path) -> None:
    """What `nbgrader db upgrade` does."""
    with dbutil._temp_alembic_ini(f"sqlite:///{copy}") as settings:
        command = ["alembic", "-c", settings, "upgrade", "head"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UsageError(
            f"{path} is from another version of nbgrader, and can't be upgraded ({why}): install the same version on"
            " both machines, or run `nbgrader db upgrade` there"
        )


def merge_by_hand(gradebook: Gradebook, other: Gradebook, name: str, *, take_other: bool = False) -> Merged:
    """Merge what people entered for an assignment into an open gradebook, in one transaction.

    Inputs:
    - other: open; it is not changed. - name: of the assignment.
    - take_other: where both have something else, take what the other one has.

    Raises: UsageError when the other gradebook is of another course or assignment.
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
        raise UsageError(f"this gradebook does not know {name}: grade it first")
    if theirs is None:
        known = sorted(other_db.execute(select(tables.Assignment.name)).scalars())
        raise UsageError(f"expected a gradebook with {name}, got one with {', '.join(known) or 'no assignment'}")
    if ours.course_id != theirs.course_id and NO_COURSE not in (ours.course_id, theirs.course_id):
        raise UsageError(f"expected a gradebook of the course {ours.course_id}, got one of {theirs.course_id}")
    if not _cells(db, ours) & _cells(other_db, theirs):
        raise UsageError(
            f"expected a gradebook of this {name}, got one in which none of its cells with points is: it is of another"
            " assignment of that name"
        )


def _assignment(db: Session, name: str) -> tables.Assignment | None:
    return db.execute(select(tables.Assignment).where(tables.Assignment.name == name)).scalars().first()


def _cells(db: Session, assignment: tables.Assignment) -> set[tuple[str, str]]:
    """(notebook, grade_id) of the cells with points."""
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
        """Merge grades or comments, one after the other. - merge: function of (place, ours, theirs)."""
        here = self._rows(self.db, kind)
        for place, theirs in sorted(self._rows(self.other_db, kind).items()):
            if not is_by_hand(theirs):
                continue
            if place in here:
                merge(place, here[place], theirs)
            elif place[0] in self.times[0]:
                self.merged.left_out.append(f"{_words(place)}: this gradebook has no such cell")
            else:
                self.merged.left_out.append(f"{_words(place)}: this gradebook has no submission of this student")

    def _rows(self, db: Session, kind: type[Given]) -> dict[Place, Given]:
        """The objects of nbgrader's of one kind."""
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
            words = f"the cell has {points[0]:g} points here, {points[1]:g} there, where it got {theirs.manual_score:g}"
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
        """Whether something of the other gradebook is taken over; a conflict is noted."""
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
        """Whether both graders have seen the same work."""
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
