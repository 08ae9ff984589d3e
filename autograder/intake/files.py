"""Reads files that students handed in: bounded, in memory.

Nothing is unpacked to disk, no link is followed, no pipe or device waited for.
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
from autograder.printable import clean
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

# Notebooks, and what is handed in instead of them. Nothing else that the kit gives out lies beside them and ends so.
WORK = (".ipynb", ".py", ".html", ".pdf", ".docx", ".zip", ".rar", ".7z", ".gz")
MISSING = "was not handed in"
CLEAR = "clear the outputs of its cells, save, and hand it in again"
PACK = "pack the notebooks alone, without data"
# A student's own files can bring about these. All other errors are the disk's, or this machine's.
OF_STUDENTS = (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENAMETOOLONG, errno.ENXIO, errno.EISDIR)


class _NotAFile(OSError):
    pass


def read_bounded(file: str | Path, size: int) -> bytes:
    """At most `size` bytes of a file that a student handed in.

    Raises: OSError when it can't be read or is no ordinary file.
    """
    careful = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    handle = os.open(file, os.O_RDONLY | careful)
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode):
        os.close(handle)
        raise _NotAFile
    with open(handle, "rb") as stream:
        return stream.read(min(size, facts.st_size + 1))  # memory is taken for all that is asked for


def is_work(name: str) -> bool:
    """Whether a file's name is that of a notebook, or of what is handed in instead of one."""
    return name.lower().endswith(WORK) and not name.startswith(".")


def files_below(top: Path, budget: Budget) -> Iterator[Path]:
    """The files in a folder in the order of their names, then those in the folders in it. os.walk would first make a
    list of a whole folder, however large."""
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
        # Jupyter's own copies and what archivers add are nobody's work.
        inside = sorted((name for name in folders if name[0] != "." and name != "__MACOSX"), reverse=True)
        if inside and depth > MAX_DEPTH:
            budget.beyond = f"folders that are more than {MAX_DEPTH} deep"
        else:
            waiting += [(place / name, depth + 1) for name in inside]


def find_link(folder: Path) -> Path | None:
    """The first link among the files and folders in a folder, or None."""
    for place, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            if os.path.islink(os.path.join(place, name)):
                return Path(place, name)
    return None


def link_on_the_way(path: Path, below: Path) -> Path | None:
    """The nearest link among a path and the folders above it, up to `below`, which is left out; None without one."""
    way = [path, *path.parents]
    return next((place for place in way[: way.index(below)] if place.is_symlink()), None)


def names_in(folder: Path) -> list[str]:
    """The names of what lies in a folder; none when a student's files are the reason that it can't be read."""
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in itertools.islice(entries, SEARCH["entries"][0])]
    except OSError as error:
        _raise_unless_of_student(error, folder)
        return []


def _raise_unless_of_student(error: OSError, file: Path) -> None:
    if error.errno not in OF_STUDENTS:
        raise GraderError(
            f"{clean(str(file))} can't be read ({error.strerror}), which is not the student's fault: let this user read"
            " it, or see what the disk and the system say"
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
    """The bytes of a file of at most `size`.

    Inputs:
    - subject: begins the reason of an Unreadable. - remedy, kind: end of the reason, and ProblemKind, of a file that is
      too large.
    - budget: pays for the bytes that are read.

    Raises: Unreadable; GraderError when the disk or this machine fails.
    """
    too_large = TooLarge(kind, f"{subject}is larger than {size >> 20} MB: {remedy}")
    try:
        declared = os.lstat(file).st_size
        if declared > size:
            raise too_large
        if budget:
            budget.take("bytes", declared)
        content = read_bounded(file, size + 1)
    except _NotAFile:
        words = f"{subject}is not an ordinary file: hand in the notebook itself"
        raise Unreadable(ProblemKind.UNREADABLE, words) from None
    except FileNotFoundError:
        raise Unreadable(ProblemKind.NOT_HANDED_IN, f"{subject}{MISSING}") from None
    except OSError as error:
        _raise_unless_of_student(error, file)
        words = f"{subject}can't be read ({error.strerror}): hand in the notebook itself"
        raise Unreadable(ProblemKind.UNREADABLE, words) from None
    if len(content) > size:
        raise too_large
    return content
