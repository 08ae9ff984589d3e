"""Call nbgrader's pipelines, gradebook and cell functions.

At run time, only this module and options.py, merging.py, preprocessors.py, exchange.py,
sanitizing.py, nbgrader_revision.py, nbgrader_times.py, zip_collecting.py and formgrader_handlers.py
import nbgrader.
"""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbgrader import api as tables
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum, determine_grade
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from traitlets import TraitError
from traitlets.config.loader import Config, PyFileConfigLoader

from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.course.permissions import SQLITE, protect, protect_gradebook
from autograder.errors import GraderError, UsageError
from autograder.gradebook.entered import Entered, create_table, read_entered, write_entered
from autograder.gradebook.nbgrader_revision import read_revision_in_this_process
from autograder.gradebook.options import check_options, options_without_effect
from autograder.gradebook.reshaping import DROPPED, NotebookCells, Reshaping
from autograder.gradebook.student_grades import ByHand, GradedCell, StudentGrades, read_by_hand, read_standings
from autograder.intake.extensions import Extension
from autograder.paths import let_alembic_be_found

__all__ = [
    "LatePenalty",
    "NbGrader",
    "cells_and_notebooks",
    "is_open",
    "no_response",
    "renew_checksum",
    "score_in",
    "seconds_late",
]


LatePenalty = Callable[[str, float, float], float | None]  # (student, score, seconds late) → points to deduct

SYSTEM_ERROR = re.compile(r"\w*Error: \[Errno (\d+)\] [^:]*:? ?(.*)")  # the text of an OSError


def cells_and_notebooks(gradebook: Gradebook) -> list[tables.BaseCell | tables.Notebook]:
    """Load all cells and notebooks of all assignments in the gradebook.

    While the caller keeps the list, SQLAlchemy finds the cell of a score without a query. They stay
    valid across commits, since no other process changes cells.
    """
    gradebook.db().expire_on_commit = False
    return [*gradebook.db.query(tables.BaseCell), *gradebook.db.query(tables.Notebook)]


def _stored_cells(assignment: Assignment) -> dict[str, NotebookCells]:
    """Return the cells of an assignment as nbgrader stores them, see Reshaping.fit."""
    found: dict[str, NotebookCells] = {}
    for name, notebook in assignment.notebooks.items():
        cells = [(c.grade_id, c) for c in notebook.cells if c.grade_id and not c.is_for_instructors]
        stored = [(key, c) for key, c in cells if c.is_graded or c.is_solution or c.is_locked]
        found[name.removesuffix(".ipynb")] = {
            "grade_cells": {key: {"max_score": c.points, "cell_type": c.kind} for key, c in cells if c.is_graded},
            "solution_cells": {key: {} for key, c in cells if c.is_solution},
            "source_cells": {key: {"cell_type": c.kind} for key, c in stored},
        }
    return found


def is_open(grade: tables.Grade) -> bool:
    """Return True if a cell that is graded by hand has no points yet."""
    return grade.auto_score is None and grade.manual_score is None


def seconds_late(submission: tables.SubmittedAssignment) -> float:
    """Return how late a submission is, in seconds; 0 without a due date.

    nbgrader itself fails for an extension without a due date.
    """
    return 0 if submission.assignment.duedate is None else submission.total_seconds_late


def score_in(cell: Mapping[str, Any]) -> float | None:
    """Return nbgrader's score of a cell; None if it must be graded by hand."""
    return determine_grade(nbformat.from_dict(cell))[0]


def no_response(cell: Mapping[str, Any]) -> bool:
    """Return True if a solution cell is unchanged since the release."""
    return cell["metadata"]["nbgrader"].get("checksum") == compute_checksum(nbformat.from_dict(cell))


def renew_checksum(cell: dict[str, Any]) -> None:
    """Update the checksum of a locked cell, in place, after a deliberate change of its text."""
    facts = cell["metadata"].get("nbgrader", {})
    if "checksum" in facts:
        facts["checksum"] = compute_checksum(nbformat.from_dict(cell | {"source": "".join(cell["source"])}))


def _load_config(root: Path) -> tuple[Config, list[str]]:
    """Return (nbgrader's configuration of a course, lines about options without effect)."""
    config = Config(PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config())
    check_options(config)
    kits = Config(PyFileConfigLoader("nbgrader_settings.py", path=str(Path(__file__).parent)).load_config())
    return config, options_without_effect(config, kits)


class NbGrader:
    """nbgrader's pipelines and gradebook for one course.

    Inputs:
    - course: the course.
    - overrides: class name → options that override the course's configuration, such as
      CourseDirectory={"submitted_directory": …}.

    Raises: UsageError if an option is unknown or invalid.
    """

    def __init__(self, course: Course, **overrides: Mapping[str, object]) -> None:
        self.course = course
        let_alembic_be_found()
        read_revision_in_this_process()
        config, self.without_effect = _load_config(course.root)
        config.CourseDirectory.root = str(course.root)
        # A warning that nbgrader itself causes; graders can do nothing about it.
        warnings.filterwarnings("ignore", message="Object of type <Submitted")
        for section, options in overrides.items():
            config[section].update(options)
        logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # each call returns its own log
        try:
            self.api = NbGraderAPI(config=config)
        except TraitError as error:
            raise UsageError(f"nbgrader refuses a value in course_config.py: {error}") from None
        # A relative path starts from the course's folder, not from the current one.
        url = self.api.coursedir.db_url
        if url.startswith(SQLITE):
            self.api.coursedir.db_url = f"{SQLITE}{course.root / url.removeprefix(SQLITE)}"

    @property
    def database(self) -> str:
        """The gradebook: path of a SQLite file, or URL of another database."""
        return self.api.coursedir.db_url.removeprefix(SQLITE)

    def fit_gradebook(self, assignment: Assignment) -> list[str]:
        """Adapt the gradebook to an assignment whose cells changed after grading, see Reshaping.

        Returns: lines about removed scores.
        """
        with self.open() as gradebook:
            reshaping = Reshaping(gradebook, tables, assignment.name, self.course.root)
            lines = reshaping.fit(_stored_cells(assignment), assignment.fixed_scores)
        protect(self.course.root / DROPPED, self.course)
        return lines

    def generate_assignment(self, name: str) -> None:
        """Make the student version of an assignment, and add the assignment to the gradebook."""
        self._checked(self.api.generate_assignment(name, force=True, create=True), f"generate_assignment {name}")

    def cells(self, name: str) -> list[list[object]]:
        """Return all that the gradebook knows of the cells of an assignment, sorted."""
        if not self._is_there:
            return []
        grade, solution, source = tables.GradeCell, tables.SolutionCell, tables.SourceCell
        columns = {
            grade: (grade.name, grade.max_score, grade.cell_type),
            solution: (solution.name,),
            source: (source.name, source.cell_type, source.source, source.checksum),
        }
        found: list[list[object]] = []
        with self._readable() as gradebook:
            for kind, own in columns.items():
                rows = select(tables.Notebook.name, *own).join(kind.notebook).join(tables.Assignment)
                found += sorted(map(list, gradebook.db.execute(rows.where(tables.Assignment.name == name)).all()))
        return found

    def open(self) -> Gradebook:
        """Open the gradebook, as a context manager."""
        gradebook = Gradebook(self.api.coursedir.db_url, self.course.course_id)
        create_table(gradebook)
        protect_gradebook(self.api.coursedir.db_url, self.course)
        return gradebook

    def late_penalty(self) -> LatePenalty:
        """Return the function of the course's late policy.

        Raises: UsageError if it can't be loaded.
        """
        try:
            preprocessor = AssignLatePenalties(parent=self.api)
            preprocessor.init_plugin()
            return preprocessor.plugin_inst.late_submission_penalty
        except Exception as error:  # the instructor's code can raise anything
            raise UsageError(
                f"cannot load the late policy of course_config.py: {type(error).__name__}: {error}; check"
                " c.AssignLatePenalties.plugin_class and c.LateSubmissionPlugin"
            ) from None

    def forget(self, name: str, students: Iterable[str]) -> None:
        """Remove submissions from the gradebook, and students without other data."""
        if not self._is_there:
            return
        with self.open() as gradebook:
            known = {submission.student_id for submission in gradebook.assignment_submissions(name)}
            for student in sorted(set(students) & known):
                gradebook.remove_submission(name, student)
                row = gradebook.find_student(student)
                if not row.submissions and not any((row.first_name, row.last_name, row.email, row.lms_user_id)):
                    gradebook.remove_student(student)

    def totals(self, name: str) -> dict[str, float]:
        """Return a dict of student → score in the gradebook."""
        with self.open() as gradebook:
            return {s.student_id: s.score for s in gradebook.assignment_submissions(name)}

    def due_date(self, name: str) -> datetime.datetime | None:
        """Return the due date (UTC, naive); None without a due date or a gradebook."""
        if not self._is_there:
            return None
        with self._readable() as gradebook:
            assignment = tables.Assignment
            return gradebook.db.execute(select(assignment.duedate).where(assignment.name == name)).scalar()

    def students(self) -> set[str]:
        """Return the ids of all students in the gradebook."""
        if not self._is_there:
            return set()
        with self._readable() as gradebook:
            return set(gradebook.db.execute(select(tables.Student.id)).scalars())

    def extensions(self, name: str, granted: Mapping[str, Extension]) -> dict[str, float]:
        """Return the extensions that count.

        Inputs:
        - name: name of the assignment.
        - granted: student → extension in the course's record.

        Returns: student → seconds after the due date.
        """
        if not self._is_there:
            return {}
        assignment, submission = tables.Assignment, tables.SubmittedAssignment
        due = self.due_date(name)
        with self._readable() as gradebook:
            rows = select(submission.student_id, submission.extension).join(assignment).where(assignment.name == name)
            there = dict(gradebook.db.execute(rows).all())
            entered = read_entered(gradebook.db, name)
        found = {
            student: entered.get(student, Entered()).counting_extension(there.get(student), granted.get(student), due)
            for student in sorted({*there, *granted})
        }
        return {student: seconds for student, seconds in found.items() if seconds}

    def enter_extensions(self, name: str, granted: Mapping[str, Extension | None]) -> None:
        """Set the extensions of some students from the record, whatever the gradebook has.

        Inputs:
        - name: name of the assignment.
        - granted: student → extension in the course's record, or None.
        """
        if not self._is_there:
            return
        submission = tables.SubmittedAssignment
        with self._readable() as gradebook:
            rows = select(submission).join(tables.Assignment).where(tables.Assignment.name == name)
            entered = read_entered(gradebook.db, name, granted)
            for row in gradebook.db.execute(rows.where(submission.student_id.in_(list(granted)))).scalars():
                kept = entered.setdefault(row.student_id, Entered())
                kept.extension = row.extension and row.extension.total_seconds()
                kept.enter_extension(row, granted[row.student_id])
            write_entered(gradebook.db, name, entered)
            gradebook.db.commit()

    def class_grades(self, name: str) -> tuple[list[GradedCell], list[StudentGrades]]:
        """Return the grades of all students in the gradebook, see `read_standings`.

        Raises: UsageError if no gradebook exists, or the assignment is not in it.
        """
        if not self._is_there:
            raise UsageError(f"expected a gradebook at {self.database}, got none: run `make autograde` first")
        with self._readable() as gradebook:
            return read_standings(gradebook.db, tables, name)

    @property
    def _is_there(self) -> bool:
        url = make_url(self.api.coursedir.db_url)
        return url.get_backend_name() != "sqlite" or os.path.exists(url.database or "")

    @contextlib.contextmanager
    def _readable(self) -> Iterator[Gradebook]:
        """Open the gradebook. Raises: UsageError if it is not one, or is from another nbgrader."""
        try:
            with self.open() as gradebook:
                yield gradebook
        except DatabaseError as error:
            raise UsageError(
                f"{self.database} can't be read as a gradebook ({error.orig}): check db_url in course_config.py, or"
                " run `nbgrader db upgrade` if an older nbgrader made it"
            ) from None

    def by_hand(self, name: str) -> dict[str, list[ByHand]]:
        """Return the manual entries for an assignment, see `read_by_hand`."""
        with self.open() as gradebook:
            return read_by_hand(gradebook.db, tables, name)

    def give_points(self, name: str, student: str, notebook: str, grade_id: str, points: float) -> None:
        """Set the manual score of a cell, as a person does in formgrader.

        Inputs:
        - name: name of the assignment.
        - student: id.
        - notebook: name of the notebook, without .ipynb.
        - grade_id: grade_id of the cell.
        - points: the score.
        """
        with self.open() as gradebook:
            grade = gradebook.find_grade(grade_id, notebook, name, student)
            grade.manual_score, grade.needs_manual_grade = points, False
            gradebook.db.commit()

    @staticmethod
    def _checked(outcome: Mapping[str, Any], what: str) -> None:
        if not outcome["success"]:
            log = outcome.get("log") or outcome.get("error") or ""
            errors = (
                re.findall(r"^\s*([\w.]*(?:Error|Exception|Entry)\b.*)$", log, re.MULTILINE) or log.strip().splitlines()
            )
            message = errors[-1].strip() if errors else "no message"
            if number := SYSTEM_ERROR.match(message):
                raise OSError(int(number[1]), os.strerror(int(number[1])), number[2].rpartition(" -> ")[2].strip("'"))
            raise GraderError(f"nbgrader {what} failed: {message}")
