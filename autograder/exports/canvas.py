"""Export the points of a class for the import into Canvas's gradebook.

The best source is the gradebook that Canvas exports: it has every student with Canvas's numbers,
and only one column changes. Without it, a new file is made from the students' ids.
"""

import re
from collections.abc import Sequence

from autograder.errors import UsageError
from autograder.exports.csv_files import Sheet, number
from autograder.exports.marks import Export, Marks
from autograder.exports.rosters import cell, collected_number, compare_points, exact, match, put, shown_name, wrong_file
from autograder.gradebook.student_grades import StudentGrades
from autograder.intake.systems.canvas import is_anonymous
from autograder.printable import clean

__all__ = ["canvas_file", "fill_canvas"]

KEYS = ("ID", "SIS Login ID", "SIS User ID")
HEAD = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
HEADING = re.compile(r"(?P<title>.*?)(?: \((?P<number>[0-9]+)\))?", re.DOTALL)
POINTS_ROW = "Points Possible"
REMEDY = "enter Canvas's numbers (`nbgrader db student add ID --lms-user-id NUMBER`)"
DECIDED = ("EX", "N/A")  # excused, and not assigned: a score would overwrite a person's decision


def canvas_file(marks: Marks, column: str | None = None) -> Export:
    """Make a new file for the import.

    Students without a score are omitted: an empty cell would delete a score in Canvas.

    Inputs:
    - marks: the points of the class.
    - column: heading of the assignment's column; by default the assignment's name.
    """
    made = Export()
    rows = [[*HEAD, column or marks.assignment]]
    rows.append([f"    {POINTS_ROW}", "", "", "", "", number(marks.max_score)])
    for grades in marks.scored:
        known = _number(grades)
        login = "" if known else exact(grades.student)
        if not known and is_anonymous(grades.student):
            made.problems.append(f"left out: {clean(grades.student)}: {_why(grades)}")
        elif known or login:
            rows.append([shown_name(grades), known, "", login, "", number(grades.total)])
        else:
            made.problems.append(f"left out: {clean(grades.student)}: the id looks like a formula, and has no number")
    made.text = Sheet(rows).text()
    return made


def fill_canvas(marks: Marks, sheet: Sheet, column: str | None = None) -> Export:
    """Fill in the assignment's column of a gradebook from Canvas.

    Inputs:
    - marks: the points of the class.
    - sheet: the gradebook; changed in place.
    - column: heading of the column, or only its title or number.

    Raises: UsageError if the sheet is not a gradebook of Canvas, if not exactly one column matches,
    or if no student matches.
    """
    header = [text.strip() for text in sheet.rows[0]]
    places = {name: header.index(name) for name in KEYS if name in header}
    if not places or "Section" not in header:
        raise wrong_file(header, "gradebook of Canvas", "Student, ID, SIS Login ID, Section, …", "Grades → Export")
    points_row = next((row for row in sheet.rows[1:] if POINTS_ROW in cell(row, 0)), [])
    target = _column_of(marks, header, points_row, column)
    made = Export()
    if cell(points_row, target):
        compare_points(made, cell(points_row, target), marks, f"the column {clean(header[target])} of Canvas")
    rows = [row for row in sheet.rows[1:] if row is not points_row]
    known = [{name: cell(row, place) for name, place in places.items()} for row in rows]
    for place, grades in match(marks.scored, known, _keys_of, made, why=_why, remedy=REMEDY).items():
        there = cell(rows[place], target)
        if there.upper() in DECIDED:
            made.notes.append(f"{clean(grades.student)} has {there} in Canvas: not changed")
        else:
            put(rows[place], target, number(grades.total))
    made.text = sheet.text()
    return made


def _column_of(marks: Marks, header: Sequence[str], points_row: list[str], column: str | None) -> int:
    """Return the index of the assignment's column.

    Raises: UsageError if not exactly one matches.
    """
    first = header.index("Section") + 1
    # Canvas's own sums have "(read only)" in the row of points, in the language of the user.
    open_to_us = [place for place in range(first, len(header)) if "(" not in cell(points_row, place)]
    if column is None:
        # "homework2" matches "Homework 2: networks (815)", but not "Homework 20".
        parts = map(re.escape, re.findall(r"\d+|[^\W\d_]+", marks.assignment))
        beginning = re.compile(r"[\W_]*".join(parts) + r"(?![^\W_])", re.IGNORECASE)
        found = [place for place in open_to_us if beginning.match(header[place])]
    else:
        found = [p for p in open_to_us if column in (header[p], *_title_and_number(header[p]))]
    if len(found) == 1:
        return found[0]
    wanted = f"the column {column}" if column else f"one column that begins with {marks.assignment}"
    there = ", ".join(clean(header[place]) for place in found or open_to_us) or "no column to fill in"
    raise UsageError(f"expected {wanted} in Canvas's gradebook, got {there}: name a column with --column")


def _title_and_number(heading: str) -> tuple[str | None, ...]:
    found = HEADING.fullmatch(heading)
    return found.groups() if found else ()


def _keys_of(grades: StudentGrades) -> list[tuple[str, str]]:
    keys = [("ID", _number(grades)), ("SIS Login ID", grades.email)]
    return keys + [(name, grades.student) for name in KEYS]


def _why(grades: StudentGrades) -> str:
    return f"Canvas hides the name: {REMEDY}" if is_anonymous(grades.student) else ""


def _number(grades: StudentGrades) -> str:
    """Return the student's number in Canvas, "" if unknown."""
    is_number = grades.lms_id.isascii() and grades.lms_id.isdecimal()
    return grades.lms_id if is_number else collected_number(grades.student)
