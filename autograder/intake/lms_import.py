"""Sorts a download of all submissions into submitted/.

It has the complete latest attempt of each student.
"""

import datetime
import os
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from autograder.atomic_io import write_text
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.intake.attempts import Attempt, not_written, read_attempts, write_attempts
from autograder.intake.downloads import open_download, owners_of
from autograder.intake.moments import utc_text
from autograder.intake.safe_names import by_place, place_key, safe_path
from autograder.intake.systems.moodle import MOODLE
from autograder.intake.systems.owned import Entry, Owned, Owner, System
from autograder.intake.times import TIMESTAMP, add_times, read_times, remove_times
from autograder.printable import clean
from student_tools.atomic_write import unfinished_folder

__all__ = ["Collected", "collect", "plan"]

EARLIEST = datetime.datetime(2000, 1, 1).timestamp()
LATEST = datetime.datetime(2200, 1, 1).timestamp()
PACKING = 15 * 60  # seconds
CANVAS_ID = re.compile(r"(?P<name>[^\s/]+)_(?P<number>[0-9]+)")


@dataclass
class Collected:
    """The result of collecting a download.

    - students: id → files
    - late: ids that the system marks as late
    - left_out: name in the download → why it was left out
    - aside: id → folder into which an earlier attempt was moved
    - older: id → number of files of earlier attempts, which were skipped
    - renamed: new name of a student → existing id
    - lost_times: id → time of the earlier attempt, if the new one has no time
    - teams: ids of teams, whose members are unknown
    - times: whether the download has times
    - local_times: whether its times have no zone
    """

    students: dict[str, list[str]] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)
    left_out: dict[str, str] = field(default_factory=dict)
    aside: dict[str, Path] = field(default_factory=dict)
    older: dict[str, int] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    lost_times: dict[str, str] = field(default_factory=dict)
    teams: list[str] = field(default_factory=list)
    times: bool = False
    local_times: bool = False


@dataclass(frozen=True)
class PlacedFile:
    """A file of a download with its destination.

    - entry: the file
    - target: path in the student's folder
    - late: whether the system marks it as late
    - when: time of the submission as a text, or ""
    """

    entry: Entry
    target: Path
    late: bool
    when: str


def collect(path: str | Path, course: Course, assignment_name: str, *, replace: bool = False) -> Collected:
    """Sort a download into the course's folder of submissions.

    A student's attempt replaces an earlier one, which is moved into a dated folder next to it.
    Students who are not in the download keep their files. Nothing is written outside of a student's
    folder. Files that can't be sorted are skipped and reported.

    Inputs:
    - path: a zip archive, or a folder with its unpacked content
    - course: for its folder of submissions and its zone
    - assignment_name: of the assignment
    - replace: also overwrite files that were changed by hand after an earlier `collect`

    Raises: UsageError if no such download exists, no name in it fits a system, or two students
    would share a folder. Then nothing is written.
    """
    found = Collected()
    with open_download(Path(path)) as entries:
        files, times = plan(Path(path), list(entries), course, found)
        _open_submitted(course.submitted)
        record, before = read_attempts(course.submitted), read_times(course.submitted, assignment_name)
        known = record.setdefault(assignment_name, {})
        new_times = {}
        for student, theirs in files.items():
            attempt = Attempt(
                course.handed_in(student, assignment_name), course.submitted, theirs, times.get(student, "")
            )
            with unfinished_folder(course.submitted) as private:
                if not attempt.unpack(private / "new", found):
                    continue
                found.students[student] = sorted(attempt.hashes)
                found.late |= {student} if any(file.late for file in theirs) else set()
                last = known.get(student, ["", ""])
                if attempt.digest == last[0] and attempt.place.is_dir() and not replace:
                    attempt.restore(found)
                    if student in before and attempt.time == last[1]:
                        continue  # the recorded time may have been corrected by hand
                elif not attempt.is_there():
                    if student in before and not attempt.time and attempt.place.exists():
                        found.lost_times |= remove_times(course.submitted, assignment_name, {student})
                    if not attempt.take_place(student, before.get(student, ""), found):
                        continue
            known[student] = [attempt.digest, attempt.time]
            if attempt.time:
                new_times[student] = attempt.time
        write_attempts(course.submitted, record)
    if new_times:
        _write_times(new_times, course, assignment_name, found)
    return found


def plan(
    path: Path, entries: list[Entry], course: Course, found: Collected
) -> tuple[dict[str, list[PlacedFile]], dict[str, str]]:
    """Find owner and destination of each file of a download. Writes nothing.

    Inputs:
    - path: of the download, for messages
    - entries: its files
    - course: for its folder of submissions and its zone
    - found: gets the skipped files; changed in place

    Returns: (student → files of the latest attempt; student → time of the submission as a text, or
    "").

    Raises: UsageError, see collect.
    """
    system, owners = owners_of(path, entries, course.zone)
    there = os.listdir(course.submitted) if course.submitted.is_dir() else []
    names = _Names(path, system, there, found)
    is_of_teams = False
    attempts: dict[str, dict[tuple[str, str], list[tuple[Entry, Owned]]]] = {}  # student → (attempt, source) → files
    for entry in entries:
        owned = owners.get(entry.name)
        if isinstance(owned, str):
            found.left_out[entry.name] = owned
        elif owned is not None:
            for owner in owned.owners:
                if reason := names.problem_of(owner):
                    found.left_out[entry.name] = reason
                    continue
                source = attempts.setdefault(names.of(owner), {}).setdefault((owned.attempt, owned.source), [])
                source.append((entry, owned))
                is_of_teams |= system is MOODLE and not owner.number
    files = {}
    for student, sources in attempts.items():
        latest = max(attempt for attempt, _ in sources)
        chosen = [source for source in sources if source[0] == latest]
        if len(chosen) > 1:
            for entry, _ in (each for source in chosen for each in sources[source]):
                found.left_out[entry.name] = (
                    f"{student} has {len(chosen)} submissions in this download: keep one of them"
                )
            continue
        if older := sum(len(sources[source]) for source in sources if source not in chosen):
            found.older[student] = older
        if theirs := _with_places(sources[chosen[0]], found):
            files[student] = theirs
    found.teams = sorted(files) if is_of_teams else []
    times = {student: max(file.when for file in theirs) for student, theirs in files.items()}
    if system is MOODLE:
        times = _times_of_files(files)
    found.times, found.local_times = any(times.values()), system.local_times
    return files, times


def _with_places(entries: Iterable[tuple[Entry, Owned]], found: Collected) -> list[PlacedFile]:
    """The files of an attempt; a file without its own destination goes to found.left_out."""
    taken: dict[str, str] = {}
    files: list[PlacedFile] = []
    for entry, owned in entries:
        target = safe_path(owned.file)
        if target is None:
            found.left_out[entry.name] = "its path is not allowed"
        elif reason := _problem_of(target, taken):
            found.left_out[entry.name] = reason
        else:
            taken[place_key(target)] = entry.name
            files.append(PlacedFile(entry, target, owned.late, owned.when))
    return files


def _problem_of(target: Path, taken: Mapping[str, str]) -> str | None:
    """Why a file has no destination, or None. - taken: place_key → file."""
    if any(place_key(part) == TIMESTAMP for part in target.parts):
        return f"{TIMESTAMP} in a submission is ignored"
    if other := taken.get(place_key(target)):
        return f"{clean(other)} has the same name on some file systems"
    return None


class _Names:
    """Ids of the students in a download.

    A student whose name changed in Canvas keeps the id, by the number.

    - there: names in the folder of submissions
    """

    def __init__(self, path: Path, system: System, there: Sequence[str], found: Collected) -> None:
        self.path, self.system, self.found = path, system, found
        self.there, self.alike = set(there), by_place(there)
        self.by_key: dict[str, Owner] = {}
        self.by_number: dict[str, list[str]] = {}
        for name in there:
            match = CANVAS_ID.fullmatch(name)
            if match and name == name.lower():
                self.by_number.setdefault(match["number"], []).append(name)

    def of(self, owner: Owner) -> str:
        student = owner.student
        others = self.by_number.get(owner.number, [])
        if self.system.numbers_last and student not in self.there and len(others) == 1:
            self.found.renamed[student] = others[0]
            return others[0]
        return student

    def problem_of(self, owner: Owner) -> str | None:
        """Why a student's files can't be sorted, or None.

        Raises: UsageError if two students share a folder.
        """
        key = place_key(self.of(owner))
        first = self.by_key.setdefault(key, owner)
        if first != owner:
            raise UsageError(
                f"{self.path}: expected ids that differ on all file systems, got {_shown(first)} and {_shown(owner)}:"
                " rename one of them in the download"
            )
        alike = self.alike.get(key)
        if alike and self.of(owner) not in alike:
            return (
                f"{owner.student} and the existing {alike[0]} would share a folder on some file systems: rename the"
                " existing folder"
            )
        return None


def _shown(owner: Owner) -> str:
    return ascii(f"{owner.name}_{owner.number}" if owner.number else owner.name)


def _open_submitted(submitted: Path) -> None:
    """Create the folder of submissions. Raises: OSError if it is not writable."""
    submitted.mkdir(parents=True, exist_ok=True)
    try:
        tempfile.TemporaryFile(dir=submitted).close()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(submitted)) from None  # without the temporary file's name


def _times_of_files(files: Mapping[str, list[PlacedFile]]) -> dict[str, str]:
    """Student → time of the latest file, if these can be times of submission.

    Times within PACKING seconds come from packing the archive. Canvas's archives always have such
    times, and packing can take longer, so this is only used for Moodle.
    """
    times = {student: max(file.entry.modified for file in theirs) for student, theirs in files.items()}
    times = {student: when for student, when in times.items() if EARLIEST < when < LATEST}
    if len(times) < 2 or max(times.values()) - min(times.values()) <= PACKING:
        return {}
    return {
        student: utc_text(datetime.datetime.fromtimestamp(int(when), datetime.UTC).replace(tzinfo=None))
        for student, when in times.items()
    }


def _write_times(times: dict[str, str], course: Course, assignment_name: str, found: Collected) -> None:
    """Add the times to the record, and write the files in which nbgrader looks for them."""
    add_times(course.submitted, assignment_name, times)
    for student, text in times.items():
        place = course.handed_in(student, assignment_name) / TIMESTAMP
        try:
            write_text(place, f"{text}\n")
        except OSError as error:
            found.left_out[str(Path(student, TIMESTAMP))] = not_written(error, place)
