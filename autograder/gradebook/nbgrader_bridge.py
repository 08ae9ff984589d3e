"""nbgrader's pipelines, its gradebook, and what it reads out of cells, called from our commands.

No other module imports nbgrader, except preprocessors.py, exchange.py, sanitizing.py, nbgrader_times.py,
zip_collecting.py and formgrader_handlers.py.
"""

import difflib
import logging
import os
import re
import warnings

import nbformat
from nbgrader import api as tables
from nbgrader.api import Gradebook
from nbgrader.apps import NbGraderApp
from nbgrader.apps.api import NbGraderAPI
from nbgrader.exchange import default as exchange
from nbgrader.preprocessors import AssignLatePenalties
from nbgrader.utils import compute_checksum, determine_grade
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from traitlets.config.loader import Config, PyFileConfigLoader

from autograder.course.permissions import SQLITE, protect, protect_gradebook
from autograder.errors import GraderError, UsageError
from autograder.gradebook.reshaping import DROPPED, Reshaping
from autograder.gradebook.standings import read_by_hand, read_standings
from autograder.places import let_alembic_be_found

__all__ = [
    "NbGrader",
    "cells_and_notebooks",
    "is_open",
    "no_response",
    "renew_checksum",
    "score_in",
]


SYSTEM_ERROR = re.compile(r"\w*Error: \[Errno (\d+)\] [^:]*:? ?(.*)")  # how Python prints an OSError


def cells_and_notebooks(gradebook):
    """All cells and notebooks that the gradebook knows of assignments.

    While somebody holds them, a score that asks for its cell finds it there, and not with a query of its own. That
    holds across commits: nobody else changes cells meanwhile.
    """
    gradebook.db().expire_on_commit = False
    return [*gradebook.db.query(tables.BaseCell), *gradebook.db.query(tables.Notebook)]


def _stored_cells(assignment):
    """What nbgrader stores of the cells of an assignment, see Reshaping.fit."""
    found = {}
    for name, notebook in assignment.notebooks.items():
        cells = [cell for cell in notebook.cells if cell.grade_id and not cell.is_for_instructors]
        stored = [cell for cell in cells if cell.is_graded or cell.is_solution or cell.is_locked]
        found[name.removesuffix(".ipynb")] = {
            "grade_cells": {c.grade_id: {"max_score": c.points, "cell_type": c.kind} for c in cells if c.is_graded},
            "solution_cells": {cell.grade_id: {} for cell in cells if cell.is_solution},
            "source_cells": {cell.grade_id: {"cell_type": cell.kind} for cell in stored},
        }
    return found


def is_open(grade):
    """Whether nobody has given points yet for a cell that a person grades."""
    return grade.auto_score is None and grade.manual_score is None


def score_in(cell):
    """The score that nbgrader reads out of a cell of an autograded notebook; None when a person has to give it."""
    return determine_grade(nbformat.from_dict(cell))[0]


def no_response(cell):
    """Whether a solution cell is as it was handed out."""
    return cell["metadata"]["nbgrader"].get("checksum") == compute_checksum(nbformat.from_dict(cell))


def renew_checksum(cell):
    """Make a locked cell of a student version, whose text was changed on purpose, count as unchanged again."""
    facts = cell["metadata"].get("nbgrader", {})
    if "checksum" in facts:
        facts["checksum"] = compute_checksum(nbformat.from_dict(cell | {"source": "".join(cell["source"])}))


def _load_config(root):
    """nbgrader's configuration of a course; a name in it that nbgrader would silently ignore is a UsageError."""
    config = Config(PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config())
    classes = {cls.__name__: cls for cls in NbGraderApp().all_configurable_classes()}
    # Of the exchange that list has only the abstract classes, which know no folder.
    classes |= {name: cls for name, cls in vars(exchange).items() if isinstance(cls, type)}
    for section, options in config.items():
        if section not in classes:
            near = difflib.get_close_matches(section, classes, n=1, cutoff=0.85)
            if near:
                raise UsageError(f"course_config.py sets c.{section}, which nobody reads: did you mean c.{near[0]}?")
            continue
        known = classes[section].class_trait_names(config=True)
        for option in options:
            if option not in known:
                near = difflib.get_close_matches(option, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(known))}"
                raise UsageError(f"course_config.py sets c.{section}.{option}, which does not exist: {hint}")
    return config


class NbGrader:
    """nbgrader's pipelines and gradebook for one course."""

    def __init__(self, course, **overrides):
        """`overrides` are set over the course's configuration: {"CourseDirectory": {"submitted_directory": …}}."""
        self.course = course
        let_alembic_be_found()
        config = _load_config(course.root)
        config.CourseDirectory.root = str(course.root)
        # Of nbgrader's own making, about objects that it is about to store; nothing a grader could do about it.
        warnings.filterwarnings("ignore", message="Object of type <Submitted")
        for section, options in overrides.items():
            config[section].update(options)
        logging.getLogger("traitlets").setLevel(logging.CRITICAL)  # every call returns its log; none goes astray
        self.api = NbGraderAPI(config=config)
        # A relative path means: in the course, wherever the command is given.
        url = self.api.coursedir.db_url
        if url.startswith(SQLITE):
            self.api.coursedir.db_url = f"{SQLITE}{course.root / url.removeprefix(SQLITE)}"

    @property
    def database(self):
        """Where the gradebook is: the path of a SQLite file, the URL of anything else."""
        return self.api.coursedir.db_url.removeprefix(SQLITE)

    def fit_gradebook(self, assignment):
        """Let the gradebook follow an assignment whose cells have changed while there are marks, see Reshaping.

        Returns: a list of lines that tell which marks were taken out.
        """
        with self.open() as gradebook:
            reshaping = Reshaping(gradebook, tables, assignment.name, self.course.root)
            lines = reshaping.fit(_stored_cells(assignment), assignment.fixed_scores)
        protect(self.course.root / DROPPED, self.course)
        return lines

    def generate_assignment(self, name):
        """Make the student version of an assignment, and enter the assignment into the gradebook."""
        self._checked(self.api.generate_assignment(name, force=True, create=True), f"generate_assignment {name}")

    def open(self):
        """The Gradebook, to be used in a `with`."""
        gradebook = Gradebook(self.api.coursedir.db_url, self.course.course_id)
        protect_gradebook(self.api.coursedir.db_url, self.course)
        return gradebook

    def late_penalty(self):
        """The course's plugin: function of (student, a notebook's score, seconds late) → points off, or None."""
        preprocessor = AssignLatePenalties(parent=self.api)
        preprocessor.init_plugin()
        return preprocessor.plugin_inst.late_submission_penalty

    def forget(self, name, students):
        """Take the submissions of some students out of the gradebook, and students of whom nothing else is known."""
        if self.api.coursedir.db_url.startswith(SQLITE) and not os.path.exists(self.database):
            return
        with self.open() as gradebook:
            known = {submission.student_id for submission in gradebook.assignment_submissions(name)}
            for student in sorted(set(students) & known):
                gradebook.remove_submission(name, student)
                row = gradebook.find_student(student)
                if not row.submissions and not any((row.first_name, row.last_name, row.email, row.lms_user_id)):
                    gradebook.remove_student(student)

    def due(self, name):
        """When an assignment is due, as a text; empty when it never is."""
        with self.open() as gradebook:
            return str(gradebook.find_assignment(name).duedate or "")

    def totals(self, name):
        """dict of student → score in the gradebook."""
        with self.open() as gradebook:
            return {s.student_id: s.score for s in gradebook.assignment_submissions(name)}

    def standings(self, name):
        """How every student that the gradebook knows stands in an assignment.

        Returns: (list of GradedCell, list of StudentStanding), see read_standings.

        Raises: UsageError when there is no gradebook, or the assignment is not in it.
        """
        url = make_url(self.api.coursedir.db_url)
        if url.get_backend_name() == "sqlite" and not os.path.exists(url.database or ""):
            raise UsageError(f"there is no gradebook at {url.database}: grade {name} first")
        try:
            with self.open() as gradebook:
                return read_standings(gradebook.db, tables, name)
        except DatabaseError as error:
            raise UsageError(
                f"{self.database} can't be read as a gradebook ({error.orig}): see db_url in course_config.py, or run"
                " `nbgrader db upgrade` if an older nbgrader made it"
            ) from None

    def by_hand(self, name):
        """What people entered for an assignment, see read_by_hand."""
        with self.open() as gradebook:
            return read_by_hand(gradebook.db, tables, name)

    def give_points(self, name, student, notebook, grade_id, points):
        """Give points for a cell by hand, as a person does in formgrader."""
        with self.open() as gradebook:
            grade = gradebook.find_grade(grade_id, notebook, name, student)
            grade.manual_score, grade.needs_manual_grade = points, False
            gradebook.db.commit()

    def waiting_for_a_person(self, name):
        """Ids of the students with answers, or scores given by hand, that a person has to look at, sorted."""
        return [standing.student for standing in self.standings(name)[1] if standing.pending]

    def late(self, name):
        """Who handed in after the due date: dict of student → points that were taken off for it."""
        return {s.student: s.late_penalty for s in self.standings(name)[1] if s.seconds_late > 0}

    @staticmethod
    def _checked(outcome, what):
        if not outcome["success"]:
            log = outcome.get("log") or outcome.get("error") or ""
            errors = (
                re.findall(r"^\s*([\w.]*(?:Error|Exception|Entry)\b.*)$", log, re.MULTILINE) or log.strip().splitlines()
            )
            message = errors[-1].strip() if errors else "no message"
            if number := SYSTEM_ERROR.match(message):
                raise OSError(int(number[1]), os.strerror(int(number[1])), number[2].rpartition(" -> ")[2].strip("'"))
            raise GraderError(f"nbgrader {what} failed: {message}")
