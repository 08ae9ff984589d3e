"""Finds each exercise's cell: among copies, and among cells without a grade_id."""

from collections.abc import Container, Mapping

from autograder.course.cells import Cell, RawCell
from autograder.intake.untouched import defined_names, is_untouched
from autograder.repairs import Repair, RepairKind, repairs_of_cells

__all__ = ["choose_solutions", "with_names"]


def with_names(
    name: str, solutions: Mapping[str, Cell], locked: Container[str | None], cells: list[RawCell], repairs: list[Repair]
) -> list[RawCell]:
    """Return the cells, with a grade_id for each cell that lost it and defines an exercise.

    Inputs:
    - name: of the notebook
    - solutions: grade_id → cell of the source
    - locked: grade_ids of locked cells
    - cells: of the submission
    - repairs: gets a Repair for each such cell; changed in place
    """
    cells = list(cells)
    found: list[str] = []
    instead: list[str] = []
    for grade_id, solution in solutions.items():
        if solution.is_question:
            continue
        own = [i for i, (kind, cell_id, _) in enumerate(cells) if cell_id == grade_id and kind == "code"]
        defining = [
            i
            for i, (kind, cell_id, text) in enumerate(cells)
            if kind == "code" and cell_id not in solutions and cell_id not in locked and grade_id in defined_names(text)
        ]
        if not defining:
            continue
        if not own:
            found.append(grade_id)
        elif all(is_untouched(cells[i][2], solution) for i in own) and max(defining) < min(own):
            # Run in order, the unchanged cell below would overwrite the function.
            instead.append(grade_id)
            for i in own:
                cells[i] = ("raw", None, "")
        else:
            continue
        for i in defining:
            kind, _, text = cells[i]
            cells[i] = (kind, grade_id, text)
    repairs.extend(repairs_of_cells(RepairKind.CELLS_WITHOUT_NAME, found, name))
    repairs.extend(Repair(RepairKind.UNTOUCHED_BELOW, {"cell": grade_id}, name) for grade_id in instead)
    return cells


def choose_solutions(
    name: str, solutions: Mapping[str, Cell], cells: list[RawCell], repairs: list[Repair]
) -> dict[str, int]:
    """Return grade_id → position of the cell that counts: the last edited copy, or the last copy.

    Inputs:
    - name: of the notebook
    - solutions: grade_id → cell of the source
    - cells: of the submission
    - repairs: gets a Repair for each cell with copies; changed in place
    """
    chosen = {}
    for grade_id, solution in solutions.items():
        copies = [i for i, (kind, found, _) in enumerate(cells) if found == grade_id and kind == solution.kind]
        if not copies:
            continue
        edited = [i for i in copies if not is_untouched(cells[i][2], solution)]
        chosen[grade_id] = edited[-1] if edited else copies[-1]
        if len(copies) > 1:
            facts: dict[str, str | int | list[str]] = {"cell": grade_id, "count": len(copies), "edited": len(edited)}
            repairs.append(Repair(RepairKind.SEVERAL_COPIES, facts, name))
    return chosen
