"""The record of submission times: `.times.json` in the folder of submissions.

nbgrader reads the time from `timestamp.txt` in a submission. Students can hand in such a file, and
a git clone contains one. So a time counts only if it is in this record, which `collect` and
nbgrader's exchange write.
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
    """Return the first bytes of timestamp.txt; None if it is missing, b"" if unreadable."""
    try:
        return read_bounded(Path(folder, TIMESTAMP), STAMP_BYTES)
    except FileNotFoundError:
        return None
    except OSError:
        return b""


def read_times(submitted: Path, assignment_name: str) -> dict[str, str]:
    """Return student → time as a text, of an assignment; {} without a record.

    Raises: UsageError if the record is damaged.
    """
    return _read(submitted / RECORD).get(assignment_name, {})


def add_times(submitted: Path, assignment_name: str, times: dict[str, str]) -> None:
    """Add times of students to the record.

    Inputs:
    - submitted: folder of submissions
    - assignment_name: of the assignment
    - times: student → time as a text
    """
    record = _read(submitted / RECORD)
    record[assignment_name] = record.get(assignment_name, {}) | times
    write_json(submitted / RECORD, record)


def remove_times(submitted: Path, assignment_name: str, students: set[str]) -> dict[str, str]:
    """Remove times of students from the record.

    Inputs:
    - submitted: folder of submissions
    - assignment_name: of the assignment
    - students: ids

    Returns: student → removed time.
    """
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
