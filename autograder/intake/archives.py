"""Reads submitted zip archives in memory, and never more bytes than their directory declares.

The directory is untrusted: its declared sizes are checked against the limits before unpacking.
"""

import functools
import io
import stat
import zipfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from autograder.intake.budgets import MAX_FILE_BYTES, MAX_MEMBERS, Budget
from autograder.intake.heads import HEAD_BYTES, may_be_notebook
from autograder.language import tr_later
from autograder.printable import clean
from autograder.reasons import Reason
from autograder.repairs import ProblemKind

__all__ = ["Found", "TooLarge", "Unreadable", "Where", "find_notebooks", "is_at_top", "open_archive", "unpacked"]

DIRECTORY_ENTRY = b"PK\x01\x02"
LOCAL_HEADER = 30  # smallest header of a member, in bytes
# Other methods can allocate gigabytes before they return the first byte.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1

# The place of a notebook: a folder or an archive, and the notebook's folder in it, a path with slashes.
Where = tuple[Path | zipfile.ZipFile, str]
# A file that may be a notebook: its label, a function that reads it, and its place.
Found = tuple[str, Callable[[], bytes], Where]


class Unreadable(Exception):
    """A file can't be used. The text continues after the file's name."""

    def __init__(self, kind: ProblemKind, words: str):
        super().__init__(words)
        self.kind = kind


class TooLarge(Unreadable):
    """A file exceeds a limit, so its work is unknown."""


def open_archive(content: bytes) -> zipfile.ZipFile:
    """Open an archive from its bytes. Raises: Unreadable."""
    # Each entry of the directory starts with this: an upper bound on their number, before any is read.
    if content.count(DIRECTORY_ENTRY) > MAX_MEMBERS:
        raise TooLarge(ProblemKind.BAD_ARCHIVE, Reason.MANY_FILES.format(count=MAX_MEMBERS))
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        apart = _lie_apart(archive)
    except MemoryError:
        raise
    except Exception as error:  # zipfile raises undocumented errors for damaged archives
        raise Unreadable(ProblemKind.BAD_ARCHIVE, Reason.NOT_OPENED.format(error=_words(error))) from None
    if not apart:
        words = tr_later("is in an archive with overlapping or truncated files: pack it again")
        raise Unreadable(ProblemKind.BAD_ARCHIVE, words)
    return archive


def _lie_apart(archive: zipfile.ZipFile) -> bool:
    """Return whether each byte of an archive belongs to at most one member.

    Otherwise it can be a zip bomb.
    """
    end = archive.start_dir
    for member in sorted(archive.infolist(), key=lambda member: member.header_offset, reverse=True):
        start = member.header_offset
        if start < 0 or member.compress_size < 0 or start + LOCAL_HEADER + member.compress_size > end:
            return False
        end = start
    return True


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, name: str, budget: Budget | None = None) -> bytes:
    """Return the bytes of a member of a zip archive.

    Inputs:
    - archive: the archive
    - member: of the archive
    - name: of the archive, for the reason of an Unreadable
    - budget: Budget from which the size is taken before unpacking; None means no budget

    Raises: Unreadable, SearchEnded.
    """
    kind = stat.S_IFMT(member.external_attr >> 16)
    if member.is_dir() or kind not in (0, stat.S_IFREG):
        raise Unreadable(ProblemKind.BAD_ARCHIVE, Reason.NO_FILE_IN.format(archive=name))
    if member.flag_bits & ENCRYPTED:
        raise Unreadable(ProblemKind.ENCRYPTED, Reason.ENCRYPTED.format(archive=name))
    if member.compress_type not in METHODS:
        raise Unreadable(ProblemKind.BAD_ARCHIVE, Reason.ODD_METHOD.format(archive=name))
    if budget:
        budget.take("bytes", min(member.file_size, MAX_FILE_BYTES))
    if member.file_size > MAX_FILE_BYTES:
        words = Reason.TOO_LARGE_IN.format(archive=name, size=MAX_FILE_BYTES >> 20)
        raise TooLarge(ProblemKind.TOO_LARGE, words)
    try:
        with archive.open(member) as stream:
            return stream.read(member.file_size)  # unpacks at most the declared size
    except MemoryError:
        raise
    except Exception as error:
        words = Reason.NOT_UNPACKED.format(archive=name, error=_words(error))
        raise Unreadable(ProblemKind.BAD_ARCHIVE, words) from None


def find_notebooks(members: zipfile.ZipFile, archive: str, names: Collection[str], budget: Budget) -> Iterator[Found]:
    """Yield Python files and notebooks of an archive, except its top notebooks of given names.

    Inputs:
    - members: the archive
    - archive: its name, for labels
    - names: of the assignment's notebooks
    - budget: limits of the search

    Raises: SearchEnded.
    """
    for member in members.infolist():
        budget.take("members")
        *folders, last = member.filename.split("/")
        if last[:1] in ("", ".") or any(folder == "__MACOSX" or folder[:1] == "." for folder in folders):
            continue
        if last.lower().endswith(".zip"):
            budget.beyond = f"{clean(f'{archive}/{member.filename}')}, an archive in an archive"
        if any(is_at_top(member.filename, name) for name in names):
            continue
        if ".ipynb" in last.lower() or last.endswith(".py") or may_be_notebook(_head(members, member)):
            label = f"{archive}/{member.filename}"
            read = functools.partial(unpacked, members, member, archive, budget)
            yield label, read, (members, "/".join(folders))


def _head(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The first bytes of a member; b"" if it can't be read."""
    if member.flag_bits & ENCRYPTED or member.compress_type not in METHODS:
        return b""
    try:
        with archive.open(member) as stream:
            return stream.read(min(HEAD_BYTES, member.file_size))
    except MemoryError:
        raise
    except Exception:  # as above
        return b""


def is_at_top(member: str, name: str) -> bool:
    """Return whether a member has this name at the top of an archive, or in a folder at its top."""
    *folders, last = member.split("/")
    return last == name and (not folders or (len(folders) == 1 and folders[0] not in ("", ".", "..", "__MACOSX")))


def _words(error: Exception) -> str:
    return clean(str(error)) or type(error).__name__
