"""Write a new course of any subject, with one assignment and one exercise."""

import argparse
from pathlib import Path

from autograder.cli.arguments import argument

IN_A_COURSE = False
WITH_MARKS = False


@argument("name", metavar="NAME", help="name of the course and of its student package, such as stats101")
@argument("folder", nargs="?", type=Path, metavar="FOLDER", help="a new or empty folder (default: NAME)")
@argument("--assignment", default="assignment1", metavar="NAME", help="the first assignment (default: assignment1)")
def run(course: None, options: argparse.Namespace) -> None:
    """Write the course."""
    from autograder.authoring.new_course import new_course

    new_course(options.name, options.folder, assignment=options.assignment)
