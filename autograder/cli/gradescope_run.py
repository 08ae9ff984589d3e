"""Score the submission in a Gradescope container."""

import argparse
from pathlib import Path

from autograder.cli.arguments import argument, assignment_argument
from autograder.course.config import Course

SCORING = True
WITH_MARKS = False  # Gradescope must be able to read the files


@assignment_argument
@argument(
    "--root",
    type=Path,
    default=Path("/autograder"),
    metavar="DIR",
    help="folder with the submission (default: /autograder)",
)
def run(course: Course, options: argparse.Namespace) -> None:
    """Score the submission."""
    from autograder.feedback.table import submission_table
    from autograder.gradescope.harness import score_for_gradescope

    # Exit status 0 also if the submission needs attention: Gradescope takes another status for a failed autograder.
    print(submission_table(score_for_gradescope(course, options.assignment, options.root.resolve())))
