"""Preprocessors for nbgrader's pipelines: release, scoring, times.

nbgrader_settings.py installs them.
"""

import json
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor, SaveAutoGrades

from autograder.course.assignment import Assignment, assignment_settings, load_assignment
from autograder.course.cells import name_stubs
from autograder.course.config import Course, load_course
from autograder.course.permissions import READERS, keep_private, protect_gradebook
from autograder.course.student_notes import add_student_notes
from autograder.errors import GraderError
from autograder.feedback.page import NotebookTotal
from autograder.feedback.released import outdate_page
from autograder.feedback.texts import SUBMISSION_KEY, submission_facts
from autograder.gradebook.entered import (
    Entered,
    answers_in,
    create_table,
    needs_a_person,
    read_entered,
    write_entered,
)
from autograder.gradebook.merge_notebook import rebuild_notebook
from autograder.gradebook.nbgrader_api import is_open
from autograder.gradebook.timestamps import time_of_submission
from autograder.gradebook.writer import automatic_score, grade_outputs, is_waiting
from autograder.intake.class_list import ids_of
from autograder.intake.extensions import read_extensions
from autograder.intake.files import find_link
from autograder.intake.times import read_times
from autograder.scoring.pipeline import Graded, Pipeline
from autograder.scoring.scorer import scorer_for

__all__ = [
    "AddNotes",
    "EnterScores",
    "EnterTime",
    "LeaveOutCells",
    "NameStubs",
    "RebuildSubmission",
    "SaveScores",
    "ScoreSubmission",
]


Resources = dict[str, Any]  # of nbconvert; "nbgrader" has the names of the course, the student and the notebook


class _OfSubmission(NbGraderPreprocessor):
    """Base of preprocessors that need the result of the notebook's submission."""

    def _graded(self, resources: Resources) -> tuple[Graded, Assignment, str]:
        """Grade the submission, once for all of its notebooks.

        Returns: (the graded submission, the assignment, file name of this notebook).

        Raises: GraderError if the folder contains a link. nbgrader has already copied the link's
        target to its output folder, and removes the copy after the error.
        """
        names, converter = resources["nbgrader"], self.parent.parent  # preprocessor ← exporter ← converter
        if (pipeline := _pipelines.get(converter)) is None:
            scorer = scorer_for(converter.coursedir.root, names["assignment"])
            pipeline = Pipeline(scorer, students=ids_of(scorer.course, scorer.assignment))
            _pipelines[converter] = pipeline
            weakref.finalize(converter, pipeline.close)
        _keep_private(converter, pipeline.course)
        graded, student = _last_graded.get(converter), names["student"]
        if graded is None or graded.submission.student != student:
            coursedir = converter.coursedir
            folder = Path(coursedir.format_path(coursedir.submitted_directory, student, names["assignment"]))
            if folder.is_symlink() or folder.parent.is_symlink() or find_link(folder):
                raise GraderError(f"the submission of {student} contains a link: replace it by the files themselves")
            graded = _last_graded[converter] = pipeline.grade(folder, student)
        return graded, pipeline.assignment, f"{names['notebook']}.ipynb"


# For each run of nbgrader, which grades one student after the other, notebook by notebook.
_pipelines: weakref.WeakKeyDictionary[Any, Pipeline] = weakref.WeakKeyDictionary()
_last_graded: weakref.WeakKeyDictionary[Any, Graded] = weakref.WeakKeyDictionary()


def _keep_private(converter: Any, course: Course) -> None:
    """Keep nbgrader's files private; nbgrader sets their permissions itself."""
    keep_private(course)
    protect_gradebook(converter.coursedir.db_url, course)
    allowed = int(str(converter.permissions), 8) & ~READERS[course.marks_readable_by]
    converter.permissions = int(f"{allowed:o}")


class LeaveOutCells(NbGraderPreprocessor):
    """Drop unreleased cells of a source notebook, and points of void exercises."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Change the cells of a notebook, in place."""
        course = load_course(self.parent.parent.coursedir.root)
        settings = assignment_settings(course, resources["nbgrader"]["assignment"])
        nb.cells = [cell for cell in nb.cells if not settings.tags_left_out & set(cell.metadata.get("tags", []))]
        for cell in nb.cells:
            facts = cell.metadata.get("nbgrader", {})
            if facts.get("grade") and settings.is_void(facts.get("grade_id")):
                facts["points"] = 0
        return nb, resources


class NameStubs(NbGraderPreprocessor):
    """Add the name of its exercise to each stub of nbgrader."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Change the stubs of a notebook, in place."""
        for cell in nb.cells:
            facts = cell.metadata.get("nbgrader", {})
            if cell.cell_type == "code" and facts.get("solution"):
                cell.source = name_stubs(cell.source, facts["grade_id"])
        return nb, resources


class AddNotes(NbGraderPreprocessor):
    """Add the points and the expected output for students."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Change the cells of a notebook, in place."""
        names, coursedir = resources["nbgrader"], self.parent.parent.coursedir
        course = load_course(coursedir.root)
        # `release` converts a copy of the source.
        course = replace(course, source=Path(coursedir.root) / coursedir.source_directory)
        assignment = load_assignment(course, names["assignment"])
        add_student_notes(nb.cells, assignment, f"{names['notebook']}.ipynb")
        nb.cells = [nbformat.from_dict(cell) for cell in nb.cells]
        return nb, resources


class RebuildSubmission(_OfSubmission):
    """Replace a submitted notebook by the source notebook with the student's cells."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Return the new notebook."""
        graded, assignment, name = self._graded(resources)
        rebuilt = json.dumps(rebuild_notebook(graded.submission, name, assignment))
        return nbformat.reads(rebuilt, as_version=4), resources


class ScoreSubmission(_OfSubmission):
    """Replace nbgrader's Execute: write scores and feedback into grade cells."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Set the outputs of the grade cells, in place."""
        graded, assignment, name = self._graded(resources)
        by_cell = {
            exercise.grade_cell: exercise for exercise in assignment.exercises.values() if exercise.notebook == name
        }
        for cell in nb.cells:
            exercise = by_cell.get(cell.metadata.get("nbgrader", {}).get("grade_id"))
            if exercise and cell.cell_type == "code":
                cell.outputs = grade_outputs(exercise, graded.result)
        nb.metadata[SUBMISSION_KEY] = submission_facts(graded.result)
        return nb, resources


class EnterTime(NbGraderPreprocessor):
    """Enter the submission time: nbgrader itself trusts any timestamp.txt, also a student's own."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Enter time and extension into the gradebook; the notebook is unchanged."""
        names = resources["nbgrader"]
        student, assignment = names["student"], names["assignment"]
        course = scorer_for(self.parent.parent.coursedir.root, assignment).course
        recorded = read_times(course.submitted, assignment).get(student)
        when, problem = time_of_submission(course.handed_in(student, assignment), recorded, course.zone)
        if problem:
            self.log.warning("%s: %s", student, problem)
        granted = read_extensions(course.submitted, assignment).get(student)
        with Gradebook(names["db_url"]) as gradebook:
            create_table(gradebook)
            submission = gradebook.update_or_create_submission(assignment, student, timestamp=when)
            entered = read_entered(gradebook.db, assignment, [student]).get(student, Entered())
            entered.enter_extension(submission, granted)
            write_entered(gradebook.db, assignment, {student: entered})
            gradebook.db.commit()
        return nb, resources


class SaveScores(SaveAutoGrades):
    """nbgrader's SaveAutoGrades with the rules of `autograder grade`.

    A manual score must be graded again only if the answer or the automatic score is new. Work that
    the grader could not read because of a limit has no automatic score. Void exercises, and those
    with full points for all students, always have one.
    """

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Enter scores and comments into the gradebook; the notebook is unchanged."""
        names = resources["nbgrader"]
        student, assignment = names["student"], names["assignment"]
        scorer = scorer_for(self.parent.parent.coursedir.root, assignment)
        outdate_page(scorer.course, assignment, student)
        self.metadata, self.fixed_scores = nb.metadata, scorer.assignment.fixed_scores
        answers = answers_in(names["notebook"], nb, scorer.assignment)
        with Gradebook(names["db_url"]) as gradebook:
            create_table(gradebook)
            entered = read_entered(gradebook.db, assignment, [student]).get(student, Entered())
        self.same = entered.unchanged(answers)
        nb, resources = super().preprocess(nb, resources)
        entered.answers.update(answers)
        with Gradebook(names["db_url"]) as gradebook:
            write_entered(gradebook.db, assignment, {student: entered})
            gradebook.db.commit()
        return nb, resources

    def _add_score(self, cell: NotebookNode, resources: Resources) -> None:
        grade_id = cell.metadata["nbgrader"]["grade_id"]
        grade = self.gradebook.find_grade(grade_id, self.notebook_id, self.assignment_id, self.student_id)
        score = automatic_score(cell, self.metadata, self.fixed_scores)
        needs = needs_a_person(grade, score, f"{self.notebook_id}/{grade_id}" in self.same)
        super()._add_score(cell, resources)
        grade.auto_score, grade.needs_manual_grade = score, needs
        self.gradebook.db.commit()

    def _add_comment(self, cell: NotebookNode, resources: Resources) -> None:
        super()._add_comment(cell, resources)
        if is_waiting(cell, self.metadata):
            where = (self.notebook_id, self.assignment_id, self.student_id)
            self.gradebook.find_comment(cell.metadata["nbgrader"]["grade_id"], *where).auto_comment = None
            self.gradebook.db.commit()


class EnterScores(GetGrades):
    """nbgrader's GetGrades, but an ungraded answer gets the score None instead of 0."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Add scores and comments to the metadata of the cells, in place."""
        converter = self.parent.parent
        scorer = scorer_for(converter.coursedir.root, resources["nbgrader"]["assignment"])
        _keep_private(converter, scorer.course)
        nb, resources = super().preprocess(nb, resources)
        resources["nbgrader"]["notebooks"] = self._totals(converter.coursedir, scorer.assignment, resources)
        return nb, resources

    def _totals(self, coursedir: Any, assignment: Assignment, resources: Resources) -> list[NotebookTotal]:
        """Return the points of all notebooks of the submission, and which of them get pages."""
        names = resources["nbgrader"]
        where = (names["student"], names["assignment"])
        folders = [
            Path(coursedir.format_path(d, *where))
            for d in (coursedir.autograded_directory, coursedir.feedback_directory)
        ]
        order = [Path(name).stem for name in assignment.notebooks]
        found = {}
        with Gradebook(names["db_url"]) as gradebook:
            for part in gradebook.find_submission(names["assignment"], names["student"]).notebooks:
                ungraded = sum(grade.max_score for grade in part.grades if is_open(grade))
                is_made = coursedir.notebook_id == "*" and (folders[0] / f"{part.name}.ipynb").exists()
                has_page = is_made or (folders[1] / f"{part.name}.html").exists()
                score = part.score - (part.late_submission_penalty or 0)
                found[part.name] = NotebookTotal(part.name, score, part.max_score, ungraded, has_page=has_page)
        return [found[name] for name in order if name in found]

    def _get_score(self, cell: NotebookNode, resources: Resources) -> None:
        super()._get_score(cell, resources)
        grade_id = cell.metadata["nbgrader"]["grade_id"]
        grade = self.gradebook.find_grade(grade_id, self.notebook_id, self.assignment_id, self.student_id)
        if is_open(grade):
            cell.metadata.nbgrader["score"] = None
