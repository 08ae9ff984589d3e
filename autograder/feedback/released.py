"""The record of released feedback, `released_feedback/<assignment>.json`.

The next run of `grade` may correct pages that students have not seen. So a page lists a correction
only if the earlier page was released: by nbgrader's `release_feedback`, or by `autograder
release-feedback`, which records that students received their pages in another way.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from autograder.atomic_io import write_text
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.feedback.changes import Change, PageFacts, Released
from autograder.intake.moments import now_text
from autograder.scoring.results import load_stored, result_path

__all__ = ["note_page", "note_released", "outdate_page", "page_key", "page_path", "read_released"]


def page_path(course: Course, assignment_name: str, student: str) -> Path:
    """Return the path of the record of a student's pages in `feedback/`.

    The record is written after the pages.
    """
    return result_path(course, assignment_name, student).with_suffix(".published")


@dataclass(frozen=True)
class _Page:
    """The record of a student's pages in `feedback/`, see `note_page`."""

    key: str
    facts: PageFacts
    told: tuple[Change, ...]


def note_page(
    course: Course, assignment_name: str, student: str, key: str, facts: PageFacts, told: Iterable[Change]
) -> None:
    """Record that the pages of a student are written.

    Inputs:
    - key: hash of everything that affects the pages.
    - facts: points on the pages.
    - told: changes that the pages list, newest first.
    """
    content = {"key": key, "facts": facts.to_json(), "told": [change.to_json() for change in told]}
    write_text(page_path(course, assignment_name, student), json.dumps(content, ensure_ascii=False))


def outdate_page(course: Course, assignment_name: str, student: str) -> None:
    """Mark a student's pages as outdated: the next `grade` writes them again."""
    if page := _read_page(course, assignment_name, student):
        note_page(course, assignment_name, student, "", page.facts, page.told)


def page_key(course: Course, assignment_name: str, student: str) -> str | None:
    """Return the key of a student's pages; None without pages."""
    page = _read_page(course, assignment_name, student)
    return page.key if page else None


def read_released(course: Course, assignment_name: str) -> dict[str, Released]:
    """Read the record of released feedback, see `note_released`.

    Returns: student → Released.

    Raises: UsageError if the record is damaged.
    """
    path = _path(course, assignment_name)
    try:
        return {student: Released.from_json(entry) for student, entry in json.loads(path.read_bytes()).items()}
    except FileNotFoundError:
        return {}
    except (KeyError, TypeError):
        why = "an entry is incomplete"
    except (ValueError, AttributeError, RecursionError) as error:
        why = str(error)
    raise UsageError(
        f"{path} is damaged ({why}): restore it from a backup, or delete it; then pages list no corrections until"
        " feedback is released again"
    )


def note_released(course: Course, assignment_name: str, students: Iterable[str]) -> list[str]:
    """Record that students have received their current pages in `feedback/`.

    Returns: the students with finished pages; only these are recorded.
    """
    time, record = now_text(), read_released(course, assignment_name)
    noted: list[str] = []
    for student in students:
        page = _read_page(course, assignment_name, student)
        stored = load_stored(course, assignment_name, student)
        if page and stored:
            record[student] = Released(time, page.facts, stored.causes, page.told)
            noted.append(student)
    if noted:
        content = {student: released.to_json() for student, released in record.items()}
        write_text(_path(course, assignment_name), json.dumps(content, ensure_ascii=False, indent=1) + "\n")
    return noted


def _path(course: Course, assignment_name: str) -> Path:
    return course.released_feedback / f"{assignment_name}.json"


def _read_page(course: Course, assignment_name: str, student: str) -> _Page | None:
    try:
        page = json.loads(page_path(course, assignment_name, student).read_bytes())
        told = tuple(map(Change.from_json, page["told"]))
        return _Page(page["key"], PageFacts.from_json(page["facts"]), told)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):  # from an earlier version, or unfinished
        return None
