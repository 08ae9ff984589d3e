"""The record of regrade requests: `regrade_requests.json` in the course's folder.

An entry has the student's reason, the evidence, the decision, and the points before and after.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TypedDict

from autograder.atomic_io import write_text
from autograder.course.assignment import Assignment, load_assignment
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.feedback.changes import Decision
from autograder.gradebook.nbgrader_api import NbGrader
from autograder.intake.moments import now_text
from autograder.printable import clean, rounded
from autograder.regrade_requests.command import write_inputs

__all__ = ["DECISIONS", "decide_request", "decisions", "open_request", "open_requests"]

DECISIONS = ("accepted", "declined")
MAX_TEXT = 2000  # characters of a reason or a note


class Evidence(TypedDict):
    """The evidence of a request.

    - inputs: folder with the hidden inputs, relative to the course, or None.
    - lost: a line for each failed test.
    """

    inputs: str | None
    lost: list[str]


class Request(TypedDict):
    """An entry of the record. The last four values are set when the request is decided.

    - mark_before, mark_after: points as text, such as "2 of 5".
    - decision: one of DECISIONS, or None.
    """

    assignment: str
    student: str
    exercise: str
    opened: str
    reason: str
    mark_before: str
    evidence: Evidence
    decision: str | None
    decided: str | None
    note: str
    mark_after: str | None


def open_request(course: Course, assignment_name: str | None, student: str, exercise: str, reason: str) -> Request:
    """Open a request, with the hidden inputs of the student's failed tests as evidence.

    Inputs:
    - assignment_name: by default the course's default assignment.
    - student: id.
    - exercise: an exercise, or a question that is graded by hand.
    - reason: the student's reason.

    Returns: the entry.

    Raises: UsageError if no score exists, the score is outdated, or a request is already open.
    """
    assignment = load_assignment(course, assignment_name)
    record = _read(course)
    part = _Part(course, assignment, student, exercise)
    if earlier := _open_one(record, assignment.name, student, exercise):
        raise UsageError(
            f"a regrade request of {student!r} for {exercise} has been open since {earlier['opened']}: decide it first,"
            " with --decide accepted or --decide declined"
        )
    entry: Request = {
        "assignment": assignment.name,
        "student": student,
        "exercise": exercise,
        "opened": now_text(),
        "reason": _text(reason, "--reason"),
        "mark_before": part.mark(),
        "evidence": _evidence(course, assignment, student, exercise),
        "decision": None,
        "decided": None,
        "note": "",
        "mark_after": None,
    }
    _write(course, [*record, entry])
    return entry


def decide_request(
    course: Course,
    assignment_name: str | None,
    student: str,
    exercise: str,
    decision: str,
    note: str = "",
    points: float | None = None,
) -> Request:
    """Decide an open request.

    Inputs:
    - assignment_name: by default the course's default assignment.
    - student: id.
    - exercise: an exercise, or a question that is graded by hand.
    - decision: one of DECISIONS.
    - note: explanation for the student.
    - points: new manual score of the exercise, or None to keep the score.

    Returns: the entry.

    Raises: UsageError if no such request exists, or the points are out of range.
    """
    assignment = load_assignment(course, assignment_name)
    record = _read(course)
    part = _Part(course, assignment, student, exercise)
    entry = _open_one(record, assignment.name, student, exercise)
    if entry is None:
        raise UsageError(
            f"expected an open regrade request of {student!r} for {exercise}, got none: open one with --reason;"
            " `regrade-request` lists the open ones"
        )
    note = _text(note, "--note") if note else ""
    if points is not None:
        part.give(points)
    entry["decision"], entry["decided"], entry["note"], entry["mark_after"] = decision, now_text(), note, part.mark()
    _write(course, record)
    return entry


def open_requests(course: Course) -> list[tuple[Request, str]]:
    """Return the open requests, each with the current points as text."""
    return [(entry, _mark_now(course, entry)) for entry in _read(course) if entry["decision"] is None]


def decisions(course: Course, assignment_name: str) -> dict[str, dict[str, list[Decision]]]:
    """Return the decisions for students: student → exercise → decisions."""
    found: dict[str, dict[str, list[Decision]]] = {}
    for entry in _read(course):
        if entry["assignment"] == assignment_name and entry["decision"]:
            shown: Decision = {
                "opened": entry["opened"],
                "decided": entry["decided"] or "",
                "decision": entry["decision"],
                "note": entry["note"],
            }
            found.setdefault(entry["student"], {}).setdefault(entry["exercise"], []).append(shown)
    return found


class _Part:
    """An exercise or a question of a student in the gradebook."""

    def __init__(self, course: Course, assignment: Assignment, student: str, name: str) -> None:
        known = {e.name: (e.notebook, e.grade_cell) for e in assignment.exercises.values()}
        known |= {q.name: (q.notebook, q.name) for q in assignment.questions.values()}
        if name not in known:
            raise UsageError(f"expected an exercise or question ({', '.join(known)}), got {name!r}")
        file, self.grade_id = known[name]
        self.notebook, self.name = file.removesuffix(".ipynb"), name
        self.nbgrader, self.assignment, self.student = NbGrader(course), assignment.name, student
        self._scores()

    def _scores(self) -> tuple[float | None, float]:
        """Return the current (score or None, maximum) in the gradebook."""
        for grades in self.nbgrader.class_grades(self.assignment)[1]:
            if grades.student == self.student and grades.submitted:
                for cell, score in grades.scores.items():
                    if (cell.notebook, cell.grade_id) == (self.notebook, self.grade_id):
                        return score, cell.max_score
        raise UsageError(
            f"the gradebook has no score of {self.student!r} for {self.name}: give the id of a folder in submitted/,"
            f" and grade {self.assignment} first"
        )

    def mark(self) -> str:
        score, points = self._scores()
        return f"{'not graded' if score is None else rounded(score)} of {points:g}"

    def give(self, points: float) -> None:
        _, most = self._scores()
        if not 0 <= points <= most:
            raise UsageError(f"expected --points from 0 to {most:g}, got {points:g}")
        self.nbgrader.give_points(self.assignment, self.student, self.notebook, self.grade_id, points)


def _mark_now(course: Course, entry: Request) -> str:
    try:
        assignment = load_assignment(course, entry["assignment"])
        return _Part(course, assignment, entry["student"], entry["exercise"]).mark()
    except UsageError as error:
        return f"unknown ({error.message})"


def _evidence(course: Course, assignment: Assignment, student: str, exercise: str) -> Evidence:
    """Return the evidence for a request."""
    if exercise not in assignment.exercises:
        return {"inputs": None, "lost": ["this answer is graded by hand"]}
    folder, written = write_inputs(course, assignment.name, student, exercise)
    lost = [f"{name}: {test.title}: {test.findings[0].text}" for name, test in written]
    inputs = folder.relative_to(course.root).as_posix() if written else None
    return {"inputs": inputs, "lost": [clean(line, limit=MAX_TEXT) for line in lost]}


def _open_one(record: Iterable[Request], assignment_name: str, student: str, exercise: str) -> Request | None:
    wanted = (assignment_name, student, exercise, None)
    return next(
        (e for e in record if (e["assignment"], e["student"], e["exercise"], e["decision"]) == wanted),
        None,
    )


def _text(text: str, option: str) -> str:
    text = clean(text, limit=MAX_TEXT + 1)
    if not 0 < len(text) <= MAX_TEXT:
        raise UsageError(f"expected 1 to {MAX_TEXT} characters after {option}, got {len(text) or 'none'}")
    return text


def _read(course: Course) -> list[Request]:
    path = course.regrade_requests
    try:
        record = json.loads(path.read_bytes())
        if isinstance(record, list) and all(entry.keys() >= Request.__required_keys__ for entry in record):
            return record
        why = f"expected a list of entries with {', '.join(sorted(Request.__required_keys__))}"
    except FileNotFoundError:
        return []
    except (ValueError, AttributeError, RecursionError) as error:
        why = str(error)
    raise UsageError(f"{path} is damaged ({why}): repair it, or restore it from a backup")


def _write(course: Course, record: list[Request]) -> None:
    write_text(course.regrade_requests, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
