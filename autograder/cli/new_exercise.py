"""Write the parts of a new exercise, see docs/authoring.md."""

import argparse

from autograder.cli.arguments import argument, assignment_option, points
from autograder.course.config import Course

WITH_MARKS = False


@argument("name", metavar="NAME", help="name of the function or class that students write")
@argument("--class", dest="is_class", action="store_true", help="students write a class with methods")
@argument("--notebook", required=True, metavar="NOTEBOOK", help="with or without .ipynb")
@argument("--points", type=points, default=5, metavar="N", help="points of the exercise (default: 5)")
@argument("--after", metavar="EXERCISE", help="the exercise before it (default: the last one of the notebook)")
@assignment_option
def run(course: Course, options: argparse.Namespace) -> None:
    """Write the exercise."""
    from autograder.authoring.new_exercise import new_exercise

    new_exercise(
        course,
        options.name,
        notebook=options.notebook,
        points=options.points,
        after=options.after,
        is_class=options.is_class,
        assignment_name=options.assignment,
    )
