"""Write all pages of feedback anew, without scoring."""

import argparse

from autograder.cli.arguments import assignment_argument
from autograder.cli.output import warn_of_failures
from autograder.course.config import Course


@assignment_argument
def run(course: Course, options: argparse.Namespace) -> int:
    from autograder.grading.command import refresh_feedback

    outcome = refresh_feedback(course, options.assignment)
    print(f"feedback: {course.feedback}")
    return warn_of_failures(outcome)
