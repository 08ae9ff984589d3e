"""Replace a lost secret; the next run scores all submissions again."""

import argparse

from autograder.course.config import Course


def run(course: Course, options: argparse.Namespace) -> None:
    """Replace the secret."""
    from autograder.course.secret import renew_secret

    print(f"new secret: {renew_secret(course.root)}; the next `make autograde` scores all submissions again")
