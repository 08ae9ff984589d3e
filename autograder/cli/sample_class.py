"""Write a sample class with known mistakes into submitted/, or remove it."""

import argparse

from autograder.cli.arguments import argument, assignment_option, positive
from autograder.cli.output import listed
from autograder.course.config import Course

WITH_MARKS = False


@argument("--remove", action="store_true", help="remove the sample class with its results and points", exclusive=True)
@argument(
    "count",
    nargs="?",
    type=positive,
    metavar="N",
    help="number of submissions (default: one of each kind)",
    exclusive=True,
)
@assignment_option
def run(course: Course, options: argparse.Namespace) -> None:
    """Write or remove the sample class."""
    if not options.remove:
        from autograder.sample_class.command import write_sample_class

        students = write_sample_class(course, options.assignment, count=options.count or 0)
        print(f"{len(students)} submissions in {course.submitted}: {listed(students)}")
        return
    from autograder.grading.remove_sample_class import remove_sample_class

    removed, real = remove_sample_class(course, options.assignment)
    print(f"removed: {len(removed)} submissions of the sample class, with results, points and feedback")
    if real:
        print(f"kept, because other work was submitted there since: {listed(real)}")
    print("Earlier reports and exports still contain the sample class: make them again.")
