"""Export the points of the class for other systems."""

import argparse
from pathlib import Path

from autograder.cli.arguments import argument, assignment_argument
from autograder.cli.output import warn, write_output
from autograder.course.config import Course
from autograder.exports import FORMATS


@assignment_argument
@argument("--format", choices=FORMATS, default="csv", help="format of the file (default: csv)")
@argument("--roster", type=Path, metavar="FILE", help="the file exported by Canvas or Moodle, to fill in")
@argument("--column", metavar="HEADING", help="the assignment's column in Canvas's gradebook")
@argument("--output", type=Path, metavar="FILE", help="path of the file (default: grades.csv, or grades-FORMAT.csv)")
def run(course: Course, options: argparse.Namespace) -> int:
    """Write the file. Returns: 1 if points of a student could not be exported, else 0."""
    from autograder.exports.formats import export

    made = export(course, options.assignment, options.format, roster=options.roster, column=options.column)
    name = {"csv": "grades.csv", "json": "grades.json"}.get(options.format, f"grades-{options.format}.csv")
    write_output(options.output or course.root / name, made.text, "grades")
    for line in [*made.notes, *made.problems]:
        warn(line)
    return 1 if made.problems else 0
