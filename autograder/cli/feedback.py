"""Write all feedback pages again, without scoring."""

import argparse

from autograder.cli.arguments import assignment_argument
from autograder.cli.output import warn_of_failures
from autograder.course.config import Course


@assignment_argument
def run(course: Course, options: argparse.Namespace) -> int:
    """Write the pages. Returns: 2 if a page could not be made, else 0."""
    from autograder.grading.command import refresh_feedback

    outcome = refresh_feedback(course, options.assignment)
    print(f"feedback: {course.feedback}")
    return warn_of_failures(outcome)
