"""Write the hidden inputs on which a student lost points, as scripts."""

import argparse

from autograder.cli.arguments import argument, assignment_option
from autograder.cli.output import MESSAGE
from autograder.course.config import Course
from autograder.printable import clean


@argument("student", metavar="ID", help="the student's id")
@argument("exercise", metavar="EXERCISE", help="name of the exercise")
@assignment_option
def run(course: Course, options: argparse.Namespace) -> None:
    """Write the inputs, and print the failed tests."""
    from autograder.regrade_requests.command import write_inputs

    folder, written = write_inputs(course, options.assignment, options.student, options.exercise)
    if not written:
        print(f"{clean(options.student)} has passed every test of {options.exercise}: there are no inputs to write")
        return
    for name, test in written:
        lines = [*([test.summary] if test.summary else []), *(finding.text for finding in test.findings)]
        print("\n    ".join([f"{name}: {test.title}", *(clean(line, limit=MESSAGE) for line in lines)]))
    print(f"inputs: {clean(str(folder))}")
