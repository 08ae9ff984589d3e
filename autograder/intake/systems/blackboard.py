"""Blackboard's file names: `Homework 2_jdoe_attempt_2026-11-19-10-00-00_notebook.ipynb`.

They consist of the assignment, the user, the time of the attempt, and the student's own file name.
Each attempt also has a note `Homework 2_jdoe_attempt_2026-11-19-10-00-00.txt`. It starts with lines
of Blackboard: `Name: Jane Doe (jdoe)`, `Assignment: …`, `Date Submitted: …`. The student's text
follows.
"""

import datetime
import re
from collections.abc import Iterable, Mapping

from autograder.intake.files import Unreadable
from autograder.intake.moments import read_moment, utc_text
from autograder.intake.systems.owned import Entry, Owned, Owner, Owners, System, unknown_name

__all__ = ["BLACKBOARD"]

NAME = re.compile(
    r"(?P<head>(?:(?!_attempt_[0-9]{4}-)[^/])+)_attempt_(?P<time>[0-9]{4}(?:-[0-9]{2}){5})(?:\.txt|_(?P<file>[^/]+))",
    re.DOTALL,
)
HEADER = re.compile(r"Name: .*\((?P<user>[^()\n]+)\)[ \t]*\r?\n")
DATE = re.compile(r"Date Submitted: (?P<date>[^\r\n]*)")
HEADER_LINES = 4
NO_FILE = "this attempt has no files: check whether its text says where the notebooks are"


def _owners(entries: Mapping[str, Entry], zone: str) -> Owners:
    matches = {name: NAME.fullmatch(name) for name in entries}
    notes = [(match, _note(entries[name])) for name, match in matches.items() if match and not match["file"]]
    users = {}  # head of a name → user, from Blackboard's note
    dates = {}  # (head, time of the attempt) → time as a text
    for note, text in notes:
        head, found = note["head"], HEADER.match(text)
        if found and head.endswith(f"_{found['user']}"):
            users[head] = found["user"]
        dates[head, note["time"]] = _when(text, note["time"], zone)
    titles = {head.removesuffix(user) for head, user in users.items()}
    with_files = {(match["head"], match["time"]) for match in matches.values() if match and match["file"]}
    owners: Owners = {}
    for name, match in matches.items():
        if match is None:
            owners[name] = unknown_name("Blackboard")
            continue
        key = head, time = match["head"], match["time"]
        if match["file"]:
            user = users.get(head) or _user_of(head, titles)
            when = dates.get(key) or _when("", time, zone)
            owners[name] = Owned(
                (Owner(user),), match["file"], attempt=time, source=f"{head}_attempt_{time}", when=when
            )
        elif key not in with_files:
            owners[name] = NO_FILE
    return owners


def _user_of(head: str, titles: Iterable[str]) -> str:
    """The user in a name without a note: the part after a known assignment."""
    title = next((title for title in sorted(titles, key=len, reverse=True) if head.startswith(title)), None)
    return head.removeprefix(title) if title is not None else head.rpartition("_")[2]


def _note(entry: Entry) -> str:
    """The first lines of Blackboard's note on an attempt."""
    try:
        text = entry.read().decode("utf-8", errors="replace")
    except Unreadable:
        return ""
    return "\n".join(text.removeprefix("\ufeff").split("\n", HEADER_LINES)[:HEADER_LINES]) + "\n"


def _when(note: str, time: str, zone: str) -> str:
    """The time of an attempt: from its note, if its zone is known, or else from the name."""
    date = DATE.search(note)
    if date and (moment := read_moment(date["date"], zone)):
        return utc_text(moment)
    try:
        moment = datetime.datetime.strptime(time, "%Y-%m-%d-%H-%M-%S").astimezone(datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return time
    return utc_text(moment.replace(tzinfo=None))


BLACKBOARD = System("Blackboard", lambda name: bool(NAME.fullmatch(name)), _owners, local_times=True)
