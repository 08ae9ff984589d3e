"""The record of when students handed in: `.times.json` in the folder of submissions, beside everybody's work.

nbgrader reads the time out of `timestamp.txt` in a submission. Anybody can hand in a file of that name, and a git clone
brings one along. So a time counts only if it is in this record, which `collect` and nbgrader's exchange write.
"""

import json
from pathlib import Path
from typing import TypeGuard

from autograder.atomic_io import write_json
from autograder.errors import UsageError
from autograder.intake.files import read_bounded

__all__ = ["RECORD", "TIMESTAMP", "add_times", "read_stamp", "read_times", "remove_times"]

TIMESTAMP = "timestamp.txt"
RECORD = ".times.json"
STAMP_BYTES = 100


def read_stamp(folder: Path) -> bytes | None:
    """Read the beginning of timestamp.txt in a folder: None without one, b"" where it can't be read."""
    try:
        return read_bounded(Path(folder, TIMESTAMP), STAMP_BYTES)
    except FileNotFoundError:
        return None
    except OSError:
        return b""


def read_times(submitted: Path, assignment_name: str) -> dict[str, str]:
    """Read the times of an assignment: student → text of a time; {} without a record.

    Raises: UsageError when the record is damaged.
    """
    return _read(submitted / RECORD).get(assignment_name, {})


def add_times(submitted: Path, assignment_name: str, times: dict[str, str]) -> None:
    """Add the times of some students to the record; those of the others stay."""
    record = _read(submitted / RECORD)
    record[assignment_name] = record.get(assignment_name, {}) | times
    write_json(submitted / RECORD, record)


def remove_times(submitted: Path, assignment_name: str, students: set[str]) -> dict[str, str]:
    """Take the times of some students out of the record; returns those that were there."""
    record = _read(submitted / RECORD)
    times = record.get(assignment_name, {})
    removed = {student: times[student] for student in sorted(students & times.keys())}
    if removed:
        record[assignment_name] = {student: time for student, time in times.items() if student not in removed}
        write_json(submitted / RECORD, record)
    return removed


def _read(file: Path) -> dict[str, dict[str, str]]:
    try:
        record = json.loads(file.read_bytes())
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError) as error:
        raise _damaged(file, error) from None
    if not _is_record(record):
        raise _damaged(file, "expected {assignment: {student: time}}")
    return record


def _is_record(record: object) -> TypeGuard[dict[str, dict[str, str]]]:
    if not isinstance(record, dict) or not all(isinstance(times, dict) for times in record.values()):
        return False
    return all(isinstance(time, str) for times in record.values() for time in times.values())


def _damaged(file: Path, why: object) -> UsageError:
    return UsageError(f"{file} is damaged ({why}): repair it, or delete it and collect again")
