"""Write the report of a class: scores, misconceptions, tests, students."""

import argparse
from pathlib import Path

from autograder.cli.arguments import argument, assignment_argument
from autograder.course.config import Course


@assignment_argument
@argument("--anonymous", action="store_true", help="leave out names of students and text from students")
@argument("--output", type=Path, metavar="FILE", help="path of the file (default: reports/<assignment>/index.html)")
def run(course: Course, options: argparse.Namespace) -> None:
    """Write the report."""
    from autograder.report.command import write_report

    target = write_report(course, options.assignment, anonymous=options.anonymous, output=options.output)
    print(f"report: {target}")
