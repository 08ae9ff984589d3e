"""The record of the checks before a release, next to the bundle.

It is valid only for the bundle with this hash.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from autograder.atomic_io import write_text
from autograder.course.config import Course

__all__ = ["bundle_path", "read_proof", "released_name", "write_proof"]


def bundle_path(course: Course, assignment_name: str, language: str | None = None) -> Path:
    """Return the path of the student bundle of an assignment, or of its translation."""
    return course.dist / f"{released_name(assignment_name, language)}-student.zip"


def released_name(assignment_name: str, language: str | None = None) -> str:
    """Return the folder name of a student version; translations have a suffix."""
    return f"{assignment_name}-{language}" if language else assignment_name


def write_proof(bundle: Path, checked: Sequence[str]) -> None:
    """Write the record of the checks next to a bundle.

    Inputs:
    - bundle: path of the existing zip.
    - checked: lines.
    """
    content = {"bundle": bundle.name, "sha256": _sha256(bundle), "checked": checked}
    write_text(_proof_path(bundle), json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def read_proof(bundle: Path) -> list[str] | None:
    """Read the checks of a bundle, as lines; None without a record."""
    try:
        content = json.loads(_proof_path(bundle).read_text(encoding="utf-8"))
        if content["sha256"] == _sha256(bundle):
            return [str(line) for line in content["checked"]]
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _proof_path(bundle: Path) -> Path:
    return bundle.with_suffix(".checks.json")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
