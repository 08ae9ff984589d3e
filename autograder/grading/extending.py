"""Extensions: granting them, taking them back, and telling who has one."""

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
    """Record an extension for some students, in place of one that they have.

    Inputs:
    - students: ids, also of students who have not handed in. - date: see read_until. - reason: for people to read.

    Returns: each id that neither the gradebook nor the folder of submissions has → the most similar one, or "".

    Raises: UsageError when the date can't be read or is not after the due date, or an id can't be one.
    """
    for student in students:
        if problem := problem_of_id(student):
            raise UsageError(f"{student!r} can't be the id of a student: {problem}")
    extension = read_until(date, course.zone)
    due = nbgrader.due_date(assignment_name)
    if due is not None and extension.seconds(due) <= 0:
        raise UsageError(
            f"expected a time after the due date {due} UTC, got {extension.until} UTC: use --remove to take an"
            " extension back"
        )
    extension = Extension(extension.until, extension.length, reason)
    known = nbgrader.students() | {path.name for path in course.submitted.glob("[!.]*")}
    write_extensions(course.submitted, assignment_name, dict.fromkeys(students, extension))
    nbgrader.enter_extensions(assignment_name, dict.fromkeys(students, extension))
    unknown = (student for student in students if student not in known)
    return {student: next(iter(difflib.get_close_matches(student, known, n=1)), "") for student in unknown}


def take_away(course: Course, nbgrader: NbGrader, assignment_name: str, students: list[str]) -> list[str]:
    """Take the extensions of some students back, also those that the gradebook alone has; returns their ids.

    Raises: UsageError when one of them has none, and then all keep theirs.
    """
    there = nbgrader.extensions(assignment_name, {})
    known = {*read_extensions(course.submitted, assignment_name), *there}
    if not students:
        raise UsageError("expected ids of students, got none: give `extension --remove ID`")
    for student in students:
        if student not in known:
            raise UsageError(f"{student!r} has no extension for {assignment_name}: see `autograder extension`")
    write_extensions(course.submitted, assignment_name, dict.fromkeys(students))
    nbgrader.enter_extensions(assignment_name, dict.fromkeys(students))
    return students


def extensions_of(
    course: Course, nbgrader: NbGrader, assignment_name: str, only: Collection[str] = ()
) -> tuple[dict[str, str], bool]:
    """Tell who has an extension, or those of some students alone.

    Returns: (student → words, whether there is a due date).
    """
    granted, due = read_extensions(course.submitted, assignment_name), nbgrader.due_date(assignment_name)
    there = nbgrader.extensions(assignment_name, granted)
    students = sorted({*granted, *there} & {*only}) if only else sorted({*granted, *there})
    return {student: _words(granted.get(student), there.get(student), due) for student in students}, due is not None


def _words(granted: Extension | None, seconds: float | None, due: datetime.datetime | None) -> str:
    """One extension in words. - granted: in the record. - seconds: what counts, if that is known."""
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
