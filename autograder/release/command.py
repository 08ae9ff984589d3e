"""`release`: validate the source, make the student version, prove that nothing leaks, and only then publish it."""

import shutil
import sys
import tempfile
from pathlib import Path

from autograder.assignment import load_assignment
from autograder.errors import UsageError
from autograder.nbgrader_bridge import NbGrader
from autograder.release.bundle import bundle_files, zip_bytes
from autograder.release.leaks import find_leaks
from autograder.release.proof import bundle_path, write_proof
from autograder.release.run import run_solved_notebooks
from autograder.release.validate import hidden_test_names, validate_source
from autograder.results import write_bytes

__all__ = ["STUDENT_FILES", "make_release", "release_assignment"]

# What a source folder may hold beside notebooks: nbgrader copies every other file to students as it is.
STUDENT_FILES = ("README.md", "pyproject.toml")


def release_assignment(course, name=None, *, run=True):
    """Make `release/<assignment>/` and `dist/<assignment>-student.zip`, and print and store what was checked.

    Inputs:
    - run: execute the solved notebooks first (skipped when they have not changed since they last ran clean).

    Raises: UsageError when the source is not ready or the result would leak; then nothing is published.
    """
    assignment = load_assignment(course, name)
    _say(f"checking {assignment.folder}")
    checked = validate_source(course, assignment)
    if run:
        checked += run_solved_notebooks(course, assignment)
    _say("making the student version")
    with tempfile.TemporaryDirectory(dir=course.root, prefix=".release-") as scratch:
        files = make_release(course, assignment, Path(scratch))
        leaks, proven = find_leaks(files, assignment, hidden_test_names(), extra_files=STUDENT_FILES)
        if leaks:
            raise UsageError(
                f"{assignment.name} is not released, because it would leak:\n" + "\n".join(f"  - {leak}" for leak in leaks)
            )
        target = course.release / assignment.name
        target.parent.mkdir(parents=True, exist_ok=True)
        old = Path(scratch) / "old"
        if target.exists():
            target.rename(old)
        (Path(scratch) / assignment.name).rename(target)
    archive = bundle_path(course, assignment.name)
    write_bytes(archive, zip_bytes(files))
    write_proof(archive, checked + proven)
    for line in checked + proven:
        print(f"✔ {line}")
    print(f"student version: {target}")
    print(f"student bundle:  {archive}")


def _say(words):
    """What is going on, beside the progress bars: not part of the result."""
    print(f"{words} …", file=sys.stderr, flush=True)


def make_release(course, assignment, scratch):
    """Let nbgrader make the student version in a folder; returns the files of the student bundle."""
    NbGrader(course, CourseDirectory={"release_directory": str(scratch)}).generate_assignment(assignment.name)
    folder = scratch / assignment.name
    for leftover in folder.rglob(".ipynb_checkpoints"):
        shutil.rmtree(leftover)
    return bundle_files(folder, assignment.name)
