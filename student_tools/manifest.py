"""Manifest of the released notebooks: a hash of each cell that has a grade_id or is Markdown.

The release writes it into the student bundle as `handed_out.json` in the course's package. `submit`
reads it to find missing and unchanged cells.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from student_tools.language import ENGLISH, MANIFEST, METADATA, tr

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

__all__ = [
    "FILE_NAME",
    "HINTS",
    "CodeCell",
    "Manifest",
    "Question",
    "cell_name",
    "cell_source",
    "describe",
    "digest",
    "find_manifest",
    "notebook_language",
    "read_manifest",
    "set_notebook_language",
]

FILE_NAME = MANIFEST
HINTS = "hints.json"  # see student_tools.hints


class CodeCell(TypedDict):
    """A released code cell.

    - exercise: True for a cell that students write
    - digest: hash of its text
    """

    exercise: bool
    digest: str


class Question(TypedDict):
    """A released cell for a free response."""

    points: float
    digest: str


class _Required(TypedDict):
    assignment: str
    max_bytes: int
    python: list[int]
    packages: list[str]
    points: float
    notebooks: dict[str, dict[str, CodeCell]]
    questions: dict[str, dict[str, Question]]
    texts: dict[str, list[str]]


class Manifest(_Required, total=False):
    """The released notebooks of an assignment.

    - assignment: its name
    - max_bytes: size of the largest notebook that is graded
    - python: version of the grader, such as [3, 11]
    - packages: names that every exercise may import in addition to the standard library
    - points: sum over all notebooks
    - notebooks: file name → grade_id → code cell
    - questions: file name → grade_id → cell for a free response
    - texts: file name → hashes of the Markdown cells
    - language: of the notebooks and of messages, "en" if missing
    """

    language: str


def cell_source(cell: Mapping[str, Any]) -> str:
    """Return the text of a notebook cell that was read from JSON."""
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def cell_name(cell: Mapping[str, Any]) -> str | None:
    """Return the grade_id of a notebook cell, or None."""
    metadata = cell.get("metadata", {}).get("nbgrader", {})
    return metadata.get("grade_id") if isinstance(metadata, dict) else None


def digest(source: str) -> str:
    """Return the SHA-256 of a cell's text, ignoring line ends and surrounding blanks."""
    return hashlib.sha256("\n".join(source.strip().splitlines()).encode()).hexdigest()


def notebook_language(content: Mapping[str, Any]) -> str:
    """Return the language of a notebook that was read from JSON: "en" unless the release has noted another."""
    own = content.get("metadata", {}).get(METADATA, {})
    return str(own.get("language", ENGLISH)) if isinstance(own, dict) else ENGLISH


def set_notebook_language(content: dict[str, Any], language: str) -> None:
    """Note the language of a notebook in its metadata, in place."""
    content["metadata"][METADATA] = {"language": language}


def describe(
    assignment: str,
    notebooks: Mapping[str, Mapping[str, Any]],
    *,
    max_bytes: int,
    python: tuple[int, int],
    packages: Iterable[str],
    language: str = ENGLISH,
) -> Manifest:
    """Make the manifest of an assignment.

    Inputs:
    - assignment: its name
    - notebooks: file name → content as read from JSON
    - max_bytes: see Manifest
    - python: see Manifest
    - packages: see Manifest
    - language: see Manifest
    """
    named = {
        name: [(cell_name(cell), cell.get("metadata", {}).get("nbgrader", {}), cell) for cell in content["cells"]]
        for name, content in notebooks.items()
    }
    manifest: Manifest = {
        "assignment": assignment,
        "max_bytes": max_bytes,
        "python": list(python[:2]),
        "packages": sorted(packages),
        "points": sum(float(about.get("points") or 0) for cells in named.values() for _, about, _ in cells),
        "notebooks": {
            name: {
                grade_id: {"exercise": bool(about.get("solution")), "digest": digest(cell_source(cell))}
                for grade_id, about, cell in cells
                if cell["cell_type"] == "code" and grade_id
            }
            for name, cells in named.items()
        },
        "questions": {
            name: {
                grade_id: {"points": float(about.get("points") or 0), "digest": digest(cell_source(cell))}
                for grade_id, about, cell in cells
                if cell["cell_type"] != "code" and grade_id and about.get("solution")
            }
            for name, cells in named.items()
        },
        "texts": {
            name: [digest(cell_source(cell)) for _, _, cell in cells if cell["cell_type"] == "markdown"]
            for name, cells in named.items()
        },
    }
    if language != ENGLISH:
        manifest["language"] = language
    return manifest


def read_manifest(package: str | Path) -> Manifest:
    """Read the manifest that describe() made.

    Inputs:
    - package: folder of the course's package

    Raises: ValueError if the file is missing, damaged or incomplete.
    """
    try:
        content: Manifest = json.loads((Path(package) / FILE_NAME).read_text(encoding="utf-8"))
        if not Manifest.__required_keys__ <= set(content):
            raise ValueError(tr("a key is missing"))
    except (OSError, ValueError, TypeError) as error:
        raise ValueError(
            tr(
                "can't read {file}, the list of released cells ({error}): install the package that came with the"
                " notebooks",
                file=FILE_NAME,
                error=error,
            )
        ) from None
    return content


def find_manifest(folder: str | Path) -> Manifest:
    """Read the manifest of the only package in a folder of notebooks, see read_manifest.

    Raises: ValueError unless exactly one package has a manifest, and it can be read.
    """
    found = sorted(path.parent for path in Path(folder).glob(f"*/{FILE_NAME}"))
    if len(found) != 1:
        raise ValueError(
            tr(
                "expected one package with {file} in {folder}, got {names}: run the command of your course's package,"
                " `python -m PACKAGE.submit`",
                file=FILE_NAME,
                folder=Path(folder).resolve(),
                names=", ".join(path.name for path in found) or tr("none"),
            )
        )
    return read_manifest(found[0])
