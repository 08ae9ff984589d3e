"""Runs hidden tests on submissions, with what is set up once per process: the reference and the sandbox.

A job is all that a process on whatever machine needs for it, as a text: there is no shared disk.
"""

import ctypes
import functools
import json
import tempfile
import threading
import time
from collections.abc import Collection
from pathlib import Path
from typing import Any

from autograder.course.assignment import Assignment, load_assignment, read_assignment
from autograder.course.config import FOLDERS, Course, load_course
from autograder.errors import GraderError, SandboxError
from autograder.intake.submission import Submission
from autograder.model import Outcomes, Result, outcomes_to_json
from autograder.sandbox.isolation import open_sandbox
from autograder.sandbox.supervisor import Sandbox
from autograder.scoring.cache_keys import versions
from autograder.scoring.points import award_points
from autograder.scoring.reference import Reference, load_reference
from autograder.scoring.test_runner import run_hidden_tests

__all__ = ["Scorer", "pack_job", "prove_isolation", "score_packed", "scorer_for"]

# pytest and a sandbox serve one submission at a time; a worker of a cluster may have several threads.
ONE_AT_A_TIME = threading.Lock()
NOWHERE = Path("/nonexistent")


class Scorer:
    """Scores submissions of one assignment; keeps the reference and the sandbox between them.

    Inputs:
    - isolation: "bwrap", "inner" or "none"; None for the best sandbox that can be had.
    """

    def __init__(self, course: Course, assignment: Assignment, isolation: str | None = None):
        self.course = course
        self.assignment = assignment
        self.isolation = isolation

    @functools.cached_property
    def reference(self) -> Reference:
        """The reference's functions."""
        return load_reference(self.assignment)

    @functools.cached_property
    def sandbox(self) -> Sandbox:
        """The Sandbox, opened and proven when it is first needed. Raises: SandboxError when it is not in force."""
        return open_sandbox(self.assignment.settings.limits, self.isolation, policy=self.assignment.default_policy)

    def score(self, submission: Submission) -> Result:
        """Score all exercises of a submission, and award its points.

        Raises: SandboxError when the sandbox breaks, GraderError when the grader fails otherwise.
        """
        outcomes = self.outcomes(submission, set(self.assignment.exercises))
        return award_points(outcomes, submission, self.assignment, self.sandbox.isolation)

    def outcomes(self, submission: Submission, exercises: Collection[str]) -> Outcomes:
        """Run the hidden tests of some exercises; returns dict of exercise → its tests, see test_runner."""
        needed, sandbox = self.assignment.content.needed(exercises), self.sandbox
        try:
            outcomes = run_hidden_tests(submission, self.assignment, self.reference, sandbox, self.course, needed)
        except SandboxError as error:
            raise SandboxError(f"the sandbox broke while {submission.student} was scored: {error}") from None
        return {name: tests for name, tests in outcomes.items() if name in exercises}

    def close(self) -> None:
        """Close the sandbox, if it is open."""
        if sandbox := vars(self).pop("sandbox", None):
            sandbox.close()


@functools.cache
def scorer_for(root: str | Path, assignment_name: str, isolation: str | None = None) -> Scorer:
    """The Scorer of an assignment in a course folder, the same one for each call in this process."""
    course = load_course(root)
    return Scorer(course, load_assignment(course, assignment_name), isolation)


def pack_job(course: Course, assignment: Assignment, isolation: str | None) -> str:
    """All that scoring needs beside the submission, as a text: sources, content, the course's secret, versions."""
    folder = course.assignments / assignment.name
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*.py")]
    return json.dumps(
        {
            "assignment": assignment.name,
            "notebooks": {name: notebook.text for name, notebook in assignment.sources.items()},
            "content": {file: (folder / file).read_text(encoding="utf-8") for file in files},
            "secret": course.secret,
            "isolation": isolation,
            "versions": versions(assignment),
        }
    )


@functools.lru_cache(maxsize=1)
def _scorer(job: str) -> Scorer:
    """The Scorer of a job; it is kept, with its sandbox, from one submission to the next.

    Raises: GraderError where another version of something would give other scores.
    """
    packed = json.loads(job)
    with tempfile.TemporaryDirectory(prefix="assignments-") as scratch:
        for file, text in packed["content"].items():
            path = Path(scratch, packed["assignment"], file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        folders: dict[str, Any] = dict.fromkeys(FOLDERS, NOWHERE) | {"assignments": Path(scratch)}
        course = Course(NOWHERE, "", **folders).with_secret(packed["secret"])
        assignment = read_assignment(packed["assignment"], packed["notebooks"], course, NOWHERE)
        assignment.content.import_for_scoring()
    here = versions(assignment)
    for name, version in packed["versions"].items():
        if here[name] != version:
            raise GraderError(
                f"a process that scores has another version of {name} than the one that asks for it"
                f" ({here[name][:12]}, not {version[:12]}): install the same everywhere, and edit nothing meanwhile"
            )
    return Scorer(course, assignment, packed["isolation"])


def score_packed(job: str, submission: str, exercises: list[str]) -> str:
    """Score some exercises of a submission.

    Inputs:
    - job: see pack_job. - submission: see Submission.to_json. - exercises: list of names.

    Returns: JSON of {"outcomes": see outcomes_to_json, "seconds": float}.
    """
    with ONE_AT_A_TIME:
        started = time.monotonic()
        outcomes = _scorer(job).outcomes(Submission.from_json(submission), set(exercises))
        _give_memory_back()
        return json.dumps({"outcomes": outcomes_to_json(outcomes), "seconds": time.monotonic() - started})


def _give_memory_back() -> None:
    """Let the system have what this process no longer uses; the C library keeps it, half a gigabyte after a class."""
    # Only glibc has this, and only glibc needs it.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


def prove_isolation(job: str) -> str:
    """Which isolation is in force where this runs. Raises: SandboxError when none is."""
    with ONE_AT_A_TIME:
        return _scorer(job).sandbox.isolation
