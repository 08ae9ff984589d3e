"""Sorts what a learning management system lets one download, all submissions in one archive, into submitted/.

The names of files carry the student: Canvas packs `doejane_LATE_4711_815_notebook.ipynb`, Moodle
`Jane Doe_4711_assignsubmission_file_/notebook.ipynb`. A student's id is made of the name and the number,
`doejane_4711`: people read the one, and the systems' own tables have the other.
"""

import datetime
import os
import re
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import UsageError
from autograder.intake.files import MAX_FILE_BYTES, Unreadable, read_whole, unpacked
from autograder.plain_text import clean
from autograder.writing import write_bytes, write_text

__all__ = ["Collected", "collect"]

TIMESTAMP = "timestamp.txt"
EARLIEST = datetime.datetime(2000, 1, 1).timestamp()
PACKING = 15 * 60  # seconds
MAX_FILES = 50_000
MAX_PARTS = 6  # of a path inside a student's own folder
CANVAS = re.compile(r"(?P<name>[^_/]+)(?:_(?P<late>LATE|late))?_(?P<number>\d+)_\d+_(?P<file>[^/]+)")
MOODLE = re.compile(r"(?P<name>[^_/]+)_(?P<number>\d+)_assignsubmission_file(?:_/|/|_)(?P<file>.+)")
ONLINE = re.compile(r"[^_/]+_\d+_assignsubmission_onlinetext(?:_/|/|_).+")
TYPED = "it is text that was typed into Moodle; look whether it says where the notebooks are"


@dataclass
class Collected:
    """What came of a download.

    - students: dict of student id → list of files. - late: ids that the system marks as late.
    - left_out: dict of a name in the download → why it was left out. - times: whether they came with the download.
    """

    students: dict = field(default_factory=dict)
    late: set = field(default_factory=set)
    left_out: dict = field(default_factory=dict)
    times: bool = False


def collect(path, course, assignment_name, *, replace=False):
    """Sort a download into the course's folder of submissions.

    Inputs:
    - path: a zip archive, or a folder into which it was unpacked.
    - replace: overwrite files that are there already with other contents; without it they are left out.

    Returns: a Collected. Files are written whole or not at all, and never outside of a student's folder.

    Raises: UsageError when there is no such download, or nothing in it has such a name.
    """
    found, times = Collected(), {}
    for name, when, read in _files(Path(path)):
        match = MOODLE.search(name) or CANVAS.fullmatch(name.rsplit("/", 1)[-1])
        if match is None:
            found.left_out[clean(name)] = TYPED if ONLINE.search(name) else "its name is neither Canvas's nor Moodle's"
            continue
        target = _safe_path(match["file"])
        if target is None:
            found.left_out[clean(name)] = "its name is no ordinary file's"
            continue
        if str(target).lower() == TIMESTAMP:
            found.left_out[clean(name)] = "students don't say themselves when they handed in"
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
        times[student] = max(when, times.get(student, when))
        if match.groupdict().get("late"):
            found.late.add(student)
    if not found.students and not any("already" in reason for reason in found.left_out.values()):
        seen = ", ".join(list(found.left_out)[:3]) or "nothing"
        raise UsageError(
            f"{path} holds no submission with a name as Canvas or Moodle give them (there is {seen}): give the archive"
            " of all submissions that the system lets you download"
        )
    found.times = _are_times_of_students(times)
    if found.times:
        for student, when in times.items():
            stamp = datetime.datetime.fromtimestamp(when, datetime.UTC)
            write_text(course.handed_in(student, assignment_name) / TIMESTAMP, f"{stamp:%Y-%m-%d %H:%M:%S} UTC\n")
    return found


def _are_times_of_students(times):
    """Whether the times of files can be those of their submission. All within some minutes, or before there was such a
    course, they are those of packing or of nothing."""
    return len(times) > 1 and min(times.values()) > EARLIEST and max(times.values()) - min(times.values()) > PACKING


def _files(path):
    """(name, time as seconds since 1970, function that reads it) of each file of a download."""
    if path.is_dir():
        for place, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                file = Path(place, name)
                if not _is_junk(file.as_posix()):
                    label, when = file.relative_to(path).as_posix(), file.lstat().st_mtime
                    yield label, when, lambda file=file: read_whole(file, MAX_FILE_BYTES, "")
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
                read = lambda member=member: unpacked(archive, member, "in the archive")  # noqa: E731
                yield member.filename, _seconds(member.date_time), read


def _seconds(date_time):
    """The time of a member, which zip archives keep as the packer's local one; 0 for none that can be."""
    try:
        return datetime.datetime(*date_time).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0


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
