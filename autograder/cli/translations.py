"""Update the catalogues of messages for students, and compile them."""

import argparse

from autograder.cli.arguments import argument, assignment_argument
from autograder.course.config import Course

WITH_MARKS = False


@assignment_argument
@argument("--language", metavar="CODE", help="start catalogues in another language, such as fr")
def run(course: Course, options: argparse.Namespace) -> None:
    """Write the catalogues, and print how many messages are translated."""
    from autograder.course.assignment import load_assignment
    from autograder.release.message_catalogues import update_catalogues

    for line in update_catalogues(load_assignment(course, options.assignment), course.root, options.language):
        print(line)
