"""The record of all releases: hashes of their cells, in a JSON file next to the releases.

A student may work with an old release while the instructor corrects a text, or adds or drops an
exercise. With this record, intake tells released texts from the student's own.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from autograder.atomic_io import write_text
from autograder.course.cells import Earlier, letters, text_digest
from autograder.course.config import Course
from autograder.course.translations import languages
from autograder.errors import UsageError

__all__ = ["manifest_text", "read_manifest", "record_path", "record_releases", "released_texts"]


def record_path(course: Course, assignment_name: str) -> Path:
    """Return the path of the record of an assignment."""
    return course.release / f"{assignment_name}.handed_out.json"


def read_manifest(course: Course, assignment_name: str) -> dict[str, Earlier]:
    """Read the record, and add the current releases to it.

    Returns: file name of a notebook → its Earlier.

    Raises: UsageError if the record is damaged.
    """
    path = record_path(course, assignment_name)
    found = {}
    try:
        found = {name: Earlier.from_json(about) for name, about in json.loads(path.read_bytes()).items()}
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"cannot read {path} ({type(error).__name__}: {error}): restore the file, or delete it; without it, texts"
            " of earlier releases count as students' own"
        ) from None
    for folder in _releases(course, assignment_name):
        found = _merged(found, _read_folder(folder))
    return found


def released_texts(course: Course, assignment_name: str) -> dict[str, list[str]]:
    """Return the texts of the cells in the current releases, in all languages: grade_id → texts."""
    texts: dict[str, list[str]] = {}
    for folder in _releases(course, assignment_name):
        for cells in _cells_of(folder).values():
            for cell in cells:
                if grade_id := cell["metadata"].get("nbgrader", {}).get("grade_id"):
                    texts.setdefault(grade_id, []).append("".join(cell["source"]))
    return texts


def _releases(course: Course, assignment_name: str) -> list[Path]:
    """Return the folders of the current releases, whether they exist or not."""
    codes = languages(course.source / assignment_name)
    return [course.release / name for name in (assignment_name, *(f"{assignment_name}-{code}" for code in codes))]


def record_releases(course: Course, assignment_name: str, *folders: Path) -> None:
    """Add the current releases, and student versions in further folders, to the record file."""
    text = manifest_text(course, assignment_name, *folders)
    path = record_path(course, assignment_name)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def manifest_text(course: Course, assignment_name: str, *folders: Path) -> str:
    """Return the text of the record, see `record_releases`."""
    found = read_manifest(course, assignment_name)
    for folder in folders:
        found = _merged(found, _read_folder(folder))
    return json.dumps({name: about.to_json() for name, about in sorted(found.items())}, indent=1, sort_keys=True) + "\n"


def _merged(one: Mapping[str, Earlier], other: Mapping[str, Earlier]) -> dict[str, Earlier]:
    return {name: one.get(name, Earlier()).merged(other.get(name, Earlier())) for name in {**one, **other}}


def _read_folder(folder: Path) -> dict[str, Earlier]:
    """Return a dict of file name → Earlier for the student version in a folder."""
    return {name: _read_notebook(cells) for name, cells in _cells_of(folder).items()}


def _cells_of(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """Return a dict of file name → cells for the student version in a folder."""
    found = {}
    for path in sorted(folder.glob("*.ipynb")):
        try:
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            _read_notebook(cells)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue  # not a release
        found[path.name] = cells
    return found


def _read_notebook(cells: Iterable[dict[str, Any]]) -> Earlier:
    texts, locked, by_id, asked, before = [], [], {}, {}, ""
    for cell in cells:
        text, facts = "".join(cell["source"]), cell["metadata"].get("nbgrader", {})
        grade_id, is_solution = facts.get("grade_id"), facts.get("solution")
        if grade_id:
            by_id[grade_id] = [text_digest(text)]
        if not is_solution:
            texts.append(text_digest(text))
            locked += [grade_id] if grade_id else []
        elif facts.get("grade") and letters(before):
            asked[grade_id] = [text_digest(letters(before))]
        before = text
    return Earlier(frozenset(texts), frozenset(locked), by_id, asked, (frozenset(by_id),))
