"""What a score depends on, as hashes: one for each exercise, so that a changed test costs only what it scores."""

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
from autograder.paths import KIT

__all__ = ["NO_PART_OF_SCORING", "Keys", "hash_of", "lacking", "pages_digest", "versions"]

SOURCES = (".py", ".pyx", ".c", ".h")
# What takes no part in running hidden tests; a test keeps this true. What is new in the kit counts until it is listed.
NO_PART_OF_SCORING = (
    *("__main__.py", "doctor.py", "templates.py"),
    *("authoring/", "cli/", "exports/", "feedback/", "gradebook/", "grading/"),
    *("gradescope/", "regrade_requests/", "release/", "report/", "sample_class/", "similarity/"),
)


class Keys:
    """Gives each exercise of a submission the hash of all that the outcomes of its hidden tests depend on.

    That is what was handed in, the tests, signatures and mutants of the exercise and of those that it needs, the
    kit, the solutions, the settings, and how student code was kept apart. Points are no part of it: they are worked out
    from the outcomes. Neither are texts, comments and docstrings of the assignment: no test looks at them. The kit is
    the one that this process knows: what is edited later counts in the next.

    Inputs:
    - isolation: see isolation.open_sandbox.
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
        self.tests = {name: content.hash_of_tests(name) for name in assignment.exercises}

    def of(self, submission: Submission) -> dict[str, str]:
        """The key of each exercise."""
        about = [self.base, submission.student, submission.scored()]
        return {name: hash_of([*about, files]) for name, files in self.files.items()}

    def causes(self, submission: Submission) -> dict[str, str | dict[str, str]]:
        """The parts of the keys, from which a later run sees what it was that changed a score.

        Returns: dict of work, tolerances, solutions, settings, grader → hash, and tests → dict of exercise → hash.
        """
        return {"work": submission.digest(), **self.common, "tests": self.tests}


def lacking(assignment: Assignment) -> list[str]:
    """Lines about exercises whose hidden tests need another one that the source notebooks do not have."""
    known = {cell.grade_id for notebook in assignment.sources.values() for cell in notebook.solution_cells}
    return [
        f"the hidden tests of {name} need {other}, which is no exercise any more: put it back, or leave out {name} too"
        for name in assignment.exercises
        for other in sorted(assignment.content.needed_directly(name) - known)
    ]


def versions(assignment: Assignment) -> dict[str, str]:
    """What has to be the same in every process that scores a class: name → version."""
    return {"the kit": _digest(tuple(_kit(assignment))), "NumPy": np.__version__, "Python": sys.version}


def pages_digest(assignment: Assignment) -> str:
    """A hash of the kit: what is entered into the gradebook, and pages, depend on it."""
    return _digest(tuple(_kit(assignment)))


def _core_digest(assignment: Assignment) -> str:
    return _digest(tuple(file for file in _kit(assignment) if not _is_listed(file)))


def _kit(assignment: Assignment) -> list[Path]:
    folders = (KIT, *assignment.student_packages.values())
    files = sorted(file for folder in folders for file in folder.rglob("*") if file.suffix in SOURCES)
    return [file for file in files if not file.is_relative_to(KIT / "assignments")]


def _is_listed(file: Path) -> bool:
    return file.is_relative_to(KIT) and file.relative_to(KIT).as_posix().startswith(NO_PART_OF_SCORING)


@functools.cache
def _digest(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def hash_of(content: object) -> str:
    """A hash of what JSON can hold."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
