"""Cache keys per exercise: a changed hidden test invalidates only the results of its exercise."""

import functools
import hashlib
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.course.source_code import code_digest
from autograder.intake.submission import Submission
from autograder.language import ENGLISH
from autograder.paths import KIT
from student_tools.language import catalogue_path

__all__ = ["NO_PART_OF_SCORING", "Keys", "hash_of", "lacking", "pages_digest", "versions"]

SOURCES = (".py", ".pyx", ".c", ".h")
# Parts that do not run hidden tests, as a test ensures. A new part of the kit counts until it is listed here.
NO_PART_OF_SCORING = (
    *("__main__.py", "doctor.py", "templates.py"),
    *("authoring/", "cli/", "exports/", "feedback/", "gradebook/", "grading/"),
    *("gradescope/", "regrade_requests/", "release/", "report/", "sample_class/", "similarity/"),
)


class Keys:
    """Computes the cache key of each exercise: a hash of all that its test outcomes depend on.

    These are: the submission; the tests, signatures and mutants of the exercise and of the
    exercises that it needs; the kit, the solutions, the settings, and the isolation. Points are not
    included: they are computed from the outcomes. Neither are texts, comments and docstrings of the
    assignment, which no test reads. The kit's files are hashed once per process.

    Inputs:
    - assignment: with its content
    - course: for its secret
    - isolation: see isolation.open_sandbox
    """

    def __init__(self, assignment: Assignment, course: Course, isolation: str) -> None:
        programs = {name: code_digest(notebook) for name, notebook in assignment.sources.items()}
        own, content = assignment.settings, assignment.content
        settings: list[object] = [assignment.name, list(assignment.notebooks), course.secret, own.exercise_seconds]
        settings += [own.submission_seconds, repr(own.limits), own.options, own.import_policies]
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        grader = [isolation, python, np.__version__, _core_digest(assignment)]
        self.base = hash_of([programs, settings, *grader, content.hash_of_tolerances()])
        self.files = {name: content.hash_of(name) for name in assignment.exercises}
        self.common = {
            "tolerances": content.hash_of_tolerances(),
            "solutions": hash_of(programs),
            "settings": hash_of(settings),
            "grader": hash_of(grader),
        }
        self.student_packages = tuple(assignment.student_packages.values())
        self.content = course.assignments / assignment.name
        self.tests = {name: content.hash_of_tests(name) for name in assignment.exercises}

    def of(self, submission: Submission) -> dict[str, str]:
        """Return the key of each exercise."""
        about = [self.base, submission.student, submission.scored()]
        if submission.language != ENGLISH:  # of the messages
            about += [submission.language, self._catalogues(submission.language)]
        return {name: hash_of([*about, files]) for name, files in self.files.items()}

    def _catalogues(self, language: str) -> str:
        """A hash of all catalogues in a language."""
        folders = (KIT, *self.student_packages, self.content)
        paths = (catalogue_path(folder, language) for folder in folders)
        return _digest(tuple(path for path in paths if path.exists()))

    def causes(self, submission: Submission) -> dict[str, str | dict[str, str]]:
        """Return the parts of the keys, with which a later run explains a changed score.

        Returns: dict of "work", "tolerances", "solutions", "settings" and "grader" → hash, and
        "tests" → dict of exercise → hash.
        """
        return {"work": submission.digest(), **self.common, "tests": self.tests}


def lacking(assignment: Assignment) -> list[str]:
    """Return a line for each exercise whose hidden tests need a missing exercise."""
    known = {cell.grade_id for notebook in assignment.sources.values() for cell in notebook.solution_cells}
    return [
        f"the hidden tests of {name} need the exercise {other}, which is missing: restore it, or remove {name} too"
        for name in assignment.exercises
        for other in sorted(assignment.content.needed_directly(name) - known)
    ]


def versions(assignment: Assignment) -> dict[str, str]:
    """Return name → version, which must be equal in all processes that score a class."""
    return {"the kit": _digest(_kit(assignment)), "NumPy": np.__version__, "Python": sys.version}


def pages_digest(assignment: Assignment) -> str:
    """Return a hash of the kit and its catalogues, on which pages and gradebook entries depend."""
    return _digest((*_kit(assignment), *sorted(KIT.glob("locale/*/*/*.mo"))))


def _core_digest(assignment: Assignment) -> str:
    return _digest(tuple(file for file in _kit(assignment) if not _is_listed(file)))


def _kit(assignment: Assignment) -> tuple[Path, ...]:
    return _sources(KIT, *assignment.student_packages.values())


@functools.cache
def _sources(*folders: Path) -> tuple[Path, ...]:
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.suffix in SOURCES)
    return tuple(file for file in files if not file.is_relative_to(KIT / "assignments"))


def _is_listed(file: Path) -> bool:
    return file.is_relative_to(KIT) and file.relative_to(KIT).as_posix().startswith(NO_PART_OF_SCORING)


@functools.cache
def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def hash_of(content: object) -> str:
    """Return a hash of a JSON value."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
