"""The class list of an assignment: ids of students, and folders with unusable names."""

import itertools
import os
from pathlib import Path

from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.intake.files import is_work
from autograder.intake.safe_names import by_place

__all__ = ["folders_left_out", "ids_alike", "ids_of", "problem_of_id", "students_of"]

MAX_NAME_BYTES = 200
MOST_ENTRIES = 20_000  # of a student's folder that are listed


def students_of(course: Course, assignment: Assignment, *, only: str | None = None) -> list[str]:
    """Return the sorted ids of students with a submission.

    Inputs:
    - course: for its folder of submissions
    - assignment: for its name
    - only: id of the only student to return; None means all

    Raises: UsageError if no submission exists, or none of `only`.
    """
    if not course.submitted.is_dir():
        raise UsageError(
            f"the folder {course.submitted} does not exist: put submissions into"
            f" {course.submitted.name}/<student>/{assignment.name}/, or run `autograder sample-class`"
        )
    students = ids_of(course, assignment)
    if only is not None:
        if only not in students:
            raise UsageError(
                f"expected a student with a submission for {assignment.name}"
                f" ({', '.join(students[:20]) or 'there is none'}), got {only!r}"
            )
        return [only]
    if not students:
        raise UsageError(
            f"{course.submitted} has no submissions for {assignment.name}: put notebooks into"
            f" {course.submitted.name}/<student>/{assignment.name}/"
        )
    return students


def ids_of(course: Course, assignment: Assignment) -> list[str]:
    """Return the sorted ids of students with a submission; possibly none."""
    return sorted(name for name in _folders(course, assignment) if not problem_of_id(name))


def folders_left_out(course: Course, assignment: Assignment) -> list[tuple[str, str]]:
    """Return (name, reason) of the folders whose name can't be a student's id."""
    return [(name, problem) for name in sorted(_folders(course, assignment)) if (problem := problem_of_id(name))]


def ids_alike(students: list[str]) -> list[str]:
    """Return a remark for each group of ids that some file systems treat as equal."""
    why = "differ only in case, and would share a folder on some disks: rename all but one"
    return [f"{' and '.join(group)} {why}" for group in by_place(students).values() if len(group) > 1]


def problem_of_id(name: str) -> str | None:
    """Return why a name can't be a student's id, or None.

    Ids become file names, and are displayed.
    """
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "its name is not UTF-8"
    if not name.isprintable():
        return "its name holds control characters"
    return f"its name is longer than {MAX_NAME_BYTES} bytes" if size > MAX_NAME_BYTES else None


def _folders(course: Course, assignment: Assignment) -> list[str]:
    folders = course.submitted.iterdir() if course.submitted.is_dir() else ()
    return [path.name for path in folders if path.name[0] != "." and _has_work(path, assignment)]


def _has_work(folder: Path, assignment: Assignment) -> bool:
    """Return whether a student's folder holds this assignment, or misplaced work."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in itertools.islice(entries, MOST_ENTRIES)]
    except NotADirectoryError:
        return False
    except OSError:
        return True  # unreadable, as the result will report
    is_full = len(names) == MOST_ENTRIES  # reading the submission will report it
    return is_full or any(name.lower() == assignment.name.lower() or is_work(name) for name in names)
