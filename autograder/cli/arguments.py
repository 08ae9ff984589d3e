"""How commands declare arguments, and arguments that several of them share."""

import argparse
import math

from autograder.sandbox.supervisor import ISOLATIONS

__all__ = ["argument", "assignment_argument", "assignment_option", "isolation_option", "number", "points", "positive"]


def argument(*names, exclusive=False, **details):
    """Declare an argument above the `run` of a command; of those that are exclusive, one at most can be given."""

    def declare(run):
        run.arguments = [(names, exclusive, details), *getattr(run, "arguments", ())]
        return run

    return declare


assignment_argument = argument("assignment", nargs="?", metavar="ASSIGNMENT")
assignment_option = argument("--assignment", metavar="ASSIGNMENT")
isolation_option = argument(
    "--isolation",
    choices=ISOLATIONS,
    help="insist on bubblewrap, or on the inner layer alone; 'none' runs students' code without a sandbox, and"
    " every result says so (default: the best that passes its self-test, never 'none')",
)


def _type(what, read, is_right):
    def read_argument(text):
        try:
            value = read(text)
        except ValueError:
            value = math.nan
        if not is_right(value):
            raise argparse.ArgumentTypeError(f"{text} is not a {what}")
        return value

    return read_argument


number = _type("number", float, math.isfinite)
points = _type("positive number", float, lambda value: 0 < value < math.inf)
positive = _type("positive number", lambda text: int(text) if text.isdecimal() else 0, lambda value: value >= 1)
