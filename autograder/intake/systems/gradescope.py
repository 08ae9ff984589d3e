"""Gradescope's file names: `assignment_815_export/submission_4711/notebook.ipynb`.

`submission_metadata.yml` next to the folders has the owners and the time of each submission.
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
NOBODY = "Gradescope's metadata have no e-mail address or student ID of its owner: sort it by hand"
# Loads all values as texts, so an ID keeps its leading zeros.
LOADER = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


def _owners(entries: Mapping[str, Entry], zone: str) -> Owners:
    if METADATA not in entries:
        raise UsageError(
            f"expected {METADATA} in the download, which has the owners of the submissions: use Gradescope's whole"
            " export"
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
        raise UsageError(f"can't read {METADATA} ({clean(str(error))}): export the submissions again") from None
    if not isinstance(submissions, dict):
        raise UsageError(f"expected Gradescope's list of submissions in {METADATA}: export the submissions again")
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
    """The id of a submitter: the e-mail address, or else the student ID."""
    if not isinstance(submitter, dict):
        return ""
    found = [submitter.get(key) for key in (":email", ":sid")]
    return next((text.strip().lower() for text in found if isinstance(text, str) and text.strip()), "")


GRADESCOPE = System("Gradescope", lambda name: bool(NAME.fullmatch(name)) or name == METADATA, _owners)
