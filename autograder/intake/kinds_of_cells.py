"""Reads solution cells that became Markdown or raw text, by a keystroke, as code."""

import re
from collections.abc import Mapping

from autograder.course.cells import Cell, RawCell
from autograder.intake.untouched import defined_names, is_untouched
from autograder.repairs import Repair, RepairKind

__all__ = ["as_code"]

# A block of code in Markdown; an unclosed block extends to the end.
FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*\n(.*?)(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.DOTALL | re.MULTILINE)


def as_code(name: str, solutions: Mapping[str, Cell], cells: list[RawCell], repairs: list[Repair]) -> list[RawCell]:
    """Return the cells, with a code cell for each exercise that is only in a Markdown or raw cell.

    Inputs:
    - name: of the notebook
    - solutions: grade_id → cell of the source
    - cells: of the submission
    - repairs: gets a Repair for each such cell; changed in place
    """
    cells = list(cells)
    for grade_id, solution in solutions.items():
        if solution.is_question:
            continue
        others, has_code = [], False
        for i, (kind, found, text) in enumerate(cells):
            if found != grade_id and (found in solutions or grade_id not in defined_names(text)):
                continue
            if kind != "code":
                others.append(i)
            elif not is_untouched(text, solution):
                has_code = True
        read = [i for i in others if grade_id in defined_names(_code_in(cells[i][2]))]
        if has_code or not read:
            continue
        last = next((i for i in reversed(read) if not is_untouched(_code_in(cells[i][2]), solution)), read[-1])
        kind, _, text = cells[last]
        cells[last] = ("code", grade_id, _code_in(text))
        became = "Markdown" if kind == "markdown" else "raw"
        repairs.append(Repair(RepairKind.CELL_READ_AS_CODE, {"cell": grade_id, "type": became}, name))
    return cells


def _code_in(text: str) -> str:
    """The code in a Markdown or raw cell: its fenced blocks, or all of it."""
    blocks = [block for _, block in FENCED.findall(text or "")]
    return "\n\n".join(blocks) if any(map(defined_names, blocks)) else text
