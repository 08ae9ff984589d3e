"""Describe the score changes of a run: student, exercise, and the hidden tests that changed."""

from collections.abc import Iterable
from pathlib import Path

from autograder.course.config import Course
from autograder.feedback.whole_tests import WholeTest, whole_tests
from autograder.intake.moments import now_text
from autograder.model import ExerciseResult, Result, TestOutcome
from autograder.printable import clean

__all__ = ["HISTORY", "add_to_history", "clean_line", "score_changes"]

HISTORY = "history.txt"


def add_to_history(course: Course, assignment_name: str, changes: dict[str, list[str]]) -> Path:
    """Append the changes of a run to the history, below the current time.

    Inputs:
    - changes: student → lines, see `score_changes`.

    Returns: path of the history; without changes, the file is not written.
    """
    path = course.results / assignment_name / HISTORY
    if not changes:
        return path
    lines = [clean_line(line) for student in sorted(changes) for line in changes[student]]
    with path.open("a", encoding="utf-8") as history:
        history.write("\n".join([now_text(), *lines, "", ""]))
    return path


def clean_line(line: str) -> str:
    """Sanitize a line of `score_changes`, and keep its indent."""
    text = line.lstrip(" ")
    return " " * (len(line) - len(text)) + clean(text)


def score_changes(before: Result | None, after: Result) -> list[str]:
    """Compare a result with an earlier one of the same student.

    Inputs:
    - before: the earlier result, or None.
    - after: the new result.

    Returns: lines about changed scores, states and tests; [] without changes.
    """
    student = after.student
    if before is None:
        return [f"{student}: no score yet → {after.score:g} ({after.state})"]
    lines = []
    for name, exercise in after.exercises.items():
        old = before.exercises.get(name)
        if old is None:
            lines.append(f"    {name}: a new exercise, {_points(exercise)} points")
            continue
        reasons = _test_changes(old.tests, exercise.tests)
        moved = (old.score, old.points) != (exercise.score, exercise.points)
        if moved or reasons:
            lines.append(f"    {name}: {_points(old)} → {_points(exercise)}")
            lines.extend(f"        {reason}" for reason in reasons)
    lines += [f"    {name}: exercise removed" for name in before.exercises if name not in after.exercises]
    if before.state is not after.state:
        lines.append(f"    state: {before.state} → {after.state}")
    if not lines and before.score == after.score:
        return []
    return [f"{student}: {before.score:g} → {after.score:g}", *lines]


def _points(exercise: ExerciseResult) -> str:
    return f"{exercise.score:g} of {exercise.points:g}"


def _test_changes(before: Iterable[TestOutcome], after: Iterable[TestOutcome]) -> list[str]:
    """Return the changes of tests, one line for all parts of a test with the same change."""
    old, new = ({row.title: row for row in rows} for rows in (before, after))
    kept = [(old[title], row) for title, row in new.items() if title in old]
    moved = [(f"{was.status} → {row.status}", row) for was, row in kept if was.status is not row.status]
    weights = [(_weight(was), _weight(row), row) for was, row in kept]
    weighed = [(f"weighs {was} → {now}", row) for was, now, row in weights if was != now]
    added = [(f"new, {row.status}", row) for title, row in new.items() if title not in old]
    gone = [("gone", row) for title, row in old.items() if title not in new]
    return [
        *(f"{words}: {test.title}{_message(test)}" for words, test in _alike(moved)),
        *(f"{words}{' each' if len(test.rows) > 1 else ''}: {test.title}" for words, test in _alike(weighed)),
        *(f"{words}: {test.title}" for words, test in _alike([*added, *gone])),
    ]


def _alike(changes: Iterable[tuple[str, TestOutcome]]) -> list[tuple[str, WholeTest]]:
    """Group rows by their text, and by test."""
    by_words: dict[str, list[TestOutcome]] = {}
    for words, row in changes:
        by_words.setdefault(words, []).append(row)
    return [(words, test) for words, rows in by_words.items() for test in whole_tests(rows)]


def _message(test: WholeTest) -> str:
    """Return the first message of the rows, and the number of other messages."""
    first, *others = dict.fromkeys(row.message for row in test.rows if row.message) or [""]
    more = f"; {len(others)} more" if others else ""
    return f" ({first}{more})" if first else ""


def _weight(row: TestOutcome) -> str:
    return f"{round(row.weight, 2):g}"
