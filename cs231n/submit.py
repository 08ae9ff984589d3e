"""Packs what you hand in: ``python -m cs231n.submit`` checks the notebooks and writes one zip.

The notebooks go into it as they are, byte by byte; nothing is sent anywhere. The exit status is 0 when the zip is
written, 1 when something has to be put right first, 2 when the command was not used rightly.
"""

import argparse
import sys
import zipfile
from pathlib import Path

from cs231n.atomic_write import unfinished_file
from cs231n.manifest import read_manifest
from cs231n.submission import inspect_folder

__all__ = ["main", "write_zip"]

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold: the same files make the same zip


def write_zip(path, files):
    """Write a zip, whole or not at all; the same files make the same bytes.

    Inputs: path: where; files: dict of name → bytes. Raises OSError when it can't be written.
    """
    with (
        unfinished_file(path) as file,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
    ):
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, wherever it is made
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, content)


def main(arguments=None, *, handed_out=None):
    """Check a folder and write the zip; returns the exit status.

    Inputs:
    - arguments: list of words, those of the command line when None.
    - handed_out: what handed_out.describe() made; None means what came with this package.
    """
    parser = argparse.ArgumentParser(
        prog="python -m cs231n.submit", description="Check your notebooks and pack them into one zip to hand in."
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=Path(),
        metavar="FOLDER",
        help="where the notebooks are (default: this folder)",
    )
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="the zip to write (default: <assignment>-submission.zip in this folder)",
    )
    options = parser.parse_args(arguments)
    try:
        handed_out = read_manifest() if handed_out is None else handed_out
        if not options.folder.is_dir():
            raise ValueError(f"{options.folder} is not a folder: name the one that has the notebooks")
        output = options.output or Path(f"{handed_out['assignment']}-submission.zip")
        if output.is_dir() or not output.parent.is_dir():
            raise ValueError(f"{output} can't be written: --output needs the name of a file in a folder that is there")
        if output.suffix != ".zip":
            raise ValueError(f"{output} is no name for a zip: --output needs one that ends in .zip")
    except ValueError as error:
        print(f"python -m cs231n.submit: {error}", file=sys.stderr)
        return 2
    found = inspect_folder(options.folder, handed_out)
    for remark in found.remarks:
        print(f"  ! {remark}")
    for fault in found.faults:
        print(f"  ✘ {fault}")
    if found.faults:
        print("nothing was written: put right what is marked with ✘, save, and run this again")
        return 1
    try:
        write_zip(output, found.files)
    except OSError as error:
        print(
            f"python -m cs231n.submit: {output} can't be written ({error.strerror}): name another file with --output",
            file=sys.stderr,
        )
        return 2
    print(f"  ✔ {', '.join(sorted(found.files))}")
    size = output.stat().st_size / 2**10
    print(f"hand in {output} ({size:.0f} KiB)")
    return 0


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # on Windows a pipe may have no ✔
    sys.exit(main())
