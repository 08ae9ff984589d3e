"""Scorer: runs hidden tests on submissions, and keeps the reference and the sandbox between them.

A job is a text with all that a process on another machine needs, without a shared disk.
"""

import base64
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
from autograder.course.content import files_for_scoring
from autograder.errors import GraderError, SandboxError
from autograder.intake.submission import Submission
from autograder.language import in_language
from autograder.model import Outcomes, Result, outcomes_to_json
from autograder.sandbox.isolation import open_sandbox
from autograder.sandbox.supervisor import Sandbox
from autograder.scoring.cache_keys import versions
from autograder.scoring.points import award_points
from autograder.scoring.reference import Reference, load_reference
from autograder.scoring.test_runner import run_hidden_tests

__all__ = ["Scorer", "pack_job", "prove_isolation", "score_packed", "scorer_for"]

# pytest and a sandbox serve one submission at a time, but a cluster's worker may have several threads.
ONE_AT_A_TIME = threading.Lock()
NOWHERE = Path("/nonexistent")


class Scorer:
    """Scores submissions of one assignment; keeps the reference and the sandbox between them.

    Inputs:
    - course: for its secret
    - assignment: with its content
    - isolation: "bwrap", "inner" or "none"; None means the strongest sandbox that works
    """

    def __init__(self, course: Course, assignment: Assignment, isolation: str | None = None):
        self.course = course
        self.assignment = assignment
        self.isolation = isolation

    @functools.cached_property
    def reference(self) -> Reference:
        """The reference."""
        return load_reference(self.assignment)

    @functools.cached_property
    def sandbox(self) -> Sandbox:
        """The Sandbox, opened and tested at its first use.

        Raises: SandboxError if it is not in force.
        """
        return open_sandbox(self.assignment.settings.limits, self.isolation, policy=self.assignment.default_policy)

    def score(self, submission: Submission) -> Result:
        """Score all exercises of a submission, and award its points.

        Raises: SandboxError if the sandbox breaks, GraderError for another failure of the grader.
        """
        outcomes = self.outcomes(submission, set(self.assignment.exercises))
        return award_points(outcomes, submission, self.assignment, self.sandbox.isolation)

    def outcomes(self, submission: Submission, exercises: Collection[str]) -> Outcomes:
        """Run the hidden tests of some exercises; return exercise → outcomes of its tests.

        Raises: SandboxError, GraderError; see score.
        """
        needed, sandbox = self.assignment.content.needed(exercises), self.sandbox
        try:
            with in_language(submission.language):
                outcomes = run_hidden_tests(submission, self.assignment, self.reference, sandbox, self.course, needed)
        except SandboxError as error:
            raise SandboxError(f"the sandbox broke while scoring {submission.student}: {error}") from None
        return {name: tests for name, tests in outcomes.items() if name in exercises}

    def close(self) -> None:
        """Close the sandbox, if it is open."""
        if sandbox := vars(self).pop("sandbox", None):
            sandbox.close()


@functools.cache
def scorer_for(root: str | Path, assignment_name: str, isolation: str | None = None) -> Scorer:
    """Return the Scorer of an assignment in a course folder; one per process.

    Inputs:
    - root: course folder
    - assignment_name: of the assignment
    - isolation: see Scorer
    """
    course = load_course(root)
    return Scorer(course, load_assignment(course, assignment_name), isolation)


def pack_job(course: Course, assignment: Assignment, isolation: str | None) -> str:
    """Return a job as a text: sources, content, the course's secret, isolation, versions.

    Inputs:
    - course: for its secret
    - assignment: with its content
    - isolation: see Scorer
    """
    folder = course.assignments / assignment.name
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in files_for_scoring(folder)}
    return json.dumps(
        {
            "assignment": assignment.name,
            "notebooks": {name: notebook.text for name, notebook in assignment.sources.items()},
            "content": {file: base64.b64encode(content).decode() for file, content in files.items()},
            "secret": course.secret,
            "isolation": isolation,
            "versions": versions(assignment),
        }
    )


@functools.lru_cache(maxsize=1)
def _scorer(job: str) -> Scorer:
    """The Scorer of a job, kept with its sandbox from one submission to the next.

    Raises: GraderError if a version differs from that in the job, which could change scores.
    """
    packed = json.loads(job)
    with tempfile.TemporaryDirectory(prefix="assignments-") as scratch:
        for file, content in packed["content"].items():
            path = Path(scratch, packed["assignment"], file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(base64.b64decode(content))
        folders: dict[str, Any] = dict.fromkeys(FOLDERS, NOWHERE) | {"assignments": Path(scratch)}
        course = Course(NOWHERE, "", **folders).with_secret(packed["secret"])
        assignment = read_assignment(packed["assignment"], packed["notebooks"], course, NOWHERE)
        assignment.content.import_for_scoring()
    here = versions(assignment)
    for name, version in packed["versions"].items():
        if here[name] != version:
            raise GraderError(
                f"expected version {version[:12]} of {name} in each process that scores, got {here[name][:12]}: install"
                " the same version everywhere, and edit nothing during a run"
            )
    return Scorer(course, assignment, packed["isolation"])


def score_packed(job: str, submission: str, exercises: list[str]) -> str:
    """Score some exercises of a submission.

    Inputs:
    - job: see pack_job
    - submission: see Submission.to_json
    - exercises: names

    Returns: JSON of {"outcomes": see outcomes_to_json, "seconds": float}.
    """
    with ONE_AT_A_TIME:
        started = time.monotonic()
        outcomes = _scorer(job).outcomes(Submission.from_json(submission), set(exercises))
        _give_memory_back()
        return json.dumps({"outcomes": outcomes_to_json(outcomes), "seconds": time.monotonic() - started})


def _give_memory_back() -> None:
    """Return freed memory to the system: the C library would keep half a gigabyte after a class."""
    # Only glibc has this function, and only glibc needs it.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


def prove_isolation(job: str) -> str:
    """Return the isolation that is in force in this process. Raises: SandboxError if none is."""
    with ONE_AT_A_TIME:
        return _scorer(job).sandbox.isolation
