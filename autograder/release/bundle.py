"""The files of the student bundle, and reproducible zip archives."""

import io
import json
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.hints import translated_hints
from autograder.course.translations import read_translation
from autograder.intake.files import MAX_FILE_BYTES
from autograder.paths import TOOLS
from autograder.release.solved_dependencies import provided_files
from student_tools.archive import write_zip
from student_tools.language import ENGLISH, catalogue_path
from student_tools.manifest import FILE_NAME, HINTS, describe, notebook_language

__all__ = ["bundle_files", "package_files", "package_for", "zip_bytes"]

PACKAGE_PATTERNS = ("*.py", "*.pyx", "py.typed", "kernels/*.c", "kernels/*.h")


def bundle_files(release_folder: Path, assignment: Assignment) -> dict[str, bytes]:
    """Return the files of the student bundle: path → content.

    They are the release folder and the packages.
    """
    paths = [path for path in sorted(release_folder.rglob("*")) if path.is_file()]
    files = {path.relative_to(release_folder).as_posix(): path.read_bytes() for path in paths}
    files |= package_for(release_folder, assignment)
    return {f"{assignment.name}/{name}": content for name, content in files.items()}


def package_for(release_folder: Path, assignment: Assignment) -> dict[str, bytes]:
    """Return the student packages for the notebooks of a release folder.

    The course's package also contains definitions of notebooks that are not released, the hints,
    and a description of the released notebooks, which its `submit` command uses to check
    submissions. Hints and messages are in the language of the notebooks.

    Returns: path relative to the release folder → content.
    """
    notebooks = {name: json.loads((release_folder / name).read_bytes()) for name in assignment.notebooks}
    language = next((notebook_language(content) for content in notebooks.values()), ENGLISH)
    described = describe(
        assignment.name,
        notebooks,
        max_bytes=MAX_FILE_BYTES,
        python=sys.version_info[:2],
        packages=["numpy", *assignment.student_packages],
        language=language,
    )
    own = {FILE_NAME: (json.dumps(described, indent=1) + "\n").encode(), **provided_files(assignment)}
    if released := _hints(assignment, language):
        own[HINTS] = (json.dumps(released, ensure_ascii=False) + "\n").encode()
    package = assignment.settings.package or TOOLS.name
    return package_files(assignment, language) | {f"{package}/{name}": content for name, content in own.items()}


def _hints(assignment: Assignment, language: str) -> dict[str, Any]:
    """Return the hints of the released exercises, in a language."""
    found = assignment.hints
    if found and language != ENGLISH:
        found = translated_hints(found, read_translation(assignment.folder / language / "hints.md"))
    return {name: own for name, own in found.items() if name in assignment.exercises}


def package_files(assignment: Assignment, language: str = ENGLISH) -> dict[str, bytes]:
    """Return the sources of the student packages: path → content.

    Inputs:
    - language: code of the language whose compiled catalogues are added; English has none.
    """
    files: dict[str, bytes] = {}
    for name, folder in assignment.student_packages.items():
        paths = sorted(file for pattern in PACKAGE_PATTERNS for file in folder.glob(pattern))
        paths += [path for path in (catalogue_path(folder, language),) if path.exists()]
        files |= {f"{name}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in paths}
    return files


def zip_bytes(files: Mapping[str, bytes], *, executable: Collection[str] = ()) -> bytes:
    """Return the bytes of a reproducible zip archive, see student_tools.archive.write_zip.

    Inputs:
    - files: path → content.
    - executable: paths of executable files.
    """
    buffer = io.BytesIO()
    write_zip(buffer, files, executable=executable)
    return buffer.getvalue()
