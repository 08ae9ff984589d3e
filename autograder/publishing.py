"""Enters the scores of a class into the gradebook, and writes autograded notebooks and feedback pages."""

import json
import shutil
import tempfile
from pathlib import Path

from tqdm import tqdm

from autograder.errors import GraderError
from autograder.files import read_bounded
from autograder.gradebook import Entry, autograded_notebook, enter_scores
from autograder.nbgrader_bridge import NbGrader, is_timestamp
from autograder.pages import PageMakers
from autograder.results import load_result, result_path, write_text

__all__ = ["publish"]

TIMESTAMP = "timestamp.txt"
AT_ONCE = 20  # submissions in one transaction


def publish(course, assignment, submissions, graded, keys, rescored, outcome, jobs=0):
    """Enter into the gradebook, and write feedback for, what was scored now or has not got there yet.

    A mark beside the result says that all of it is done. It is taken away first and set last: whatever stops this in
    between, the next run does the submission anew.
    """
    nbgrader = NbGrader(course)
    outcome.gradebook = nbgrader.database
    released = _enter_assignment(course, assignment)
    known = nbgrader.totals(assignment.name)
    changed = [
        s for s in graded if s in rescored or s not in known or not _is_published(course, assignment, s, keys[s])
    ]
    with (
        PageMakers(course, jobs, len(changed)) as makers,
        tqdm(total=len(changed), desc="gradebook and feedback", unit="submission") as progress,
    ):
        late_penalty, waiting = nbgrader.late_penalty(), []
        for start in range(0, len(changed), AT_ONCE):
            entries = []
            for student in changed[start : start + AT_ONCE]:
                try:
                    entries.append(_entry(course, assignment, submissions[student], released))
                except (GraderError, OSError) as error:
                    outcome.not_entered[student] = str(error)
            standings = _entered(nbgrader, assignment, entries, late_penalty, outcome)
            begun = [(e, makers.submit(e, standings[e.student])) for e in entries if e.student in standings]
            # The pages of the submissions before these: others are being made meanwhile, and few wait in memory.
            _finish(course, assignment, waiting, keys, outcome, progress)
            waiting = begun
        _finish(course, assignment, waiting, keys, outcome, progress)


def _entry(course, assignment, submission, released):
    """What is entered of a submission; its mark is gone then."""
    student = submission.student
    _mark(course, assignment, student).unlink(missing_ok=True)
    result = load_result(course, assignment.name, student)
    if result is None:
        raise GraderError(f"there is no stored result of {student}")
    notebooks = {
        name: autograded_notebook(submission, name, assignment, result, released[name]) for name in assignment.notebooks
    }
    return Entry(student, notebooks, _timestamp(course.handed_in(student, assignment.name)))


def _entered(nbgrader, assignment, entries, late_penalty, outcome):
    """Enter some submissions together; if that fails, one by one, so that one alone is left out."""
    try:
        with nbgrader.open() as gradebook:
            return enter_scores(gradebook, assignment, entries, late_penalty)
    except Exception as error:
        if len(entries) == 1:
            outcome.not_entered[entries[0].student] = f"{type(error).__name__}: {error}"
            return {}
    standings = {}
    for entry in entries:
        standings |= _entered(nbgrader, assignment, [entry], late_penalty, outcome)
    return standings


def _finish(course, assignment, waiting, keys, outcome, progress):
    """Write what belongs to each entry of the gradebook, as its pages come."""
    for entry, pages in waiting:
        student = entry.student
        try:
            autograded, feedback = _folders(course, assignment, student)
            for folder in (autograded, feedback):
                shutil.rmtree(folder, ignore_errors=True)
            for name, notebook in entry.notebooks.items():
                write_text(autograded / name, json.dumps(notebook, indent=1, ensure_ascii=False) + "\n")
            for name, page in pages().items():
                write_text(feedback / f"{name.removesuffix('.ipynb')}.html", page)
            write_text(_mark(course, assignment, student), keys[student])
        except Exception as error:  # nbconvert's, or that a process was killed: this student's pages alone are missing
            outcome.not_entered[student] = f"{type(error).__name__}: {error}"
        progress.update()


def _enter_assignment(course, assignment):
    """Bring the gradebook's idea of the assignment up to date, without touching the release folder.

    Returns: dict of notebook name → dict of grade_id → metadata of that cell in the student version.
    """
    with tempfile.TemporaryDirectory() as scratch:
        NbGrader(course, CourseDirectory={"release_directory": scratch}).generate_assignment(assignment.name)
        return {
            name: {
                cell["metadata"]["nbgrader"]["grade_id"]: cell["metadata"]
                for cell in json.loads((Path(scratch) / assignment.name / name).read_text(encoding="utf-8"))["cells"]
                if "nbgrader" in cell["metadata"]
            }
            for name in assignment.notebooks
        }


def _folders(course, assignment, student):
    return course.autograded / student / assignment.name, course.feedback / student / assignment.name


def _mark(course, assignment, student):
    return result_path(course, assignment.name, student).with_suffix(".published")


def _is_published(course, assignment, student, key):
    try:
        published = _mark(course, assignment, student).read_text() == key
    except OSError:
        return False
    return published and all(map(Path.is_dir, _folders(course, assignment, student)))


def _timestamp(folder):
    """The time of submission when it is one: nbgrader stops at anything else that stands in that file."""
    try:
        text = read_bounded(folder / TIMESTAMP, 100).decode("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if is_timestamp(text) else None
