"""Scores the one submission that Gradescope has put into its folder, and writes results.json for it.

The layout: /autograder/submission holds the files, /autograder/submission_metadata.json says whose they are, and
/autograder/results/results.json is waited for.
"""

import contextlib
import json
import time
from pathlib import Path

from autograder.atomic_io import write_text
from autograder.course.assignment import load_assignment
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.gradescope.schema import gradescope_results
from autograder.intake.files import read_bounded
from autograder.model import Result
from autograder.printable import clean
from autograder.scoring.pipeline import Pipeline
from autograder.scoring.scorer import Scorer

__all__ = ["score_for_gradescope", "student_in"]

NOBODY = "submission"  # the id where the metadata name nobody
MAX_METADATA_BYTES = 20 << 20  # they hold the results of all earlier submissions


def score_for_gradescope(course: Course, assignment_name: str | None, root: Path) -> Result:
    """Score what lies in a folder that is laid out like Gradescope's /autograder.

    A submission that can't be used gets a results.json too, with no points and the reason. When the grader fails there
    is none, not even an older one: Gradescope then reports that the autograder failed, and nobody has a mark.

    Inputs:
    - root: absolute path of the folder.

    Raises: UsageError when there is no such folder, SandboxError and GraderError as Pipeline.grade does.
    """
    target = root / "results" / "results.json"
    target.unlink(missing_ok=True)
    submission_folder = root / "submission"
    if not submission_folder.is_dir():
        raise UsageError(
            f"there is no folder {submission_folder}: this command is for Gradescope, which puts a submission there;"
            " `python -m autograder score` takes any folder"
        )
    started = time.monotonic()
    assignment = load_assignment(course, assignment_name)
    scorer, student = Scorer(course, assignment), student_in(root / "submission_metadata.json")
    with contextlib.closing(scorer), Pipeline(scorer, with_results=False) as pipeline:
        result = pipeline.grade(submission_folder, student).result
    seconds = time.monotonic() - started
    results = gradescope_results(result, seconds=seconds, visibility=course.gradescope_visibility)
    write_text(target, json.dumps(results, indent=1) + "\n")
    return result


def student_in(path: Path) -> str:
    """The address of the first student whom Gradescope's metadata name, as an id; NOBODY where they name none."""
    try:
        return clean(json.loads(read_bounded(path, MAX_METADATA_BYTES))["users"][0]["email"]) or NOBODY
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return NOBODY
