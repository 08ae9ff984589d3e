"""Record that students have received the current feedback."""

import argparse

from autograder.cli.arguments import argument, assignment_argument
from autograder.cli.output import listed, warn
from autograder.course.config import Course


@assignment_argument
@argument("--student", metavar="ID", help="only this student")
def run(course: Course, options: argparse.Namespace) -> int:
    """Record the release.

    Returns: 2 if no student has finished pages, 1 if some have none, else 0.
    """
    from autograder.course.assignment import load_assignment
    from autograder.feedback.released import note_released
    from autograder.intake.class_list import students_of

    assignment = load_assignment(course, options.assignment)
    students = students_of(course, assignment, only=options.student)
    noted = note_released(course, assignment.name, students)
    print(f"recorded: {len(noted)} students have the feedback in {course.feedback}; pages will list later changes")
    if missing := sorted(set(students) - set(noted)):
        warn(f"there are no finished pages of {listed(missing)}: run `make autograde` first")
        return 1 if noted else 2
    return 0
