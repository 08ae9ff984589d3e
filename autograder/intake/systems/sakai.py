"""Sakai's file names: `Homework 2/Doe, Jane(jdoe)/Submission attachment(s)/notebook.ipynb`.

`timestamp.txt` next to the attachments has the time. A group's folder names all members:
`Doe, Jane(jdoe); Lee, Bo(blee)`. Without folders, `_` replaces the slashes, and times are missing.
"""

import datetime
import re
from collections.abc import Mapping

from autograder.intake.files import Unreadable
from autograder.intake.moments import read_moment, utc_text
from autograder.intake.systems.owned import Entry, Owned, Owner, Owners, System, typed, unknown_name

__all__ = ["SAKAI"]

ATTACHED = re.compile(
    r"(?P<folder>[^/]+?)(?:/Submission attachment\(s\)/|_Submission attachment\(s\)_)(?P<file>.+)", re.DOTALL
)
OWN = re.compile(
    r"[^/]+/(?:timestamp\.txt|comments\.txt|feedbackText\.html|Feedback Attachment\(s\)/.*)|grades\.(?:csv|xlsx?)",
    re.DOTALL,
)
TYPED = re.compile(r"[^/]+/[^/]+_submissionText\.html|[^/]+_submissionText\.html")
MEMBER = re.compile(r"[^()]*(?:\([^()]*\)[^()]*)*\((?P<id>[^()]+)\)")
OLD_TIME = re.compile(r"[0-9]{17}")  # of versions before 12, in UTC
NOBODY = "the folder does not name its students as in `Doe, Jane(jdoe)`: sort it by hand"


def _owners(entries: Mapping[str, Entry], zone: str) -> Owners:
    owners: Owners = {}
    for name, entry in entries.items():
        if match := ATTACHED.fullmatch(name):
            owners[name] = _owned(match, entries, zone)
        elif TYPED.fullmatch(name):
            if not _is_blank(entry):
                owners[name] = typed("Sakai")
        elif not OWN.fullmatch(name):
            owners[name] = unknown_name("Sakai")
    return owners


def _owned(match: re.Match[str], entries: Mapping[str, Entry], zone: str) -> Owned | str:
    folder = match["folder"]
    members = _members(folder)
    if not members:
        return NOBODY
    when = _when(entries.get(f"{folder}/timestamp.txt"), zone)
    return Owned(tuple(map(Owner, members)), match["file"], source=folder, when=when)


def _members(folder: str) -> tuple[str, ...]:
    """The ids in a folder's name. With hidden names, the folder's name is the id."""
    if "(" not in folder:
        return (folder,)
    members = folder.split("; ")
    found = [match["id"] for member in members if (match := MEMBER.fullmatch(member))]
    return tuple(found) if len(found) == len(members) else ()


def _when(entry: Entry | None, zone: str) -> str:
    if entry is None:
        return ""
    try:
        text = entry.read()[:100].decode("utf-8", errors="replace").strip()
    except Unreadable:
        return ""
    if OLD_TIME.fullmatch(text):
        try:
            return utc_text(datetime.datetime.strptime(text[:14], "%Y%m%d%H%M%S"))
        except ValueError:
            return text
    moment = read_moment(text, zone)
    return utc_text(moment) if moment else text


def _is_blank(entry: Entry) -> bool:
    try:
        return not re.sub(rb"<[^>]*>|&nbsp;|\s", b"", entry.read())
    except Unreadable:
        return False


def _is_of_student(folder: str) -> bool:
    return "," in folder and bool(MEMBER.fullmatch(folder))  # every name in Sakai has a comma


SAKAI = System("Sakai", lambda name: bool(ATTACHED.fullmatch(name)), _owners, _is_of_student)
