"""Replaces a student's earlier attempt with the latest one.

The earlier one is kept, but never graded.

`.attempts.json` in the folder of submissions records the last attempt that `collect` wrote for each
student. So collecting the same download again changes nothing, even if a file was corrected by
hand.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, TypeGuard

from autograder.atomic_io import write_bytes, write_json, write_text
from autograder.errors import UsageError, lack_of_machine
from autograder.intake.files import MAX_FILE_BYTES, Unreadable, is_work, link_on_the_way, read_bounded
from autograder.intake.times import TIMESTAMP
from autograder.printable import clean
from autograder.repairs import ProblemKind

if TYPE_CHECKING:
    from autograder.intake.lms_import import Collected, PlacedFile

__all__ = ["ATTEMPTS", "EARLIER", "Attempt", "not_written", "read_attempts", "write_attempts"]

ATTEMPTS = ".attempts.json"
EARLIER = ".earlier"  # suffix of the assignment's folder for earlier attempts


def read_attempts(submitted: Path) -> dict[str, dict[str, list[str]]]:
    """Read the record: assignment → student → [digest of the files, time]. Raises: UsageError."""
    file = submitted / ATTEMPTS
    try:
        record = json.loads(file.read_bytes())
        if _is_record(record):
            return record
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError):
        pass
    raise UsageError(f"{file} is damaged: delete it; the next `collect` then moves files that you changed aside")


def _is_record(record: object) -> TypeGuard[dict[str, dict[str, list[str]]]]:
    if not isinstance(record, dict) or not all(isinstance(students, dict) for students in record.values()):
        return False
    attempts = [attempt for students in record.values() for attempt in students.values()]
    return all(isinstance(attempt, list) and list(map(type, attempt)) == [str, str] for attempt in attempts)


def write_attempts(submitted: Path, record: dict[str, dict[str, list[str]]]) -> None:
    """Write the record."""
    write_json(submitted / ATTEMPTS, record)


class Attempt:
    """A student's attempt in a download.

    - place: the student's folder
    - submitted: folder of all submissions
    - files: of the attempt
    - time: of the submission; "" if unknown
    - hashes: path of a file → hash of its content; set by `unpack`
    - digest: hash of `hashes`; set by `unpack`
    """

    def __init__(self, place: Path, submitted: Path, files: list[PlacedFile], time: str) -> None:
        self.place, self.submitted, self.files, self.time = place, submitted, files, time
        self.hashes: dict[str, str] = {}
        self.digest = ""

    def unpack(self, folder: Path, found: Collected) -> bool:
        """Write the files into a new folder; return False if no file could be written.

        Inputs:
        - folder: is created
        - found: gets the files that could not be written, in left_out
        """
        self.folder = folder
        folder.mkdir()
        for file in self.files:
            try:
                if link := link_on_the_way(self.place, self.submitted):
                    raise Unreadable(ProblemKind.LINK, f"{link} is a link: put a folder in its place")
                content = file.entry.read()
                write_bytes(folder / file.target, content)
                self.hashes[file.target.as_posix()] = hashlib.sha256(content).hexdigest()
            except Unreadable as reason:
                found.left_out[file.entry.name] = str(reason)
            except Exception as error:  # archives and file systems have many ways to refuse a single file
                found.left_out[file.entry.name] = not_written(error, self.place / file.target)
        self.digest = hashlib.sha256(json.dumps(self.hashes, sort_keys=True).encode()).hexdigest()
        return bool(self.hashes)

    def is_there(self) -> bool:
        """Return whether the student's folder holds exactly these files, and no other work."""
        present = {
            Path(folder, name).relative_to(self.place).as_posix()
            for folder, _, names in os.walk(self.place)
            for name in names
            if is_work(name)
        }
        return present <= self.hashes.keys() and all(
            _hash_of(self.place / name) == content for name, content in self.hashes.items()
        )

    def restore(self, found: Collected) -> None:
        """Restore deleted files. Files that were changed by hand stay unchanged."""
        for name in self.hashes:
            if not os.path.lexists(self.place / name):
                try:
                    write_bytes(self.place / name, (self.folder / name).read_bytes())
                except OSError as error:
                    found.left_out[str(self.place / name)] = not_written(error, self.place / name)

    def take_place(self, student: str, time: str, found: Collected) -> bool:
        """Move the files to the student's folder; return False on failure.

        Inputs:
        - student: id
        - time: of the earlier attempt, which is stored with it; "" if unknown
        - found: gets the folder of the earlier attempt, or the failure
        """
        try:
            aside = _put_in_place(self.folder, self.place, time)
        except OSError as error:
            found.left_out[student] = not_written(error, self.place)
            del found.students[student]
            return False
        if aside:
            found.aside[student] = aside
        return True


def not_written(error: Exception, place: Path) -> str:
    """Return the message for an error about one file.

    Raises: the error itself if it concerns all files.
    """
    if lack_of_machine(error) and not isinstance(error, PermissionError):
        raise error
    words = error.strerror if isinstance(error, OSError) else f"{type(error).__name__}: {error}"
    return f"{place} can't be written ({clean(words)})"


def _hash_of(file: Path) -> str:
    try:
        return hashlib.sha256(read_bounded(file, MAX_FILE_BYTES + 1)).hexdigest()
    except OSError:
        return ""


def _put_in_place(new: Path, place: Path, time: str) -> Path | None:
    """Move a folder to its place; return the folder of the earlier one, or None."""
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        new.rename(place)
        return None
    aside = _free_folder(place.with_name(f"{place.name}{EARLIER}"))
    place.rename(aside)
    try:
        new.rename(place)
    except BaseException:
        aside.rename(place)
        raise
    if time and not os.path.lexists(aside / TIMESTAMP):
        write_text(aside / TIMESTAMP, f"{time}\n")
    return aside


def _free_folder(parent: Path) -> Path:
    parent.mkdir(exist_ok=True)
    now = f"{datetime.datetime.now():%Y-%m-%d_%H-%M-%S}"
    names = [now, *(f"{now}_{number}" for number in range(2, 1000))]
    return next(path for name in names if not os.path.lexists(path := parent / name))
