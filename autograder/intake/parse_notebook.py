"""Parses the bytes of a notebook into cells, and repairs damaged files.

Files come from browsers, editors, version control and interrupted uploads. Only JSON is parsed,
after its outputs are dropped and its size is checked.
"""

import codecs
import json
import re
from dataclasses import dataclass
from typing import Any

from autograder.course.cells import ReadCell
from autograder.intake.budgets import MAX_CELLS, MAX_PARTS
from autograder.intake.conflicts import has_marks, one_side
from autograder.intake.outputs import without_outputs
from autograder.intake.pictures import Pictures
from autograder.intake.texts import Texts
from autograder.language import tr_later
from autograder.reasons import Reason
from autograder.repairs import ProblemKind, Repair, RepairKind
from student_tools.language import METADATA

__all__ = ["Content", "NotANotebook", "TooMuch", "notebook_cells"]

# The longer mark first: the mark of UTF-32 starts with that of UTF-16.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OLD_KINDS = {"heading": "markdown"}


class NotANotebook(Exception):
    """A file can't be used. The text continues after the file's name."""

    def __init__(self, words: str, kind: ProblemKind = ProblemKind.NOT_A_NOTEBOOK):
        super().__init__(words)
        self.kind = kind


class TooMuch(NotANotebook):
    """A file exceeds a limit, so its work is unknown."""

    def __init__(self, words: str):
        super().__init__(words, ProblemKind.TOO_LARGE)


@dataclass(frozen=True)
class Content:
    """The content of a notebook.

    - cells: all cells
    - repairs: without the notebook's name
    - left_out: the repairs that left out cells
    - over_limit: those of left_out that were caused by a limit
    - language: code of the language in its metadata, which the student can change; or ""
    """

    cells: list[ReadCell]
    repairs: list[Repair]
    left_out: list[Repair]
    over_limit: list[Repair]
    language: str = ""


def notebook_cells(raw: bytes, pictures: Pictures, given: frozenset[str] = frozenset()) -> Content:
    """Parse the bytes of a notebook.

    Inputs:
    - raw: content of the file
    - pictures: of the submission; gets the pictures in the cells
    - given: hashes of released texts, see text_digest, which have no limit

    Raises: NotANotebook.
    """
    repairs: list[Repair] = []
    try:
        content = _content(raw, repairs)
    except RecursionError:
        raise _not_json("it is nested too deeply") from None
    cells = _cells(content, repairs)
    if len(cells) > MAX_CELLS:
        raise TooMuch(Reason.MANY_CELLS.format(count=MAX_CELLS))
    read = Texts(pictures, given)
    for number, cell in enumerate(cells, start=1):
        is_answer = _nbgrader_of(cell).get("cell_type") == "markdown"
        read.add(number, _kind_of(cell), _grade_id_of(cell), _source_of(cell), _attachments_of(cell), is_answer)
    read.cut()
    every = repairs + read.repairs + read.left_out
    return Content(read.cells, every, read.left_out, read.over_limit, _language_of(content))


def _with_ascii(raw: bytes, repairs: list[Repair]) -> bytes:
    """The bytes of a file in an ASCII-compatible encoding, without a byte order mark."""
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            if encoding == "utf-8-sig":
                return raw.removeprefix(mark)
            try:
                raw = raw.decode(encoding).encode()
            except UnicodeDecodeError:
                raise _not_json("it is not text") from None
            repairs.append(Repair(RepairKind.OTHER_ENCODING, {"encoding": encoding.upper()}))
            return raw
    return raw


def _text(raw: bytes, repairs: list[Repair]) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        repairs.append(Repair(RepairKind.UNKNOWN_ENCODING))
        return raw.decode("cp1252", errors="replace")


def _content(raw: bytes, repairs: list[Repair]) -> object:
    """The JSON of a file, or the readable part of it."""
    raw = _with_ascii(raw, repairs)
    text = _text(without_outputs(raw), repairs)
    if text.count("{") + text.count("[") > MAX_PARTS:
        raise TooMuch(
            tr_later("has too many parts, even without its outputs: put your code into a copy of the released notebook")
        )
    try:
        return json.loads(text, object_hook=_without_outputs)
    except ValueError as error:
        problem = _json_problem(error)
    # The marks may be in outputs; then only one side is balanced.
    whole = _text(raw, []) if b"<<<<<<<" in raw else ""
    for side in ("first", "second") if has_marks(whole) else ():
        try:
            of_side = without_outputs(one_side(whole, side).encode())
            content = json.loads(of_side, object_hook=_without_outputs)
        except ValueError:
            continue
        repairs.append(Repair(RepairKind.MERGE_IN_FILE, {"side": side}))
        return content
    decoder = json.JSONDecoder(object_hook=_without_outputs)
    start = len(text) - len(text.lstrip())
    try:
        content, end = decoder.raw_decode(text, start)
        if type(content) is dict and "cells" in content:
            repairs.append(Repair(RepairKind.TEXT_AFTER_END, {"characters": len(text) - end}))
            return content
    except ValueError:
        pass
    cells = _cells_before_the_break(text, decoder)
    if not cells:
        raise _not_json(problem)
    repairs.append(Repair(RepairKind.BREAKS_OFF, {"problem": problem, "cells": len(cells)}))
    return {"nbformat": 4, "cells": cells}


def _without_outputs(part: dict[str, Any]) -> dict[str, Any]:
    """Drop the outputs of a cell whose key is escaped in the JSON."""
    if "cell_type" in part:
        part.pop("outputs", None)
    return part


def _cells_before_the_break(text: str, decoder: json.JSONDecoder) -> list[object]:
    """The complete cells in a text whose JSON ends too early."""
    found = re.search(r'"cells"\s*:\s*\[', text)
    if not found:
        return []
    cells: list[object] = []
    position = found.end()
    while True:
        while position < len(text) and text[position] in " \t\r\n,":
            position += 1
        if text[position : position + 1] != "{":
            return cells
        try:
            cell, position = decoder.raw_decode(text, position)
        except ValueError:
            return cells
        cells.append(cell)


def _cells(content: object, repairs: list[Repair]) -> list[object]:
    """The cells of a notebook in any version of the format."""
    if type(content) is not dict:
        raise NotANotebook(tr_later("is not a notebook: open it in Jupyter, save it, and hand it in again"))
    version = content.get("nbformat")
    if type(content.get("worksheets")) is list and "cells" not in content:
        repairs.append(Repair(RepairKind.OLD_FORMAT))
        return [_converted(cell) for sheet in content["worksheets"] for cell in _cells_of_sheet(sheet)]
    if type(content.get("cells")) is not list or type(version) not in (int, type(None)):
        raise NotANotebook(tr_later("is not a notebook: open it in Jupyter, save it, and hand it in again"))
    if version != 4:
        called = "" if version is None else str(version)[:20]
        repairs.append(Repair(RepairKind.UNKNOWN_FORMAT, {"format": called}))
    return content["cells"]


def _cells_of_sheet(sheet: object) -> list[object]:
    cells = sheet.get("cells") if type(sheet) is dict else None
    return cells if type(cells) is list else []


def _converted(cell: object) -> object:
    """A cell of format 3 in format 4."""
    if type(cell) is not dict:
        return cell
    kind = cell.get("cell_type")
    source = cell.get("input") if kind == "code" else cell.get("source")
    kind = OLD_KINDS.get(kind, kind) if type(kind) is str else kind
    return {"cell_type": kind, "source": source, "metadata": cell.get("metadata", {})}


def _language_of(content: object) -> str:
    """The language that a release noted in the metadata of a notebook, or ""."""
    metadata = content.get("metadata") if type(content) is dict else None
    own = metadata.get(METADATA) if type(metadata) is dict else None
    language = own.get("language") if type(own) is dict else None
    return language if type(language) is str else ""


def _kind_of(cell: object) -> str | None:
    kind = cell.get("cell_type") if type(cell) is dict else None
    return kind if type(kind) is str else None


def _nbgrader_of(cell: object) -> dict[str, Any]:
    metadata = cell.get("metadata") if type(cell) is dict else None
    nbgrader = metadata.get("nbgrader") if type(metadata) is dict else None
    return nbgrader if type(nbgrader) is dict else {}


def _attachments_of(cell: object) -> object:
    """The attachments of a cell; some programs put them into its metadata."""
    if type(cell) is not dict:
        return None
    metadata = cell.get("metadata")
    return cell.get("attachments") or (metadata.get("attachments") if type(metadata) is dict else None)


def _grade_id_of(cell: object) -> str | None:
    grade_id = _nbgrader_of(cell).get("grade_id")
    return grade_id if type(grade_id) is str else None


def _source_of(cell: object) -> str | None:
    """The text of a cell, with "\\n" as line ends; None if the cell is damaged."""
    source = cell.get("source") if type(cell) is dict else None
    if type(source) is list and all(type(line) is str for line in source):
        source = "".join(source)
    if type(source) is not str:
        return None
    # Lone surrogates are legal in JSON, but can't be written to a file.
    return source.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def _json_problem(error: ValueError) -> str:
    return f"{error.msg} in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else type(error).__name__


def _not_json(problem: str) -> NotANotebook:
    return NotANotebook(Reason.NO_JSON.format(problem=problem))
