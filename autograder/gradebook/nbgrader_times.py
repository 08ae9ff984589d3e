"""Let nbgrader parse times like the grader.

Its own parser reads "+0100" as 100 seconds, and "EST" as UTC.

It parses due dates (`nbgrader db assignment add --duedate`, formgrader) and time stamps.
"""

import datetime
import sys
from pathlib import Path

from nbgrader import utils
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory

from autograder.intake.moments import UNDERSTOOD, read_moment
from autograder.intake.times import read_stamp

__all__ = ["read_times_as_the_kit_does"]

_nbgraders_own = utils.parse_utc


def read_times_as_the_kit_does() -> None:
    """Replace nbgrader's parser of times in this process, in all loaded modules."""
    for name, module in list(sys.modules.items()):
        if name.startswith("nbgrader.") and getattr(module, "parse_utc", None) is _nbgraders_own:
            vars(module)["parse_utc"] = _parse_utc
    CourseDirectory.get_existing_timestamp = _time_in
    NbGraderAPI.get_submitted_timestamp = _submitted_time


def _parse_utc(time: str | datetime.datetime) -> datetime.datetime:
    if not isinstance(time, str):
        return _nbgraders_own(time)
    if (moment := read_moment(time)) is None:
        raise ValueError(f"expected a time such as {UNDERSTOOD!r}, got {time!r}")
    return moment


def _time_in(self: CourseDirectory | NbGraderAPI, folder: str) -> datetime.datetime | None:
    """Return the time in a folder's timestamp.txt; None for a missing or invalid one."""
    return read_moment((read_stamp(Path(folder)) or b"").decode("utf-8", "replace"))


def _submitted_time(self: NbGraderAPI, assignment_id: str, student_id: str) -> datetime.datetime | None:
    return _time_in(self, self.coursedir.format_path(self.coursedir.submitted_directory, student_id, assignment_id))
