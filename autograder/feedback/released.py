"""The record of what feedback students have: `released_feedback/<assignment>.json` in the folder of the course.

`grade` writes pages that nobody may have seen when the next run corrects them. So a page tells of a correction only
where the earlier page was released: by nbgrader's `release_feedback`, or by the kit's `release-feedback`, which notes
that students got their pages in another way.
"""

import json

from autograder.atomic_io import write_text
from autograder.errors import UsageError
from autograder.intake.moments import now_text
from autograder.scoring.results import load_stored, result_path

__all__ = ["note_page", "note_released", "outdate_page", "page_key", "page_path", "read_released"]


def page_path(course, assignment_name, student):
    """Return the file that records what a student's pages in `feedback/` were made from. It is written last."""
    return result_path(course, assignment_name, student).with_suffix(".published")


def note_page(course, assignment_name, student, key, facts, told):
    """Note that the pages of a student are written.

    Inputs:
    - key: a hash of all that they depend on. - facts: see changes.page_facts.
    - told: the changes that they tell of, newest first, see changes.changes_since.
    """
    content = {"key": key, "facts": facts, "told": told}
    write_text(page_path(course, assignment_name, student), json.dumps(content, ensure_ascii=False))


def outdate_page(course, assignment_name, student):
    """Note that the gradebook is newer than the pages that are there: the next `grade` writes them again."""
    if page := _read_page(course, assignment_name, student):
        note_page(course, assignment_name, student, "", page["facts"], page["told"])


def page_key(course, assignment_name, student):
    """Return the key of the pages that are there, or None."""
    page = _read_page(course, assignment_name, student)
    return page and page["key"]


def read_released(course, assignment_name):
    """Return what students have: dict of student → dict of time, facts, causes, told. See note_released.

    Raises: UsageError when the record is damaged.
    """
    path = _path(course, assignment_name)
    try:
        record = json.loads(path.read_bytes())
        if all(entry.keys() >= {"time", "facts", "causes", "told"} for entry in record.values()):
            return record
        why = "an entry is not complete"
    except FileNotFoundError:
        return {}
    except (ValueError, AttributeError, RecursionError) as error:
        why = error
    raise UsageError(
        f"{path} is damaged ({why}): restore it from a copy, or delete it; pages then tell of no correction until"
        " feedback is released again"
    )


def note_released(course, assignment_name, students):
    """Note that students have the pages that are in `feedback/` now.

    Returns: those of the students whose pages are there.
    """
    time, record, noted = now_text(), read_released(course, assignment_name), []
    for student in students:
        page = _read_page(course, assignment_name, student)
        stored = load_stored(course, assignment_name, student)
        if page and stored:
            facts = {"facts": page["facts"], "causes": stored.causes, "told": page["told"]}
            record[student] = {"time": time, **facts}
            noted.append(student)
    if noted:
        write_text(_path(course, assignment_name), json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    return noted


def _path(course, assignment_name):
    return course.released_feedback / f"{assignment_name}.json"


def _read_page(course, assignment_name, student):
    try:
        page = json.loads(page_path(course, assignment_name, student).read_bytes())
        return page if page.keys() >= {"key", "facts", "told"} else None
    except (OSError, ValueError, AttributeError):  # of an earlier version, or not finished
        return None
