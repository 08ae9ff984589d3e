"""The time of a submission from the record, if it is plausible. See autograder.intake.times.

Also the two files by which nbgrader's exchange identifies a submission: its time, and the student's
secret.
"""

import datetime
from pathlib import Path

from autograder.intake.files import read_bounded
from autograder.intake.moments import UNDERSTOOD, read_moment, utc_text
from autograder.intake.times import RECORD, TIMESTAMP, read_stamp

__all__ = ["SECRET_FILE", "can_be_true", "files_of_exchange", "read_secret", "time_of_submission"]

EARLIEST = datetime.datetime(2000, 1, 1)
SLACK = datetime.timedelta(days=1)  # for times of other time zones without a zone
IN_TIME = "the submission counts as on time"
SECRET_FILE = "submission_secret.txt"
SECRET_BYTES = 1000


def time_of_submission(folder: Path, recorded: str | None, zone: str = "UTC") -> tuple[str | None, str]:
    """Return the time of a submission.

    Inputs:
    - folder: folder of the submission.
    - recorded: the time in the record, or None.
    - zone: the course's time zone, see `read_moment`.

    Returns: (text in UTC for nbgrader, problem). The text is None if the recorded time is missing,
    invalid or implausible; then the submission counts as on time. The problem also mentions a
    `timestamp.txt` that does not count; it is "" without a problem.
    """
    found = _stamp_in(folder)
    if recorded is None:
        return None, found and (
            f"{TIMESTAMP} has the time {found!r}, but {RECORD} has none, so neither `collect` nor nbgrader's exchange"
            f" wrote it; {IN_TIME}: if the time is right, collect the download again, or add it to {RECORD} in the"
            " folder of submissions"
        )
    when = read_moment(recorded, zone)
    if when is None:
        return None, (
            f"expected a time such as {UNDERSTOOD!r} in {RECORD}, got {recorded!r}; {IN_TIME}: correct the time"
        )
    if not can_be_true(when):
        return None, f"the time {recorded!r} in {RECORD} is implausible; {IN_TIME}"
    if found and read_moment(found, zone) != when:
        return utc_text(when), (
            f"{TIMESTAMP} has the time {found!r}, but the time {recorded!r} in {RECORD} counts: if the other time is"
            f" right, enter it into {RECORD} in the folder of submissions"
        )
    return utc_text(when), ""


def files_of_exchange(folder: Path, recorded: str | None) -> dict[str, str]:
    """Return the files that nbgrader expects next to the autograded notebooks and the feedback.

    Inputs:
    - folder: folder of the submission.
    - recorded: the time in the record, or None.

    Returns: dict of name → text; {} for a submission that is not from the exchange.
    """
    try:
        secret = read_secret(folder)
    except (OSError, UnicodeDecodeError):
        secret = ""
    if not secret:
        return {}
    # The exchange finds a submission by the time that it wrote itself. No score depends on this copy of the time.
    found = _stamp_in(folder)
    time = found if read_moment(found) else recorded
    return {SECRET_FILE: secret} | ({TIMESTAMP: time} if time else {})


def read_secret(folder: Path) -> str:
    """Return the secret in a submission's folder, or in its folder of feedback; "" without one.

    Raises: OSError or UnicodeDecodeError if it can't be read.
    """
    try:
        return read_bounded(folder / SECRET_FILE, SECRET_BYTES).decode("utf-8")
    except FileNotFoundError:
        return ""


def can_be_true(when: datetime.datetime) -> bool:
    """Return True for a plausible time (UTC, naive): after 1999, not in the future."""
    return EARLIEST <= when <= datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + SLACK


def _stamp_in(folder: Path) -> str:
    """Return the text of timestamp.txt in a submission; "" without the file."""
    stamp = read_stamp(folder)
    return "" if stamp is None else stamp.decode("utf-8", errors="replace").strip() or "no readable text"
