"""`release`: validate the source, make the student version, check for leaks, publish it."""

import shutil
import sys
from pathlib import Path

from autograder.atomic_io import write_bytes, write_text
from autograder.course.assignment import Assignment, load_assignment
from autograder.course.config import Course
from autograder.course.expected_output import EXPECTED_OUTPUT
from autograder.course.hints import HINTS
from autograder.course.manifest import record_releases
from autograder.course.student_notes import add_rules
from autograder.course.translations import README, languages
from autograder.errors import UsageError
from autograder.release.bundle import bundle_files, zip_bytes
from autograder.release.checks_record import bundle_path, released_name, write_proof
from autograder.release.execute import run_solved_notebooks
from autograder.release.grader_messages import check_grader_catalogues
from autograder.release.leaks import find_leaks
from autograder.release.messages import check_catalogues
from autograder.release.solved_dependencies import check_provided
from autograder.release.student_version import make_student_version
from autograder.release.translate import check_translation, translate_release
from autograder.release.validate import hidden_test_names, validate_source
from autograder.scoring.hint_examples import check_hints
from student_tools.atomic_write import unfinished_folder

__all__ = ["STUDENT_FILES", "make_release", "release_assignment"]

# Allowed files of a source folder besides notebooks. nbgrader copies all other files to students unchanged.
STUDENT_FILES = ("README.md", "pyproject.toml")


def release_assignment(
    course: Course, name: str | None = None, *, language: str | None = None, run: bool = True, record: bool = False
) -> None:
    """Make `release/<assignment>/` and the student bundle in `dist/`, print and store the checks.

    Inputs:
    - name: name of the assignment; by default the course's default assignment.
    - language: code of a translation, released as `release/<assignment>-<language>/` and its own
      bundle.
    - run: True to execute the solved notebooks first, unless they are unchanged since the last
      success.
    - record: True to execute them in any case, and record what they print for the student version.

    Raises: UsageError if the source is invalid, or the result would leak; then nothing is
    published.
    """
    assignment = load_assignment(course, name)
    _say(f"checking {assignment.folder}")
    checked = validate_source(course, assignment) + check_hints(assignment)
    if language:
        checked += check_translation(assignment, language) + check_catalogues(assignment, language)
        checked += check_grader_catalogues(assignment, language, course.root)
    if run or record:
        checked += run_solved_notebooks(course, assignment, record=record, language=language)
    _say("making the student version")
    with unfinished_folder(course.root) as scratch:
        files = make_release(course, assignment, scratch, language=language)
        leaks, proven = find_leaks(files, assignment, hidden_test_names(assignment.content), extra_files=STUDENT_FILES)
        if leaks:
            raise UsageError(f"{assignment.name} was not released because it would leak:", leaks)
        proven += check_provided(files, assignment)
        target = course.release / released_name(assignment.name, language)
        archive, packed = bundle_path(course, assignment.name, language), scratch / "bundle.zip"
        # Steps that can fail come first, so folder and bundle are published together or not at all.
        write_bytes(packed, zip_bytes(files))
        for folder in (target.parent, archive.parent):
            folder.mkdir(parents=True, exist_ok=True)
        record_releases(course, assignment.name, scratch / assignment.name)
        old = scratch / "old"
        if target.exists():
            target.rename(old)
        (scratch / assignment.name).rename(target)
        packed.replace(archive)
    write_proof(archive, checked + proven)
    for line in checked + proven:
        print(f"✔ {line}")
    print(f"student version: {target}")
    print(f"student bundle:  {archive}")


def _say(words: str) -> None:
    """Print progress to standard error."""
    print(f"{words} …", file=sys.stderr, flush=True)


def make_release(
    course: Course, assignment: Assignment, scratch: Path, *, language: str | None = None
) -> dict[str, bytes]:
    """Let nbgrader make the student version in a folder, and translate it.

    Inputs:
    - scratch: existing folder.
    - language: code of a translation, or None.

    Returns: the files of the student bundle: path → content.
    """
    for line in make_student_version(course, assignment, scratch):
        print(f"gradebook: {line}")
    folder = scratch / assignment.name
    for translation in languages(assignment.folder):
        shutil.rmtree(folder / translation)  # nbgrader copies the folder unchanged
    (folder / HINTS).unlink(missing_ok=True)  # the package has them
    (folder / EXPECTED_OUTPUT).unlink(missing_ok=True)  # the notebooks have it
    if language:
        translate_release(assignment, language, folder)
    if (folder / README).exists():
        write_text(folder / README, add_rules(course, (folder / README).read_text(encoding="utf-8"), language=language))
    return bundle_files(folder, assignment)
