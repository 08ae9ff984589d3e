"""When a submission was handed in: what timestamp.txt says, if it can be true."""

import datetime

from autograder.gradebook.nbgrader_bridge import parse_time
from autograder.intake.files import read_bounded

__all__ = ["time_of_submission"]

TIMESTAMP = "timestamp.txt"
EARLIEST = datetime.datetime(2000, 1, 1)
SLACK = datetime.timedelta(days=1)  # clocks of other time zones that say no zone


def time_of_submission(folder):
    """Read the time of a submission.

    Returns: (text that nbgrader can read or None, problem): without a time, or with one that can't be true, it counts
    as handed in in time, and the problem says so.
    """
    try:
        text = read_bounded(folder / TIMESTAMP, 100).decode("utf-8").strip()
    except FileNotFoundError:
        return None, ""
    except (OSError, UnicodeDecodeError):
        return None, f"{TIMESTAMP} can't be read; it counts as handed in in time"
    when = parse_time(text)
    if when is None:
        return None, f"{TIMESTAMP} says {text!r}, which is no time; it counts as handed in in time"
    if when < EARLIEST or when > datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + SLACK:
        return None, f"{TIMESTAMP} says {text!r}, which can't be; it counts as handed in in time"
    return text, ""
