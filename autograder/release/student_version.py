"""The student version of the notebooks, as nbgrader makes it."""

import shutil
import tempfile
from pathlib import Path

from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.gradebook.nbgrader_api import NbGrader

__all__ = ["make_student_version"]


def make_student_version(course: Course, assignment: Assignment, folder: Path) -> list[str]:
    """Let nbgrader make the student version of the notebooks that are handed out, and enter them into the gradebook.

    Inputs:
    - folder: where; the student version is in a folder of the assignment's name there.

    Returns: lines that tell which marks were taken out of the gradebook, with cells that are gone.
    """
    with tempfile.TemporaryDirectory() as source:
        # nbgrader takes every notebook that it finds, and copies every other file as it is.
        left_out = shutil.ignore_patterns(*assignment.provided, ".ipynb_checkpoints")
        shutil.copytree(assignment.folder, Path(source) / assignment.name, ignore=left_out)
        folders = {"source_directory": source, "release_directory": str(folder)}
        nbgrader = NbGrader(course, CourseDirectory=folders)
        taken_out = nbgrader.fit_gradebook(assignment)
        nbgrader.generate_assignment(assignment.name)
    return taken_out
