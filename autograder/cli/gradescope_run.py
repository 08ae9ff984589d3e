"""Score the submission that Gradescope put in place."""

import argparse
from pathlib import Path

from autograder.cli.arguments import argument, assignment_argument
from autograder.course.config import Course

SCORING = True
WITH_MARKS = False  # what it writes is for Gradescope to read


@assignment_argument
@argument("--root", type=Path, default=Path("/autograder"), metavar="DIR", help="default: /autograder")
def run(course: Course, options: argparse.Namespace) -> None:
    from autograder.feedback.table import submission_table
    from autograder.gradescope.harness import score_for_gradescope

    # 0 for a submission that needs attention, too: Gradescope must not take that for a failure of the autograder.
    print(submission_table(score_for_gradescope(course, options.assignment, options.root.resolve())))
