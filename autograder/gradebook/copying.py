"""Copy a folder that another user owns and may change, without leaving it.

Each name is opened relative to its folder, and never through a link. The checks use the opened
file. A link or a pipe instead of a file ends the copy. So does a file with a second name, which can
be a hard link to another user's file. The copies get the permissions of new files, not those of the
originals.
"""

import errno
import fnmatch
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from autograder.printable import clean

__all__ = ["CopyRules", "NotCopied", "copy_folder", "open_folder"]

CHUNK = 1 << 20
MAX_DEPTH = 20  # each level keeps a folder open
MAX_ENTRIES = 10_000


class NotCopied(Exception):
    """A folder was not copied. The message is the reason."""


@dataclass(frozen=True)
class CopyRules:
    """Rules for the files to copy.

    - ignore: patterns of names to leave out.
    - include: patterns; a file must match one of them.
    - file_bytes: maximum size of a file; larger files are left out.
    - total_bytes: maximum size of the folder; a larger folder is not copied.
    - warn: function that is called with a sentence for each file that is too large.
    """

    ignore: list[str]
    include: list[str]
    file_bytes: int
    total_bytes: int
    warn: Callable[[str], None]


@contextmanager
def open_folder(path: str | Path, *, within: int | None = None) -> Iterator[int]:
    """Context manager: open a folder, but not through a link, and yield its descriptor.

    Inputs:
    - path: path of the folder.
    - within: descriptor of the folder that a relative path starts from.

    Raises: NotCopied if the folder does not exist, or can't be opened.
    """
    handle = _open(path, path, os.O_DIRECTORY, within)
    try:
        yield handle
    finally:
        os.close(handle)


def copy_folder(source: int, target: Path, rules: CopyRules) -> None:
    """Copy an open folder to a new one.

    Inputs:
    - source: descriptor of the folder.
    - target: path of the new folder.

    Raises: NotCopied if the folder contains a link or a special file, can't be read, or exceeds a
    limit; OSError if the copy can't be written.
    """
    _Copy(rules).folder(source, target, "", MAX_DEPTH)


class _Copy:
    """A copy in progress. `bytes`, `entries`: the remaining limits."""

    def __init__(self, rules: CopyRules) -> None:
        self.rules = rules
        self.bytes = rules.total_bytes
        self.entries = MAX_ENTRIES

    def folder(self, source: int, target: Path, path: str, depth: int) -> None:
        if not depth:
            raise NotCopied(f"expected at most {MAX_DEPTH} folders inside each other, got more in {clean(path)}")
        target.mkdir()
        with os.scandir(source) as entries:
            for entry in entries:
                self.entries -= 1
                if self.entries < 0:
                    raise NotCopied(f"expected at most {MAX_ENTRIES} files, got more")
                if not _matches(entry.name, self.rules.ignore):
                    self.entry(source, entry.name, target / entry.name, os.path.join(path, entry.name), depth)

    def entry(self, source: int, name: str, target: Path, path: str, depth: int) -> None:
        handle = _open(name, path, 0, source)
        try:
            facts = os.fstat(handle)
            if stat.S_ISDIR(facts.st_mode):
                self.folder(handle, target, path, depth - 1)
            elif not stat.S_ISREG(facts.st_mode):
                raise NotCopied(f"expected ordinary files, got something else in {clean(path)}")
            elif facts.st_nlink > 1:
                raise NotCopied(f"expected a file with one name, got a hard link in {clean(path)}")
            elif _matches(name, self.rules.include):
                self.file(handle, target, path, facts.st_size)
        finally:
            os.close(handle)

    def file(self, handle: int, target: Path, path: str, size: int) -> None:
        if size > self.rules.file_bytes:
            self.rules.warn(f"{clean(path)} is larger than max_file_size ({self.rules.file_bytes} bytes): not copied")
            return
        with target.open("xb") as copy:
            while content := _read(handle, path):
                self.bytes -= len(content)
                if self.bytes < 0:
                    raise NotCopied(f"expected at most {self.rules.total_bytes} bytes (max_dir_size), got more")
                copy.write(content)


def _open(name: str | Path, path: str | Path, flags: int, within: int | None) -> int:
    try:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | flags, dir_fd=within)
    except OSError as error:
        raise _refused(path, error) from None


def _read(handle: int, path: str) -> bytes:
    try:
        return os.read(handle, CHUNK)
    except OSError as error:
        raise _refused(path, error) from None


def _refused(path: str | Path, error: OSError) -> OSError | NotCopied:
    if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOMEM):
        return error  # a problem of the machine, not of this folder
    if error.errno in (errno.ELOOP, errno.ENOTDIR):
        return NotCopied(f"expected files and folders, got a link or a special file in {clean(str(path))}")
    return NotCopied(f"cannot read {clean(str(path))} ({error.strerror})")


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
