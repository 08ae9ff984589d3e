"""Enters the scores of a class into the gradebook, and writes the feedback."""

import shutil
import tempfile
from pathlib import Path

from tqdm import tqdm

from autograder.errors import GraderError
from autograder.files import read_bounded
from autograder.nbgrader_bridge import NbGrader, is_timestamp
from autograder.rebuild import stage_submission
from autograder.results import result_path, write_text

__all__ = ["publish"]

TIMESTAMP = "timestamp.txt"


def publish(course, assignment, submissions, graded, keys, rescored, outcome):
    """Enter into the gradebook, and write feedback for, what was scored now or has not got there yet."""
    staged = course.staged
    nbgrader = NbGrader(
        course,
        CourseDirectory={"submitted_directory": staged.name},
        ScoreSubmission={"use_stored": True},
    )
    outcome.gradebook = nbgrader.database
    _enter_assignment(course, assignment)
    known = nbgrader.totals(assignment.name)
    changed = [
        s for s in graded if s in rescored or s not in known or not _is_published(course, assignment, s, keys[s])
    ]
    for student in tqdm(changed, desc="gradebook and feedback", unit="submission"):
        try:
            _mark(course, assignment, student).unlink(missing_ok=True)
            folder = staged / student / assignment.name
            shutil.rmtree(folder, ignore_errors=True)
            stage_submission(submissions[student], assignment, folder)
            _stage_timestamp(course.handed_in(student, assignment.name), folder)
            nbgrader.autograde(assignment.name, student)
            nbgrader.generate_feedback(assignment.name, student)
            write_text(_mark(course, assignment, student), keys[student])
        except (GraderError, OSError) as error:
            outcome.not_entered[student] = str(error)


def _enter_assignment(course, assignment):
    """Bring the gradebook's idea of the assignment up to date, without touching the release folder."""
    with tempfile.TemporaryDirectory() as scratch:
        NbGrader(course, CourseDirectory={"release_directory": scratch}).generate_assignment(assignment.name)


def _mark(course, assignment, student):
    return result_path(course, assignment.name, student).with_suffix(".published")


def _is_published(course, assignment, student, key):
    folders = (course.autograded / student / assignment.name, course.feedback / student / assignment.name)
    try:
        return _mark(course, assignment, student).read_text() == key and all(map(Path.is_dir, folders))
    except OSError:
        return False


def _stage_timestamp(source, folder):
    """Hand on the time of submission when it is one: nbgrader stops at anything else that stands in that file."""
    try:
        text = read_bounded(source / TIMESTAMP, 100).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return
    if is_timestamp(text):
        write_text(folder / TIMESTAMP, text + "\n")
