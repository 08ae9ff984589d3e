"""Resolves merge conflicts in notebooks: conflict marks in a cell, or as separate cells.

The first side of each conflict counts. In a cell to fill in, the second side counts if the first
side is unchanged.
"""

import re

from autograder.course.cells import Cell, RawCell, SourceNotebook, bare
from autograder.intake.conflicts import has_marks, one_side
from autograder.intake.untouched import defined_names, is_untouched
from autograder.repairs import Repair, RepairKind

__all__ = ["settled"]

# nbdime puts both versions of a cell into the notebook, between cells such as **<<<<<<< local** in red.
MARK_CELL = re.compile(r"(?:<span[^<>]*>)?[*_`]{0,4}(<{7}|={7}|>{7})(?: [^\n]*?)?[*_`]{0,4}(?:</span>)?")


def settled(cells: list[RawCell], source: SourceNotebook) -> tuple[list[RawCell], list[Repair]]:
    """Return the cells of a notebook without conflicts, and the Repairs.

    A cell that does not count becomes an empty raw cell.
    """
    to_fill_in = {cell.name: cell for cell in source.cells_to_fill_in}
    cells = list(cells)
    repairs: list[Repair] = []
    for number, (kind, grade_id, text) in enumerate(cells, start=1):
        if text is None or not has_marks(text):
            continue
        side, cell = "first", to_fill_in.get(grade_id or "")
        if cell and is_untouched(one_side(text, "first"), cell) and not is_untouched(one_side(text, "second"), cell):
            side = "second"
        cells[number - 1] = (kind, grade_id, one_side(text, side))
        repairs.append(Repair(RepairKind.MERGE_IN_CELL, {"cell": str(grade_id or number), "side": side}))
    for first, second in _conflicts_of_cells(cells):
        written = set()
        for i in first:
            written |= _names(cells[i], to_fill_in)
        for i in second:
            names = _names(cells[i], to_fill_in)
            if not names or names & written:
                cells[i] = ("raw", None, "")
        repairs.append(Repair(RepairKind.MERGE_OF_CELLS))
    return cells, repairs


def _names(cell: RawCell, to_fill_in: dict[str, Cell]) -> set[str]:
    """The names that a cell defines or answers, unless it is unchanged."""
    _, grade_id, text = cell
    if text is None or (grade_id in to_fill_in and is_untouched(text, to_fill_in[grade_id])):
        return set()
    return {*defined_names(text)} | ({grade_id} if grade_id is not None else set())


def _conflicts_of_cells(cells: list[RawCell]) -> list[tuple[range, range]]:
    """(positions of first side, of second side) of each conflict; its mark cells are emptied."""
    conflicts: list[tuple[range, range]] = []
    marks: list[tuple[int, str]] = []
    for i, (_, _, text) in enumerate(cells):
        mark = MARK_CELL.fullmatch(bare(text or ""))
        if not mark:
            continue
        if mark[1][0] == "<":
            marks = []
        marks.append((i, mark[1][0]))
        if "".join(sign for _, sign in marks) == "<=>":
            start, middle, end = (position for position, _ in marks)
            conflicts.append((range(start + 1, middle), range(middle + 1, end)))
            for position in (start, middle, end):
                cells[position] = ("raw", None, "")
    return conflicts
