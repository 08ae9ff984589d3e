"""Normalize the source notebooks to canonical form."""

import argparse

from autograder.cli.arguments import assignment_argument
from autograder.course.config import Course

WITH_MARKS = False


@assignment_argument
def run(course: Course, options: argparse.Namespace) -> None:
    """Normalize the notebooks, and print the changed ones."""
    from autograder.course.assignment import load_assignment
    from autograder.release.normalize import tidy_notebook

    assignment = load_assignment(course, options.assignment)
    for name in assignment.sources:
        changed = tidy_notebook(assignment.folder / name)
        print(f"{name}: {'normalized' if changed else 'is in canonical form'}")
