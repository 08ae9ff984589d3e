"""Takes the made-up class out again: submissions, results, marks in the gradebook, autograded notebooks, feedback."""

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
    """Remove the made-up class of an assignment, and nobody else.

    Returns: (ids that were removed, ids under which somebody has handed in something else since, which are left alone).

    Raises: UsageError when there is no such class, or another process is grading.
    """
    assignment = load_assignment(course, assignment_name)
    known = read_sample_class(course, assignment.name)
    if not known:
        raise UsageError(f"{course.submitted} has no made-up class of {assignment.name}: `sample-class` makes one")
    places = {student: course.handed_in(student, assignment.name) for student in known}
    real = [s for s, place in places.items() if place.exists() and not is_sample(place, known[s])]
    removed = [student for student in known if student not in real]
    with alone(course, assignment):
        # What shows first goes last: what is stopped in between can be done again.
        NbGrader(course).forget(assignment.name, removed)
        for student in removed:
            inputs = course.reports / assignment.name / "inputs"
            shutil.rmtree(inputs / result_path(course, assignment.name, student).stem, ignore_errors=True)
            remove_result(course, assignment.name, student)
            for folder in (course.autograded, course.feedback, course.submitted):
                shutil.rmtree(folder / student / assignment.name, ignore_errors=True)
                with contextlib.suppress(OSError):  # there is more of that id, or nothing
                    (folder / student).rmdir()
        note_not_scored(course, assignment.name, removed, {})
        forget_sample_class(course, assignment.name)
    return removed, real
