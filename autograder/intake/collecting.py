"""Sorts a download of all submissions into submitted/.

A student's id is made of the name and the number, `doejane_4711`: people read the one, and the systems' own tables
have the other.
"""

import datetime
import os
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import UsageError, lack_of_machine
from autograder.intake.downloads import MOODLE, Entry, open_download, owners_of
from autograder.intake.files import Unreadable, is_work, link_on_the_way, read_bounded
from autograder.intake.safe_names import by_place, place_key, safe_name, safe_path
from autograder.intake.times import TIMESTAMP, add_times, read_times
from autograder.plain_text import clean
from autograder.writing import write_bytes, write_text

__all__ = ["Collected", "collect"]

EARLIEST = datetime.datetime(2000, 1, 1).timestamp()
LATEST = datetime.datetime(2200, 1, 1).timestamp()
PACKING = 15 * 60  # seconds
NAME_BYTES = 100  # of a student's name in the id


@dataclass
class Collected:
    """What came of a download.

    - students: dict of student id → list of files. - late: ids that the system marks as late.
    - left_out: dict of a name in the download → why it was left out. - system: that made the download.
    - stale: paths below submitted/ of files of an earlier download, which still count.
    - times: whether they came with the download.
    """

    students: dict = field(default_factory=dict)
    late: set = field(default_factory=set)
    left_out: dict = field(default_factory=dict)
    stale: list = field(default_factory=list)
    system: str = ""
    times: bool = False


@dataclass(frozen=True)
class _File:
    """A file of a download that has a place. - target: its path in the student's folder. - late: the system's mark."""

    entry: Entry
    student: str
    target: Path
    late: bool


def collect(path, course, assignment_name, *, replace=False):
    """Sort a download into the course's folder of submissions.

    Inputs:
    - path: a zip archive, or a folder into which it was unpacked.
    - replace: overwrite files that are there already with other contents; without it they are left out.

    Returns: a Collected. Files are written whole or not at all, and never outside of a student's folder. A file that
    can't be sorted in is left out, and the others are not.

    Raises: UsageError when there is no such download, nothing in it has such a name, or two students would share a
    folder. Then nothing is written.
    """
    found, times = Collected(), {}
    with open_download(Path(path)) as entries:
        files = _planned(Path(path), entries, course, found)
        _open_submitted(course.submitted)
        for file in files:
            place = course.handed_in(file.student, assignment_name) / file.target
            if reason := _sorted_in(file.entry, place, course.submitted, replace):
                found.left_out[file.entry.name] = reason
                continue
            found.students.setdefault(file.student, []).append(str(file.target))
            times[file.student] = max(file.entry.modified, times.get(file.student, 0))
            if file.late:
                found.late.add(file.student)
    older = _older_work(found, course, assignment_name)
    told = {str(Path(file.student, file.target)) for file in files}  # why it was left out
    found.stale = [name for student, names in older.items() for name in _below(student, names) if name not in told]
    times = {student: when for student, when in times.items() if EARLIEST < when < LATEST}
    # Canvas's archives have the time of packing, which can take longer than it is allowed to differ.
    found.times = found.system == MOODLE and _are_times_of_students(times)
    if found.times:
        _write_times(times, course, assignment_name, found, older)
    return found


def _older_work(found, course, assignment_name):
    """dict of student → their work that no file of this download has replaced or repeated."""
    of_now = {(student, name) for student, names in found.students.items() for name in names}
    older = {}
    for student in found.students:
        top = course.handed_in(student, assignment_name)
        for place, folders, names in os.walk(top):
            folders[:] = [name for name in folders if name[0] != "."]
            paths = [os.path.relpath(os.path.join(place, name), top) for name in sorted(names) if is_work(name)]
            if left := [path for path in paths if (student, path) not in of_now]:
                older.setdefault(student, []).extend(left)
    return older


def _planned(path, entries, course, found):
    """The list of _File that have a place; the others go to found.left_out."""
    found.system, owners = owners_of(path, [entry.name for entry in entries])
    there = by_place(os.listdir(course.submitted) if course.submitted.is_dir() else ())
    by_key, taken, files = {}, {}, []
    for entry in entries:
        owner = owners[entry.name]
        if isinstance(owner, str):
            found.left_out[entry.name] = owner
            continue
        student = f"{safe_name(owner.name, size=NAME_BYTES)}_{owner.number}"
        key = place_key(student)
        first = by_key.setdefault(key, owner)
        if (first.name, first.number) != (owner.name, owner.number):
            raise UsageError(
                f"{path} holds submissions of two students who would share a folder, {_shown(first)} and"
                f" {_shown(owner)}: rename one of them in the download"
            )
        target = safe_path(owner.file)
        if reason := _problem_of(student, target, there.get(key), taken):
            found.left_out[entry.name] = reason
            continue
        taken[place_key(Path(student, target))] = entry.name
        files.append(_File(entry, student, target, owner.late))
    return files


def _problem_of(student, target, alike, taken):
    """Why a file has no place, or None.

    - alike: names in submitted/ that some system takes for the student's. - taken: dict of a place → who has it.
    """
    if target is None:
        return "its name is not an ordinary file's"
    if any(place_key(part) == TIMESTAMP for part in target.parts):
        return "students don't say themselves when they handed in"
    if alike and student not in alike:
        # The system's number is the same, so the student has a new name. The others are sorted in meanwhile.
        return f"{student} and {alike[0]}, which is there already, would share a folder on some systems: rename the old"
    if other := taken.get(place_key(Path(student, target))):
        return f"{clean(other)} has the same name, or one that differs only in letters that can't be told apart"
    return None


def _shown(owner):
    return ascii(f"{owner.name}_{owner.number}")


def _open_submitted(submitted):
    """Make the folder of submissions. Raises: OSError when nothing can be written to it."""
    submitted.mkdir(parents=True, exist_ok=True)
    try:
        tempfile.TemporaryFile(dir=submitted).close()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(submitted)) from None  # without the name of that file


def _sorted_in(entry, place, submitted, replace):
    """Write a file to its place; returns why it can't be done, or None.

    Raises: what a full disk, or another lack of the machine, raises: it concerns every file.
    """
    try:
        content = entry.read()
        if link := link_on_the_way(place.parent, submitted):
            return f"{link} is a link: put a folder in its place"
        if not replace and _differs(place, content):
            return f"{place} is there already with other contents"
        write_bytes(place, content)
    except Unreadable as reason:
        return str(reason)
    except Exception as error:  # archives and file systems have many ways to refuse a single file
        return _reason(error, place)
    return None


def _reason(error, place):
    """What is said of an error that concerns one file. Raises: the error itself when it concerns all of them."""
    if lack_of_machine(error) and not isinstance(error, PermissionError):
        raise error
    words = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    return f"{place} can't be written ({clean(words)})"


def _differs(place, content):
    try:
        return read_bounded(place, len(content) + 1) != content
    except FileNotFoundError:
        return False
    except OSError:
        return True


def _are_times_of_students(times):
    """Whether the times of files can be times of submission. Times within some minutes come from packing."""
    return len(times) > 1 and max(times.values()) - min(times.values()) > PACKING


def _write_times(times, course, assignment_name, found, older):
    """Enter the times into the record, and write them where nbgrader looks for them.

    A student with work of an earlier download keeps the later of both times, because that work counts, too.
    """
    stamps = {student: datetime.datetime.fromtimestamp(when, datetime.UTC) for student, when in times.items()}
    before = read_times(course.submitted, assignment_name)
    texts = {}
    for student, stamp in stamps.items():
        recorded = _moment(before.get(student, "")) if student in older else None
        later = recorded is not None and recorded > stamp
        texts[student] = before[student] if later else f"{stamp:%Y-%m-%d %H:%M:%S} UTC"
    add_times(course.submitted, assignment_name, texts)
    for student, text in texts.items():
        place = course.handed_in(student, assignment_name) / TIMESTAMP
        try:
            write_text(place, f"{text}\n")
        except OSError as error:
            found.left_out[str(Path(student, TIMESTAMP))] = _reason(error, place)


def _below(student, names):
    return [str(Path(student, name)) for name in names]


def _moment(text):
    """A recorded time as a datetime; None when it is none, or an unusual one that somebody entered by hand."""
    try:
        moment = datetime.datetime.fromisoformat(text.strip().replace(" UTC", "+00:00"))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
