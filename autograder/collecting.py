"""Sorts what a learning management system lets one download, all submissions in one archive, into submitted/.

The names of files carry the student: Canvas packs `doejane_LATE_4711_815_notebook.ipynb`, Moodle
`Jane Doe_4711_assignsubmission_file_/notebook.ipynb`. A student's id is made of the name and the number,
`doejane_4711`: people read the one, and the systems' own tables have the other.
"""

import os
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import UsageError
from autograder.files import MAX_FILE_BYTES, Unreadable, read_whole, unpacked
from autograder.plain_text import clean
from autograder.results import write_bytes

__all__ = ["Collected", "collect"]

MAX_FILES = 50_000
MAX_PARTS = 6  # of a path inside a student's own folder
CANVAS = re.compile(r"(?P<name>[^_/]+)(?:_(?P<late>LATE|late))?_(?P<number>\d+)_\d+_(?P<file>[^/]+)")
MOODLE = re.compile(r"(?P<name>[^_/]+)_(?P<number>\d+)_assignsubmission_file(?:_/|/|_)(?P<file>.+)")


@dataclass
class Collected:
    """What came of a download.

    - students: dict of student id → list of files. - late: ids that the system marks as late.
    - left_out: dict of a name in the download → why it was left out.
    """

    students: dict = field(default_factory=dict)
    late: set = field(default_factory=set)
    left_out: dict = field(default_factory=dict)


def collect(path, course, assignment_name, *, replace=False):
    """Sort a download into the course's folder of submissions.

    Inputs:
    - path: a zip archive, or a folder into which it was unpacked.
    - replace: overwrite files that are there already with other contents; without it they are left out.

    Returns: a Collected. Files are written whole or not at all, and never outside of a student's folder.

    Raises: UsageError when there is no such download, or nothing in it has such a name.
    """
    found = Collected()
    for name, read in _files(Path(path)):
        match = MOODLE.search(name) or CANVAS.fullmatch(name.rsplit("/", 1)[-1])
        if match is None:
            found.left_out[clean(name)] = "its name is neither Canvas's nor Moodle's"
            continue
        target = _safe_path(match["file"])
        if target is None:
            found.left_out[clean(name)] = "its name is no ordinary file's"
            continue
        student = f"{_safe(match['name'])}_{match['number']}"
        try:
            content = read()
        except Unreadable as reason:
            found.left_out[clean(name)] = str(reason)
            continue
        place = course.handed_in(student, assignment_name) / target
        if not replace and _differs(place, content):
            found.left_out[clean(name)] = f"{place} is there already with other contents"
            continue
        write_bytes(place, content)
        found.students.setdefault(student, []).append(str(target))
        if match.groupdict().get("late"):
            found.late.add(student)
    if not found.students and not any("already" in reason for reason in found.left_out.values()):
        seen = ", ".join(list(found.left_out)[:3]) or "nothing"
        raise UsageError(
            f"{path} holds no submission with a name as Canvas or Moodle give them (there is {seen}): give the archive"
            " of all submissions that the system lets you download"
        )
    return found


def _files(path):
    """(name, function that reads it) of each file of a download."""
    if path.is_dir():
        for place, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                file = Path(place, name)
                if not _is_junk(file.as_posix()):
                    yield file.relative_to(path).as_posix(), lambda file=file: read_whole(file, MAX_FILE_BYTES, "")
        return
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise UsageError(f"{path} is no zip archive and no folder ({clean(str(error))})") from None
    with archive:
        members = archive.infolist()
        if len(members) > MAX_FILES:
            raise UsageError(f"{path} holds {len(members)} files; {MAX_FILES} are the most that can be right")
        for member in members:
            if not member.is_dir() and not _is_junk(member.filename):
                yield member.filename, lambda member=member: unpacked(archive, member, "in the archive")


def _is_junk(name):
    """What macOS adds to folders and archives."""
    last = name.rsplit("/", 1)[-1]
    return last == ".DS_Store" or last.startswith("._") or "__MACOSX/" in name


def _safe_path(name):
    """The path that a student's file gets below their folder; None when it would lead elsewhere."""
    parts = name.replace("\\", "/").split("/")
    if len(parts) > MAX_PARTS or any(part in ("", ".", "..") for part in parts):
        return None
    return Path(*map(_safe, parts))


def _safe(text):
    """A text as the name of a file: what is not printed, or means something to a system, becomes a line."""
    text = "".join(letter if letter.isprintable() and letter not in '/\\:*?"<>|' else "_" for letter in text).strip()
    return re.sub(r"^\.", "_", text)[:100] or "_"


def _differs(place, content):
    try:
        return place.read_bytes() != content
    except FileNotFoundError:
        return False
    except OSError:
        return True
