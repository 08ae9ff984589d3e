"""Reads submitted files in memory, with limits.

It unpacks nothing to disk, follows no links, and never waits for a pipe or device.
"""

import errno
import itertools
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from autograder.errors import GraderError
from autograder.intake.archives import TooLarge, Unreadable, unpacked
from autograder.intake.budgets import MAX_DEPTH, MAX_FILE_BYTES, SEARCH, Budget
from autograder.language import tr_later
from autograder.printable import clean
from autograder.reasons import Reason
from autograder.repairs import ProblemKind

__all__ = [
    "MAX_FILE_BYTES",
    "MISSING",
    "PACK",
    "Unreadable",
    "files_below",
    "find_link",
    "is_work",
    "link_on_the_way",
    "names_in",
    "read_bounded",
    "read_whole",
    "unpacked",
]

# Notebooks, and files that are handed in instead of them. Other released files do not have these suffixes.
WORK = (".ipynb", ".py", ".html", ".pdf", ".docx", ".zip", ".rar", ".7z", ".gz")
MISSING = tr_later("was not handed in")
CLEAR = tr_later("clear the outputs of its cells, save, and hand it in again")
PACK = tr_later("pack the notebooks alone, without data")
# Errors that a student's files can cause. All others come from the disk or this machine.
OF_STUDENTS = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO, errno.EISDIR)


class _NotAFile(OSError):
    pass


def read_bounded(file: str | Path, size: int) -> bytes:
    """Return at most `size` bytes of a submitted file.

    Raises: OSError if it can't be read, or is not an ordinary file.
    """
    careful = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(file, os.O_RDONLY | careful)
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode):
        os.close(handle)
        raise _NotAFile
    with open(handle, "rb") as stream:
        return stream.read(min(size, facts.st_size + 1))  # read() allocates the requested size


def is_work(name: str) -> bool:
    """Return whether a file name is that of a notebook, or of a file that is handed in instead."""
    return name.lower().endswith(WORK) and not name.startswith(".")


def files_below(top: Path, budget: Budget) -> Iterator[Path]:
    """Yield the files in a folder, sorted by name, then those in its folders.

    os.walk would first list a whole folder, even a huge one.

    Inputs:
    - top: the folder
    - budget: limits of the search

    Raises: SearchEnded; GraderError if the disk fails.
    """
    waiting = [(top, 1)]
    while waiting:
        place, depth = waiting.pop()
        files: list[str] = []
        folders: list[str] = []
        try:
            with os.scandir(place) as entries:
                for entry in entries:
                    budget.take("entries")
                    (folders if entry.is_dir(follow_symlinks=False) else files).append(entry.name)
        except OSError as error:
            _raise_unless_of_student(error, place)
            continue
        yield from (place / name for name in sorted(files))
        # Skips Jupyter's checkpoints and files that archivers add.
        inside = sorted((name for name in folders if name[0] != "." and name != "__MACOSX"), reverse=True)
        if inside and depth > MAX_DEPTH:
            budget.beyond = f"folders that are more than {MAX_DEPTH} deep"
        else:
            waiting += [(place / name, depth + 1) for name in inside]


def find_link(folder: Path) -> Path | None:
    """Return the first link in a folder or below it, or None."""
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            if os.path.islink(os.path.join(place, name)):
                return Path(place, name)
    return None


def link_on_the_way(path: Path, below: Path) -> Path | None:
    """Return the nearest link among a path and the folders above it, or None.

    Inputs:
    - path: file or folder
    - below: a folder above it, which is not checked itself
    """
    way = [path, *path.parents]
    return next((place for place in way[: way.index(below)] if place.is_symlink()), None)


def names_in(folder: Path) -> list[str]:
    """Return the names in a folder; none if it can't be read because of a student's files.

    Raises: GraderError if the disk fails.
    """
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in itertools.islice(entries, SEARCH["entries"][0])]
    except OSError as error:
        _raise_unless_of_student(error, folder)
        return []


def _raise_unless_of_student(error: OSError, file: Path) -> None:
    if error.errno not in OF_STUDENTS:
        raise GraderError(
            f"can't read {clean(str(file))} ({error.strerror}), which is not the student's fault: give this user read"
            " permission, or check the disk"
        ) from None


def read_whole(
    file: Path,
    size: int,
    subject: str,
    budget: Budget | None = None,
    *,
    remedy: str = CLEAR,
    kind: ProblemKind = ProblemKind.TOO_LARGE,
) -> bytes:
    """Return the bytes of a file.

    Inputs:
    - file: path
    - size: largest size in bytes
    - subject: start of the reason of an Unreadable
    - budget: Budget from which the size is taken; None means no budget
    - remedy: end of the reason if the file is too large
    - kind: ProblemKind if the file is too large

    Raises: Unreadable; SearchEnded; GraderError if the disk or this machine fails.
    """
    too_large = TooLarge(kind, subject + Reason.TOO_LARGE.format(size=size >> 20, remedy=remedy))
    try:
        declared = os.lstat(file).st_size
        if declared > size:
            raise too_large
        if budget:
            budget.take("bytes", declared)
        content = read_bounded(file, size + 1)
    except _NotAFile:
        words = subject + tr_later("is not an ordinary file: hand in the notebook itself")
        raise Unreadable(ProblemKind.UNREADABLE, words) from None
    except FileNotFoundError:
        raise Unreadable(ProblemKind.NOT_HANDED_IN, subject + MISSING) from None
    except OSError as error:
        _raise_unless_of_student(error, file)
        words = subject + Reason.UNREADABLE.format(error=error.strerror)
        raise Unreadable(ProblemKind.UNREADABLE, words) from None
    if len(content) > size:
        raise too_large
    return content
