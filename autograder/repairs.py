"""Repairs and problems of a submission as data: a kind and its facts.

`SENTENCES` and `PHRASES` are the only texts about them. No other module parses a sentence: it uses
the kind.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from string import Formatter
from typing import Any

from autograder.language import tr, tr_later, tr_plural
from autograder.printable import in_words
from autograder.reasons import Reason
from autograder.reworded import in_this_language

__all__ = ["PHRASES", "Problem", "ProblemKind", "Repair", "RepairKind", "repairs_of_cells"]

MANY = 3  # more cells than these share one sentence

Fact = str | int | list[str]


class RepairKind(StrEnum):
    """Changes that intake made to a submission, and remarks about it."""

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
    UNKNOWN = "unknown"  # in results of an earlier version


def _found_by_cells(file: str, edited: list[str], count: int, others: list[str]) -> str:
    """`edited`: the first of `count` edited files that may be this notebook.

    `others`: further notebooks in it.
    """
    text = tr("was found as {file}", file=file)
    if count > 1:
        text += tr(", the last of {count} edited ones ({files})", count=count, files=", ".join(edited))
    return text + tr(", which also has cells of {notebooks}", notebooks=in_words(others)) if others else text


def _other_copy(file: str, counts: str) -> str:
    """`counts`: the copy that counts; "" means the notebook of the right name."""
    if counts:
        return tr("{counts} counts, but not {file}, an edited copy with different work", counts=counts, file=file)
    return tr("counts, but not {file}, an edited copy with different work", file=file)


def _search_ended(limit: str) -> str:
    words = in_this_language(limit, Reason)
    return tr("there may be more copies: the search for them ended at {limit}", limit=words)


def _cells_without_name(cells: list[str]) -> str:
    return tr_plural(
        "the cell {cell} has lost its name; it was found by its definitions",
        "{count} cells have lost their names; they were found by their definitions",
        len(cells),
        cell=cells[0],
    )


def _cells_elsewhere(cells: list[str], file: str) -> str:
    words = {"cell": cells[0], "file": file}
    return tr_plural(
        "the cell {cell} was taken from {file}", "{count} cells were taken from {file}", len(cells), **words
    )


def _checks_missing(cells: list[str]) -> str:
    return tr_plural(
        "the cell {cell} is missing; it was restored",
        "{count} cells with checks are missing; they were restored",
        len(cells),
        cell=cells[0],
    )


def _several_copies(cell: str, count: int, edited: int) -> str:
    words: dict[str, object] = {"cell": cell, "count": count}
    if edited > 1:
        return tr("the cell {cell} appears {count} times; the last edited one counts", **words)
    if edited:
        return tr("the cell {cell} appears {count} times; the edited one counts", **words)
    return tr("the cell {cell} appears {count} times; one of them counts", **words)


def _picture_not_shown(picture: str, why: str, number: int) -> str:
    """`picture`: its name, "" for a picture in the text. `number`: of its cell, 0 if unknown."""
    subject = tr("the picture {picture}", picture=picture) if picture else tr("a picture in the text")
    words = tr("{picture} {problem}", picture=subject, problem=in_this_language(why, Reason, after_name=True))
    return tr("cell {number}: {words}", number=number, words=words) if number else words


def _text_cut(number: int, limit: int) -> str:
    """`limit`: characters of one cell; 0 if the limit of the whole notebook was reached."""
    words = {"number": number, "limit": limit}
    if limit:
        return tr("cell {number} has more than {limit} characters and was cut; the file has the rest", **words)
    return tr("cell {number} exceeds the notebook's limit of text and was cut; the file has the rest", number=number)


def _breaks_off(problem: str, cells: int) -> str:
    return tr_plural(
        "ends too early ({problem}); the first cell could be read: hand in the whole file if it had more",
        "ends too early ({problem}); the first {count} cells could be read: hand in the whole file if it had more",
        cells,
        problem=problem,
    )


def _unknown_format(format: str) -> str:
    if format:
        return tr("has the unknown format {format}; it was read as format 4", format=format)
    return tr("does not name its format; it was read as format 4")


def _side(side: str) -> str:
    return {"first": tr("first"), "second": tr("second")}.get(side, side)


def _merge_in_file(side: str) -> str:
    return tr("has unresolved merge conflicts; the {side} side of each counts", side=_side(side))


def _merge_in_cell(cell: str, side: str) -> str:
    words = {"cell": cell, "side": _side(side)}
    return tr("the cell {cell} has unresolved merge conflicts; the {side} side of each counts", **words)


# kind → a template, or a function, of the facts. The sentence continues after the notebook's name.
SENTENCES: dict[RepairKind, str | Callable[..., str]] = {
    RepairKind.FOUND_BY_CELLS: _found_by_cells,
    RepairKind.NEWEST_ATTEMPT: tr_later("was found as {file}, the attempt with the highest number in its name"),
    RepairKind.OTHER_COPY: _other_copy,
    RepairKind.SEARCH_ENDED: _search_ended,
    RepairKind.FOREIGN_NAME: tr_later(
        "the file name {file} contains the name of another student, {student}: check whose work it is"
    ),
    RepairKind.CELLS_WITHOUT_NAME: _cells_without_name,
    RepairKind.ANSWER_WITHOUT_NAME: tr_later("the cell {cell} has lost its name; it was found by its question"),
    RepairKind.ANSWER_BESIDE: tr_later("the cell {cell} is unchanged; the text next to it is the answer"),
    RepairKind.UNTOUCHED_BELOW: tr_later("the cell {cell} is unchanged; a cell above defines {cell} and counts"),
    RepairKind.SEVERAL_COPIES: _several_copies,
    RepairKind.CELL_MISSING: tr_later("the cell {cell} is missing; an empty cell was added"),
    RepairKind.CELL_NOT_CODE: tr_later("the cell {cell} is not a code cell; an empty cell replaces it"),
    RepairKind.CELL_READ_AS_CODE: tr_later("the cell {cell} is a {type} cell; it was read as code"),
    RepairKind.CELLS_ELSEWHERE: _cells_elsewhere,
    RepairKind.SHARED_CELL: tr_later("{cell} was taken from the cell {other}, which defines it"),
    RepairKind.CHECKS_MISSING: _checks_missing,
    RepairKind.PICTURE_NOT_SHOWN: _picture_not_shown,
    RepairKind.TEXT_CUT: _text_cut,
    RepairKind.CELL_DAMAGED: tr_later("cell {number} is damaged and was left out"),
    RepairKind.CELL_TOO_LONG: tr_later("cell {number} has more than {limit} characters and was left out"),
    RepairKind.CODE_TOO_LONG: tr_later(
        "with cell {number}, the code has more than {limit} characters; the cell was left out"
    ),
    RepairKind.OTHER_ENCODING: tr_later("is encoded in {encoding} instead of UTF-8; it was converted"),
    RepairKind.UNKNOWN_ENCODING: tr_later(
        "is not encoded in UTF-8; it was read as Windows-1252, and some letters may be wrong"
    ),
    RepairKind.MERGE_IN_FILE: _merge_in_file,
    RepairKind.MERGE_IN_CELL: _merge_in_cell,
    RepairKind.MERGE_OF_CELLS: tr_later(
        "has cells between the merge marks <<<<<<< and >>>>>>>; those above ======= count"
    ),
    RepairKind.TEXT_AFTER_END: tr_later("has {characters} characters after its end; they were left out"),
    RepairKind.BREAKS_OFF: _breaks_off,
    RepairKind.OLD_FORMAT: tr_later("is in an old format; it was converted"),
    RepairKind.UNKNOWN_FORMAT: _unknown_format,
    RepairKind.OWN_MODULE: tr_later("your notebooks import {file}, so it counts like a cell"),
    RepairKind.MORE: tr_later("and {count} more repairs"),
    RepairKind.UNKNOWN: "{sentence}",
}

_LOST_NAMES = "cells had lost their names; they were found by their definitions"
_CELL_MISSING = "a solution cell was missing; an empty cell was added"
_CELL_LEFT_OUT = "a cell was damaged or too long; it was left out"
_ENCODING = "a notebook was not encoded in UTF-8; it was converted"
_MERGE = "a merge was unfinished; one side of each conflict counts"
_FORMAT = "a notebook was in another format"

# The class report counts these. They contain no text of a student.
PHRASES: dict[RepairKind, str] = {
    RepairKind.FOUND_BY_CELLS: "a notebook had another name or place; it was found by its cells",
    RepairKind.NEWEST_ATTEMPT: "there were several attempts at a notebook; the one with the highest number counts",
    RepairKind.OTHER_COPY: "there were edited copies of a notebook; one of them counts",
    RepairKind.SEARCH_ENDED: "the search for other copies of a notebook ended at a limit",
    RepairKind.FOREIGN_NAME: "a file has another student's name; check whose work it is",
    RepairKind.CELLS_WITHOUT_NAME: _LOST_NAMES,
    RepairKind.ANSWER_WITHOUT_NAME: "the cell of an answer had lost its name; it was found by its question",
    RepairKind.ANSWER_BESIDE: "an answer was in a cell next to its own",
    RepairKind.UNTOUCHED_BELOW: "an unchanged solution cell was below the student's own",
    RepairKind.SEVERAL_COPIES: "a solution cell appeared several times; the edited one, or the last, counts",
    RepairKind.CELL_MISSING: _CELL_MISSING,
    RepairKind.CELL_NOT_CODE: _CELL_MISSING,
    RepairKind.CELL_READ_AS_CODE: "a solution cell was Markdown or raw text; it was read as code",
    RepairKind.CELLS_ELSEWHERE: "a solution cell was taken from another notebook",
    RepairKind.SHARED_CELL: "two exercises were in one cell",
    RepairKind.CHECKS_MISSING: "cells with checks were missing; they were restored",
    RepairKind.PICTURE_NOT_SHOWN: "a picture was not handed in, or can't be shown",
    RepairKind.TEXT_CUT: "a long text was cut; the file has the rest",
    RepairKind.CELL_DAMAGED: _CELL_LEFT_OUT,
    RepairKind.CELL_TOO_LONG: _CELL_LEFT_OUT,
    RepairKind.CODE_TOO_LONG: _CELL_LEFT_OUT,
    RepairKind.OTHER_ENCODING: _ENCODING,
    RepairKind.UNKNOWN_ENCODING: _ENCODING,
    RepairKind.MERGE_IN_FILE: _MERGE,
    RepairKind.MERGE_IN_CELL: _MERGE,
    RepairKind.MERGE_OF_CELLS: _MERGE,
    RepairKind.TEXT_AFTER_END: "a notebook had text after its end; it was left out",
    RepairKind.BREAKS_OFF: "a notebook ends too early; its complete cells are graded",
    RepairKind.OLD_FORMAT: _FORMAT,
    RepairKind.UNKNOWN_FORMAT: _FORMAT,
    RepairKind.OWN_MODULE: "a notebook imports a Python file of the student's own, which counts",
    RepairKind.MORE: "there were more repairs than a result lists",
    RepairKind.UNKNOWN: "another repair",
}


@dataclass(frozen=True)
class Repair:
    """A change to a submission, or a remark for a person.

    - kind: see RepairKind
    - detail: facts of the sentence, see SENTENCES
    - notebook: its file name; "" means the whole submission
    """

    kind: RepairKind
    detail: Mapping[str, Fact] = field(default_factory=dict)
    notebook: str = ""

    @property
    def words(self) -> str:
        """The sentence without the notebook's name in front."""
        rule = SENTENCES[self.kind]
        return tr(rule, **self.detail) if isinstance(rule, str) else rule(**self.detail)

    @property
    def sentence(self) -> str:
        """The sentence for people, without a full stop."""
        return tr("{notebook}: {words}", notebook=self.notebook, words=self.words) if self.notebook else self.words

    @property
    def phrase(self) -> str:
        """The kind in words, without text of a student."""
        return PHRASES[self.kind]

    def to_json(self) -> dict[str, Any]:
        """Return the repair as JSON values."""
        return {"kind": self.kind.value, "notebook": self.notebook, "detail": dict(self.detail)}

    @classmethod
    def from_json(cls, content: Any) -> Repair:
        """Return the Repair of to_json. Raises: ValueError for other values."""
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
    """A template would ignore additional facts; a function has already refused them."""
    return not isinstance(rule, str) or {name for _, name, *_ in Formatter().parse(rule) if name} == detail.keys()


def _is_fact(value: object) -> bool:
    return type(value) in (str, int) or (type(value) is list and all(type(item) is str for item in value))


def repairs_of_cells(kind: RepairKind, cells: list[str], notebook: str, **facts: Fact) -> list[Repair]:
    """Return a Repair for each cell, or one for all of more than MANY cells.

    Inputs:
    - kind: a kind whose sentence takes `cells`
    - cells: names
    - notebook: file name
    - facts: further facts of the sentence
    """
    groups = [cells] if len(cells) > MANY else [[cell] for cell in cells]
    return [Repair(kind, {"cells": group, **facts}, notebook) for group in groups]


class ProblemKind(StrEnum):
    """Reasons why a file can't be used. The class report counts the values."""

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
    """The reason why a notebook can't be used.

    - kind: see ProblemKind
    - words: continue after the notebook's name; English
    - notebook: its file name
    """

    kind: ProblemKind
    words: str
    notebook: str = ""

    @property
    def sentence(self) -> str:
        """The sentence for people, without a full stop."""
        words = in_this_language(self.words, Reason, after_name=True)
        return self.notebook + " " + words if self.notebook else words

    def to_json(self) -> dict[str, str]:
        """Return the problem as JSON values."""
        return {"kind": self.kind.value, "notebook": self.notebook, "words": self.words}

    @classmethod
    def from_json(cls, content: Any) -> Problem:
        """Return the Problem of to_json. Raises: ValueError for other values."""
        if type(content) is dict and set(map(type, content.values())) == {str}:
            with contextlib.suppress(KeyError, ValueError):
                return cls(ProblemKind(content["kind"]), content["words"], content["notebook"])
        raise ValueError(f"expected a problem with a known kind, got {str(content)[:200]}")
