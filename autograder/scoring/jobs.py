"""What travels to a process that scores, on this machine or another, and what comes back: texts, no shared disk."""

import ctypes
import functools
import json
import tempfile
import threading
import time
from pathlib import Path

from autograder.course.assignment import read_assignment
from autograder.course.config import FOLDERS, Course
from autograder.errors import GraderError
from autograder.intake.submission import Submission
from autograder.model import outcomes_to_json
from autograder.scoring.cache_keys import versions
from autograder.scoring.scorer import Scorer

__all__ = ["pack_job", "prove_isolation", "score_packed"]

# pytest and a sandbox serve one submission at a time; a worker of a cluster may have several threads.
ONE_AT_A_TIME = threading.Lock()
NOWHERE = Path("/nonexistent")


def pack_job(course, assignment, isolation):
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
def _scorer(job):
    """The Scorer of a job; it is kept, with its sandbox, from one submission to the next.

    Raises: GraderError where another version of something would give other scores.
    """
    job = json.loads(job)
    with tempfile.TemporaryDirectory(prefix="assignments-") as scratch:
        for file, text in job["content"].items():
            path = Path(scratch, job["assignment"], file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        folders = dict.fromkeys(FOLDERS, NOWHERE) | {"assignments": Path(scratch)}
        course = Course(NOWHERE, "", **folders).with_secret(job["secret"])
        assignment = read_assignment(job["assignment"], job["notebooks"], course, NOWHERE)
        assignment.content.import_for_scoring()
    here = versions(assignment)
    for name, version in job["versions"].items():
        if here[name] != version:
            raise GraderError(
                f"a process that scores has another version of {name} than the one that asks for it"
                f" ({here[name][:12]}, not {version[:12]}): install the same everywhere, and edit nothing meanwhile"
            )
    return Scorer(course, assignment, job["isolation"])


def score_packed(job, submission, exercises):
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


def _give_memory_back():
    """Let the system have what this process no longer uses; the C library keeps it, half a gigabyte after a class."""
    # Only glibc has this, and only glibc needs it.
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


def prove_isolation(job):
    """Which isolation is in force where this runs. Raises: SandboxError when none is."""
    with ONE_AT_A_TIME:
        return _scorer(job).sandbox.isolation
