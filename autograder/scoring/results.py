"""Stored results: one JSON file per submission, written atomically, with its cache keys."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.atomic_io import write_text
from autograder.course.config import Course
from autograder.model import Outcomes, Result

__all__ = [
    "Stored",
    "load_all",
    "load_not_scored",
    "load_results",
    "load_stored",
    "note_not_scored",
    "remove_result",
    "result_path",
    "save_stored",
]


NOT_SCORED = "not_scored.txt"  # not .json, the suffix of results


@dataclass(frozen=True)
class Stored:
    """A result with its cache keys.

    - result: see Result
    - keys: exercise → key, see cache_keys.Keys
    - seconds: time that the last scoring took
    - causes: see cache_keys.Keys.causes; empty in results of earlier versions
    """

    result: Result
    keys: dict[str, str]
    seconds: float = 0.0
    causes: dict[str, Any] = field(default_factory=dict)

    def outcomes(self, keys: dict[str, str]) -> Outcomes:
        """Return exercise → outcomes of its tests, for the exercises whose key is unchanged."""
        exercises = self.result.exercises
        return {
            name: exercises[name].tests for name, key in keys.items() if name in exercises and self.keys[name] == key
        }


def result_path(course: Course, assignment_name: str, student: str) -> Path:
    """Return the path of a student's result. Characters that could lead elsewhere are quoted.

    Inputs:
    - course: for its folder of results
    - assignment_name: of the assignment
    - student: id
    """
    name = re.sub(r"[%/\\\x00-\x1f]|^\.", lambda match: f"%{ord(match[0]):02X}", student)
    return course.results / assignment_name / f"{name}.json"


def load_stored(course: Course, assignment_name: str, student: str) -> Stored | None:
    """Read the stored result of a student; None if it is missing or damaged.

    Inputs: see result_path.
    """
    return _read(result_path(course, assignment_name, student))


def load_all(course: Course, assignment_name: str) -> Iterator[Stored]:
    """Yield all stored results of an assignment, sorted by file, without damaged ones."""
    paths = sorted((course.results / assignment_name).glob("*.json"))
    yield from (stored for stored in map(_read, paths) if stored)


def load_results(course: Course, assignment_name: str) -> Iterator[Result]:
    """Yield the Result of each stored result, see load_all."""
    return (stored.result for stored in load_all(course, assignment_name))


def _read(path: Path) -> Stored | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        result = Result.from_json(content["result"])
        stored = Stored(result, content["keys"], content["seconds"], dict(content.get("causes", {})))
        if all(name in stored.keys and exercise.tests for name, exercise in result.exercises.items()):
            return stored
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        pass
    return None


def save_stored(course: Course, stored: Stored) -> None:
    """Write a result to its file."""
    content: dict[str, Any] = {"keys": stored.keys, "causes": stored.causes, "seconds": round(stored.seconds, 3)}
    content |= {"result": stored.result.to_json()}
    path = result_path(course, stored.result.assignment, stored.result.student)
    write_text(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def load_not_scored(course: Course, assignment_name: str) -> dict[str, str]:
    """Return student → why the grader failed to score the latest submission."""
    try:
        reasons = json.loads((course.results / assignment_name / NOT_SCORED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return reasons if type(reasons) is dict else {}


def remove_result(course: Course, assignment_name: str, student: str) -> None:
    """Remove the stored result of a student, and the file that marks it as published.

    Inputs: see result_path.
    """
    path = result_path(course, assignment_name, student)
    for file in (path, path.with_suffix(".published")):
        file.unlink(missing_ok=True)


def note_not_scored(course: Course, assignment_name: str, students: Iterable[str], reasons: dict[str, str]) -> None:
    """Store why the grader failed to score some students.

    Inputs:
    - course: for its folder of results
    - assignment_name: of the assignment
    - students: ids that this run has graded; their earlier reasons are removed
    - reasons: id → reason, for those that failed
    """
    old = load_not_scored(course, assignment_name)
    new = {student: reason for student, reason in old.items() if student not in set(students)} | reasons
    if new != old:
        write_text(course.results / assignment_name / NOT_SCORED, json.dumps(new, indent=1) + "\n")
