"""The class as a table for the terminal: student, scores, remarks."""

import re
import shutil
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, replace

from autograder.feedback.texts import exercise_lines, isolation_text, notes_on
from autograder.model import ExerciseResult, Result, State
from autograder.printable import clean, rounded

__all__ = ["TableRow", "class_table", "heading", "row_of", "submission_table"]

Groups = list[tuple[str, list[str]]]  # (heading of a column, exercises in it)

MAX_REMARKS = 1000  # characters
LEAST_ROOM = 40  # columns for remarks
CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def heading(exercise: str, abbreviations: Mapping[str, str]) -> str:
    """Return a short heading for an exercise, such as `sq fwd` for `squares_forward`.

    Inputs:
    - exercise: its name.
    - abbreviations: word of a name → abbreviation; "" drops the word.
    """
    words = [abbreviations.get(word, word) for word in exercise.split("_")]
    return " ".join(word for word in words if word)


def remarks(result: Result) -> str:
    """Return the remarks about a result for graders, the most important first."""
    if result.problems:
        return "; ".join(problem.sentence for problem in result.problems)
    if result.state is State.NOT_ATTEMPTED:
        return result.state.value
    notes, not_written = [repair.sentence for repair in result.repairs], []
    for name, exercise in result.exercises.items():
        failed = [test for test in exercise.tests if not test.passed]
        if not failed:
            continue
        if not exercise.attempted:
            not_written.append(name)
            continue
        first = next((test for test in failed if test.status.was_run), failed[0])
        notes.append(f"{name}: {first.status}: {first.message}")
    if not_written:
        notes.append(f"not written: {', '.join(not_written)}")
    return "; ".join(notes)


@dataclass(frozen=True)
class TableRow:
    """One row of the table.

    `exercises`: results without tests, since all rows are kept in memory.
    """

    student: str
    state: State
    score: float
    max_score: float
    exercises: dict[str, ExerciseResult]
    remarks: str


def row_of(result: Result) -> TableRow:
    """Convert a result to a row."""
    exercises = {name: replace(exercise, tests=()) for name, exercise in result.exercises.items()}
    words = remarks(result)[:MAX_REMARKS]
    return TableRow(result.student, result.state, result.score, result.max_score, exercises, words)


def class_table(
    results: list[TableRow], *, abbreviations: Mapping[str, str] | None = None, width: int | None = None
) -> str:
    """Return the table of a class, with a column per exercise, or per notebook.

    Inputs:
    - results: rows of one assignment.
    - abbreviations: see `heading`.
    - width: width of the terminal in characters; remarks fill the rest of the lines.
    """
    width = width or shutil.get_terminal_size((160, 24)).columns
    exercises = results[0].exercises if results else {}
    groups = [(heading(name, abbreviations or {}), [name]) for name in exercises]
    columns = _widths(results, groups)
    if sum(columns) + 2 * len(columns) + LEAST_ROOM > width:
        notebooks: dict[str, list[str]] = {}
        for name, exercise in exercises.items():
            notebooks.setdefault(CAPITAL.sub(" ", exercise.notebook.removesuffix(".ipynb")), []).append(name)
        groups = list(notebooks.items())
        columns = _widths(results, groups)
    rows = [_cells(result, groups) for result in results]
    words = [text.split(" ") for text in _headings(groups)]
    height = max(len(parts) for parts in words)
    lines = []
    for line in range(height):
        cells = [([""] * (height - len(parts)) + parts)[line] for parts in words]
        lines.append(_row(cells, columns) + ("  remarks" if line == height - 1 else ""))
    if results:
        lines.append(_row(_points(results[0], groups), columns))
    left = sum(columns) + 2 * len(columns)
    room = max(width - left, LEAST_ROOM)
    for row, result in zip(rows, results, strict=True):
        folded = textwrap.wrap(result.remarks, room, max_lines=4, placeholder=" …") or [""]
        lines.append(_row(row, columns) + "  " + folded[0])
        lines.extend(" " * left + text for text in folded[1:])
    return "\n".join(line.rstrip() for line in lines)


def _cells(result: TableRow, groups: Groups) -> list[str]:
    """Return the cells of a row: student, the score of each group, and the total."""
    sums = [sum(result.exercises[name].score for name in names) for _, names in groups]
    return [clean(result.student), *map(rounded, sums), rounded(result.score)]


def _points(result: TableRow, groups: Groups) -> list[str]:
    """Return the cells of the row with the maximum points."""
    sums = [sum(result.exercises[name].points for name in names) for _, names in groups]
    return ["", *(f"/{points:g}" for points in sums), f"/{result.max_score:g}"]


def _headings(groups: Groups) -> list[str]:
    return ["student", *(text for text, _ in groups), "score"]


def _widths(results: list[TableRow], groups: Groups) -> list[int]:
    """Return the width of each column in characters."""
    rows = [cells(result, groups) for result in results for cells in (_cells, _points)]
    widths = [max(map(len, text.split(" "))) for text in _headings(groups)]
    return [max([width, *(len(row[i]) for row in rows)]) for i, width in enumerate(widths)]


def _row(cells: list[str], columns: list[int]) -> str:
    first, *others = (
        cell.ljust(size) if i == 0 else cell.rjust(size)
        for i, (cell, size) in enumerate(zip(cells, columns, strict=True))
    )
    return "  ".join([first, *others])


def submission_table(result: Result, *, with_output: bool = False) -> str:
    """Return the complete result of one submission: every exercise with its hidden tests.

    Inputs:
    - with_output: True to include the code's output in failed tests. Only for graders: it can
      contain hidden inputs.
    """
    exercises = ["\n".join(exercise_lines(name, result, with_output=with_output)) for name in result.exercises]
    total = f"{clean(result.student)}: {rounded(result.score)} of {rounded(result.max_score)} points, {result.state}"
    how = f"({isolation_text(result.isolation)})"
    return "\n\n".join([*exercises, "\n".join([*notes_on(result), f"{total} {how}"])])
