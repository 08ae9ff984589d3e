"""Limits on cell texts: pictures don't count, long Markdown is cut, long code is left out."""

from dataclasses import replace

from autograder.course.cells import text_digest
from autograder.intake.budgets import MAX_SOURCE, MAX_TOTAL
from autograder.intake.pictures import ATTACHED, Pictures
from autograder.repairs import Repair, RepairKind

__all__ = ["Texts"]

CUT = "(The rest of this cell, {} characters, is in the submitted file.)"


class Texts:
    """Reads the cells of one notebook: call `add` for each cell, then `cut`.

    - cells: (kind, grade_id, source); the source is None if the cell is left out
    - repairs: about cells that were cut, and pictures that are not shown
    - left_out: Repairs about cells that were left out
    - over_limit: those of left_out that were caused by a limit
    """

    def __init__(self, pictures: Pictures, given: frozenset[str] = frozenset()):
        """Start a notebook.

        Inputs:
        - pictures: of the submission; gets the pictures in the cells
        - given: hashes of released texts, which have no limit
        """
        self.pictures, self.given, self.code = pictures, given, 0
        self.cells: list[tuple[str | None, str | None, str | None]] = []
        self.repairs: list[Repair] = []
        self.left_out: list[Repair] = []
        self.over_limit: list[Repair] = []
        self.words: list[int] = []  # positions of the cells that are cut, not left out

    def add(
        self,
        number: int,
        kind: str | None,
        grade_id: str | None,
        source: str | None,
        attachments: object,
        is_answer: bool,
    ) -> None:
        """Read a cell.

        Inputs:
        - number: of the cell, from 1
        - kind: its type, or None
        - grade_id: of the cell, or None
        - source: its text; None for a damaged cell
        - attachments: of the cell, from its JSON
        - is_answer: whether it was released as Markdown
        """
        if source is None or kind not in MAX_SOURCE:
            self.left_out.append(Repair(RepairKind.CELL_DAMAGED, {"number": number}))
            source = None
        elif len(source) <= MAX_SOURCE["markdown"] and text_digest(source) in self.given:
            source, _ = self.pictures.attached(source, attachments)
        elif kind != "code" or is_answer:
            source, problems = self.pictures.attached(source, attachments)
            self.repairs.extend(replace(p, detail={**p.detail, "number": number}) for p in problems)
            self.words.append(number - 1)
        elif problem := self._problem_of_code(number, len(source)):
            self.left_out.append(problem)
            self.over_limit.append(problem)
            source = None
        self.cells.append((kind, grade_id, source))

    def _problem_of_code(self, number: int, size: int) -> Repair | None:
        if size > MAX_SOURCE["code"]:
            return Repair(RepairKind.CELL_TOO_LONG, {"number": number, "limit": MAX_SOURCE["code"]})
        if self.code + size > MAX_TOTAL["code"]:
            return Repair(RepairKind.CODE_TOO_LONG, {"number": number, "limit": MAX_TOTAL["code"]})
        self.code += size
        return None

    def cut(self) -> None:
        """Cut the texts to the limits. Cells with a grade_id come first: they are answers."""
        left = dict(MAX_TOTAL)
        for position in sorted(self.words, key=lambda i: (self.cells[i][1] is None, i)):
            kind, grade_id, source = self.cells[position]
            text = source or ""
            counted = "raw" if kind == "raw" else "markdown"
            size = min(MAX_SOURCE[counted], left[counted])
            left[counted] -= min(size, len(text))
            if len(text) > size:
                limit = size if size == MAX_SOURCE[counted] else 0
                self.repairs.append(Repair(RepairKind.TEXT_CUT, {"number": position + 1, "limit": limit}))
                self.cells[position] = (kind, grade_id, _shortened(text, size))


def _shortened(text: str, size: int) -> str:
    """The start of a text, a note about the rest, and the pictures in the rest."""
    beginning = text[:size]
    pictures = [name for name in dict.fromkeys(ATTACHED.findall(text)) if name not in beginning]
    return "\n\n".join(
        [beginning, CUT.format(f"{len(text) - size:,}"), *(f"![](attachment:{name})" for name in pictures)]
    )
