"""From the bytes of a file to the cells of a notebook, with what can be put right put right.

Files come from browsers, editors, version control and interrupted uploads. JSON is the only thing that is parsed here,
and its size is looked at before. Outputs are dropped while it is parsed.
"""

import codecs
import json
import re
from collections import Counter

from autograder.intake.budgets import MAX_CELLS, MAX_PARTS, MAX_SOURCE, MAX_TOTAL

__all__ = ["NotANotebook", "notebook_cells"]

CONFLICT = re.compile(r"^(<{7} |\|{7} |={7}$|>{7} )", re.MULTILINE)
# The longer mark first: UTF-32's begins with UTF-16's.
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
OLD_KINDS = {"heading": "markdown"}


class NotANotebook(Exception):
    """Why a file can't be used, as a text that goes on from its name."""


def notebook_cells(raw):
    """The cells of a notebook.

    Inputs:
    - raw: the bytes of the file.

    Returns: (list of (kind, grade_id or None, source), list of repairs, list of those repairs by which cells were left
    out), each repair a text that goes on from the file's name. The source of a cell that was left out is None.

    Raises: NotANotebook.
    """
    # Each sign takes a byte at least, whatever the encoding is.
    if raw.count(b"{") + raw.count(b"[") > MAX_PARTS:
        raise NotANotebook("has far too many parts: clear the outputs of its cells, save, and hand it in again")
    repairs = []
    text = _text(raw, repairs)
    try:
        content = _content(text, repairs)
    except RecursionError:
        raise _not_json("it is nested too deeply") from None
    cells = _cells(content, repairs)
    if len(cells) > MAX_CELLS:
        raise NotANotebook(f"has more than {MAX_CELLS} cells: delete those you don't need")
    read, left_out = _read_cells(cells)
    return read, [*repairs, *left_out], left_out


def _text(raw, repairs):
    for mark, encoding in MARKS:
        if raw.startswith(mark):
            try:
                text = raw.decode(encoding)
            except UnicodeDecodeError:
                raise _not_json("it is not text") from None
            if encoding != "utf-8-sig":
                repairs.append(f"was not in UTF-8 but in {encoding.upper()}; it was converted")
            return text
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        repairs.append("was not in UTF-8; it was read as Windows-1252, and some letters may be wrong")
        return raw.decode("cp1252", errors="replace")


def _content(text, repairs):
    """The JSON of a text, or what can be had of it."""
    try:
        return json.loads(text, object_hook=_without_outputs)
    except ValueError as error:
        problem = _json_problem(error)
    for side in ("first", "second") if CONFLICT.search(text) else ():
        try:
            content = json.loads(_one_side(text, side), object_hook=_without_outputs)
        except ValueError:
            continue
        repairs.append(f"has unresolved conflicts of a merge; the {side} side of each counts")
        return content
    decoder = json.JSONDecoder(object_hook=_without_outputs)
    start = len(text) - len(text.lstrip())
    try:
        content, end = decoder.raw_decode(text, start)
        if type(content) is dict and "cells" in content:
            repairs.append(f"has {len(text) - end} characters after its end; they were left out")
            return content
    except ValueError:
        pass
    cells = _cells_before_the_break(text, decoder)
    if not cells:
        raise _not_json(problem)
    many = "the first cell" if len(cells) == 1 else f"the first {len(cells)} cells"
    repairs.append(f"breaks off ({problem}); {many} could be read: hand in the whole file if more was in it")
    return {"nbformat": 4, "cells": cells}


def _without_outputs(part):
    """Drop the outputs and attachments of a cell: they are most of a notebook's size, and nothing depends on them."""
    if "cell_type" in part:
        part.pop("outputs", None)
        part.pop("attachments", None)
    return part


def _one_side(text, side):
    """A text with the first or the second side of each conflict."""
    lines, inside = [], None
    for line in text.split("\n"):
        bare = line.rstrip("\r")
        if bare.startswith("<<<<<<< "):
            inside = "first"
        elif inside and bare.startswith("||||||| "):
            inside = "base"
        elif inside and bare == "=======":
            inside = "second"
        elif inside and bare.startswith(">>>>>>> "):
            inside = None
        elif inside in (None, side):
            lines.append(line)
    return "\n".join(lines)


def _cells_before_the_break(text, decoder):
    """The cells that stand whole in a text whose JSON breaks off."""
    found = re.search(r'"cells"\s*:\s*\[', text)
    if not found:
        return []
    cells, position = [], found.end()
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


def _cells(content, repairs):
    """The cells of a notebook of any format that there has been."""
    if type(content) is not dict:
        raise NotANotebook("is not a notebook: open it in Jupyter, save it, and hand it in again")
    version = content.get("nbformat")
    if type(content.get("worksheets")) is list and "cells" not in content:
        repairs.append("is in an old format; it was converted")
        return [_converted(cell) for sheet in content["worksheets"] for cell in _cells_of_sheet(sheet)]
    if type(content.get("cells")) is not list or type(version) not in (int, type(None)):
        raise NotANotebook("is not a notebook: open it in Jupyter, save it, and hand it in again")
    if version != 4:
        called = "does not say its format" if version is None else f"says that its format is {str(version)[:20]}"
        repairs.append(f"{called}; it was read as format 4")
    return content["cells"]


def _cells_of_sheet(sheet):
    cells = sheet.get("cells") if type(sheet) is dict else None
    return cells if type(cells) is list else []


def _converted(cell):
    """A cell of format 3 as one of format 4."""
    if type(cell) is not dict:
        return cell
    kind = cell.get("cell_type")
    source = cell.get("input") if kind == "code" else cell.get("source")
    kind = OLD_KINDS.get(kind, kind) if type(kind) is str else kind
    return {"cell_type": kind, "source": source, "metadata": cell.get("metadata", {})}


def _read_cells(content):
    """Cells of JSON as (kind, grade_id or None, source), the source None where a cell is left out; and why it is."""
    cells, left_out, total = [], [], Counter()
    for number, cell in enumerate(content, start=1):
        kind, source = cell.get("cell_type") if type(cell) is dict else None, _source_of(cell)
        if source is None or kind not in ("code", "markdown", "raw"):
            problem = "is damaged"
        elif len(source) > MAX_SOURCE[kind]:
            problem = f"has more than {MAX_SOURCE[kind]} characters"
        elif total[kind] + len(source) > MAX_TOTAL[kind]:
            problem = f"brings the notebook's {kind} cells over {MAX_TOTAL[kind]} characters"
        else:
            problem = None
            total[kind] += len(source)
        if problem:
            left_out.append(f"cell {number} {problem} and was left out")
        cells.append((kind, _grade_id_of(cell), None if problem else source))
    return cells, left_out


def _grade_id_of(cell):
    metadata = cell.get("metadata") if type(cell) is dict else None
    nbgrader = metadata.get("nbgrader") if type(metadata) is dict else None
    grade_id = nbgrader.get("grade_id") if type(nbgrader) is dict else None
    return grade_id if type(grade_id) is str else None


def _source_of(cell):
    """The text of a cell of JSON, one with "\\n" alone between its lines; None when the cell is damaged."""
    source = cell.get("source") if type(cell) is dict else None
    if type(source) is list and all(type(line) is str for line in source):
        source = "".join(source)
    if type(source) is not str:
        return None
    # Lone surrogates are legal in JSON and in no file: they would only fail later.
    return source.encode("utf-8", "replace").decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")


def _json_problem(error):
    return f"{error.msg} in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else type(error).__name__


def _not_json(problem):
    return NotANotebook(f"is not a notebook ({problem}): download it again from Jupyter and hand that in")
