"""Repairs and problems of a submission as data: a kind and its facts.

All English sentences are in this module.

People read `SENTENCES` and `PHRASES`. No module parses a sentence: it compares the kind.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from string import Formatter
from typing import Any

from autograder.printable import in_words

__all__ = ["PHRASES", "Problem", "ProblemKind", "Repair", "RepairKind", "repairs_of_cells"]

MANY = 3  # repairs of more cells than this share one sentence

Fact = str | int | list[str]


class RepairKind(StrEnum):
    """A change that intake made to a submission, or a fact that a grader should see."""

    FOUND_BY_CELLS = "found by its cells"
    NEWEST_ATTEMPT = "newest attempt"
    OTHER_COPY = "other copy"
    SEARCH_ENDED = "search ended"
    FOREIGN_NAME = "foreign name"
    CELLS_WITHOUT_NAME = "cells without name"
    ANSWER_WITHOUT_NAME = "answer without name"
    ANSWER_BESIDE = "answer beside its cell"
    UNTOUCHED_BELOW = "untouched cell below"
    SEVERAL_COPIES = "several copies of a cell"
    CELL_MISSING = "cell missing"
    CELL_NOT_CODE = "cell is not code"
    CELL_READ_AS_CODE = "cell read as code"
    CELLS_ELSEWHERE = "cells in another file"
    SHARED_CELL = "two exercises in one cell"
    CHECKS_MISSING = "checks missing"
    PICTURE_NOT_SHOWN = "picture not shown"
    TEXT_CUT = "text cut"
    CELL_DAMAGED = "cell damaged"
    CELL_TOO_LONG = "cell too long"
    CODE_TOO_LONG = "code too long"
    OTHER_ENCODING = "other encoding"
    UNKNOWN_ENCODING = "unknown encoding"
    MERGE_IN_FILE = "merge in the file"
    MERGE_IN_CELL = "merge in a cell"
    MERGE_OF_CELLS = "merge of cells"
    TEXT_AFTER_END = "text after the end"
    BREAKS_OFF = "breaks off"
    OLD_FORMAT = "old format"
    UNKNOWN_FORMAT = "unknown format"
    OWN_MODULE = "own module"
    MORE = "more repairs"
    UNKNOWN = "unknown"  # of results that an earlier version stored


def _found_by_cells(file: str, edited: list[str], count: int, others: list[str]) -> str:
    """Describe the file that was taken as the notebook.

    - edited: the first of `count` edited files that may be this notebook.
    - others: other notebooks whose cells are in `file`.
    """
    text = f"was found as {file}"
    if count > 1:
        text += f", the last of {count} edited ones ({', '.join(edited)})"
    return text + (f", which has cells of {in_words(others)} as well" if others else "")


def _other_copy(file: str, counts: str) -> str:
    """Describe a copy that does not count.

    `counts`: the copy that counts; "" for the notebook of the right name.
    """
    return f"{counts}{' ' if counts else ''}counts; {file}, an edited copy with other work in it, does not"


def _cells_without_name(cells: list[str]) -> str:
    if len(cells) > 1:
        return f"{len(cells)} cells have lost their names, and were found by the names they define"
    return f"the cell {cells[0]} has lost its name, and was found by the name it defines"


def _cells_elsewhere(cells: list[str], file: str) -> str:
    if len(cells) > 1:
        return f"{len(cells)} cells are in {file}, and were taken from there"
    return f"the cell {cells[0]} is in {file}, and was taken from there"


def _checks_missing(cells: list[str]) -> str:
    if len(cells) > 1:
        return f"{len(cells)} cells with checks are missing; they were put back"
    return f"the cell {cells[0]} is missing; it was put back"


def _several_copies(cell: str, count: int, edited: int) -> str:
    which = "the last edited one" if edited > 1 else "the edited one" if edited else "one of them"
    return f"the cell {cell} appears {count} times; {which} counts"


def _picture_not_shown(picture: str, why: str, number: int) -> str:
    """Describe a picture that the formgrader can't show.

    - picture: its name, "" for one in the text.
    - number: of its cell, 0 if unknown.
    """
    subject = f"the picture {picture}" if picture else "a picture in the text"
    return f"{f'cell {number}: ' if number else ''}{subject} {why}"


def _text_cut(number: int, limit: int) -> str:
    """Describe a text that was cut.

    `limit`: characters of one cell; 0 for the limit of the whole notebook.
    """
    why = f"has more than {limit} characters" if limit else "exceeds the limit of the whole notebook"
    return f"cell {number} {why} and was cut: the rest is in the file"


def _breaks_off(problem: str, cells: int) -> str:
    many = "the first cell" if cells == 1 else f"the first {cells} cells"
    return f"is truncated ({problem}); {many} could be read: hand in the complete file if it had more"


def _unknown_format(format: str) -> str:
    called = f"declares the format {format}" if format else "declares no format"
    return f"{called}; it was read as format 4"


_IN_MERGE = "has unresolved merge conflicts; the {side} side of each counts"

# kind → a template, or a function, of the facts. The notebook's name precedes the sentence.
SENTENCES: dict[RepairKind, str | Callable[..., str]] = {
    RepairKind.FOUND_BY_CELLS: _found_by_cells,
    RepairKind.NEWEST_ATTEMPT: "was found as {file}, the newest attempt by the number in its name",
    RepairKind.OTHER_COPY: _other_copy,
    RepairKind.SEARCH_ENDED: "the search for other copies stopped at {limit}: there may be more",
    RepairKind.FOREIGN_NAME: "the file name {file} contains the name of another student, {student}: check whose work"
    " it is",
    RepairKind.CELLS_WITHOUT_NAME: _cells_without_name,
    RepairKind.ANSWER_WITHOUT_NAME: "the cell {cell} has lost its name, and was found by its question",
    RepairKind.ANSWER_BESIDE: "the cell {cell} is unchanged; the text next to it counts as the answer",
    RepairKind.UNTOUCHED_BELOW: "the cell {cell} is unchanged; a cell above defines {cell} and counts",
    RepairKind.SEVERAL_COPIES: _several_copies,
    RepairKind.CELL_MISSING: "the cell {cell} is missing; an empty cell was added",
    RepairKind.CELL_NOT_CODE: "the cell {cell} is not a code cell; an empty code cell was added",
    RepairKind.CELL_READ_AS_CODE: "the cell {cell} was a {type} cell; it was read as code",
    RepairKind.CELLS_ELSEWHERE: _cells_elsewhere,
    RepairKind.SHARED_CELL: "{cell} is defined in the cell {other}, and was taken from there",
    RepairKind.CHECKS_MISSING: _checks_missing,
    RepairKind.PICTURE_NOT_SHOWN: _picture_not_shown,
    RepairKind.TEXT_CUT: _text_cut,
    RepairKind.CELL_DAMAGED: "cell {number} is damaged and was left out",
    RepairKind.CELL_TOO_LONG: "cell {number} has more than {limit} characters and was left out",
    RepairKind.CODE_TOO_LONG: "the code cells exceed {limit} characters from cell {number} on; it was left out",
    RepairKind.OTHER_ENCODING: "was encoded in {encoding} instead of UTF-8; it was converted",
    RepairKind.UNKNOWN_ENCODING: "is not UTF-8; it was read as Windows-1252, and some letters may be wrong",
    RepairKind.MERGE_IN_FILE: _IN_MERGE,
    RepairKind.MERGE_IN_CELL: "the cell {cell} " + _IN_MERGE,
    RepairKind.MERGE_OF_CELLS: "has cells between the merge markers <<<<<<< and >>>>>>>; the cells above ======= count",
    RepairKind.TEXT_AFTER_END: "has {characters} characters after its end; they were ignored",
    RepairKind.BREAKS_OFF: _breaks_off,
    RepairKind.OLD_FORMAT: "is in an old format; it was converted",
    RepairKind.UNKNOWN_FORMAT: _unknown_format,
    RepairKind.OWN_MODULE: "{file} is imported by your notebooks; its definitions count as if they were in a cell",
    RepairKind.MORE: "{count} more repairs of this kind",
    RepairKind.UNKNOWN: "{sentence}",
}

_LOST_NAMES = "cells had lost their names, and were found by the names they define"
_CELL_MISSING = "a solution cell was missing; an empty cell was added"
_CELL_LEFT_OUT = "a cell was damaged or too long, and was left out"
_ENCODING = "a notebook was not UTF-8; it was converted"
_MERGE = "a merge was unfinished; one side of each conflict counts"
_FORMAT = "a notebook was in another format"

# The rows of the class report. None of this text comes from a student.
PHRASES: dict[RepairKind, str] = {
    RepairKind.FOUND_BY_CELLS: "a notebook had another name or folder, and was found by its cells",
    RepairKind.NEWEST_ATTEMPT: "there were several attempts at a notebook; the newest one, by its name, counts",
    RepairKind.OTHER_COPY: "there were edited copies of a notebook; one of them counts",
    RepairKind.SEARCH_ENDED: "the search for other copies of a notebook stopped at a limit",
    RepairKind.FOREIGN_NAME: "a file name contains another student's name; check whose work it is",
    RepairKind.CELLS_WITHOUT_NAME: _LOST_NAMES,
    RepairKind.ANSWER_WITHOUT_NAME: "the cell for an answer had lost its name, and was found by its question",
    RepairKind.ANSWER_BESIDE: "an answer was in a cell next to the answer cell",
    RepairKind.UNTOUCHED_BELOW: "an unchanged solution cell was below the student's own cell",
    RepairKind.SEVERAL_COPIES: "a solution cell appeared several times; the edited one, or the last, counts",
    RepairKind.CELL_MISSING: _CELL_MISSING,
    RepairKind.CELL_NOT_CODE: _CELL_MISSING,
    RepairKind.CELL_READ_AS_CODE: "a solution cell was Markdown or raw text, and was read as code",
    RepairKind.CELLS_ELSEWHERE: "a solution cell was in another notebook, and was taken from there",
    RepairKind.SHARED_CELL: "two exercises were in one cell",
    RepairKind.CHECKS_MISSING: "cells with checks were missing, and were put back",
    RepairKind.PICTURE_NOT_SHOWN: "a picture was not handed in, or can't be shown",
    RepairKind.TEXT_CUT: "a long text was cut; the rest is in the file",
    RepairKind.CELL_DAMAGED: _CELL_LEFT_OUT,
    RepairKind.CELL_TOO_LONG: _CELL_LEFT_OUT,
    RepairKind.CODE_TOO_LONG: _CELL_LEFT_OUT,
    RepairKind.OTHER_ENCODING: _ENCODING,
    RepairKind.UNKNOWN_ENCODING: _ENCODING,
    RepairKind.MERGE_IN_FILE: _MERGE,
    RepairKind.MERGE_IN_CELL: _MERGE,
    RepairKind.MERGE_OF_CELLS: _MERGE,
    RepairKind.TEXT_AFTER_END: "a notebook had text after its end, which was ignored",
    RepairKind.BREAKS_OFF: "a notebook is truncated; the cells before the break are graded",
    RepairKind.OLD_FORMAT: _FORMAT,
    RepairKind.UNKNOWN_FORMAT: _FORMAT,
    RepairKind.OWN_MODULE: "a notebook imports a Python file of the student's own; it was added",
    RepairKind.MORE: "there were more repairs than a result lists",
    RepairKind.UNKNOWN: "another repair",
}


@dataclass(frozen=True)
class Repair:
    """A repair of a submission, or a fact that a grader should see.

    - detail: the facts in the sentence, see SENTENCES.
    - notebook: its file name; "" for the whole submission.
    """

    kind: RepairKind
    detail: Mapping[str, Fact] = field(default_factory=dict)
    notebook: str = ""

    @property
    def words(self) -> str:
        """The sentence without the notebook's name."""
        rule = SENTENCES[self.kind]
        return rule.format(**self.detail) if isinstance(rule, str) else rule(**self.detail)

    @property
    def sentence(self) -> str:
        """The sentence for people, without a full stop."""
        return f"{self.notebook}: {self.words}" if self.notebook else self.words

    @property
    def phrase(self) -> str:
        """The kind in words, without text from a student."""
        return PHRASES[self.kind]

    def to_json(self) -> dict[str, Any]:
        """Convert to JSON types."""
        return {"kind": self.kind.value, "notebook": self.notebook, "detail": dict(self.detail)}

    @classmethod
    def from_json(cls, content: Any) -> Repair:
        """Convert from the JSON of `to_json`. Raises: ValueError for other content."""
        try:
            kind, notebook, detail = RepairKind(content["kind"]), content["notebook"], content["detail"]
            if type(notebook) is str and type(detail) is dict and all(map(_is_fact, detail.values())):
                repair = cls(kind, detail, notebook)
                if repair.words and _has_no_other_facts(SENTENCES[kind], detail):
                    return repair
        except (KeyError, TypeError, IndexError, AttributeError, ValueError):
            pass
        raise ValueError(f"expected a repair with a known kind and its facts, got {str(content)[:200]}")


def _has_no_other_facts(rule: str | Callable[..., str], detail: dict[str, Fact]) -> bool:
    """Return True if a template uses all facts.

    A function raises a TypeError for unknown ones itself.
    """
    return not isinstance(rule, str) or {name for _, name, *_ in Formatter().parse(rule) if name} == detail.keys()


def _is_fact(value: object) -> bool:
    return type(value) in (str, int) or (type(value) is list and all(type(item) is str for item in value))


def repairs_of_cells(kind: RepairKind, cells: list[str], notebook: str, **facts: Fact) -> list[Repair]:
    """Return one Repair per cell, or a single one for more than MANY cells."""
    groups = [cells] if len(cells) > MANY else [[cell] for cell in cells]
    return [Repair(kind, {"cells": group, **facts}, notebook) for group in groups]


class ProblemKind(StrEnum):
    """Reason why a file can't be used. The class report shows and counts the values."""

    NOT_HANDED_IN = "a notebook was not handed in"
    LINK = "there is a link in the place of files"
    NOT_A_NOTEBOOK = "a file is no notebook"
    OTHER_CELLS = "a notebook holds none of the assignment's cells"
    TOO_LARGE = "a notebook is too large"
    ENCRYPTED = "an archive is encrypted"
    BAD_ARCHIVE = "an archive can't be used"
    UNREADABLE = "a file can't be read"
    TOO_COSTLY = "reading the files needs too much"
    UNKNOWN = "another reason"


@dataclass(frozen=True)
class Problem:
    """Reason why a notebook can't be used.

    - words: rest of the sentence after the notebook's name.
    - notebook: file name; "" for the whole submission.
    """

    kind: ProblemKind
    words: str
    notebook: str = ""

    @property
    def sentence(self) -> str:
        """The sentence for people, without a full stop."""
        return f"{self.notebook} {self.words}" if self.notebook else self.words

    def to_json(self) -> dict[str, str]:
        """Convert to JSON types."""
        return {"kind": self.kind.value, "notebook": self.notebook, "words": self.words}

    @classmethod
    def from_json(cls, content: Any) -> Problem:
        """Convert from the JSON of `to_json`. Raises: ValueError for other content."""
        if type(content) is dict and set(map(type, content.values())) == {str}:
            with contextlib.suppress(KeyError, ValueError):
                return cls(ProblemKind(content["kind"]), content["words"], content["notebook"])
        raise ValueError(f"expected a problem with a known kind, got {str(content)[:200]}")
