"""Pack your submission: ``python -m student_tools.submit`` checks the notebooks and writes a zip.

The zip holds the notebooks byte for byte. Nothing is sent over the network. The exit status is 0 if
the zip was written, 1 if you must fix something first, 2 for a wrong argument.
"""

from __future__ import annotations

import argparse
import io
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from student_tools.archive import write_zip
from student_tools.atomic_write import unfinished_file
from student_tools.command_line import argparse_in_language
from student_tools.language import tr
from student_tools.manifest import find_manifest, read_manifest
from student_tools.submission import inspect_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import NoReturn

__all__ = ["main", "start"]


def start(package: str | Path | None = None) -> NoReturn:
    """Run the command line and exit with its status, see main."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a pipe on Windows may be unable to encode ✔
    sys.exit(main(package=package))


@argparse_in_language()
def main(arguments: Sequence[str] | None = None, *, package: str | Path | None = None) -> int:
    """Check a folder and write the zip.

    Inputs:
    - arguments: of the command line; None means those of the process
    - package: folder of the course's package with the manifest; None means the package in the
      folder of the notebooks

    Returns: the exit status.
    """
    program = f"python -m {Path(package).name if package else __package__}.submit"
    parser = argparse.ArgumentParser(
        prog=program, description=tr("Check your notebooks and pack them into one zip to hand in.")
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help=tr("folder of the notebooks (default: this folder)"),
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help=tr("the zip to write (default: <assignment>-submission.zip in this folder)"),
    )
    options = parser.parse_args(arguments)
    try:
        if not options.folder.is_dir():
            raise ValueError(tr("{folder} is not a folder: name the folder of your notebooks", folder=options.folder))
        manifest = read_manifest(package) if package else find_manifest(options.folder)
        output = options.output or Path(f"{manifest['assignment']}-submission.zip")
        if output.is_dir() or not output.parent.is_dir():
            raise ValueError(tr("can't write {file}: --output must name a file in an existing folder", file=output))
        if output.suffix != ".zip":
            raise ValueError(tr("expected --output to end in .zip, got {file}", file=output))
    except ValueError as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 2
    found = inspect_folder(options.folder, manifest)
    for remark in found.remarks:
        print(f"  ! {remark}")
    for fault in found.faults:
        print(f"  ✘ {fault}")
    if found.faults:
        print(tr("no zip was written: fix the lines marked with ✘, save, and run this again"))
        return 1
    try:
        with unfinished_file(output) as file:
            write_zip(file, found.files)
    except OSError as error:
        words = tr("can't write {file} ({error}): name another file with --output", file=output, error=error.strerror)
        print(f"{program}: {words}", file=sys.stderr)
        return 2
    print(f"  ✔ {', '.join(sorted(found.files))}")
    print(tr("hand in {file} ({size} KiB)", file=output, size=f"{output.stat().st_size / 2**10:.0f}"))
    return 0


if __name__ == "__main__":
    start()
