"""Check that a translation is complete and current, and insert it into the student version."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from autograder.atomic_io import write_json, write_text
from autograder.course.assignment import Assignment
from autograder.course.cells import INSTRUCTOR_TAG, read_cell
from autograder.course.hints import hint_texts
from autograder.course.student_notes import add_student_notes
from autograder.course.translations import (
    README,
    Passage,
    digest_of,
    languages,
    marker,
    passages_of,
    read_translation,
    translation_file,
)
from autograder.errors import UsageError
from autograder.gradebook.nbgrader_api import renew_checksum
from autograder.language import in_language, not_written, not_written_patterns
from autograder.release.code_texts import translated_cell
from autograder.release.code_translation import CATALOGUE, code_faults, read_code_translation, texts_of
from autograder.release.text_differences import differences
from student_tools.manifest import set_notebook_language

__all__ = ["check_translation", "translate_release", "translation_faults"]

FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)
# Code, and the marks around texts that the course's settings replace.
LITERAL = re.compile(r"^```.*?^```$|`[^`\n]+`|<!-- \w+ -->", re.DOTALL | re.MULTILINE)
SHOWN = 5  # names of further cells in one message


def check_translation(assignment: Assignment, language: str) -> list[str]:
    """Check that every text has a current translation, with equal formulas and code.

    Inputs:
    - language: code of the language, such as "zh".

    Returns: one line about the check.

    Raises: UsageError with the first problem, its remedy, and the cells with further problems.
    """
    known = languages(assignment.folder)
    if language == "en":
        raise UsageError("expected a translation, got 'en', the language of the notebooks: leave out the language")
    if language not in known:
        raise UsageError(
            f"expected a translation of {assignment.name} ({', '.join(known) or 'there is none'}), got {language!r}:"
            f" to start a new one, write {assignment.folder / language / README}"
        )
    faults: list[tuple[str, str]] = []
    count = 0
    for name, texts in _english(assignment).items():
        path = translation_file(assignment.folder, language, name)
        passages = read_translation(path) if path.exists() else {}
        faults += [(cell, f"{path}: {fault}") for cell, fault in translation_faults(texts, passages)]
        count += len(texts)
    path = assignment.folder / language / CATALOGUE
    of_code, texts_in_code = code_faults(assignment, path)
    faults += [(text, f"{path}: {fault}") for text, fault in of_code]
    count += texts_in_code
    if faults:
        others = [cell for cell, _ in faults[1:]]
        more = f" (also check: {', '.join(others[:SHOWN])}{' …' if len(others) > SHOWN else ''})" if others else ""
        raise UsageError(faults[0][1] + more)
    return [f"{count} texts are translated into {language}, all current, with the same formulas and code"]


def translation_faults(texts: Mapping[str, str], passages: Mapping[str, Passage]) -> list[tuple[str, str]]:
    """Find problems of the translation of one file.

    Inputs:
    - texts: cell id → English text.
    - passages: cell id → Passage.

    Returns: list of (cell id, problem and remedy), in the order of the texts.
    """
    faults = []
    for name, text in texts.items():
        passage = passages.get(name)
        if passage is None or not passage.text:
            faults.append((name, f"{name} is not translated: write its text below a line {marker(name, text)}"))
        elif passage.digest != digest_of(text):
            faults.append(
                (
                    name,
                    f"the English text of {name} has changed since the translation: update the translation, then"
                    f" write {marker(name, text)} above it",
                )
            )
        elif different := next(differences((FORMULA, LITERAL), text, passage.text), ""):
            faults.append((name, f"formulas or code of {name} differ from the English text: {different}"))
    for name in passages.keys() - texts.keys():
        faults.append((name, f"{name} is not a text for students: remove its passage, or correct the id"))
    return sorted(faults, key=lambda fault: [*texts, fault[0]].index(fault[0]))


def translate_release(assignment: Assignment, language: str, folder: Path) -> None:
    """Insert a translation into a student version, in place.

    Inputs:
    - assignment: the assignment.
    - language: code of a language that `check_translation` has accepted.
    - folder: folder of the student version that nbgrader has made.
    """
    in_code = read_code_translation(assignment.folder / language / CATALOGUE).texts
    for name in assignment.notebooks:
        passages = passages_of(assignment.folder, language, name)
        notebook = json.loads((folder / name).read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            read = read_cell(cell)
            if cell["id"] in passages:
                text = passages[cell["id"]]
            else:
                text = translated_cell(read.source, texts_of(read), in_code)
                if read.is_solution:
                    with in_language(language):
                        text = not_written_patterns()[0].sub(lambda stub: not_written(stub[1]), text)
            cell["source"] = text.splitlines(keepends=True)
        add_student_notes(notebook["cells"], assignment, name, language=language)
        set_notebook_language(notebook, language)
        for cell in notebook["cells"]:
            renew_checksum(cell)
        # The same format as nbgrader's.
        write_json(folder / name, notebook)
    readme = read_translation(translation_file(assignment.folder, language, README))[README].text
    write_text(folder / README, readme + "\n")


def _english(assignment: Assignment) -> dict[str, dict[str, str]]:
    """Return the texts for students: file name → cell id → text."""
    texts = {README: {README: (assignment.folder / README).read_text(encoding="utf-8").strip()}}
    for name, notebook in assignment.notebooks.items():
        texts[name] = {}
        for cell in json.loads(notebook.text)["cells"]:
            metadata = cell["metadata"]
            own = INSTRUCTOR_TAG in metadata.get("tags", []) or metadata.get("nbgrader", {}).get("solution")
            if cell["cell_type"] == "markdown" and not own:
                texts[name][cell["id"]] = "".join(cell["source"])
    return {**texts, "hints.md": hint_texts(assignment.hints)}
