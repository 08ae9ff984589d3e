"""Moodle's file names: `Jane Doe_4711_assignsubmission_file_/notebook.ipynb`.

Without folders it is `Jane Doe_4711_assignsubmission_file_notebook.ipynb`. A team's folder is
`Team A_5021_assignsubmission_file_/`, with the number of the group, which can equal the number of
another student in the grading worksheet. The download does not distinguish them. Students without a
group share `Default group_assignsubmission_file_/`, in the language of the downloading user.
"""

import re
from collections.abc import Mapping

from autograder.intake.systems.owned import Entry, Owned, Owner, Owners, System, typed, unknown_name

__all__ = ["MARK", "MOODLE"]

MARK = "_assignsubmission_"
NAME = re.compile(
    rf"(?P<name>[^_/]+)(?:_(?P<number>[0-9]{{1,20}}))?{MARK}(?P<part>[a-z]+)(?:_?/|_(?!.*/))(?P<file>.+)", re.DOTALL
)


def _owners(entries: Mapping[str, Entry], zone: str) -> Owners:
    return {name: _owned(NAME.fullmatch(name)) for name in entries}


def _owned(match: re.Match[str] | None) -> Owned | str:
    if match is not None and match["part"] == "onlinetext":
        return typed("Moodle")
    if match is None or match["part"] != "file":
        return unknown_name("Moodle")
    return Owned((Owner(match["name"], match["number"] or ""),), match["file"])


MOODLE = System(
    "Moodle", lambda name: bool(NAME.fullmatch(name)), _owners, lambda folder: MARK in folder, local_times=True
)
