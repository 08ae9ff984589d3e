"""Translations of the texts in code cells: `source/<assignment>/<language>/code.po`.

The file has gettext's format: an entry for each English text, in the order of the notebooks, and
the cells in which it occurs. Translators edit it by hand or with a program such as Poedit.
"""

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError, read_po, write_po

from autograder.atomic_io import write_bytes
from autograder.course.assignment import Assignment
from autograder.course.cells import Cell, read_cell
from autograder.errors import UsageError
from autograder.release.code_texts import CodeText, answer_texts, code_skeleton, code_texts, translated_cell
from autograder.release.filling import FIELD, TUPLE
from autograder.release.text_differences import differences

__all__ = ["CATALOGUE", "CodeTranslation", "code_faults", "read_code_translation", "texts_of", "update_catalogue"]

CATALOGUE = "code.po"
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
NAMED_CELLS = 3  # cells in the comment of one entry
SHOWN = 60  # characters of a text in a message

# The parts of a text that a translation keeps.
KEPT = (
    FIELD,
    re.compile(r"`[^`\n]+`"),
    TUPLE,
    re.compile(r"^(?:- (?:'?[\w<>]+'?:)?|\d+\. )", re.ASCII),  # the mark of a list item, and its name
    re.compile(r"(?<![\w'])'[\w<>]+'", re.ASCII),
    re.compile(r"\b[A-Za-z0-9]*_\w+\b", re.ASCII),
    re.compile(r"\d+(?:\.\d+)?(?:e[-+]?\d+)?"),
    re.compile(r"\bYOUR ANSWER HERE\b"),
)


@dataclass(frozen=True)
class CodeTranslation:
    """The content of a code.po.

    - texts: English text → translation; "" if there is none.
    - fuzzy: the English texts whose translation a person must check.
    - obsolete: English texts of entries that are marked as obsolete.
    """

    texts: dict[str, str]
    fuzzy: frozenset[str] = frozenset()
    obsolete: tuple[str, ...] = ()


def texts_of(cell: Cell) -> list[CodeText]:
    """Return the texts in the released form of a code cell, or of a cell for an answer."""
    if cell.is_for_instructors or (cell.kind != "code" and not cell.is_question):
        return []
    # Never the solution: the catalogue is a file for translators.
    return code_texts(_released(cell)) if cell.kind == "code" else answer_texts(_released(cell))


def read_code_translation(path: Path) -> CodeTranslation:
    """Read a code.po; without the file nothing is translated.

    Raises: UsageError if the file can't be read.
    """
    catalogue = _read(path)
    entries = [message for message in catalogue if message.id]
    return CodeTranslation(
        {str(message.id): str(message.string or "").strip() for message in entries},
        frozenset(str(message.id) for message in entries if message.fuzzy),
        tuple(str(message.id) for message in catalogue.obsolete.values()),
    )


def code_faults(assignment: Assignment, path: Path) -> tuple[list[tuple[str, str]], int]:
    """Find problems of the translation of the code cells.

    Inputs:
    - assignment: the assignment.
    - path: of its code.po.

    Returns: (list of (start of the text, problem and remedy), number of texts).
    """
    translation, remedy = read_code_translation(path), f"run `python -m autograder tidy {assignment.name}`"
    cells = _cells(assignment)
    known = {text.text for _, cell in cells for text in texts_of(cell)}
    released = [(label, cell) for label, cell in cells if label.partition(":")[0] + ".ipynb" in assignment.notebooks]
    demanded: dict[str, str] = {}
    for label, cell in released:
        for found in texts_of(cell):
            demanded.setdefault(found.text, label)
    faults = []
    for text, label in demanded.items():
        name = f"{_start(text)!r} ({label})"
        translated = translation.texts.get(text)
        if translated is None:
            fault = f"there is no entry for {name}: {remedy}, then translate it"
        elif not translated:
            fault = f"{name} is not translated: write its msgstr"
        elif text in translation.fuzzy:
            fault = f"the entry of {name} is fuzzy: correct its msgstr, and delete `#, fuzzy`"
        elif different := next(differences(KEPT, text, translated), ""):
            fault = f"the translation of {name} must keep names, numbers, fields and code: {different}"
        else:
            continue
        faults.append((_start(text), fault))
    unused = [text for text in (*translation.texts, *translation.obsolete) if text not in known]
    faults += [(_start(text), f"{_start(text)!r} is no longer in a cell: {remedy}") for text in unused]
    return faults or list(_broken(released, translation.texts)), len(demanded)


def update_catalogue(assignment: Assignment, path: Path) -> tuple[int, int]:
    """Add entries for new texts to a code.po, and remove those of texts that no longer exist.

    A text that resembles a removed one gets the translation of that one, marked as fuzzy.

    Inputs:
    - assignment: the assignment.
    - path: the file; its folder has the name of the language.

    Returns: (number of entries to translate or to check, number of removed entries).

    Raises: UsageError if the file can't be read.
    """
    catalogue, template = _read(path), Catalog()
    places: dict[str, list[str]] = {}
    for label, cell in _cells(assignment):
        for found in texts_of(cell):
            places.setdefault(found.text, []).append(label)
    for text, labels in places.items():
        template.add(text, locations=[(label, 0) for label in dict.fromkeys(labels)][:NAMED_CELLS])
    catalogue.update(template, no_fuzzy_matching=True)
    unused = {str(message.id): message for message in catalogue.obsolete.values() if message.string}
    removed = len(catalogue.obsolete)
    for message in catalogue:
        message.flags &= {"fuzzy"}  # without those that Babel guesses from % and { }
        if message.id and not message.string and (close := get_close_matches(str(message.id), unused, n=1)):
            message.string, message.previous_id = unused.pop(close[0]).string, close
            message.flags.add("fuzzy")
            removed -= 1
    output = io.BytesIO(HEADER.format(language=path.parent.name).encode())
    output.seek(0, io.SEEK_END)
    write_po(output, catalogue, width=0, omit_header=True, ignore_obsolete=True, include_previous=True)
    content = output.getvalue().rstrip() + b"\n"
    if not path.exists() or path.read_bytes() != content:
        write_bytes(path, content)
    entries = [message for message in catalogue if message.id]
    left = sum(not message.string or message.fuzzy for message in entries)
    return left, removed


def _read(path: Path) -> Catalog:
    try:
        return read_po(io.BytesIO(path.read_bytes()), charset="utf-8", abort_invalid=True)
    except FileNotFoundError:
        return Catalog()
    except (OSError, UnicodeDecodeError, PoFileError, ValueError) as error:
        raise UsageError(f"cannot read the translation {path} ({error}): correct the file") from None


def _cells(assignment: Assignment) -> list[tuple[str, Cell]]:
    """Return (notebook:cell, Cell) of all cells, also of other options."""
    return [
        (f"{name.removesuffix('.ipynb')}:{cell['id']}", read_cell(cell))
        for name, notebook in assignment.sources.items()
        for cell in json.loads(notebook.text)["cells"]
    ]


def _released(cell: Cell) -> str:
    return cell.stub if cell.is_solution else cell.source


def _broken(cells: list[tuple[str, Cell]], translations: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the texts whose translation would change the code of their cell."""
    for label, cell in cells:
        source, texts = _released(cell), texts_of(cell)
        if cell.kind != "code" or not texts or _is_same(source, translated_cell(source, texts, translations)):
            continue
        for text in texts:
            if not _is_same(source, translated_cell(source, [text], translations)):
                name = f"{_start(text.text)!r} ({label})"
                fault = f"the translation of {name} would change the code: write it without quotes and backslashes"
                yield _start(text.text), fault


def _is_same(source: str, translated: str) -> bool:
    try:
        return code_skeleton(translated) == code_skeleton(source)
    except (SyntaxError, ValueError):
        return False


def _start(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
