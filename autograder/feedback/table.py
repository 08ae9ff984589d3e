"""The class as a table for the terminal: student, score per exercise, what went wrong."""

import re
import shutil
import textwrap

from autograder.feedback.texts import exercise_lines, isolation_text, notes_on
from autograder.printable import clean

__all__ = ["class_table", "heading", "row_of", "submission_table"]

# Short headings, so that many exercises fit beside a name.
WORDS = {
    "batchnorm": "bn",
    "layernorm": "ln",
    "groupnorm": "gn",
    "spatial": "s",
    "max": "",
    "naive": "",
    "forward": "fwd",
    "backward": "bwd",
}
MAX_REMARKS = 1000  # characters
LEAST_ROOM = 40  # columns for remarks
CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def heading(exercise):
    """A short heading for an exercise: `spatial_batchnorm_forward` → `s bn fwd`."""
    words = [WORDS.get(word, word) for word in exercise.split("_")]
    return " ".join(word for word in words if word).replace("ThreeLayerConvNet", "net")


def remarks(result):
    """What a grader should know about a result, the most telling first."""
    if result["problems"]:
        return "; ".join(result["problems"])
    if result["state"] == "not attempted":
        return "not attempted"
    notes, not_written = list(result["repairs"]), []
    for name, exercise in result["exercises"].items():
        failed = [test for test in exercise["tests"] if not test["passed"]]
        if not failed:
            continue
        if not exercise["attempted"]:
            not_written.append(name)
            continue
        first = next((test for test in failed if test["status"] not in ("missing", "skipped")), failed[0])
        notes.append(f"{name}: {first['status']}: {first['message']}")
    if not_written:
        notes.append(f"not written: {', '.join(not_written)}")
    return "; ".join(notes)


def row_of(result):
    """What the table shows of a result: the result without its tests, and remarks instead."""
    exercises = {
        name: {key: exercise[key] for key in ("score", "points", "notebook")}
        for name, exercise in result["exercises"].items()
    }
    about = {key: result[key] for key in ("student", "state", "score", "max_score")}
    return {**about, "exercises": exercises, "remarks": remarks(result)[:MAX_REMARKS]}


def class_table(results, *, width=None):
    """The table of a class, as one string: a column for each exercise, or for each notebook where that is too wide.

    Inputs:
    - results: list of what row_of gives, of one assignment.
    - width: columns of the terminal; remarks are folded into what is left.
    """
    width = width or shutil.get_terminal_size((160, 24)).columns
    exercises = results[0]["exercises"] if results else {}
    groups = [(heading(name), [name]) for name in exercises]
    columns = _widths(results, groups)
    if sum(columns) + 2 * len(columns) + LEAST_ROOM > width:
        notebooks = {}
        for name, exercise in exercises.items():
            notebooks.setdefault(CAPITAL.sub(" ", exercise["notebook"].removesuffix(".ipynb")), []).append(name)
        groups = list(notebooks.items())
        columns = _widths(results, groups)
    rows = [_cells(result, groups, "score") for result in results]
    words = [text.split(" ") for text in _headings(groups)]
    height = max(len(parts) for parts in words)
    lines = []
    for line in range(height):
        cells = [([""] * (height - len(parts)) + parts)[line] for parts in words]
        lines.append(_row(cells, columns) + ("  what went wrong" if line == height - 1 else ""))
    if results:
        lines.append(_row(_cells(results[0], groups, "points"), columns))
    left = sum(columns) + 2 * len(columns)
    room = max(width - left, LEAST_ROOM)
    for row, result in zip(rows, results, strict=True):
        folded = textwrap.wrap(result["remarks"], room, max_lines=4, placeholder=" …") or [""]
        lines.append(_row(row, columns) + "  " + folded[0])
        lines.extend(" " * left + text for text in folded[1:])
    return "\n".join(line.rstrip() for line in lines)


def _cells(result, groups, key):
    """A row of the table: name, what the exercises of each group add up to, and all. `key`: "score" or "points"."""
    sums = [sum(result["exercises"][name][key] for name in names) for _, names in groups]
    if key == "points":
        return ["", *(f"/{points:g}" for points in sums), f"/{result['max_score']:g}"]
    return [clean(result["student"]), *map(_number, sums), _number(result["score"])]


def _headings(groups):
    return ["student", *(text for text, _ in groups), "score"]


def _widths(results, groups):
    """How many characters each column needs."""
    rows = [_cells(result, groups, key) for result in results for key in ("score", "points")]
    widths = [max(map(len, text.split(" "))) for text in _headings(groups)]
    return [max([width, *(len(row[i]) for row in rows)]) for i, width in enumerate(widths)]


def _number(score):
    return f"{round(score, 2):g}"


def _row(cells, columns):
    first, *others = (
        cell.ljust(size) if i == 0 else cell.rjust(size)
        for i, (cell, size) in enumerate(zip(cells, columns, strict=True))
    )
    return "  ".join([first, *others])


def submission_table(result, *, with_output=False):
    """One submission in full: every exercise with its hidden tests.

    Inputs:
    - with_output: also what the code printed in tests that it did not pass; for graders only, for it can hold hidden
      inputs.
    """
    exercises = ["\n".join(exercise_lines(name, result, with_output=with_output)) for name in result["exercises"]]
    total = f"{clean(result['student'])}: {result['score']:g} of {result['max_score']:g} points, {result['state']}"
    how = f"({isolation_text(result['isolation'])})"
    return "\n\n".join([*exercises, "\n".join([*notes_on(result), f"{total} {how}"])])
