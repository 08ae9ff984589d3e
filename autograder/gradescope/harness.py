"""Score the submission in Gradescope's container, and write results.json.

Gradescope puts the files into /autograder/submission and the student into
/autograder/submission_metadata.json. It expects /autograder/results/results.json.
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

NOBODY = "submission"  # the id if the metadata name no student
MAX_METADATA_BYTES = 20 << 20  # the metadata contain the results of all earlier submissions


def score_for_gradescope(course: Course, assignment_name: str | None, root: Path) -> Result:
    """Score the submission in a folder with the layout of Gradescope's /autograder.

    A submission that can't be used also gets a results.json, with 0 points and the reason. If the
    grader fails, there is no results.json, not even an older one. Gradescope then reports that the
    autograder failed, and gives no score.

    Inputs:
    - assignment_name: by default the course's default assignment.
    - root: absolute path of the folder.

    Raises: UsageError if the folder does not exist; SandboxError and GraderError as Pipeline.grade
    does.
    """
    target = root / "results" / "results.json"
    target.unlink(missing_ok=True)
    submission_folder = root / "submission"
    if not submission_folder.is_dir():
        raise UsageError(
            f"expected the folder {submission_folder}, which Gradescope makes, got none: use"
            " `python -m autograder score` for other folders"
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
    """Return the address of the first student in the metadata, or NOBODY.

    Inputs:
    - path: path of submission_metadata.json.
    """
    try:
        return clean(json.loads(read_bounded(path, MAX_METADATA_BYTES))["users"][0]["email"]) or NOBODY
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return NOBODY
