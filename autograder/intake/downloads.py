"""Reads a download of all submissions, and finds the owner of each file by the LMS's naming scheme.

Only the start of a path, which the learning management system (LMS) wrote, names the owner. The
rest is chosen by the student, and can look like the name of another student's file. The package
autograder.intake.systems has the naming schemes.
"""

import contextlib
import datetime
import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from autograder.errors import UsageError
from autograder.intake.files import MAX_FILE_BYTES, read_whole, unpacked
from autograder.intake.systems.blackboard import BLACKBOARD
from autograder.intake.systems.brightspace import BRIGHTSPACE
from autograder.intake.systems.canvas import CANVAS
from autograder.intake.systems.gradescope import GRADESCOPE
from autograder.intake.systems.moodle import MARK, MOODLE
from autograder.intake.systems.owned import Entry, Owned, System, UnknownName
from autograder.intake.systems.sakai import SAKAI
from autograder.printable import clean, in_words

__all__ = ["open_download", "owners_of"]

MAX_FILES = 50_000
SHOWN = 3  # names in a message
SYSTEMS = (CANVAS, MOODLE, GRADESCOPE, BLACKBOARD, BRIGHTSPACE, SAKAI)
JUNK = (".DS_Store", "Thumbs.db", "desktop.ini")


@contextlib.contextmanager
def open_download(path: Path) -> Iterator[list[Entry]]:
    """Open a zip archive or a folder and yield its files, without those that macOS and Windows add.

    Raises: UsageError if it is neither, or has too many files.
    """
    if path.is_dir():
        yield _checked(path, _in_folder(path))
        return
    try:
        archive = zipfile.ZipFile(path)
    except Exception as error:  # zipfile raises errors of many kinds for archives that are damaged
        raise UsageError(f"expected a zip archive or a folder, got {path} ({clean(str(error))})") from None
    with archive:
        yield _checked(path, _in_archive(archive))


def owners_of(path: Path, entries: list[Entry], zone: str) -> tuple[System, dict[str, Owned | str]]:
    """Find the owner of each file of a download.

    One system has made the whole download: the one that fits most names. No name is matched with
    the pattern of another system.

    Inputs:
    - path: of the download, for messages
    - entries: its files
    - zone: name of the course's zone, see read_moment

    Returns: (the system; name of a file → Owned, or why it has no owner), without the system's own
    files.

    Raises: UsageError if no name fits a system, or two systems fit equally many.
    """
    if MARK in Path(os.path.abspath(path)).name:
        raise UsageError(f"expected the download of all submissions, got that of one student: {path}")
    wrapping = _wrapping([entry.name for entry in entries])
    inside = {entry.name.removeprefix(wrapping): entry for entry in entries}
    fitting = {system: [name for name in inside if system.fits(name)] for system in SYSTEMS}
    first, second = sorted(SYSTEMS, key=lambda system: -len(fitting[system]))[:2]
    if not fitting[first]:
        seen = ", ".join(clean(entry.name) for entry in entries[:SHOWN]) or "nothing"
        raise UsageError(
            f"{path}: expected file names of {in_words([system.name for system in SYSTEMS])}, got {seen}: use the"
            " archive of all submissions from your system"
        )
    if len(fitting[first]) == len(fitting[second]):
        examples = " and ".join(f"{clean(fitting[system][0])} ({system.name})" for system in (first, second))
        raise UsageError(f"{path}: expected file names of one system, got {examples}: use one download")
    owners = first.owners(inside, zone)
    for name, owner in owners.items():
        other = next((system.name for system in SYSTEMS if system is not first and system.fits(name)), "")
        if isinstance(owner, UnknownName) and other:
            owners[name] = f"its name is one of {other}, but this is a download of {first.name}"
    return first, {inside[name].name: owner for name, owner in owners.items()}


def _wrapping(names: list[str]) -> str:
    """The folder around a whole download, with its slash, or "".

    It is not a student's own folder.
    """
    tops = {name.partition("/")[0] for name in names}
    top = tops.pop() if len(tops) == 1 else ""
    is_a_students = any(system.is_of_student(top) for system in SYSTEMS)
    return f"{top}/" if top and not is_a_students and all("/" in name for name in names) else ""


def _checked(path: Path, entries: Iterable[Entry]) -> list[Entry]:
    entries = [entry for entry in entries if not _is_junk(entry.name)]
    if len(entries) > MAX_FILES:
        raise UsageError(
            f"{path}: expected at most {MAX_FILES} files, got {len(entries)}: use one assignment's download"
        )
    return entries


def _in_folder(top: Path) -> Iterator[Entry]:
    closed: list[Path] = []  # folders that can't be opened
    for place, folders, names in os.walk(top, onerror=lambda error: closed.append(Path(error.filename))):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]  # os.walk does not follow them
        for name in sorted([*names, *links]):
            yield _of_folder(top, Path(place, name))
    for folder in closed:
        yield _of_folder(top, folder)


def _of_folder(top: Path, file: Path) -> Entry:
    try:
        modified = file.lstat().st_mtime
    except OSError:
        modified = 0.0
    return Entry(file.relative_to(top).as_posix(), modified, lambda: read_whole(file, MAX_FILE_BYTES, ""))


def _in_archive(archive: zipfile.ZipFile) -> list[Entry]:
    return [_of_archive(archive, member) for member in archive.infolist() if not member.is_dir()]


def _of_archive(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Entry:
    return Entry(member.filename, _seconds(member.date_time), lambda: unpacked(archive, member, "the archive"))


def _seconds(date_time: tuple[int, int, int, int, int, int]) -> float:
    """The time of a member, which is local time in zip archives; 0 if it is invalid."""
    try:
        return datetime.datetime(*date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0


def _is_junk(name: str) -> bool:
    """Return whether macOS or Windows added a file."""
    last = name.rsplit("/", 1)[-1]
    return last in JUNK or last.startswith("._") or "__MACOSX/" in name
