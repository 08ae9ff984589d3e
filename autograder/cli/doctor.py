"""Look at this machine, and prove that the sandbox is in force and each import policy starts."""

import argparse

from autograder.course.config import Course

WITH_MARKS = False


def run(course: Course, options: argparse.Namespace) -> int:
    from autograder.doctor import examine

    return examine(course)
