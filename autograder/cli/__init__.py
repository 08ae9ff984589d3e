"""The command line: `autograder COMMAND …`, also as `python -m autograder COMMAND …`.

Each command is a module of this folder. Its docstring is its help, and `argument` declares its arguments above `run`.
`run(course, options)` does the work and returns the exit status; None means 0. It imports what it needs when it runs:
nbgrader alone takes seconds. What a command writes is kept private, unless its module sets `WITH_MARKS = False`. A
command that scores sets `SCORING = True`. One that needs no course sets `IN_A_COURSE = False`, and gets None as course.

`-v` before or after COMMAND prints versions, course folder and run time, and the traceback of an error.

Exit status: 0 done; 1 some submission, or a hidden test, needs attention; 2 bad usage, or the grader itself failed.
"""

import argparse
import errno
import importlib
import os
import platform
import shutil
import sys
import textwrap
import time
import traceback
from collections.abc import Sequence
from types import ModuleType

import autograder
from autograder.cli.output import MESSAGE, warn
from autograder.course.config import load_course
from autograder.course.permissions import keep_private
from autograder.errors import GraderError, UsageError, lack_of_machine
from autograder.printable import clean

__all__ = ["COMMANDS", "build_parser", "main"]

# Reader → commands, in the order of `--help`.
COMMANDS = {
    "instructors": (
        *("new-course", "new-assignment", "new-exercise", "release", "tidy", "mutants"),
        *("sample-class", "gradescope", "new-secret"),
    ),
    "graders": (
        *("collect", "grade", "feedback", "release-feedback", "report", "export"),
        *("extension", "merge-gradebooks", "regrade-request", "inputs", "similarity"),
    ),
    "tools": ("score", "doctor", "gradescope-run"),
}
VERBOSE = "print versions, course folder and run time, and the traceback of an error"
# What a file system says that is neither a fault of the kit nor a lack of the machine.
REFUSED = {errno.EFBIG, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    options = build_parser().parse_args(arguments)
    umask = os.umask(0o077)
    os.umask(umask)
    started = time.monotonic()
    try:
        course = load_course() if getattr(options.command, "IN_A_COURSE", True) else None
        if options.verbose:
            warn(f"{_versions()}, course {course.root if course else '-'}")
        if course and getattr(options.command, "WITH_MARKS", True):
            keep_private(course)
        return options.command.run(course, options) or 0
    except UsageError as error:
        warn(clean(error.message, limit=MESSAGE))
        for fault in error.faults:
            print(f"  - {clean(fault, limit=MESSAGE)}", file=sys.stderr)
    except KeyboardInterrupt:
        warn("stopped; nothing is half-written, the same command goes on from there")
    except Exception as error:
        if options.verbose or os.environ.get("AUTOGRADER_TRACEBACK"):
            traceback.print_exc()
        warn(clean(lack_of_machine(error) or _explained(error, options.command), limit=MESSAGE))
    finally:
        os.umask(umask)  # what a command keeps private is its own matter
        if options.verbose:
            warn(f"finished after {time.monotonic() - started:.1f} s")
    return 2


def _versions() -> str:
    """The versions that a bug report should name."""
    return f"version {autograder.__version__}, Python {platform.python_version()}, {platform.platform()}"


def _explained(error: Exception, command: ModuleType) -> str:
    """The message for an error that is not of the user."""
    if isinstance(error, GraderError):
        scores = getattr(command, "SCORING", False)
        return f"the grader itself failed, nobody was given a mark for it: {error}" if scores else f"{error}"
    if isinstance(error, OSError) and error.errno in REFUSED:
        return f"{error.filename or 'a file'} can't be written or read ({error.strerror}): see what stands there"
    return f"a fault in the kit (-v shows where): {type(error).__name__}: {error}"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; `options.command` is the module of the chosen one."""
    raw = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("autograder", description="The CS231n assignment kit.", formatter_class=raw)
    parser.add_argument("--version", action="version", version=f"autograder {autograder.__version__}")
    parser.add_argument("-v", "--verbose", action="store_true", help=VERBOSE)
    commands = parser.add_subparsers(required=True, metavar="COMMAND", help="see below; COMMAND --help explains it")
    width = shutil.get_terminal_size().columns - 2
    listing: list[str] = []
    for reader, names in COMMANDS.items():
        listing.append(f"\n{reader}:")
        for name in names:
            module = importlib.import_module(f"autograder.cli.{name.replace('-', '_')}")
            _add_command(commands.add_parser(name, description=module.__doc__), module)
            summary = module.__doc__ or name
            words = f"{summary[0].lower()}{summary[1:].rstrip('.')}"
            listing.append(textwrap.fill(f"  {name:<16}  {words}", width, subsequent_indent=" " * 20))
    parser.epilog = "\n".join(listing)
    return parser


def _add_command(parser: argparse.ArgumentParser, module: ModuleType) -> None:
    # Without a default: it would replace the value of a -v in front of the command.
    parser.add_argument("-v", "--verbose", action="store_true", default=argparse.SUPPRESS, help=VERBOSE)
    groups: dict[bool, argparse._ActionsContainer] = {False: parser}
    for names, exclusive, details in getattr(module.run, "arguments", ()):
        if exclusive and exclusive not in groups:
            groups[exclusive] = parser.add_mutually_exclusive_group()
        groups[exclusive].add_argument(*names, **details)
    parser.set_defaults(command=module)
