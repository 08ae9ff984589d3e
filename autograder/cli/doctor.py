"""Examine this machine: test the sandbox and the import policies."""

import argparse

from autograder.course.config import Course

WITH_MARKS = False


def run(course: Course, options: argparse.Namespace) -> int:
    """Examine the machine. Returns: 2 if grading would refuse to run, else 0."""
    from autograder.doctor import examine

    return examine(course)
