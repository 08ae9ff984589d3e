"""Match students with the rows of a roster from a learning management system."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from autograder.errors import UsageError
from autograder.exports.csv_files import harmless, number
from autograder.intake.systems.canvas import is_anonymous
from autograder.printable import clean

if TYPE_CHECKING:
    from autograder.exports.marks import Export, Marks
    from autograder.gradebook.student_grades import StudentGrades

__all__ = [
    "cell",
    "collected_name",
    "collected_number",
    "compare_points",
    "exact",
    "match",
    "put",
    "shown_name",
    "wrong_file",
]

COLLECTED = re.compile(r"(?P<name>.+)_(?P<number>[0-9]+)")  # an id made by `collect`


def match(
    class_grades: Sequence[StudentGrades],
    rows: Sequence[Mapping[str, str]],
    keys_of: Callable[[StudentGrades], list[tuple[str, str]]],
    made: Export,
    *,
    why: Callable[[StudentGrades], str],
    remedy: str,
) -> dict[int, StudentGrades]:
    """Find the row of each student in a roster.

    Inputs:
    - class_grades: the students.
    - rows: for each row, heading → text of the columns that identify a student.
    - keys_of: returns the (heading, expected text) pairs of a student.
    - made: changed in place: gets a problem for each student who matches no row or several rows,
      and a note about unmatched rows.
    - why: returns the reason why a student may match no row, with the remedy, or "".
    - remedy: remedy if no student matches.

    Returns: index in `rows` → student.

    Raises: UsageError if no student matches.
    """
    index: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for place, row in enumerate(rows):
        for name, text in row.items():
            index[name, text.casefold()].add(place)
    claims: defaultdict[int, list[StudentGrades]] = defaultdict(list)
    problems: dict[str, str] = {}
    reasons: dict[str, str] = {}
    for grades in class_grades:
        places = {place for name, text in keys_of(grades) if text for place in index[name, text.casefold()]}
        if len(places) == 1:
            claims[places.pop()].append(grades)
        else:
            problems[grades.student] = f"matches {len(places)} rows of the roster" if places else "is not in the roster"
            reasons[grades.student] = "" if places else why(grades)
    for claimants in claims.values():
        if len(claimants) > 1:
            problems |= {grades.student: "matches the same row of the roster as another" for grades in claimants}
    found = {place: claimants[0] for place, claimants in sorted(claims.items()) if len(claimants) == 1}
    if not found:
        raise UsageError(
            f"none of the {len(class_grades)} students with a score is in the roster: give the roster of this course,"
            f" or {next(filter(None, reasons.values()), remedy)}"
        )
    for student, problem in problems.items():
        reason = reasons.get(student)
        made.problems.append(f"left out: {clean(student)} {problem}" + (f": {reason}" if reason else ""))
    others = sum(any(row.values()) for row in rows) - len(found)
    if others:
        made.notes.append(f"rows of the roster without a score here, not changed: {others}")
    return found


def compare_points(made: Export, there: str, marks: Marks, where: str) -> None:
    """Add a problem to `made` if the system's maximum differs from the assignment's.

    Inputs:
    - there: the system's maximum, as text.
    - where: name of the place, for the message.
    """
    try:
        same = float(there.replace(",", ".")) == marks.max_score
    except ValueError:
        same = False
    if not same:
        made.problems.append(
            f"{where} has a maximum of {clean(there)} points, the assignment {number(marks.max_score)}"
        )


def collected_number(student: str) -> str:
    """Return the system's number in an id made by `collect`; "" for other ids."""
    found = COLLECTED.fullmatch(student)
    return found["number"] if found and not is_anonymous(student) else ""


def collected_name(student: str) -> str:
    """Return the name in an id made by `collect`, or the whole id."""
    found = COLLECTED.fullmatch(student)
    return found["name"] if found else student


def shown_name(grades: StudentGrades) -> str:
    """Return a student's name for people, escaped for spreadsheets."""
    named = ", ".join(clean(name) for name in (grades.last_name, grades.first_name) if name)
    return harmless(named or clean(collected_name(grades.student)))


def exact(text: str) -> str:
    """Return an identifying text unchanged, or "" if a spreadsheet could take it for a formula.

    An escaped text (see `harmless`) would identify no student or another one.
    """
    return text if text == harmless(text) else ""


def wrong_file(header: Sequence[str], what: str, needed: str, source: str) -> UsageError:
    """Return the UsageError for a file that is not a roster.

    Inputs:
    - header: its first row.
    - what: name of the expected file.
    - needed: the expected first row.
    - source: menu of the system that exports the file.
    """
    there = clean(", ".join(header)) or "nothing"
    return UsageError(f"expected a {what} with the first row {needed}, got {there}: export it with {source}")


def cell(row: Sequence[str], place: int | None) -> str:
    """Return the stripped text of a cell; "" if the row is too short, or `place` is None."""
    return row[place].strip() if place is not None and place < len(row) else ""


def put(row: list[str], place: int, text: str) -> None:
    """Set a cell of a row, in place; a short row is extended."""
    row.extend([""] * (place + 1 - len(row)))
    row[place] = text
