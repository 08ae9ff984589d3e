"""Finds work in other files: one file with several notebooks, or exercises in another notebook."""

import re
from collections.abc import Mapping, Sequence

from autograder.course.cells import AssignmentCells, Cell, RawCell, ReadCell, SourceNotebook, letters, text_digest
from autograder.intake.pictures import without_pictures
from autograder.intake.untouched import defined_names, is_untouched
from autograder.repairs import Repair, RepairKind, repairs_of_cells

__all__ = ["with_moved", "without_others"]

NOTHING: RawCell = ("raw", None, "")


def without_others(name: str, cells: Sequence[RawCell], assignment: AssignmentCells) -> list[RawCell]:
    """Return the cells of one notebook from a file with several notebooks.

    Cells of the other notebooks become empty. The student's own cells belong to all notebooks. If
    the code uses exercises of another notebook, a first cell imports them.

    Inputs:
    - name: of the notebook
    - cells: of the file
    - assignment: its cells
    """
    source = assignment.notebooks[name]
    own_texts, own_names = _texts(source), _names(source)
    cells = list(cells)
    imports: list[tuple[str, set[str]]] = []
    for other in assignment.notebooks.values():
        if other is source:
            continue
        exercises = {cell.name for cell in other.solution_cells}
        names, texts = _names(other) - own_names, _texts(other) - own_texts
        asked = {text_digest(letters(other.asked_in(cell.name))) for cell in other.question_cells}
        asked.update(*other.earlier.asked.values())
        foreign, is_answer = [], False
        for i, (kind, found, text) in enumerate(cells):
            defined, digest = defined_names(text), text_digest(without_pictures(text))
            is_exercise = found is None and defined & exercises and not defined & own_names
            is_answer = is_answer and kind == "markdown" and found is None and digest not in own_texts
            if found in names or digest in texts or is_exercise or is_answer:
                foreign.append(i)
                is_answer = is_answer or text_digest(letters(text or "")) in asked
        for i in foreign:
            cells[i] = NOTHING
        imports.append((other.name, exercises if foreign else set()))
    words = {word for kind, _, text in cells if kind == "code" for word in re.findall(r"\w+", text or "")}
    known = {word for _, text in source.locked_code() for word in re.findall(r"\w+", text)}
    lines = []
    for file, exercises in imports:
        for exercise in sorted(exercises & words - known):
            lines.append(f'{exercise} = definitions("{file}", "{exercise}")')
    return [("code", None, "\n".join(lines)), *cells] if lines else cells


def _texts(source: SourceNotebook) -> set[str]:
    """Hashes of a notebook's texts, in all releases and languages."""
    texts = [*(cell.source for cell in source.cells), *source.translated]
    return {text_digest(without_pictures(text)) for text in texts} | source.earlier.texts - {text_digest("")}


def _names(source: SourceNotebook) -> set[str]:
    return {cell.grade_id for cell in source.cells if cell.grade_id} | source.earlier.cells.keys()


def with_moved(
    cells: Mapping[str, list[RawCell]],
    others: Sequence[tuple[str, Mapping[str, list[ReadCell]]]],
    assignment: AssignmentCells,
    repairs: list[Repair],
) -> dict[str, list[RawCell]]:
    """Return the cells of each notebook, with work from other files in place of unchanged cells.

    Inputs:
    - cells: notebook name → cells
    - others: of the other files, see find_notebooks.Search
    - assignment: its cells
    - repairs: gets a Repair for each file; changed in place
    """
    completed = {}
    for name, source in assignment.notebooks.items():
        own = list(cells.get(name, ()))
        notebooks = [(other, cells[other]) for other in cells if other != name]
        moved: dict[str, list[str]] = {}
        for solution in source.cells_to_fill_in:
            places = [i for i, cell in enumerate(own) if _is_for(solution, cell)]
            if any(not is_untouched(own[i][2], solution) for i in places):
                continue
            files = [(label, about.get(solution.name, ())) for label, about in others]
            found = [
                (label, kind, text)
                for label, theirs in [*files, *notebooks]
                for kind, grade_id, text in theirs
                if kind is not None and text is not None
                if _is_for(solution, (kind, grade_id, text)) and not is_untouched(text, solution)
            ]
            if not found:
                continue
            label, kind, text = found[-1]
            moved.setdefault(label, []).append(solution.name)
            if places:
                own[places[-1]] = (kind, solution.grade_id, text)
            else:
                own.insert(_place(solution.name, own, source), (kind, solution.grade_id, text))
        for label, names in moved.items():
            repairs += repairs_of_cells(RepairKind.CELLS_ELSEWHERE, names, name, file=label)
        if name in cells or moved:
            completed[name] = own
    return completed


def _is_for(solution: Cell, cell: ReadCell) -> bool:
    """Return whether a cell belongs to an exercise or question, by grade_id or definitions."""
    kind, found, text = cell
    if text is None:
        return False
    if found == solution.grade_id:
        return True
    return found is None and kind == "code" and not solution.is_question and solution.grade_id in defined_names(text)


def _place(grade_id: str, cells: Sequence[RawCell], source: SourceNotebook) -> int:
    """The position for a missing cell: before the first cell that comes later in the source."""
    order = [cell.grade_id for cell in source.cells if cell.grade_id]
    later = set(order[order.index(grade_id) + 1 :])
    return min((i for i, (_, found, _) in enumerate(cells) if found in later), default=len(cells))
