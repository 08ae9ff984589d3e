"""Add an assignment with one exercise to the course."""

import argparse

from autograder.cli.arguments import argument
from autograder.course.config import Course

WITH_MARKS = False


@argument("name", metavar="NAME", help="the assignment's name, such as homework2")
@argument("--package", metavar="NAME", help="the student package (default: that of the course's default assignment)")
def run(course: Course, options: argparse.Namespace) -> None:
    """Add the assignment."""
    from autograder.authoring.new_assignment import new_assignment

    new_assignment(course, options.name, package=options.package)
