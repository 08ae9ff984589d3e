"""Make the student version of the notebooks with nbgrader."""

import shutil
import tempfile
from pathlib import Path

from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.gradebook.nbgrader_api import NbGrader

__all__ = ["make_student_version"]


def make_student_version(course: Course, assignment: Assignment, folder: Path) -> list[str]:
    """Make the student version with nbgrader, and add it to the gradebook.

    Inputs:
    - folder: parent folder; the student version is written to a folder with the assignment's name.

    Returns: lines about scores that were removed from the gradebook with their cells.
    """
    with tempfile.TemporaryDirectory() as source:
        # nbgrader converts all notebooks, and copies all other files unchanged.
        left_out = shutil.ignore_patterns(*assignment.provided, ".ipynb_checkpoints")
        shutil.copytree(assignment.folder, Path(source) / assignment.name, ignore=left_out)
        folders = {"source_directory": source, "release_directory": str(folder)}
        nbgrader = NbGrader(course, CourseDirectory=folders)
        taken_out = nbgrader.fit_gradebook(assignment)
        nbgrader.generate_assignment(assignment.name)
    return taken_out
