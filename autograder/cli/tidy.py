"""Normalize the source notebooks, and list new texts of their code for translators."""

import argparse

from autograder.cli.arguments import assignment_argument
from autograder.course.config import Course

WITH_MARKS = False


@assignment_argument
def run(course: Course, options: argparse.Namespace) -> None:
    """Normalize the notebooks and the translations of their code, and print the result."""
    from autograder.course.assignment import load_assignment
    from autograder.course.translations import languages
    from autograder.release.code_translation import CATALOGUE, update_catalogue
    from autograder.release.normalize import tidy_notebook

    assignment = load_assignment(course, options.assignment)
    for name in assignment.sources:
        changed = tidy_notebook(assignment.folder / name)
        print(f"{name}: {'normalized' if changed else 'is in canonical form'}")
    assignment = load_assignment(course, assignment.name)
    for language in languages(assignment.folder):
        left, removed = update_catalogue(assignment, assignment.folder / language / CATALOGUE)
        state = f"texts to translate: {left}" if left else "every text has a translation"
        print(f"{language}/{CATALOGUE}: {state}{f', unused texts removed: {removed}' if removed else ''}")
