"""What a run changes: whose score, in which exercise, and which hidden tests are the reason."""

import datetime

from autograder.plain_text import clean

__all__ = ["HISTORY", "add_to_history", "clean_line", "score_changes"]

HISTORY = "history.txt"


def add_to_history(course, assignment_name, changes):
    """Write down what a run has changed, under the time of day, below what earlier runs have.

    Inputs:
    - changes: dict of student → lines, see score_changes.

    Returns: the file.
    """
    path = course.results / assignment_name / HISTORY
    if not changes:
        return path
    now = datetime.datetime.now(datetime.UTC)
    lines = [clean_line(line) for student in sorted(changes) for line in changes[student]]
    with path.open("a", encoding="utf-8") as history:
        history.write("\n".join([f"{now:%Y-%m-%d %H:%M:%S} UTC", *lines, "", ""]))
    return path


def clean_line(line):
    """A line of score_changes as harmless text, with its indent."""
    text = line.lstrip(" ")
    return " " * (len(line) - len(text)) + clean(text)


def score_changes(before, after):
    """How a result differs from an earlier one of the same student.

    Inputs:
    - before, after: results; before is None when there was none.

    Returns: list of lines; empty when no score, state or test came out differently.
    """
    student = after["student"]
    if before is None:
        return [f"{student}: no score yet → {after['score']:g} ({after['state']})"]
    lines = []
    for name, exercise in after["exercises"].items():
        old = before["exercises"].get(name)
        if old is None:
            lines.append(f"    {name}: a new exercise, {exercise['score']:g} of {exercise['points']:g} points")
            continue
        reasons = _test_changes(old["tests"], exercise["tests"])
        moved = old["score"] != exercise["score"] or old["points"] != exercise["points"]
        if moved or reasons:
            lines.append(f"    {name}: {_points(old)} → {_points(exercise)}")
            lines.extend(f"        {reason}" for reason in reasons)
    lines += [f"    {name}: no exercise any more" for name in before["exercises"] if name not in after["exercises"]]
    if before["state"] != after["state"]:
        lines.append(f"    state: {before['state']} → {after['state']}")
    if not lines and before["score"] == after["score"]:
        return []
    return [f"{student}: {before['score']:g} → {after['score']:g}", *lines]


def _points(exercise):
    return f"{exercise['score']:g} of {exercise['points']:g}"


def _test_changes(before, after):
    old, new = ({test["title"]: test for test in tests} for tests in (before, after))
    reasons = [
        f"{old[title]['status']} → {test['status']}: {title}" + (f" ({test['message']})" if test["message"] else "")
        for title, test in new.items()
        if title in old and old[title]["status"] != test["status"]
    ]
    reasons += [
        f"weighs {old[title]['weight']:g} → {test['weight']:g}: {title}"
        for title, test in new.items()
        if title in old and old[title]["weight"] != test["weight"]
    ]
    reasons += [f"new, {test['status']}: {title}" for title, test in new.items() if title not in old]
    return reasons + [f"gone: {title}" for title in old if title not in new]
