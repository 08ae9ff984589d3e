"""Declare the arguments of commands; arguments that several commands share."""

import argparse
import math
from collections.abc import Callable
from typing import Any, TypeVar

from autograder.sandbox.supervisor import ISOLATIONS

__all__ = ["argument", "assignment_argument", "assignment_option", "isolation_option", "number", "points", "positive"]

Run = TypeVar("Run", bound=Callable[..., int | None])


def argument(*names: str, exclusive: bool = False, **details: Any) -> Callable[[Run], Run]:
    """Declare an argument above the `run` of a command.

    Inputs:
    - names: the name of a positional argument, or the names of an option.
    - exclusive: at most one of the exclusive arguments of a command can be given.
    - details: keywords of argparse's `add_argument`.

    Returns: a decorator that adds the argument to `run.arguments`.
    """

    def declare(run: Run) -> Run:
        vars(run).setdefault("arguments", []).insert(0, (names, exclusive, details))
        return run

    return declare


DEFAULT = "name of the assignment (default: that of course_config.py)"

assignment_argument = argument("assignment", nargs="?", metavar="ASSIGNMENT", help=DEFAULT)
assignment_option = argument("--assignment", metavar="ASSIGNMENT", help=DEFAULT)
isolation_option = argument(
    "--isolation",
    choices=ISOLATIONS,
    help="require bubblewrap ('bwrap') or the inner layer alone ('inner'); 'none' runs students' code without a"
    " sandbox, and every result says so (default: the strongest that passes its self-test, never 'none')",
)


def _type(what: str, read: Callable[[str], float], is_right: Callable[[float], bool]) -> Callable[[str], float]:
    def read_argument(text: str) -> float:
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
