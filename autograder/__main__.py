"""The program `autograder`, also `python -m autograder …`: see autograder.cli."""

import io
import locale
import os
import sys

from autograder.cli import main

__all__ = ["run"]

# nbgrader reads files in the encoding that Python takes for the default, alembic in that of the locale.
UTF8 = {"PYTHONUTF8": "1", "LC_ALL": "C.UTF-8"}


def run() -> int:
    """Run the command line on the arguments of this process; returns the exit status."""
    _start_in_utf8()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a pipe or a terminal may have no ✔
    return main()


def _start_in_utf8() -> None:
    """Start again with UTF-8 for everything where the locale means another encoding."""
    is_other = "utf" not in locale.getencoding().lower()
    if is_other and os.name == "posix" and not os.environ.items() >= UTF8.items():
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], os.environ | UTF8)


if __name__ == "__main__":
    raise SystemExit(run())
