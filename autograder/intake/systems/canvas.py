"""Canvas's file names: `doejane_LATE_4711_815_notebook.ipynb`.

They consist of the name, LATE for a late submission, the number of the student, the number of the
file, and the student's own file name. The name is in small letters and can have underscores. With
hidden names, `LATE_anon_xK9p2_815_notebook.ipynb` has a text instead of name and number. Typed text
has no number of a file: `doejane_4711_text.html`.
"""

import re
from collections.abc import Mapping

from autograder.intake.systems.owned import Entry, Owned, Owner, Owners, System, typed, unknown_name

__all__ = ["ANONYMOUS", "CANVAS", "is_anonymous"]

# \d would also match digits of other scripts.
NAME = r"(?P<name>(?!_)(?:(?!_assignsubmission_)[^/])+?)(?:_(?P<late>LATE|late))?_(?P<number>[0-9]{1,20})"
FILE = re.compile(rf"{NAME}_[0-9]{{1,20}}_(?P<file>[^/]+)", re.DOTALL)
TEXT = re.compile(rf"{NAME}_(?:text|link|url)\.html", re.DOTALL)
ANONYMOUS = "anon"
HIDDEN = rf"(?:(?P<late>LATE)_)?{ANONYMOUS}_(?P<number>[A-Za-z0-9]{{1,20}})"
HIDDEN_FILE = re.compile(rf"{HIDDEN}_[0-9]{{1,20}}_(?P<file>[^/]+)", re.DOTALL)
HIDDEN_TEXT = re.compile(rf"{HIDDEN}_(?:text|link|url)\.html", re.DOTALL)
NUMBER_AHEAD = re.compile(r"_(?P<first>[0-9]+)(?=_(?P<second>[0-9]+)_)")
TWO_OWNERS = (
    "its name fits two students: find out whose file it is, and remove the numbers from the rest of the name, as in"
    " doejane_4711_815_notebook.ipynb"
)


def is_anonymous(student: str) -> bool:
    """Return whether an id is that of a student with a hidden name and number."""
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
    # Checked first: otherwise a student whose name ends in a number could hand in text.html for another student.
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
    """The names that fit more than one owner.

    Canvas puts the name that a student chose in front of the numbers, and it can contain digits.
    Then "zoevictim_4712_815_x" can be read as a student's number, a file's number and the start of
    the file's own name, followed by the true numbers. Only the count of digits distinguishes
    numbers in a file's own name: a true number of a file has at least as many digits as the
    shortest one in the download. Names with a single pair of numbers, which only Canvas can have
    written, show that length.
    """
    pairs = {name: _pairs(match) for name, match in matches.items()}
    clear = [found[0] for found in pairs.values() if len(found) == 1] or [found[0] for found in pairs.values()]
    shortest = min((digits for _, digits in clear), default=0)
    # If students' numbers are shorter than files' numbers, a number as long as a file's is not a student's.
    is_distinct = all(student < shortest for student, _ in clear)
    return {
        name
        for name, (_, *others) in pairs.items()
        if any(file >= shortest and not (is_distinct and student >= shortest) for student, file in others)
    }


def _pairs(match: re.Match[str]) -> list[tuple[int, int]]:
    """(digits of a student's number, digits of a file's number) for each possible place in a name.

    The first pair is Canvas's own if the student's name has no numbers.
    """
    text = match.string[match.start("number") - 1 :]
    return [(len(pair["first"]), len(pair["second"])) for pair in NUMBER_AHEAD.finditer(text)]


CANVAS = System("Canvas", _fits, _owners, lambda folder: bool(FILE.fullmatch(folder)), numbers_last=True)
