"""Brightspace's (D2L) file names: `12345-67890 - Jane Doe - Oct 7, 2026 1138 PM/notebook.ipynb`.

They consist of the numbers of user and assignment, the name, the time without its colon, and the
student's own file name. Each attempt has its own folder; without folders, ` - ` replaces the slash.
The download also has an `index.html`.
"""

import datetime
import re
from collections.abc import Mapping

from autograder.intake.moments import read_moment, utc_text
from autograder.intake.systems.owned import Entry, Owned, Owner, Owners, System, unknown_name

__all__ = ["BRIGHTSPACE"]

TIME = r"[^/-]{3,40}? ?[0-9]{4},? (?P<hour>[0-9]{1,2})(?P<minute>[0-9]{2})(?: ?[AaPp]\.?[Mm]\.?)?"
START = r"(?P<number>[0-9]{1,20})-[0-9]{1,20} - (?P<name>[^/]+?) ?- "
FOLDER = re.compile(rf"{START}(?P<time>{TIME})")
FLAT = re.compile(rf"{START}(?P<time>{TIME}) - (?P<file>[^/]+)", re.DOTALL)
SEVERAL_TIMES = "its name has several times: keep the time of the attempt, and remove the others"
NO_ORDER = "the times in this student's folder names are unknown: keep only the latest folder in the download"


def _parts(name: str) -> tuple[re.Match[str], str] | None:
    """(match of Brightspace's part, the student's file name), or None."""
    folder, slash, file = name.partition("/")
    if slash:
        match = FOLDER.fullmatch(folder)
        return (match, file) if match else None
    match = FLAT.fullmatch(name)
    return (match, match["file"]) if match else None


def _owners(entries: Mapping[str, Entry], zone: str) -> Owners:
    parts = {name: _parts(name) for name in entries}
    attempts: dict[str, set[str]] = {}  # number of a student → times as texts
    for found in parts.values():
        if found:
            attempts.setdefault(found[0]["number"], set()).add(found[0]["time"])
    owners: Owners = {}
    for name, found in parts.items():
        if found is None:
            if name != "index.html":
                owners[name] = unknown_name("Brightspace")
            continue
        match, file = found
        moment = _moment(match)
        if "/" not in name and FLAT.fullmatch(f"1-1 - x - {file}"):
            owners[name] = SEVERAL_TIMES
        elif moment is None and len(attempts[match["number"]]) > 1:
            owners[name] = NO_ORDER
        else:
            owner, source = Owner(match["name"], match["number"]), match.string[: match.end("time")]
            when = utc_text(moment) if moment else match["time"]
            owners[name] = Owned((owner,), file, attempt=when if moment else "", source=source, when=when)
    return owners


def _moment(match: re.Match[str]) -> datetime.datetime | None:
    """The time in a name, read in this machine's zone, in UTC; None if it is unknown."""
    start, end = (position - match.start("time") for position in (match.start("minute"), match.end("minute")))
    text = match["time"]
    moment = read_moment(f"{text[:start]}:{text[start:end]}{text[end:]}")
    try:
        return moment and moment.astimezone(datetime.UTC).replace(tzinfo=None)
    except (OverflowError, OSError):
        return None


def _is_of_student(folder: str) -> bool:
    return bool(FOLDER.fullmatch(folder))


BRIGHTSPACE = System("Brightspace", lambda name: _parts(name) is not None, _owners, _is_of_student, local_times=True)
