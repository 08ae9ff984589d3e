"""Replace a secret that is lost; everybody is scored again then."""

import argparse

from autograder.course.config import Course


def run(course: Course, options: argparse.Namespace) -> None:
    from autograder.course.secret import renew_secret

    print(f"a new secret: {renew_secret(course.root)}; the next `make autograde` scores everybody again")
