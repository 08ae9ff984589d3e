"""Whose row is whose, in the list of students that a learning management system exports."""

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

COLLECTED = re.compile(r"(?P<name>.+)_(?P<number>[0-9]+)")  # an id as `collect` makes it


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
    - rows: column's name → its text, of the columns that tell who it is.
    - keys_of: gives (column's name, text that would be there) of a student.
    - made: gets a problem for everybody who fits no row or several, and a note on the other rows.
    - why: tells why a student may fit no row and what to do, or "".
    - remedy: what to do when nobody fits.

    Returns: a row's place in `rows` → the student.

    Raises: UsageError when nobody fits.
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
            problems[grades.student] = f"fits {len(places)} rows of the roster" if places else "is not in the roster"
            reasons[grades.student] = "" if places else why(grades)
    for claimants in claims.values():
        if len(claimants) > 1:
            problems |= {grades.student: "fits the same row of the roster as another" for grades in claimants}
    found = {place: claimants[0] for place, claimants in sorted(claims.items()) if len(claimants) == 1}
    if not found:
        raise UsageError(
            f"of {len(class_grades)} students with a score nobody is in the roster: give the roster of this course, or"
            f" {next(filter(None, reasons.values()), remedy)}"
        )
    for student, problem in problems.items():
        reason = reasons.get(student)
        made.problems.append(f"{clean(student)} {problem}, and is not filled in" + (f": {reason}" if reason else ""))
    others = sum(any(row.values()) for row in rows) - len(found)
    if others:
        made.notes.append(f"rows of the roster that have no score here, and stay as they were: {others}")
    return found


def compare_points(made: Export, there: str, marks: Marks, where: str) -> None:
    """Add a problem when the system counts other points than the assignment has."""
    try:
        same = float(there.replace(",", ".")) == marks.max_score
    except ValueError:
        same = False
    if not same:
        made.problems.append(f"{where} has {clean(there)} points at the most, the assignment {number(marks.max_score)}")


def collected_number(student: str) -> str:
    """The system's number in an id that `collect` made; "" in others."""
    found = COLLECTED.fullmatch(student)
    return found["number"] if found and not is_anonymous(student) else ""


def collected_name(student: str) -> str:
    """The name in an id that `collect` made, or the whole id."""
    found = COLLECTED.fullmatch(student)
    return found["name"] if found else student


def shown_name(grades: StudentGrades) -> str:
    """A student's name for people to read."""
    named = ", ".join(clean(name) for name in (grades.last_name, grades.first_name) if name)
    return harmless(named or clean(collected_name(grades.student)))


def exact(text: str) -> str:
    """A text by which a system finds a student: as it is, or empty where a spreadsheet could take it for a formula.

    An apostrophe before it, as other text gets it, would find nobody or somebody else.
    """
    return text if text == harmless(text) else ""


def wrong_file(header: Sequence[str], what: str, needed: str, source: str) -> UsageError:
    """The UsageError for a roster that is none."""
    there = clean(", ".join(header)) or "nothing"
    return UsageError(f"the roster is no {what}: its first row has {there}, not {needed}; take it from {source}")


def cell(row: Sequence[str], place: int | None) -> str:
    """The text in a row, without blanks around it; "" where the row ends before, or there is no such column."""
    return row[place].strip() if place is not None and place < len(row) else ""


def put(row: list[str], place: int, text: str) -> None:
    """Change a cell of a row in place."""
    row.extend([""] * (place + 1 - len(row)))
    row[place] = text
