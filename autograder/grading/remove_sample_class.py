"""Remove the sample class with results, grades and feedback."""

import contextlib
import shutil

from autograder.course.assignment import load_assignment
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.grading.command import alone
from autograder.sample_class.command import forget_sample_class, is_sample, read_sample_class
from autograder.scoring.results import note_not_scored, remove_result, result_path

__all__ = ["remove_sample_class"]


def remove_sample_class(course: Course, assignment_name: str | None = None) -> tuple[list[str], list[str]]:
    """Remove the sample class of an assignment. Other students are not affected.

    Inputs:
    - assignment_name: by default the course's default assignment.

    Returns: (removed ids, kept ids, under which other work has been submitted since).

    Raises: UsageError if no sample class exists, or another process is grading.
    """
    assignment = load_assignment(course, assignment_name)
    known = read_sample_class(course, assignment.name)
    if not known:
        raise UsageError(f"expected a sample class of {assignment.name} in {course.submitted}, got none")
    places = {student: course.handed_in(student, assignment.name) for student in known}
    real = [s for s, place in places.items() if place.exists() and not is_sample(place, known[s])]
    removed = [student for student in known if student not in real]
    with alone(course, assignment):
        # The submissions are removed last, so an interrupted run can be repeated.
        NbGrader(course).forget(assignment.name, removed)
        for student in removed:
            inputs = course.reports / assignment.name / "inputs"
            shutil.rmtree(inputs / result_path(course, assignment.name, student).stem, ignore_errors=True)
            remove_result(course, assignment.name, student)
            for folder in (course.autograded, course.feedback, course.submitted):
                shutil.rmtree(folder / student / assignment.name, ignore_errors=True)
                with contextlib.suppress(OSError):  # the folder is missing, or has other assignments
                    (folder / student).rmdir()
        note_not_scored(course, assignment.name, removed, {})
        forget_sample_class(course, assignment.name)
    return removed, real
