"""What a score depends on, as hashes: one for each exercise, so that a changed test costs only what it scores."""

import functools
import hashlib
import json
import sys
from pathlib import Path

import numpy as np

from autograder.course.source_code import code_digest
from autograder.mutants.registry import SIGNATURES, TOPICS
from autograder.paths import HIDDEN_TESTS, KIT, PACKAGE
from autograder.testing.hidden import collect_hidden_tests

__all__ = ["NO_PART_OF_SCORING", "Keys", "hash_of", "in_order", "lacking", "pages_digest", "versions", "with_needed"]

SOURCES = (".py", ".pyx", ".c", ".h")
TOLERANCES = KIT / "testing" / "tolerances.py"
# What takes no part in running hidden tests; a test keeps this true. What is new in the kit counts until it is listed.
NO_PART_OF_SCORING = (
    *("__main__.py", "cli.py", "doctor.py", "templates.py"),
    *("authoring/", "commands/", "exports/", "feedback/", "gradebook/", "grading/"),
    *("gradescope/", "regrade_requests/", "release/", "report/", "sample_class/", "similarity/"),
)


class Keys:
    """Gives each exercise of a submission the hash of all that the outcomes of its hidden tests depend on.

    That is what was handed in, the tests, signatures and known mistakes of the exercise and of those that it needs, the
    kit, the solutions, the settings, and how student code was kept apart. Points are no part of it: they are worked out
    from the outcomes. Neither are texts, comments and docstrings of the assignment: no test looks at them. The kit is
    the one that this process knows: what is edited later counts in the next.

    Inputs:
    - assignment: Assignment; course: Course; isolation: see isolation.open_sandbox.
    """

    def __init__(self, assignment, course, isolation):
        programs = {name: code_digest(notebook) for name, notebook in assignment.sources.items()}
        settings = [assignment.name, list(assignment.notebooks), course.secret, course.exercise_seconds]
        settings += [course.submission_seconds]
        settings += [repr(course.limits), course.max_pool_ties]
        python = f"{sys.version_info.major}.{sys.version_info.minor}"
        self.base = hash_of([programs, settings, isolation, python, np.__version__, _core_digest()])
        self.files = {name: _digest(_files_of(name)) for name in assignment.exercises}
        self.common = {
            "tolerances": _digest((TOLERANCES,)),
            "solutions": hash_of(programs),
            "settings": hash_of(settings),
            "grader": hash_of([isolation, python, np.__version__, _core_digest(without=TOLERANCES)]),
        }
        self.tests = {name: _digest(_tests_of(name)) for name in assignment.exercises}

    def of(self, submission):
        """dict of exercise → key."""
        about = [self.base, submission.student, submission.scored()]
        return {name: hash_of([*about, files]) for name, files in self.files.items()}

    def causes(self, submission):
        """The parts of the keys, from which a later run sees what it was that changed a score.

        Returns: dict of work, tolerances, solutions, settings, grader → hash, and tests → dict of exercise → hash.
        """
        return {"work": submission.digest(), **self.common, "tests": self.tests}


def with_needed(exercises):
    """Some exercises, with all whose outcomes theirs depend on: forward passes, and what tests borrow."""
    needed, new = set(), set(exercises)
    while new:
        needed |= new
        new = {other for name in new for other in _directly_needed(name)} - needed
    return needed


def lacking(assignment):
    """Lines about exercises whose hidden tests need another one that the source notebooks do not have."""
    known = {cell.grade_id for notebook in assignment.sources.values() for cell in notebook.solution_cells}
    return [
        f"the hidden tests of {name} need {other}, which is no exercise any more: put it back, or leave out {name} too"
        for name in assignment.exercises
        for other in sorted(_directly_needed(name) - known)
    ]


def in_order(exercises):
    """Some exercises, each after those of them that its tests depend on; otherwise in the order given."""
    seen, ordered = set(), []

    def add(name):
        if name in seen:
            return
        seen.add(name)
        needed = _directly_needed(name)
        for other in exercises:
            if other in needed:
                add(other)
        ordered.append(name)

    for name in exercises:
        add(name)
    return ordered


def _directly_needed(exercise):
    signature = SIGNATURES.get(exercise)
    lent = {name for test in collect_hidden_tests() if test.exercise == exercise for name in test.lends}
    return lent | ({signature.forward, signature.of_pixels} - {""} if signature else set())


@functools.cache
def _files_of(exercise):
    """The files of hidden tests, of signatures and of known mistakes that the outcomes of an exercise depend on."""
    needed = with_needed([exercise])
    topics = {Path(topic.__file__) for topic in TOPICS if needed & _exercises_of(topic)}
    return tuple(sorted({*_tests_of(exercise), *topics}))


def _tests_of(exercise):
    """The files of hidden tests that the outcomes of an exercise depend on."""
    needed = with_needed([exercise])
    files = {test.node.split("::")[0] for test in collect_hidden_tests() if test.exercise in needed}
    return tuple(sorted(HIDDEN_TESTS / file for file in files))


def _exercises_of(topic):
    return {*topic.SIGNATURES, *(mutant.exercise for mutant in topic.MUTANTS)}


def versions():
    """What has to be the same in every process that scores a class: dict of name → version."""
    return {"the kit": _digest(tuple(_kit())), "NumPy": np.__version__, "Python": sys.version}


def pages_digest():
    """A hash of the kit without its tests: what is entered into the gradebook, and pages, depend on it."""
    return _digest(tuple(file for file in _kit() if file not in _counted_by_exercise()))


def _core_digest(*, without=None):
    others = {*_counted_by_exercise(), without}
    return _digest(tuple(file for file in _kit() if file not in others and not _is_listed(file)))


def _counted_by_exercise():
    return {*HIDDEN_TESTS.glob("*.py"), *(Path(topic.__file__) for topic in TOPICS)}


def _kit():
    return sorted(file for folder in (KIT, PACKAGE) for file in folder.rglob("*") if file.suffix in SOURCES)


def _is_listed(file):
    return file.is_relative_to(KIT) and file.relative_to(KIT).as_posix().startswith(NO_PART_OF_SCORING)


@functools.cache
def _digest(files):
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def hash_of(content):
    """A hash of what JSON can hold."""
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
