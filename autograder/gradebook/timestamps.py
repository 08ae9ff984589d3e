"""When a submission was handed in: what the record says, if it can be true. See autograder.intake.times.

And the two files by which nbgrader's exchange knows a submission again: its time, and a secret that its student has.
"""

import datetime
from pathlib import Path

from autograder.intake.files import read_bounded
from autograder.intake.moments import UNDERSTOOD, read_moment, utc_text
from autograder.intake.times import RECORD, TIMESTAMP, read_stamp

__all__ = ["SECRET_FILE", "can_be_true", "files_of_exchange", "read_secret", "time_of_submission"]

EARLIEST = datetime.datetime(2000, 1, 1)
SLACK = datetime.timedelta(days=1)  # clocks of other time zones that say no zone
IN_TIME = "it counts as handed in in time"
SECRET_FILE = "submission_secret.txt"
SECRET_BYTES = 1000


def time_of_submission(folder: Path, recorded: str | None, zone: str = "UTC") -> tuple[str | None, str]:
    """Tell when a submission was handed in.

    Inputs:
    - folder: of the submission. - recorded: the time in the record. - zone: the course's, see read_moment.

    Returns: (text in UTC that nbgrader can read, problem). Without a recorded time, or with one that is not
    understood or can't be true, the submission counts as handed in in time. The problem says so, and names a
    `timestamp.txt` that does not count.
    """
    found = _stamp_in(folder)
    if recorded is None:
        return None, found and (
            f"{TIMESTAMP} says {found!r}, but {RECORD} has no time for it, so neither `collect` nor nbgrader's exchange"
            f" wrote it; {IN_TIME}: if the time is right, collect the download again, or add it to {RECORD} in the"
            " folder of submissions"
        )
    when = read_moment(recorded, zone)
    if when is None:
        return None, (
            f"{RECORD} says {recorded!r}, which is not understood as a time; {IN_TIME}: write it as {UNDERSTOOD!r}"
        )
    if not can_be_true(when):
        return None, f"{RECORD} says {recorded!r}, which can't be; {IN_TIME}"
    if found and read_moment(found, zone) != when:
        return utc_text(when), (
            f"{TIMESTAMP} says {found!r}, but {RECORD} says {recorded!r}, which counts: if the other time is right,"
            f" put it into {RECORD} in the folder of submissions"
        )
    return utc_text(when), ""


def files_of_exchange(folder: Path, recorded: str | None) -> dict[str, str]:
    """The files that nbgrader expects beside whatever is made of a submission: dict of name → text.

    Inputs: see time_of_submission. Returns: {} for what did not come by the exchange.
    """
    try:
        secret = read_secret(folder)
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        return {}
    # The exchange finds a submission by the time that it wrote itself. No mark depends on this copy of it.
    found = _stamp_in(folder)
    time = found if read_moment(found) else recorded
    return {SECRET_FILE: secret} | ({TIMESTAMP: time} if time else {})


def read_secret(folder: Path) -> str:
    """The secret in a submission, or beside its feedback; "" without one.

    Raises: OSError or UnicodeDecodeError when it can't be read.
    """
    try:
        return read_bounded(folder / SECRET_FILE, SECRET_BYTES).decode("utf-8")
    except FileNotFoundError:
        return ""


def can_be_true(when: datetime.datetime) -> bool:
    """Whether somebody can have handed in at that time (UTC, without zone)."""
    return EARLIEST <= when <= datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + SLACK


def _stamp_in(folder: Path) -> str:
    """What timestamp.txt in a submission says; "" without one."""
    stamp = read_stamp(folder)
    return "" if stamp is None else stamp.decode("utf-8", errors="replace").strip() or "nothing that can be read"
