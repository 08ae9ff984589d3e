"""Score one submission and print the result."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.cli.arguments import argument, assignment_option, isolation_option
from autograder.cli.output import write_output
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.model import State

if TYPE_CHECKING:
    from autograder.course.assignment import Assignment
SCORING = True


@argument("path", type=Path, metavar="NOTEBOOK_OR_FOLDER", help="a notebook, a folder or a zip archive")
@assignment_option
@argument("--student", metavar="ID", help="the student's id (default: from the path)")
@argument("--json", type=Path, metavar="FILE", help="write the result as JSON")
@argument("--junit", type=Path, metavar="FILE", help="write the result as JUnit XML, for CI systems")
@isolation_option
def run(course: Course, options: argparse.Namespace) -> int:
    """Score the submission. Returns: 1 if it needs attention, else 0."""
    from autograder.course.assignment import load_assignment
    from autograder.exports.junit import junit_report
    from autograder.feedback.table import submission_table
    from autograder.scoring.pipeline import Pipeline
    from autograder.scoring.scorer import Scorer

    assignment = load_assignment(course, options.assignment)
    if not os.path.lexists(options.path):
        raise UsageError(
            f"expected a submission, got {options.path}, which does not exist: give a notebook, or the folder with"
            " the notebooks"
        )
    student = options.student or _student_of(options.path.resolve(), assignment)
    with Pipeline(Scorer(course, assignment, options.isolation), with_results=False) as pipeline:
        pending = pipeline.read(options.path, student)
        submission = pending.submission
        if not any(submission.notebooks.values()):
            reasons = "; ".join(problem.sentence for problem in submission.unusable.values())
            raise UsageError(f"{options.path} has nothing to score: {reasons or 'its notebooks are empty'}")
        print(f"scoring {options.path} …", file=sys.stderr)
        start = time.time()
        result = pipeline.finish(pending).result
    print(submission_table(result, with_output=True))
    if options.json:
        write_output(options.json, json.dumps(result.to_json(), indent=1, ensure_ascii=False) + "\n", "result")
    if options.junit:
        write_output(options.junit, junit_report(result, start), "JUnit XML")
    return 1 if result.state is State.NEEDS_ATTENTION else 0


def _student_of(path: Path, assignment: Assignment) -> str:
    """Return the student of submitted/<student>/<assignment>[/notebook], else the file name."""
    is_file = path.suffix in (".ipynb", ".zip")
    folder = path.parent if is_file else path
    if folder.name == assignment.name:
        return folder.parent.name
    return path.stem if is_file else path.name
