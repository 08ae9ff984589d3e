"""Reads a download of all submissions, and tells whose each file is by what the learning management system wrote.

Canvas packs `doejane_LATE_4711_815_notebook.ipynb`: the name without underscores, a mark, the number of the student,
the number of the file, and the student's own file name. Moodle packs
`Jane Doe_4711_assignsubmission_file_/notebook.ipynb`, or `Jane Doe_4711_assignsubmission_file_notebook.ipynb` where it
makes no folders. So only the first part of a path, read from its beginning, tells the owner. All that comes behind is
the student's word, and can look like the name of somebody else's file.
"""

import contextlib
import datetime
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError
from autograder.intake.files import MAX_FILE_BYTES, read_whole, unpacked
from autograder.plain_text import clean

__all__ = ["Entry", "Owned", "open_download", "owners_of"]

MAX_FILES = 50_000
SHOWN = 3  # names in a message
# Python's \d would take the digits of other scripts, too.
CANVAS_NAME = re.compile(
    r"(?P<name>[^_/]+)(?:_(?P<late>LATE|late))?_(?P<number>[0-9]{1,20})_[0-9]+_(?P<file>[^/]+)", re.DOTALL
)
MOODLE_NAME = re.compile(
    r"(?P<name>[^_/]+)_(?P<number>[0-9]{1,20})_assignsubmission_(?P<part>[a-z]+)(?:_?/|_(?!.*/))(?P<file>.+)", re.DOTALL
)
CANVAS, MOODLE = "Canvas", "Moodle"
SYSTEMS = {CANVAS: CANVAS_NAME, MOODLE: MOODLE_NAME}
NUMBER_AHEAD = re.compile(r"_(?P<first>[0-9]+)(?=_(?P<second>[0-9]+)_)")
JUNK = (".DS_Store", "Thumbs.db", "desktop.ini")
MOODLE_MARK = "_assignsubmission_"
UNKNOWN = "its name is neither Canvas's nor Moodle's"
TWO_OWNERS = (
    "its name can be that of two students' files: find out whose it is, and take the numbers out of the rest of the"
    " name, as in doejane_4711_815_notebook.ipynb"
)
TYPED = "it is text that was typed into Moodle; look whether it says where the notebooks are"


@dataclass(frozen=True)
class Entry:
    """A file of a download.

    - name: its path, with slashes. - modified: seconds since 1970, 0 where the download tells none.
    - read: function that returns its bytes, or raises Unreadable.
    """

    name: str
    modified: float
    read: Callable[[], bytes]


@dataclass(frozen=True)
class Owned:
    """Whose a file is.

    - name, number: the student's, as the system writes them. - late: whether the system marks the file as late.
    - file: the name that the student gave it.
    """

    name: str
    number: str
    late: bool
    file: str


@contextlib.contextmanager
def open_download(path: Path) -> Iterator[list[Entry]]:
    """Give the files of a zip archive, or of a folder; what macOS and Windows add is left out.

    Raises: UsageError when it is neither, or holds too many files.
    """
    if path.is_dir():
        yield _checked(path, _in_folder(path))
        return
    try:
        archive = zipfile.ZipFile(path)
    except Exception as error:  # zipfile raises errors of many kinds for archives that are damaged
        raise UsageError(f"{path} is no zip archive and no folder ({clean(str(error))})") from None
    with archive:
        yield _checked(path, _in_archive(archive))


def owners_of(path: Path, names: list[str]) -> tuple[str, dict[str, Owned | str]]:
    """Tell whose each file of a download is.

    Returns: (system, dict of a file's name → Owned, or why it is nobody's). The system is CANVAS or MOODLE.

    One system has made the whole download, the one that most names are of. A name is never tried with the pattern of
    another.

    Raises: UsageError when no name is a system's, or as many are of another.
    """
    if MOODLE_MARK in Path(os.path.abspath(path)).name:
        raise UsageError(f"{path} is the submission of one student: give the download of all submissions")
    wrapping = _wrapping(names)
    inside = {name: name.removeprefix(wrapping) for name in names}
    fitting = {
        system: [name for name, rest in inside.items() if pattern.fullmatch(rest)]
        for system, pattern in SYSTEMS.items()
    }
    second, first = sorted(fitting, key=lambda system: len(fitting[system]))
    if not fitting[first]:
        seen = ", ".join(clean(name) for name in names[:SHOWN]) or "nothing"
        raise UsageError(
            f"{path} holds no submission with a name as Canvas or Moodle give them (there is {seen}): give the archive"
            " of all submissions that the system lets you download"
        )
    if len(fitting[first]) == len(fitting[second]):
        examples = " and ".join(f"{clean(found[0])} ({system})" for system, found in fitting.items())
        raise UsageError(f"{path} holds as many names of one system as of another, {examples}: give one download")
    others = dict.fromkeys(fitting[second], f"its name is {second}'s, and this download is {first}'s")
    matches = {name: SYSTEMS[first].fullmatch(rest) for name, rest in inside.items() if name not in others}
    if first == CANVAS:
        others |= dict.fromkeys(_of_two_owners(matches), TWO_OWNERS)
    return first, {name: others.get(name) or _owned(matches[name]) for name in names}


def _of_two_owners(matches):
    """The names of a Canvas download that can be of more than one owner.

    Canvas puts the name that a student chose in front of the numbers, and leaves digits in it. "zoevictim_4712_815_x"
    then looks like Zoe's number, a number of a file, and the beginning of the file's own name, with the true numbers
    behind. Numbers in a file's own name are told from them by their digits: a true number of a file has at least as
    many as the shortest in the download. A name with no other pair of numbers tells that; only Canvas wrote them.
    """
    pairs = {name: _pairs(match) for name, match in matches.items() if match}
    clear = [found[0] for found in pairs.values() if len(found) == 1] or [found[0] for found in pairs.values()]
    shortest = min((digits for _, digits in clear), default=0)
    # Where students' numbers are shorter than files', a number as long as a file's is not a student's.
    is_told_apart = all(student < shortest for student, _ in clear)
    return [
        name
        for name, (_, *others) in pairs.items()
        if any(file >= shortest and not (is_told_apart and student >= shortest) for student, file in others)
    ]


def _pairs(match):
    """(digits of a student's number, digits of a file's) for each place of a Canvas name where they can be; the first
    is where Canvas has them if the student's name holds no numbers."""
    text = match.string[match.start("number") - 1 :]
    return [(len(pair["first"]), len(pair["second"])) for pair in NUMBER_AHEAD.finditer(text)]


def _owned(match):
    groups = match.groupdict() if match else {}
    if groups.get("part") == "onlinetext":
        return TYPED
    if match is None or groups.get("part", "file") != "file":
        return UNKNOWN
    return Owned(groups["name"], groups["number"], bool(groups.get("late")), groups["file"])


def _wrapping(names):
    """The folder around a whole download, with its slash, or "". A student's own folder is never taken for it."""
    tops = {name.partition("/")[0] for name in names}
    top = tops.pop() if len(tops) == 1 else ""
    is_a_students = MOODLE_MARK in top or CANVAS_NAME.fullmatch(top)
    return f"{top}/" if top and not is_a_students and all("/" in name for name in names) else ""


def _checked(path, entries):
    entries = [entry for entry in entries if not _is_junk(entry.name)]
    if len(entries) > MAX_FILES:
        raise UsageError(f"{path} holds {len(entries)} files; {MAX_FILES} are the most that can be right")
    return entries


def _in_folder(top):
    closed = []  # folders that can't be opened
    for place, folders, names in os.walk(top, onerror=lambda error: closed.append(Path(error.filename))):
        folders.sort()
        links = [name for name in folders if os.path.islink(os.path.join(place, name))]  # os.walk does not follow them
        for name in sorted([*names, *links]):
            yield _of_folder(top, Path(place, name))
    for folder in closed:
        yield _of_folder(top, folder)


def _of_folder(top, file):
    try:
        modified = file.lstat().st_mtime
    except OSError:
        modified = 0
    return Entry(file.relative_to(top).as_posix(), modified, lambda: read_whole(file, MAX_FILE_BYTES, ""))


def _in_archive(archive):
    return [_of_archive(archive, member) for member in archive.infolist() if not member.is_dir()]


def _of_archive(archive, member):
    return Entry(member.filename, _seconds(member.date_time), lambda: unpacked(archive, member, "in the archive"))


def _seconds(date_time):
    """The time of a member, which zip archives keep as the packer's local one; 0 for none that can be."""
    try:
        return datetime.datetime(*date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0


def _is_junk(name):
    """What macOS and Windows add to folders and archives."""
    last = name.rsplit("/", 1)[-1]
    return last in JUNK or last.startswith("._") or "__MACOSX/" in name
