"""What the solved notebooks print: recorded by a run, shown to students below the cells.

The file is `expected_output.json` in the source folder, or in the folder of a translation: notebook
→ cell id → text.
"""

from __future__ import annotations

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.atomic_io import write_json
from autograder.errors import UsageError

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from autograder.course.assignment import Assignment

__all__ = [
    "EXPECTED_OUTPUT",
    "NOT_SHOWN",
    "changed_output",
    "expected_output_file",
    "printed_texts",
    "read_expected_output",
    "write_expected_output",
]

EXPECTED_OUTPUT = "expected_output.json"
NOT_SHOWN = "no-expected-output"  # tag of cells whose output is not shown to students
MOST_LINES, HEAD = 40, 12  # of one text; of its beginning if it is longer
LEFT_OUT = "…"  # mark of the lines that were left out
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?|\bnan\b|\binf\b")
BLANKS = re.compile(r"\s+")


def expected_output_file(assignment: Assignment, language: str | None) -> Path:
    """Return the path of the file for a language; None is English."""
    return assignment.folder / (language or "") / EXPECTED_OUTPUT


def read_expected_output(assignment: Assignment, language: str | None = None) -> dict[str, dict[str, str]]:
    """Return notebook → cell id → text; {} if nothing was recorded.

    Raises: UsageError if the file is damaged.
    """
    path = expected_output_file(assignment, language)
    try:
        found: dict[str, dict[str, str]] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UsageError(f"cannot read {path} ({error}): remove it, and record the output again") from None
    return found


def write_expected_output(
    assignment: Assignment, texts: Mapping[str, Mapping[str, str]], *, language: str | None = None
) -> None:
    """Write the texts to the file."""
    write_json(expected_output_file(assignment, language), texts)


def printed_texts(notebook: NotebookNode) -> dict[str, str]:
    """Return what the cells of an executed notebook printed: cell id → text.

    Long texts are shortened. Cells without a text, cells that students write and cells with the tag
    `no-expected-output` are left out.
    """
    found = {}
    for cell in notebook.cells:
        is_left_out = cell.metadata.get("nbgrader", {}).get("solution") or NOT_SHOWN in cell.metadata.get("tags", ())
        if cell.cell_type == "code" and not is_left_out:
            outputs = (
                output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout"
            )
            if text := "".join(outputs).strip():
                found[cell.id] = _shortened(text)
    return found


def changed_output(
    expected: Mapping[str, Mapping[str, str]], printed: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    """Yield one line for each cell whose words differ.

    Other numbers are no difference. Neither is the number of lines of a training, which prints more
    lines with more data: lines that are equal up to their numbers may be repeated more or less
    often, but a single line stays single.
    """
    for name, texts in printed.items():
        for cell in dict.fromkeys([*expected.get(name, {}), *texts]):
            recorded, now = (of.get(cell, "") for of in (expected.get(name, {}), texts))
            ours, theirs = _words(recorded), _words(now)
            if ours != theirs and _repeated(recorded) != _repeated(now):
                part = next((line for line in difflib.ndiff(ours.split("#"), theirs.split("#")) if line[0] in "-+"), "")
                yield f"{name}: the cell {cell} prints other words than recorded ({part.strip()})"


def _words(text: str) -> str:
    """Return a text with # for each number, without blanks: NumPy aligns numbers of an array."""
    return BLANKS.sub("", NUMBER.sub("#", text))


def _repeated(text: str) -> dict[str, bool]:
    """Return the words of each line → whether they are repeated. The mark of left out lines is none."""
    counts = Counter(_words(line) for line in text.split("\n"))
    return {words: count > 1 for words, count in counts.items() if words not in ("", LEFT_OUT)}


def _shortened(text: str) -> str:
    lines = [line.rstrip() for line in text.split("\n")]
    if len(lines) > MOST_LINES:
        lines = [*lines[:HEAD], LEFT_OUT, *lines[HEAD - MOST_LINES + 1 :]]
    return "\n".join(lines)
