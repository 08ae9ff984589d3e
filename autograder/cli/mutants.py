"""Check the hidden tests with mutants and correct variants."""

import argparse
import os
from pathlib import Path

from autograder.cli.arguments import argument, assignment_argument, positive
from autograder.course.config import Course

WITH_MARKS = False


@assignment_argument
@argument("--seeds", type=positive, default=20, metavar="N", help="number of hidden inputs (default: 20)")
@argument("--exercise", default="", metavar="NAME", help="check only this exercise", exclusive=True)
@argument("--page", type=Path, metavar="FILE", help="write the whole matrix as a Markdown page", exclusive=True)
def run(course: Course, options: argparse.Namespace) -> int:
    """Run the mutants. Returns: 1 if a hidden test or a time limit has a problem, else 0."""
    from autograder.atomic_io import write_text
    from autograder.authoring.matrix import measure
    from autograder.authoring.matrix_page import matrix_page, matrix_text
    from autograder.authoring.time_limits import limits_section, limits_text, slowest_programs, too_slow
    from autograder.course.assignment import load_assignment
    from autograder.scoring.scorer import scorer_for

    assignment = load_assignment(course, options.assignment)
    if options.exercise:
        assignment.check_exercise(options.exercise)
    mechanical = hasattr(os, "fork")
    matrix = measure(course, assignment.name, seeds=options.seeds, exercise=options.exercise, mechanical=mechanical)
    slowest = slowest_programs(scorer_for(course.root, assignment.name), options.exercise)
    print(matrix_text(matrix))
    print(limits_text(slowest, assignment.settings))
    if options.page:
        write_text(options.page, f"{matrix_page(matrix)}\n{limits_section(slowest, assignment.settings)}")
        print(f"page: {options.page}")
    return 1 if matrix.problems() or too_slow(slowest, assignment.settings) else 0
