"""Validate the source, make the student version, check it for leaks."""

import argparse

from autograder.cli.arguments import argument, assignment_argument
from autograder.course.config import Course

WITH_MARKS = False


@assignment_argument
@argument("--language", metavar="CODE", help="release a translation, such as zh, instead of the English version")
@argument("--no-run", action="store_true", help="do not execute the solved notebooks")
@argument(
    "--record-output",
    action="store_true",
    help="execute the solved notebooks, and record what they print: students see it below the cells",
)
def run(course: Course, options: argparse.Namespace) -> None:
    """Release the assignment."""
    from autograder.release.command import release_assignment

    release_assignment(
        course, options.assignment, language=options.language, run=not options.no_run, record=options.record_output
    )
