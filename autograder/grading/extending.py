"""Grant, remove and list extensions of the due date."""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Collection
from typing import TYPE_CHECKING

from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.intake.class_list import problem_of_id
from autograder.intake.extensions import Extension, read_extensions, read_until, write_extensions

if TYPE_CHECKING:
    from autograder.gradebook.nbgrader_api import NbGrader

__all__ = ["extensions_of", "grant", "take_away"]


def grant(
    course: Course, nbgrader: NbGrader, assignment_name: str, students: list[str], date: str, reason: str = ""
) -> dict[str, str]:
    """Record an extension for some students; it replaces an earlier one.

    Inputs:
    - students: ids, also of students without a submission.
    - date: see `read_until`.
    - reason: text for graders.

    Returns: id that is neither in the gradebook nor in the folder of submissions → most similar id,
    or "".

    Raises: UsageError if the date is invalid or not after the due date, or an id is invalid.
    """
    for student in students:
        if problem := problem_of_id(student):
            raise UsageError(f"{student!r} is not a valid student id: {problem}")
    extension = read_until(date, course.zone)
    due = nbgrader.due_date(assignment_name)
    if due is not None and extension.seconds(due) <= 0:
        raise UsageError(
            f"expected a time after the due date {due} UTC, got {extension.until} UTC: use --remove to remove an"
            " extension"
        )
    extension = Extension(extension.until, extension.length, reason)
    known = nbgrader.students() | {path.name for path in course.submitted.glob("[!.]*")}
    write_extensions(course.submitted, assignment_name, dict.fromkeys(students, extension))
    nbgrader.enter_extensions(assignment_name, dict.fromkeys(students, extension))
    unknown = (student for student in students if student not in known)
    return {student: next(iter(difflib.get_close_matches(student, known, n=1)), "") for student in unknown}


def take_away(course: Course, nbgrader: NbGrader, assignment_name: str, students: list[str]) -> list[str]:
    """Remove the extensions of some students, also those that only the gradebook has.

    Returns: the ids.

    Raises: UsageError if a student has no extension; then no extension is removed.
    """
    there = nbgrader.extensions(assignment_name, {})
    known = {*read_extensions(course.submitted, assignment_name), *there}
    if not students:
        raise UsageError("expected students' ids, got none: give `extension --remove ID`")
    for student in students:
        if student not in known:
            raise UsageError(f"{student!r} has no extension for {assignment_name}: `autograder extension` lists all")
    write_extensions(course.submitted, assignment_name, dict.fromkeys(students))
    nbgrader.enter_extensions(assignment_name, dict.fromkeys(students))
    return students


def extensions_of(
    course: Course, nbgrader: NbGrader, assignment_name: str, only: Collection[str] = ()
) -> tuple[dict[str, str], bool]:
    """Describe the extensions of all students, or of some.

    Inputs:
    - only: ids of the students; all by default.

    Returns: (dict of student → text, True if there is a due date).
    """
    granted, due = read_extensions(course.submitted, assignment_name), nbgrader.due_date(assignment_name)
    there = nbgrader.extensions(assignment_name, granted)
    students = sorted({*granted, *there} & {*only}) if only else sorted({*granted, *there})
    return {student: _words(granted.get(student), there.get(student), due) for student in students}, due is not None


def _words(granted: Extension | None, seconds: float | None, due: datetime.datetime | None) -> str:
    """Describe one extension.

    - granted: extension in the record, or None.
    - seconds: extension that counts, or None if unknown.
    """
    if seconds is None and granted and granted.until:
        parts = [f"until {granted.until} UTC"]
    elif seconds is None or due is None:
        length = seconds or (granted and granted.length) or 0
        parts = [f"{_length(length)} after the due date"]
    else:
        parts = [f"until {due + datetime.timedelta(seconds=seconds)} UTC, {_length(seconds)} after the due date"]
    if granted is None or (seconds is not None and seconds != granted.seconds(due)):
        parts.append("granted in the gradebook")
    elif granted.reason:
        parts.append(f"reason: {granted.reason}")
    return "; ".join(parts)


def _length(seconds: float) -> str:
    return str(datetime.timedelta(seconds=seconds)).removesuffix(", 0:00:00")
