"""Sorts a download of all submissions into submitted/. A download holds the whole latest attempt of each student."""

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
    """What came of a download.

    - students: id → files. - late: ids that the system marks as late.
    - left_out: name in the download → why it was left out.
    - aside: student id → folder into which an earlier attempt was moved.
    - older: student id → number of files in the download that are of an earlier attempt, and were not taken.
    - renamed: a student's new name → the id that they have already.
    - lost_times: student id → time of the earlier attempt, where the new one has none.
    - teams: ids of teams, whose members the download does not tell.
    - times: whether they came with the download. - local_times: whether they name no zone.
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
    """A file of a download that has a place. - target: its path in the student's folder."""

    entry: Entry
    target: Path
    late: bool
    when: str


def collect(path: str | Path, course: Course, assignment_name: str, *, replace: bool = False) -> Collected:
    """Sort a download into the course's folder of submissions.

    Inputs:
    - path: a zip archive, or a folder into which it was unpacked.
    - replace: take what the download has also where files were changed by hand since it was collected.

    A student's attempt takes the place of an earlier one, which is moved into a dated folder
    beside it. Students who are not in the download keep what they have. Nothing is written outside of a student's
    folder. A file that can't be sorted in is left out, and the others are not.

    Raises: UsageError when there is no such download, nothing in it has such a name, or two students would share a
    folder. Then nothing is written.
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
                        continue  # somebody may have corrected the time
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
    """Tell whose the files of a download are, and where they belong. Nothing is written.

    Inputs:
    - path: of the download, for messages. - found: gets what is left out.

    Returns: (student → the files of the latest attempt; student → the time
    of handing in as a text, "" where nobody knows it).

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
                    f"{student} has {len(chosen)} submissions in this download: leave one in it"
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
    """The files of an attempt; a file without a place of its own goes to found.left_out."""
    taken: dict[str, str] = {}
    files: list[PlacedFile] = []
    for entry, owned in entries:
        target = safe_path(owned.file)
        if target is None:
            found.left_out[entry.name] = "its name is not an ordinary file's"
        elif reason := _problem_of(target, taken):
            found.left_out[entry.name] = reason
        else:
            taken[place_key(target)] = entry.name
            files.append(PlacedFile(entry, target, owned.late, owned.when))
    return files


def _problem_of(target: Path, taken: Mapping[str, str]) -> str | None:
    """Why a file has no place, or None. - taken: place → who has it."""
    if any(place_key(part) == TIMESTAMP for part in target.parts):
        return "students don't say themselves when they handed in"
    if other := taken.get(place_key(target)):
        return f"{clean(other)} has the same name, or one that differs only in letters that can't be told apart"
    return None


class _Names:
    """Ids of the students in a download. A student whose name Canvas has changed keeps the id, by the number.

    - there: names in the folder of submissions.
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
        """Why a student's files can't be sorted in, or None. Raises: UsageError where two students share a folder."""
        key = place_key(self.of(owner))
        first = self.by_key.setdefault(key, owner)
        if first != owner:
            raise UsageError(
                f"{self.path} holds submissions of two students who would share a folder, {_shown(first)} and"
                f" {_shown(owner)}: rename one of them in the download"
            )
        alike = self.alike.get(key)
        if alike and self.of(owner) not in alike:
            return (
                f"{owner.student} and {alike[0]}, which is there already, would share a folder on some systems: rename"
                " the old"
            )
        return None


def _shown(owner: Owner) -> str:
    return ascii(f"{owner.name}_{owner.number}" if owner.number else owner.name)


def _open_submitted(submitted: Path) -> None:
    """Make the folder of submissions. Raises: OSError when nothing can be written to it."""
    submitted.mkdir(parents=True, exist_ok=True)
    try:
        tempfile.TemporaryFile(dir=submitted).close()
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(submitted)) from None  # without the name of that file


def _times_of_files(files: Mapping[str, list[PlacedFile]]) -> dict[str, str]:
    """Student → the time of their latest file, if these can be times of submission. Times within some minutes
    come from packing. Canvas's archives have those always, and packing can take longer than it is allowed to differ."""
    times = {student: max(file.entry.modified for file in theirs) for student, theirs in files.items()}
    times = {student: when for student, when in times.items() if EARLIEST < when < LATEST}
    if len(times) < 2 or max(times.values()) - min(times.values()) <= PACKING:
        return {}
    return {
        student: utc_text(datetime.datetime.fromtimestamp(int(when), datetime.UTC).replace(tzinfo=None))
        for student, when in times.items()
    }


def _write_times(times: dict[str, str], course: Course, assignment_name: str, found: Collected) -> None:
    """Enter the times into the record, and write them where nbgrader looks for them."""
    add_times(course.submitted, assignment_name, times)
    for student, text in times.items():
        place = course.handed_in(student, assignment_name) / TIMESTAMP
        try:
            write_text(place, f"{text}\n")
        except OSError as error:
            found.left_out[str(Path(student, TIMESTAMP))] = not_written(error, place)
