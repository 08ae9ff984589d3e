"""Whose row is whose, in the list of students that a learning management system exports."""

import re
from collections import defaultdict

from autograder.errors import UsageError
from autograder.exports.csv_files import harmless, number
from autograder.plain_text import clean

__all__ = ["cell", "collected_number", "compare_points", "exact", "match", "put", "shown_name", "wrong_file"]

COLLECTED = re.compile(r"(?P<name>.+)_(?P<number>[0-9]+)")  # an id as `collect` makes it


def match(standings, rows, keys_of, made):
    """Find the row of each student in a roster.

    Inputs:
    - standings: list of StudentStanding. - rows: list of dicts of a column's name → its text, of the columns that tell
      who it is. - keys_of: function of a StudentStanding → list of (column's name, text that would be there).
    - made: an Export, which gets a problem for everybody who fits no row or several, and a note on the other rows.

    Returns: dict of a row's place in `rows` → StudentStanding.

    Raises: UsageError when nobody fits.
    """
    index = defaultdict(set)
    for place, row in enumerate(rows):
        for name, text in row.items():
            index[name, text.casefold()].add(place)
    claims, problems = defaultdict(list), {}
    for standing in standings:
        places = {place for name, text in keys_of(standing) if text for place in index[name, text.casefold()]}
        if len(places) == 1:
            claims[places.pop()].append(standing)
        else:
            problems[standing.student] = f"fits {len(places)} rows of the roster" if places else "is not in the roster"
    for claimants in claims.values():
        if len(claimants) > 1:
            problems |= {standing.student: "fits the same row of the roster as another" for standing in claimants}
    found = {place: claimants[0] for place, claimants in sorted(claims.items()) if len(claimants) == 1}
    if not found:
        raise UsageError(
            f"of {len(standings)} students with a score nobody is in the roster: give the roster of this course, or"
            " enter the system's numbers (`nbgrader db student add ID --lms-user-id NUMBER`)"
        )
    made.problems += [f"{clean(student)} {why}, and is not filled in" for student, why in problems.items()]
    others = sum(any(row.values()) for row in rows) - len(found)
    if others:
        made.notes.append(f"rows of the roster that have no score here, and stay as they were: {others}")
    return found


def compare_points(made, there, marks, where):
    """Add a problem when the system counts other points than the assignment has."""
    try:
        same = float(there.replace(",", ".")) == marks.max_score
    except ValueError:
        same = False
    if not same:
        made.problems.append(f"{where} has {clean(there)} points at the most, the assignment {number(marks.max_score)}")


def collected_number(student):
    """The system's number in an id that `collect` made; "" in others."""
    found = COLLECTED.fullmatch(student)
    return found["number"] if found else ""


def shown_name(standing):
    """A student's name for people to read."""
    named = ", ".join(clean(name) for name in (standing.last_name, standing.first_name) if name)
    found = COLLECTED.fullmatch(standing.student)
    return harmless(named or clean(found["name"] if found else standing.student))


def exact(text):
    """A text by which a system finds a student: as it is, or empty where a spreadsheet could take it for a formula.

    An apostrophe before it, as other text gets it, would find nobody or somebody else.
    """
    return text if text == harmless(text) else ""


def wrong_file(header, what, needed, source):
    """The UsageError for a roster that is none."""
    there = clean(", ".join(header)) or "nothing"
    return UsageError(f"the roster is no {what}: its first row has {there}, not {needed}; take it from {source}")


def cell(row, place):
    """The text in a row, without blanks around it; "" where the row ends before, or there is no such column."""
    return row[place].strip() if place is not None and place < len(row) else ""


def put(row, place, text):
    """Change a cell of a row in place."""
    row.extend([""] * (place + 1 - len(row)))
    row[place] = text
