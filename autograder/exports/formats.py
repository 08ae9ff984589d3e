"""Export the points of a class: CSV, JSON, and the formats of Canvas, Moodle and Gradescope.

A student without a submission gets empty cells, not 0.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from autograder.course.assignment import load_assignment
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.exports.canvas import canvas_file, fill_canvas
from autograder.exports.csv_files import Sheet, harmless, number, read_sheet
from autograder.exports.marks import HEADINGS, Export, Marks, class_marks
from autograder.exports.moodle import fill_moodle, moodle_file
from autograder.gradebook.student_grades import StudentGrades, waiting_words
from autograder.printable import clean

__all__ = ["export"]

SHOWN = 20  # names in one line


def export(
    course: Course,
    assignment_name: str | None = None,
    form: str = "csv",
    *,
    roster: str | Path | None = None,
    column: str | None = None,
) -> Export:
    """Export the points of a class in one format.

    Inputs:
    - assignment_name: by default the course's default assignment.
    - form: one of exports.FORMATS.
    - roster: path of the file that Canvas or Moodle exports, to fill in.
    - column: for Canvas: the heading of the assignment's column, or only its title or number.

    Raises: UsageError if the gradebook has no submissions, or roster and column do not match.
    """
    if roster is not None and form not in ("canvas", "moodle"):
        raise UsageError(f"expected --roster with --format canvas or moodle only, got --format {form}")
    if column is not None and form != "canvas":
        raise UsageError(f"expected --column with --format canvas only, got --format {form}")
    marks = class_marks(course, load_assignment(course, assignment_name))
    if not marks.scored:
        raise UsageError(f"the gradebook has no submission of {marks.assignment}: run `make autograde` first")
    if form == "canvas":
        made = canvas_file(marks, column) if roster is None else fill_canvas(marks, read_sheet(roster), column)
    elif form == "moodle":
        made = moodle_file(marks) if roster is None else fill_moodle(marks, read_sheet(roster))
    else:
        made = Export({"csv": _csv, "json": _json, "gradescope": _gradescope}[form](marks))
    _tell_what_is_missing(marks, made)
    return made


def _tell_what_is_missing(marks: Marks, made: Export) -> None:
    made.problems += marks.problems
    entered = {grades.student for grades in marks.scored}
    lost = sorted(marks.results.keys() - entered)
    if lost:
        made.problems.append(f"missing in the gradebook, though there is a result: {_some(lost)}: run `grade` again")
    pending = [grades.student for grades in marks.class_grades if grades.pending]
    if pending:
        answers = waiting_words(marks.class_grades, {cell: name for name, cell in marks.columns.items()})
        made.problems.append(
            f"not completely graded, so the total may change: {_some(pending)}: {'; '.join(map(clean, answers))}"
        )
    without = len(marks.class_grades) - len(entered)
    if without:
        made.notes.append(f"{without} of {len(marks.class_grades)} students have no submission and no score")


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(clean(name) for name in names[:SHOWN]) + more


def _csv(marks: Marks) -> str:
    rows = [[*HEADINGS[0], *map(harmless, marks.columns), *HEADINGS[1]]]
    for grades in marks.class_grades:
        state = marks.state_of(grades)
        names = (clean(name) for name in (grades.last_name, grades.first_name, grades.email))
        row = [harmless(grades.student), *map(harmless, names)]
        row += [state.state or "", number(state.repairs), state.isolation or ""]
        row += [number(grades.scores.get(cell)) for cell in marks.columns.values()]
        row += [number(grades.late_penalty if grades.submitted else None), number(grades.total)]
        rows.append([*row, number(marks.max_score), harmless(" ".join(marks.pending_of(grades)))])
    return Sheet(rows).text()


def _json(marks: Marks) -> str:
    cells = {
        name: {"notebook": cell.notebook, "grade_id": cell.grade_id, "max_score": cell.max_score}
        for name, cell in marks.columns.items()
    }
    students = [
        {
            "student": grades.student,
            "last_name": grades.last_name,
            "first_name": grades.first_name,
            "email": grades.email,
            **asdict(marks.state_of(grades)),
            "scores": {name: grades.scores.get(cell) for name, cell in marks.columns.items()},
            "pending": marks.pending_of(grades),
            "late_penalty": grades.late_penalty if grades.submitted else None,
            "total": grades.total,
        }
        for grades in marks.class_grades
    ]
    whole = {"assignment": marks.assignment, "max_score": marks.max_score, "cells": cells, "students": students}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def _gradescope(marks: Marks) -> str:
    """Return a file with the columns of Gradescope's own download.

    Columns that only Gradescope knows stay empty.
    """
    head = ["First Name", "Last Name", "SID", "Email", "Sections", "Total Score", "Max Points", "Status"]
    head += ["Submission ID", "Submission Time", "Lateness (H:M:S)", "View Count", "Submission Count"]
    head += [f"{i}: {name} ({_points(cell.max_score)} pts)" for i, (name, cell) in enumerate(marks.columns.items(), 1)]
    rows = [head]
    for grades in marks.class_grades:
        first, last, email = (harmless(clean(text)) for text in (grades.first_name, grades.last_name, grades.email))
        row = [first, last, harmless(grades.student), email, ""]
        row += [_points(grades.total), _points(marks.max_score), _status(grades), "", *_times(grades), "", ""]
        rows.append([*row, *(_points(grades.scores.get(cell)) for cell in marks.columns.values())])
    return Sheet(rows).text()


def _status(grades: StudentGrades) -> str:
    if not grades.submitted:
        return "Missing"
    return "Ungraded" if grades.pending else "Graded"


def _times(grades: StudentGrades) -> tuple[str, str]:
    """Return (submission time, lateness) as text; both are "" if unknown."""
    if grades.handed_in is None:
        return "", ""
    minutes, seconds = divmod(int(grades.seconds_late), 60)
    return f"{grades.handed_in:%Y-%m-%d %H:%M:%S} +0000", f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"


def _points(value: float | None) -> str:
    """Format points like Gradescope, with at least one decimal."""
    text = number(value)
    return text if not text or "." in text else text + ".0"
