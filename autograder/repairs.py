"""Repairs and problems of a submission as data: a kind and its facts. The English sentences are written here alone.

`SENTENCES` and `PHRASES` are what people read. No module looks into a sentence: it asks for the kind.
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

MANY = 3  # more cells than these that share a fate are told of in one sentence

Fact = str | int | list[str]


class RepairKind(StrEnum):
    """What intake changed in a submission, or noticed about it."""

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
    """`edited`: the first of `count` edited files that may be this notebook. `others`: notebooks that it holds, too."""
    text = f"was found as {file}"
    if count > 1:
        text += f", the last of {count} edited ones ({', '.join(edited)})"
    return text + (f", which has cells of {in_words(others)} as well" if others else "")


def _other_copy(file: str, counts: str) -> str:
    """`counts`: the copy that counts; "" for the notebook of the right name."""
    return f"{counts}{' ' if counts else ''}counts, and not {file}, an edited copy with other work in it"


def _cells_without_name(cells: list[str]) -> str:
    if len(cells) > 1:
        return f"{len(cells)} cells have lost their names, and were found by what they define"
    return f"the cell {cells[0]} has lost its name, and was found by what it defines"


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
    return f"the cell {cell} is there {count} times; {which} counts"


def _picture_not_shown(picture: str, why: str, number: int) -> str:
    """`picture`: its name, "" for one in the text. `number`: of its cell, 0 if that is unknown."""
    subject = f"the picture {picture}" if picture else "a picture in the text"
    return f"{f'cell {number}: ' if number else ''}{subject} {why}"


def _text_cut(number: int, limit: int) -> str:
    """`limit`: characters of one cell; 0 if the limit of the whole notebook was reached."""
    why = f"more than {limit} characters" if limit else "no room in the notebook"
    return f"cell {number} has {why} and was cut: the rest is in the file"


def _breaks_off(problem: str, cells: int) -> str:
    many = "the first cell" if cells == 1 else f"the first {cells} cells"
    return f"breaks off ({problem}); {many} could be read: hand in the whole file if more was in it"


def _unknown_format(format: str) -> str:
    called = f"says that its format is {format}" if format else "does not say its format"
    return f"{called}; it was read as format 4"


_IN_MERGE = "has unresolved conflicts of a merge; the {side} side of each counts"

# kind → a template, or a function, of the facts. The sentence goes on from the notebook's name.
SENTENCES: dict[RepairKind, str | Callable[..., str]] = {
    RepairKind.FOUND_BY_CELLS: _found_by_cells,
    RepairKind.NEWEST_ATTEMPT: "was found as {file}, the newest attempt by the number in its name",
    RepairKind.OTHER_COPY: _other_copy,
    RepairKind.SEARCH_ENDED: "there is more beside it: the search for other copies ended at {limit}",
    RepairKind.FOREIGN_NAME: "the name of the file, {file}, holds that of another student, {student}: somebody should"
    " look whose work it is",
    RepairKind.CELLS_WITHOUT_NAME: _cells_without_name,
    RepairKind.ANSWER_WITHOUT_NAME: "the cell {cell} has lost its name, and was found by its question",
    RepairKind.ANSWER_BESIDE: "the cell {cell} is as it was handed out; the text beside it is the answer",
    RepairKind.UNTOUCHED_BELOW: "the cell {cell} is as it was handed out; one above defines {cell} and counts",
    RepairKind.SEVERAL_COPIES: _several_copies,
    RepairKind.CELL_MISSING: "the cell {cell} is missing; an empty one was put in its place",
    RepairKind.CELL_NOT_CODE: "the cell {cell} is no code cell; an empty one was put in its place",
    RepairKind.CELL_READ_AS_CODE: "the cell {cell} had become a {type} cell; it was read as code",
    RepairKind.CELLS_ELSEWHERE: _cells_elsewhere,
    RepairKind.SHARED_CELL: "{cell} is defined in the cell {other}, and was taken from there",
    RepairKind.CHECKS_MISSING: _checks_missing,
    RepairKind.PICTURE_NOT_SHOWN: _picture_not_shown,
    RepairKind.TEXT_CUT: _text_cut,
    RepairKind.CELL_DAMAGED: "cell {number} is damaged and was left out",
    RepairKind.CELL_TOO_LONG: "cell {number} has more than {limit} characters and was left out",
    RepairKind.CODE_TOO_LONG: "cell {number} brings the notebook's code cells over {limit} characters and was left out",
    RepairKind.OTHER_ENCODING: "was not in UTF-8 but in {encoding}; it was converted",
    RepairKind.UNKNOWN_ENCODING: "was not in UTF-8; it was read as Windows-1252, and some letters may be wrong",
    RepairKind.MERGE_IN_FILE: _IN_MERGE,
    RepairKind.MERGE_IN_CELL: "the cell {cell} " + _IN_MERGE,
    RepairKind.MERGE_OF_CELLS: "has cells between <<<<<<< and >>>>>>> of a merge; those above ======= count",
    RepairKind.TEXT_AFTER_END: "has {characters} characters after its end; they were left out",
    RepairKind.BREAKS_OFF: _breaks_off,
    RepairKind.OLD_FORMAT: "is in an old format; it was converted",
    RepairKind.UNKNOWN_FORMAT: _unknown_format,
    RepairKind.OWN_MODULE: "{file} is imported by your notebooks, and what it defines counts as in a cell",
    RepairKind.MORE: "and {count} more of this kind",
    RepairKind.UNKNOWN: "{sentence}",
}

_LOST_NAMES = "cells had lost their names, and were found by what they define"
_CELL_MISSING = "a solution cell was missing; an empty one was put in its place"
_CELL_LEFT_OUT = "a cell was damaged or too long, and was left out"
_ENCODING = "a notebook was not in UTF-8; it was converted"
_MERGE = "a merge was unfinished; one side of each conflict counts"
_FORMAT = "a notebook was in another format"

# What the class report counts. None of it comes from a student.
PHRASES: dict[RepairKind, str] = {
    RepairKind.FOUND_BY_CELLS: "a notebook had another name or place, and was found by its cells",
    RepairKind.NEWEST_ATTEMPT: "there were several attempts at a notebook; the newest one by its name counts",
    RepairKind.OTHER_COPY: "there were edited copies of a notebook, and one of them counts",
    RepairKind.SEARCH_ENDED: "the search for other copies of a notebook ended at a limit",
    RepairKind.FOREIGN_NAME: "a file carries another student's name; somebody should look whose work it is",
    RepairKind.CELLS_WITHOUT_NAME: _LOST_NAMES,
    RepairKind.ANSWER_WITHOUT_NAME: "the cell for an answer had lost its name, and was found by its question",
    RepairKind.ANSWER_BESIDE: "an answer was in a cell beside the one for it",
    RepairKind.UNTOUCHED_BELOW: "an untouched solution cell stood below the student's own",
    RepairKind.SEVERAL_COPIES: "a solution cell was there several times; the edited one, or the last, counts",
    RepairKind.CELL_MISSING: _CELL_MISSING,
    RepairKind.CELL_NOT_CODE: _CELL_MISSING,
    RepairKind.CELL_READ_AS_CODE: "a solution cell was Markdown or raw text, and was read as code",
    RepairKind.CELLS_ELSEWHERE: "a solution cell stood in another notebook, and was taken from there",
    RepairKind.SHARED_CELL: "two exercises stood in one cell",
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
    RepairKind.TEXT_AFTER_END: "a notebook had text behind its end, which was left out",
    RepairKind.BREAKS_OFF: "a notebook breaks off; the cells before are graded",
    RepairKind.OLD_FORMAT: _FORMAT,
    RepairKind.UNKNOWN_FORMAT: _FORMAT,
    RepairKind.OWN_MODULE: "a Python file of the student's own came along, since a notebook imports it",
    RepairKind.MORE: "more was put right than a result lists",
    RepairKind.UNKNOWN: "something else was put right",
}


@dataclass(frozen=True)
class Repair:
    """Something that was put right in a submission, or that a person should look at.

    - detail: the facts that the sentence names, see SENTENCES. - notebook: its file name; "" for the whole submission.
    """

    kind: RepairKind
    detail: Mapping[str, Fact] = field(default_factory=dict)
    notebook: str = ""

    @property
    def words(self) -> str:
        """The sentence without the notebook's name, from which it goes on."""
        rule = SENTENCES[self.kind]
        return rule.format(**self.detail) if isinstance(rule, str) else rule(**self.detail)

    @property
    def sentence(self) -> str:
        """What people read, without a full stop."""
        return f"{self.notebook}: {self.words}" if self.notebook else self.words

    @property
    def phrase(self) -> str:
        """The kind in words, without any text of a student's."""
        return PHRASES[self.kind]

    def to_json(self) -> dict[str, Any]:
        """The repair as JSON's types."""
        return {"kind": self.kind.value, "notebook": self.notebook, "detail": dict(self.detail)}

    @classmethod
    def from_json(cls, content: Any) -> Repair:
        """The Repair that to_json wrote. Raises: ValueError if it is not one."""
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
    """A function has refused other facts already; a template would pass over them."""
    return not isinstance(rule, str) or {name for _, name, *_ in Formatter().parse(rule) if name} == detail.keys()


def _is_fact(value: object) -> bool:
    return type(value) in (str, int) or (type(value) is list and all(type(item) is str for item in value))


def repairs_of_cells(kind: RepairKind, cells: list[str], notebook: str, **facts: Fact) -> list[Repair]:
    """A Repair for each cell; a single one for more than MANY cells."""
    groups = [cells] if len(cells) > MANY else [[cell] for cell in cells]
    return [Repair(kind, {"cells": group, **facts}, notebook) for group in groups]


class ProblemKind(StrEnum):
    """Why a file can't be used. The value is what the class report counts."""

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
    """Why a notebook can't be used: the kind, the words that go on from its name, and its file name."""

    kind: ProblemKind
    words: str
    notebook: str = ""

    @property
    def sentence(self) -> str:
        """What people read, without a full stop."""
        return f"{self.notebook} {self.words}" if self.notebook else self.words

    def to_json(self) -> dict[str, str]:
        """The problem as JSON's types."""
        return {"kind": self.kind.value, "notebook": self.notebook, "words": self.words}

    @classmethod
    def from_json(cls, content: Any) -> Problem:
        """The Problem that to_json wrote. Raises: ValueError if it is not one."""
        if type(content) is dict and set(map(type, content.values())) == {str}:
            with contextlib.suppress(KeyError, ValueError):
                return cls(ProblemKind(content["kind"]), content["words"], content["notebook"])
        raise ValueError(f"expected a problem with a known kind, got {str(content)[:200]}")
