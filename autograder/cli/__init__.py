"""The command line: `autograder COMMAND …`, also as `python -m autograder COMMAND …`.

Each command is a module of this folder. The module's docstring is the command's help.
`argument` declares the arguments above `run`. `run(course, options)` does the work and returns the
exit status; None means 0. `run` imports slow modules itself: nbgrader alone takes seconds.

`-v` before or after COMMAND prints versions, course folder and run time, and the traceback of an
error.

A module may set:
- WITH_MARKS = False: the command writes no students' data, so its files need not be private.
- SCORING = True: the command scores submissions.
- IN_A_COURSE = False: the command needs no course, and gets None as course.

Exit status:
- 0: done.
- 1: a submission or a hidden test needs attention.
- 2: bad usage, or the grader failed.
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
        *("new-course", "new-assignment", "new-exercise", "release", "tidy", "translations", "mutants"),
        *("lite", "sample-class", "gradescope", "new-secret"),
    ),
    "graders": (
        *("collect", "grade", "feedback", "release-feedback", "report", "unexplained", "export"),
        *("extension", "merge-gradebooks", "regrade-request", "inputs", "similarity"),
    ),
    "tools": ("score", "doctor", "gradescope-run"),
}
VERBOSE = "print versions, course folder and run time, and the traceback of an error"
# Errors of the file system that the user can fix: neither an internal error nor a missing resource.
REFUSED = {errno.EFBIG, errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENOTEMPTY}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status.

    Inputs:
    - arguments: command and its arguments; by default those of this process.
    """
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
        warn("stopped; no file is half-written: run the same command to continue")
    except Exception as error:
        if options.verbose or os.environ.get("AUTOGRADER_TRACEBACK"):
            traceback.print_exc()
        warn(clean(lack_of_machine(error) or _explained(error, options.command), limit=MESSAGE))
    finally:
        os.umask(umask)  # keep_private changes it for one command only
        if options.verbose:
            warn(f"finished after {time.monotonic() - started:.1f} s")
    return 2


def _versions() -> str:
    """The versions that a bug report should name."""
    return f"version {autograder.__version__}, Python {platform.python_version()}, {platform.platform()}"


def _explained(error: Exception, command: ModuleType) -> str:
    """Return the message for an error that the user did not cause."""
    if isinstance(error, GraderError):
        scores = getattr(command, "SCORING", False)
        return f"the grader failed, no scores were written: {error}" if scores else f"{error}"
    if isinstance(error, OSError) and error.errno in REFUSED:
        return f"cannot read or write {error.filename or 'a file'} ({error.strerror}): check what is at that path"
    return f"internal error (-v shows the traceback): {type(error).__name__}: {error}"


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; it sets `options.command` to the module of the command."""
    raw = argparse.RawDescriptionHelpFormatter
    about = "Make, release and grade autograded assignments."
    parser = argparse.ArgumentParser("autograder", description=about, formatter_class=raw)
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
