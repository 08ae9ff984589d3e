"""Gradescope packs `assignment_815_export/submission_4711/notebook.ipynb`, and beside the folders
`submission_metadata.yml`, which says for each of them who handed it in, and when.
"""

import re
from collections.abc import Mapping
from typing import Any

import yaml

from autograder.errors import UsageError
from autograder.intake.files import Unreadable
from autograder.intake.moments import read_moment, utc_text
from autograder.intake.systems.owned import Entry, Owned, Owner, Owners, System, unknown_name
from autograder.printable import clean

__all__ = ["GRADESCOPE", "METADATA"]

METADATA = "submission_metadata.yml"
NAME = re.compile(r"submission_[0-9]+/.+", re.DOTALL)
NOBODY = "Gradescope's metadata name nobody with an e-mail address or a student ID who handed it in: sort it in by hand"
# Texts alone, whatever they look like: an ID keeps its zeros.
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _owners(entries: Mapping[str, Entry], zone: str) -> Owners:
    if METADATA not in entries:
        raise UsageError(
            f"the download has no {METADATA}, which says whose each submission is: give the whole export, as Gradescope"
            " packs it"
        )
    submissions = _metadata(entries[METADATA])
    owners: Owners = {}
    for name in entries:
        folder, slash, file = name.partition("/")
        if name != METADATA:
            facts = submissions.get(folder)
            owners[name] = (
                _owned(facts, folder, file if slash else folder, zone) if facts else unknown_name("Gradescope")
            )
    return owners


def _metadata(entry: Entry) -> dict[str, dict[str, Any]]:
    try:
        submissions = yaml.load(entry.read(), Loader=LOADER)
    except Unreadable as reason:
        raise UsageError(f"{METADATA} {reason}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise UsageError(f"{METADATA} can't be read ({clean(str(error))}): export the submissions again") from None
    if not isinstance(submissions, dict):
        raise UsageError(f"{METADATA} is not Gradescope's, which lists submissions: export the submissions again")
    return {name: facts for name, facts in submissions.items() if isinstance(facts, dict)}


def _owned(facts: Mapping[str, Any], folder: str, file: str, zone: str) -> Owned | str:
    submitters = facts.get(":submitters")
    known = [_id(submitter) for submitter in submitters] if isinstance(submitters, list) else []
    if not known or not all(known):
        return NOBODY
    text = facts.get(":created_at")
    moment = read_moment(text, zone) if isinstance(text, str) else None
    when = utc_text(moment) if moment else str(text or "")
    return Owned(tuple(map(Owner, known)), file, source=folder, when=when)


def _id(submitter: object) -> str:
    """What tells a submitter from all others: the e-mail address, or else the student ID."""
    if not isinstance(submitter, dict):
        return ""
    found = [submitter.get(key) for key in (":email", ":sid")]
    return next((text.strip().lower() for text in found if isinstance(text, str) and text.strip()), "")


GRADESCOPE = System("Gradescope", lambda name: bool(NAME.fullmatch(name)) or name == METADATA, _owners)
