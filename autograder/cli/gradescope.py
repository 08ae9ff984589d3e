"""Make the autograder zip for Gradescope."""

import argparse

from autograder.cli.arguments import assignment_argument
from autograder.course.config import Course


@assignment_argument
def run(course: Course, options: argparse.Namespace) -> None:
    """Make the zip."""
    from autograder.gradescope.bundle import bundle_for_gradescope

    bundle_for_gradescope(course, options.assignment)
