"""Sorts out work that lies in another file: one file with several notebooks, or exercises in another notebook."""

import re
from collections.abc import Mapping, Sequence

from autograder.course.cells import AssignmentCells, Cell, RawCell, ReadCell, SourceNotebook, letters, text_digest
from autograder.intake.pictures import without_pictures
from autograder.intake.untouched import defined_names, is_untouched
from autograder.repairs import Repair, RepairKind, repairs_of_cells

__all__ = ["with_moved", "without_others"]

NOTHING: RawCell = ("raw", None, "")


def without_others(name: str, cells: Sequence[RawCell], assignment: AssignmentCells) -> list[RawCell]:
    """The cells of one notebook out of a file that holds several: what belongs to the others is left out.

    The student's own cells belong to all of them. Where these, or the exercises, mention exercises of another notebook,
    a cell comes first that takes them from there.
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
    """The texts of a notebook in all releases and languages, as hashes."""
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
    """The cells of each notebook; where they are as they were handed out, work that is in another file instead.

    Inputs:
    - cells: by notebook name. - others: of the other files, see find_notebooks.Search.
    - repairs: gets a Repair for each.
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
    """Whether a cell is for an exercise or a question: by its name, or as code by what it defines."""
    kind, found, text = cell
    if text is None:
        return False
    if found == solution.grade_id:
        return True
    return found is None and kind == "code" and not solution.is_question and solution.grade_id in defined_names(text)


def _place(grade_id: str, cells: Sequence[RawCell], source: SourceNotebook) -> int:
    """Where a cell that is missing belongs: before the first one that comes later in the source."""
    order = [cell.grade_id for cell in source.cells if cell.grade_id]
    later = set(order[order.index(grade_id) + 1 :])
    return min((i for i, (_, found, _) in enumerate(cells) if found in later), default=len(cells))
