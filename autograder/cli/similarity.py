"""List pairs of submissions that share rare code."""

import argparse
from pathlib import Path

from autograder.cli.arguments import argument, assignment_argument
from autograder.cli.output import write_output
from autograder.course.config import Course
from autograder.printable import clean


@assignment_argument
@argument(
    "--output", type=Path, metavar="FILE", help="path of the file (default: reports/<assignment>/similarity.html)"
)
def run(course: Course, options: argparse.Namespace) -> int:
    """Compare the submissions. Returns: 1 if some could not be compared, else 0."""
    from autograder.course.assignment import load_assignment
    from autograder.similarity.command import compare_submissions

    assignment = load_assignment(course, options.assignment)
    report, left_out, page = compare_submissions(course, assignment)
    write_output(options.output or course.reports / assignment.name / "similarity.html", page, "page")
    pairs = f"{len(report.pairs) or 'no'} pairs to look at"
    print(f"{report.students} submissions compared, {pairs}")
    for student, reason in left_out.items():
        print(f"left out: {clean(student)}: {clean(reason)}")
    return 1 if left_out else 0
