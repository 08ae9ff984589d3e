"""Make a static site that runs the released notebooks in a browser."""

import argparse

from autograder.cli.arguments import argument, assignment_argument
from autograder.course.config import Course

WITH_MARKS = False


@assignment_argument
@argument("--language", metavar="CODE", help="the released translation, such as zh, instead of the English version")
@argument(
    "--pyodide",
    metavar="DIR",
    help="folder of Pyodide, copied into the site; or an address (default: Pyodide's own server)",
)
def run(course: Course, options: argparse.Namespace) -> None:
    """Make the site."""
    from autograder.lite.site import make_site

    make_site(course, options.assignment, language=options.language, pyodide=options.pyodide)
