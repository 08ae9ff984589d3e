"""Finds the answers to questions that are graded by hand, wherever students wrote them."""

from autograder.course.cells import Cell, RawCell, SourceNotebook, bare, letters, text_digest
from autograder.intake.pictures import without_pictures
from autograder.intake.untouched import is_untouched
from autograder.repairs import Repair, RepairKind

__all__ = ["with_answers"]


def with_answers(name: str, source: SourceNotebook, cells: list[RawCell], repairs: list[Repair]) -> list[RawCell]:
    """Return the cells of a notebook, with the question's grade_id on each answer.

    An answer counts in a cell of any type. If the question's own cell is missing or unchanged, the
    student's own text next to it, or below the question, is the answer.

    Inputs:
    - name: of the notebook
    - source: the released notebook
    - cells: of the submission
    - repairs: gets a Repair for each answer that was found elsewhere; changed in place
    """
    cells = list(cells)
    for question in source.question_cells:
        grade_id, stub = question.name, question.stub
        own = [i for i, (_, found, _) in enumerate(cells) if found == grade_id]
        for i in own:
            text = cells[i][2]
            # Unchanged or emptied: nbgrader recognizes a missing answer only if it is exactly the stub.
            cells[i] = ("markdown", grade_id, stub if not bare(text) or is_untouched(text, question) else text)
        if any(cells[i][2] != stub for i in own):
            continue
        nearby = _nearby(own, question, cells, source)
        texts = [cells[i][2] for i in nearby if not is_untouched(cells[i][2], question)]
        if not nearby or (own and not texts):
            continue
        for i in (*own, *nearby):
            cells[i] = ("raw", None, "")
        cells[nearby[0]] = ("markdown", grade_id, "\n\n".join(texts) or stub)
        if own:
            repairs.append(Repair(RepairKind.ANSWER_BESIDE, {"cell": grade_id}, name))
        elif texts:
            repairs.append(Repair(RepairKind.ANSWER_WITHOUT_NAME, {"cell": grade_id}, name))
    return cells


def _nearby(own: list[int], question: Cell, cells: list[RawCell], source: SourceNotebook) -> list[int]:
    """Positions of the student's own Markdown cells next to the answer, or below the question."""
    known = {cell.grade_id for cell in source.cells if cell.grade_id}
    known_texts = {_letters(cell.source) for cell in source.cells if not cell.is_solution} - {""}
    translated = {bare(without_pictures(text)) for text in source.translated}
    # English texts with points, in any encoding. Of Chinese texts, too few letters would be left.
    known_texts |= {_letters(text) for text in source.translated if 2 * len(_letters(text)) > len(text)}
    asked = {text_digest(text) for text in [_letters(source.asked_in(question.name))] if text}
    asked.update(source.earlier.asked.get(question.name, ()))

    def is_own(position: int) -> bool:
        if not 0 <= position < len(cells):
            return False
        kind, grade_id, text = cells[position]
        is_theirs = _letters(text) not in known_texts and bare(without_pictures(text)) not in translated
        is_theirs = is_theirs and text_digest(text) not in source.earlier.texts
        return kind == "markdown" and grade_id not in known and bare(text) != "" and is_theirs

    starts = [(i, 1) for i in own] + [(i, -1) for i in own]
    starts += [(i, 1) for i, (_, _, text) in enumerate(cells) if text and text_digest(_letters(text)) in asked]
    found = set()
    for position, step in starts:
        while is_own(position + step):
            position += step
            found.add(position)
    return sorted(found)


def _letters(text: str) -> str:
    """The letters of a text, independent of its encoding and the names of its pictures."""
    return letters(without_pictures(text))
