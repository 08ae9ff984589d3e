"""The record of extensions: `.extensions.json` in the folder of submissions.

nbgrader stores an extension with a submission in the gradebook. This record also has the extensions
of students without a submission, and it outlives the gradebook. `grade` enters it into the
gradebook.
"""

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from autograder.atomic_io import write_json
from autograder.errors import UsageError
from autograder.intake.moments import read_moment, utc_text

__all__ = ["Extension", "read_extensions", "read_until", "write_extensions"]

RECORD = ".extensions.json"
UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes"}
LENGTH = re.compile(r"\+?(\d{1,4})([wdhm])", re.ASCII | re.IGNORECASE)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
EXAMPLES = "2026-11-25, 2026-11-25T18:00+0100 or '2026-11-25 18:00 UTC', or a length such as 3d or 12h"


@dataclass(frozen=True)
class Extension:
    """An extension for one student: until a time, or for a length after the due date.

    - until: datetime in UTC without zone, or None
    - length: in seconds, or None
    - reason: for people
    """

    until: datetime.datetime | None = None
    length: float | None = None
    reason: str = ""

    def seconds(self, due: datetime.datetime | None) -> float:
        """Return the length of the extension in seconds; 0 without a due date.

        Inputs:
        - due: due date in UTC without zone, or None
        """
        if due is None:
            return 0.0
        return self.length or 0.0 if self.until is None else max(0.0, (self.until - due).total_seconds())


def read_until(text: str, zone: str) -> Extension:
    """Parse an extension.

    Inputs:
    - text: a time, see read_moment; a date, which means the end of that day; or a length such as
      "3d"
    - zone: name of the course's zone, for a time without a zone

    Raises: UsageError for any other text.
    """
    if length := LENGTH.fullmatch(text):
        amount = datetime.timedelta(**{UNITS[length[2].lower()]: int(length[1])})
        if amount:
            return Extension(length=amount.total_seconds())
    if DAY.fullmatch(text):
        text += " 23:59:59"
    # read_moment rejects two zones, so the first call succeeds only for a text without a zone.
    until = read_moment(f"{text} {zone}", zone) or read_moment(text, zone)
    if until is None:
        raise UsageError(f"expected a date such as {EXAMPLES}, got {text!r}")
    return Extension(until=until)


def read_extensions(submitted: Path, assignment_name: str) -> dict[str, Extension]:
    """Return student → Extension of an assignment; {} without a record.

    Raises: UsageError if the record is damaged.
    """
    return {student: _extension(entry) for student, entry in _read(submitted).get(assignment_name, {}).items()}


def write_extensions(submitted: Path, assignment_name: str, extensions: dict[str, Extension | None]) -> None:
    """Change the record for some students.

    Inputs:
    - submitted: folder of submissions
    - assignment_name: of the assignment
    - extensions: student → Extension, or None to remove it
    """
    record = _read(submitted)
    entries = record.setdefault(assignment_name, {})
    for student, extension in extensions.items():
        entries.pop(student, None)
        if extension:
            entries[student] = _entry(extension)
    write_json(submitted / RECORD, record)


def _entry(extension: Extension) -> dict[str, str | float | None]:
    entry: dict[str, str | float | None] = {"seconds": extension.length}
    if extension.until:
        entry = {"until": utc_text(extension.until)}
    if extension.reason:
        entry["reason"] = extension.reason
    return entry


def _extension(entry: Mapping[str, Any]) -> Extension:
    reason = entry.get("reason", "")
    if "until" in entry:
        return replace(read_until(entry["until"], "UTC"), reason=reason)
    return Extension(length=float(entry["seconds"]), reason=reason)


def _read(submitted: Path) -> dict[str, dict[str, dict[str, Any]]]:
    file = submitted / RECORD
    try:
        record = json.loads(file.read_bytes())
        for entries in record.values():
            for entry in entries.values():
                _extension(entry)
    except FileNotFoundError:
        return {}
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError, UsageError) as error:
        expected = '{assignment: {student: {"until": time}}}'
        raise UsageError(
            f"{file} is damaged ({error}): expected {expected}; repair it, or delete it and grant the extensions again"
        ) from None
    return record
