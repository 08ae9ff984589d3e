"""Write a made-up class with known faults into submitted/."""

import argparse

from autograder.cli.arguments import argument, assignment_option, positive
from autograder.cli.output import listed
from autograder.course.config import Course

WITH_MARKS = False


@argument("--remove", action="store_true", help="take the made-up class out again, with all its marks", exclusive=True)
@argument("count", nargs="?", type=positive, metavar="N", help="submissions (default: each kind once)", exclusive=True)
@assignment_option
def run(course: Course, options: argparse.Namespace) -> None:
    if not options.remove:
        from autograder.sample_class.command import write_sample_class

        students = write_sample_class(course, options.assignment, count=options.count or 0)
        print(f"{len(students)} submissions in {course.submitted}: {listed(students)}")
        return
    from autograder.grading.remove_sample_class import remove_sample_class

    removed, real = remove_sample_class(course, options.assignment)
    print(f"removed: {len(removed)} submissions of the made-up class, with results, marks and feedback")
    if real:
        print(f"left alone, because something else was handed in there since: {listed(real)}")
    print("Reports and exports that were made before still have the made-up class: make them again.")
