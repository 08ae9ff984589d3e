"""Note that students have the feedback that is there now."""

import argparse

from autograder.cli.arguments import argument, assignment_argument
from autograder.cli.output import listed, warn
from autograder.course.config import Course


@assignment_argument
@argument("--student", metavar="ID", help="this student only")
def run(course: Course, options: argparse.Namespace) -> int:
    from autograder.course.assignment import load_assignment
    from autograder.feedback.released import note_released
    from autograder.intake.class_list import students_of

    assignment = load_assignment(course, options.assignment)
    students = students_of(course, assignment, only=options.student)
    noted = note_released(course, assignment.name, students)
    print(f"{len(noted)} students have the feedback in {course.feedback}: from here on, pages tell what changed since")
    if missing := sorted(set(students) - set(noted)):
        warn(f"no finished pages of {listed(missing)}: run `make autograde` first")
        return 1 if noted else 2
    return 0
