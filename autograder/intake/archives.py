"""Reads zip archives that students handed in: in memory, and no byte more than its directory declares.

An archive is a student's word about itself. What it declares is compared with the limits before anything is unpacked.
"""

import functools
import io
import stat
import zipfile
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from autograder.intake.budgets import MAX_FILE_BYTES, MAX_MEMBERS, Budget
from autograder.intake.heads import HEAD_BYTES, may_be_notebook
from autograder.printable import clean
from autograder.repairs import ProblemKind

__all__ = ["Found", "TooLarge", "Unreadable", "Where", "find_notebooks", "is_at_top", "open_archive", "unpacked"]

DIRECTORY_ENTRY = b"PK\x01\x02"
LOCAL_HEADER = 30  # bytes that come before each member, at least
# Other methods can be made to ask for gigabytes before the first byte is out.
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1

# Where a notebook lies: a folder or an archive, and the notebook's folder in it, a path with slashes.
Where = tuple[Path | zipfile.ZipFile, str]
# A file that may be a notebook: its label, a function that reads it, and where it lies.
Found = tuple[str, Callable[[], bytes], Where]


class Unreadable(Exception):
    """Why a file can't be used: the kind, and a text that goes on from the file's name."""

    def __init__(self, kind: ProblemKind, words: str):
        super().__init__(words)
        self.kind = kind


class TooLarge(Unreadable):
    """The same for what goes over a limit, which says nothing about the work in it."""


def open_archive(content: bytes) -> zipfile.ZipFile:
    """Open an archive of these bytes. Raises: Unreadable."""
    # Each entry of the directory begins so: an upper bound on their number, before any is read.
    if content.count(DIRECTORY_ENTRY) > MAX_MEMBERS:
        raise TooLarge(
            ProblemKind.BAD_ARCHIVE, f"is in an archive of more than {MAX_MEMBERS} files: pack the notebooks alone"
        )
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        apart = _lie_apart(archive)
    except MemoryError:
        raise
    except Exception as error:  # what zipfile raises for damaged archives is in no list
        words = f"is in an archive that can't be opened ({_words(error)}): pack it again"
        raise Unreadable(ProblemKind.BAD_ARCHIVE, words) from None
    if not apart:
        words = "is in an archive whose files overlap or lie outside of it: pack it again"
        raise Unreadable(ProblemKind.BAD_ARCHIVE, words)
    return archive


def _lie_apart(archive: zipfile.ZipFile) -> bool:
    """Whether each byte of an archive belongs to one member at most. If not, little data unpack to a lot."""
    end = archive.start_dir
    for member in sorted(archive.infolist(), key=lambda member: member.header_offset, reverse=True):
        start = member.header_offset
        if start < 0 or member.compress_size < 0 or start + LOCAL_HEADER + member.compress_size > end:
            return False
        end = start
    return True


def unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, where: str, budget: Budget | None = None) -> bytes:
    """The bytes of a member of a zip archive.

    Inputs:
    - where: goes into the reason of an Unreadable.
    - budget: the Budget that pays for the bytes, before they are unpacked.
    """
    kind = stat.S_IFMT(member.external_attr >> 16)
    if member.is_dir() or kind not in (0, stat.S_IFREG):
        raise Unreadable(ProblemKind.BAD_ARCHIVE, f"{where} is not an ordinary file: pack the notebook itself")
    if member.flag_bits & ENCRYPTED:
        raise Unreadable(ProblemKind.ENCRYPTED, f"{where} is encrypted: pack it without a password")
    if member.compress_type not in METHODS:
        words = f"{where} is packed by an unusual method: pack it as an ordinary zip"
        raise Unreadable(ProblemKind.BAD_ARCHIVE, words)
    if budget:
        budget.take("bytes", min(member.file_size, MAX_FILE_BYTES))
    if member.file_size > MAX_FILE_BYTES:
        words = f"{where} unpacks to more than {MAX_FILE_BYTES >> 20} MB: clear the outputs of its cells"
        raise TooLarge(ProblemKind.TOO_LARGE, words)
    try:
        with archive.open(member) as stream:
            return stream.read(member.file_size)  # no more is unpacked, whatever the data hold
    except MemoryError:
        raise
    except Exception as error:
        words = f"{where} can't be unpacked ({_words(error)}): pack it again"
        raise Unreadable(ProblemKind.BAD_ARCHIVE, words) from None


def find_notebooks(members: zipfile.ZipFile, archive: str, names: Collection[str], budget: Budget) -> Iterator[Found]:
    """Give each notebook in an archive that is not at its top under one of the names, and each Python file.

    Inputs:
    - archive: what labels call it.
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
            read = functools.partial(unpacked, members, member, f"in {archive}", budget)
            yield label, read, (members, "/".join(folders))


def _head(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """The first bytes of a member; none where it can't be read."""
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
    """Whether a member lies under that name at the top of an archive, or in the one folder that a student packed."""
    *folders, last = member.split("/")
    return last == name and (not folders or (len(folders) == 1 and folders[0] not in ("", ".", "..", "__MACOSX")))


def _words(error: Exception) -> str:
    return clean(str(error)) or type(error).__name__
