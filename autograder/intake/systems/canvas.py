"""Canvas packs `doejane_LATE_4711_815_notebook.ipynb`: the name, a mark, the number of the student, the number of the
file, and the student's own file name.

The name is in small letters and can hold underscores. Where names are hidden, `LATE_anon_xK9p2_815_notebook.ipynb`
has a text in place of name and number. What was typed has no number of a file: `doejane_4711_text.html`.
"""

import re
from collections.abc import Mapping

from autograder.intake.systems.owned import Entry, Owned, Owner, Owners, System, typed, unknown_name

__all__ = ["ANONYMOUS", "CANVAS", "is_anonymous"]

# Python's \d would take the digits of other scripts, too.
NAME = r"(?P<name>(?!_)(?:(?!_assignsubmission_)[^/])+?)(?:_(?P<late>LATE|late))?_(?P<number>[0-9]{1,20})"
FILE = re.compile(rf"{NAME}_[0-9]{{1,20}}_(?P<file>[^/]+)", re.DOTALL)
TEXT = re.compile(rf"{NAME}_(?:text|link|url)\.html", re.DOTALL)
ANONYMOUS = "anon"
HIDDEN = rf"(?:(?P<late>LATE)_)?{ANONYMOUS}_(?P<number>[A-Za-z0-9]{{1,20}})"
HIDDEN_FILE = re.compile(rf"{HIDDEN}_[0-9]{{1,20}}_(?P<file>[^/]+)", re.DOTALL)
HIDDEN_TEXT = re.compile(rf"{HIDDEN}_(?:text|link|url)\.html", re.DOTALL)
NUMBER_AHEAD = re.compile(r"_(?P<first>[0-9]+)(?=_(?P<second>[0-9]+)_)")
TWO_OWNERS = (
    "its name can be that of two students' files: find out whose it is, and take the numbers out of the rest of the"
    " name, as in doejane_4711_815_notebook.ipynb"
)


def is_anonymous(student: str) -> bool:
    """Whether an id stands for a student whose name Canvas hides, so that what follows is not Canvas's number."""
    return student.startswith(f"{ANONYMOUS}_")


def _fits(name: str) -> bool:
    return any(pattern.fullmatch(name) for pattern in (FILE, TEXT, HIDDEN_FILE, HIDDEN_TEXT))


def _owners(entries: Mapping[str, Entry], zone: str) -> Owners:
    ours = [name for name in entries if _fits(name)]
    # Canvas hides the names of all students of an assignment, or of none.
    if all(HIDDEN_FILE.fullmatch(name) or HIDDEN_TEXT.fullmatch(name) for name in ours):
        return {name: _hidden(name) for name in entries}
    matches = {name: FILE.fullmatch(name) for name in entries}
    of_two = _of_two_owners({name: match for name, match in matches.items() if match and not TEXT.fullmatch(name)})
    return {name: TWO_OWNERS if name in of_two else _owned(name, match) for name, match in matches.items()}


def _owned(name: str, match: re.Match[str] | None) -> Owned | str:
    # Before the number of a file: a student whose name ends in a number would hand in text.html for somebody else.
    if TEXT.fullmatch(name):
        return typed("Canvas")
    if match is None:
        return unknown_name("Canvas")
    return Owned((Owner(match["name"], match["number"]),), match["file"], late=bool(match["late"]))


def _hidden(name: str) -> Owned | str:
    if HIDDEN_TEXT.fullmatch(name):
        return typed("Canvas")
    match = HIDDEN_FILE.fullmatch(name)
    if match is None:
        return unknown_name("Canvas")
    return Owned((Owner(ANONYMOUS, match["number"]),), match["file"], late=bool(match["late"]))


def _of_two_owners(matches: Mapping[str, re.Match[str]]) -> set[str]:
    """The names that can be of more than one owner.

    Canvas puts the name that a student chose in front of the numbers, and can leave digits in it.
    "zoevictim_4712_815_x" then looks like Zoe's number, a number of a file, and the beginning of the file's own name,
    with the true numbers behind. Numbers in a file's own name are told from them by their digits: a true number of a
    file has at least as many as the shortest in the download. A name with no other pair of numbers tells that; only
    Canvas wrote them.
    """
    pairs = {name: _pairs(match) for name, match in matches.items()}
    clear = [found[0] for found in pairs.values() if len(found) == 1] or [found[0] for found in pairs.values()]
    shortest = min((digits for _, digits in clear), default=0)
    # Where students' numbers are shorter than files', a number as long as a file's is not a student's.
    is_told_apart = all(student < shortest for student, _ in clear)
    return {
        name
        for name, (_, *others) in pairs.items()
        if any(file >= shortest and not (is_told_apart and student >= shortest) for student, file in others)
    }


def _pairs(match: re.Match[str]) -> list[tuple[int, int]]:
    """(digits of a student's number, digits of a file's) for each place of a name where they can be; the first is where
    Canvas has them if the student's name holds no numbers."""
    text = match.string[match.start("number") - 1 :]
    return [(len(pair["first"]), len(pair["second"])) for pair in NUMBER_AHEAD.finditer(text)]


CANVAS = System("Canvas", _fits, _owners, lambda folder: bool(FILE.fullmatch(folder)), numbers_last=True)
