"""Puts a translation into the student version, once it is known to be whole and up to date."""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from autograder.atomic_io import write_json, write_text
from autograder.course.assignment import Assignment
from autograder.course.cells import INSTRUCTOR_TAG
from autograder.course.translations import README, Passage, digest_of, languages, marker, read_translation
from autograder.errors import UsageError
from autograder.gradebook.nbgrader_api import renew_checksum

__all__ = ["check_translation", "translate_release", "translation_faults"]

FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)
LITERAL = re.compile(r"^```.*?^```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)
SHOWN = 5  # names of further cells in one message


def check_translation(assignment: Assignment, language: str) -> list[str]:
    """Check that every text for students is translated, from what it says now, with the same formulas and code.

    Returns: what was checked, one line.

    Raises: UsageError of one line: the first fault, what to do about it, and where the others are.
    """
    known = languages(assignment.folder)
    if language == "en":
        raise UsageError("the notebooks are in English as they are: leave the language out")
    if language not in known:
        there = f"there is {', '.join(known)}" if known else "it is not translated at all"
        raise UsageError(
            f"there is no translation of {assignment.name} into {language!r}: {there}; a new one begins with"
            f" {assignment.folder / language / README}"
        )
    faults: list[tuple[str, str]] = []
    count = 0
    for name, texts in _english(assignment).items():
        path = _file(assignment, language, name)
        passages = read_translation(path) if path.exists() else {}
        faults += [(cell, f"{path}: {fault}") for cell, fault in translation_faults(texts, passages)]
        count += len(texts)
    if faults:
        others = [cell for cell, _ in faults[1:]]
        more = f" (and so on: {', '.join(others[:SHOWN])}{' …' if len(others) > SHOWN else ''})" if others else ""
        raise UsageError(faults[0][1] + more)
    return [f"{count} texts translated into {language}, none older than the English one, formulas and code the same"]


def translation_faults(texts: Mapping[str, str], passages: Mapping[str, Passage]) -> list[tuple[str, str]]:
    """What is wrong with the translation of one file: (id, what is wrong and what to do).

    Inputs:
    - texts: id → English text. - passages: by id.
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
                    f"the English text of {name} has changed since it was translated: mend the translation, then write"
                    f" {marker(name, text)} above it",
                )
            )
        elif differences := [*_differences(FORMULA, text, passage.text), *_differences(LITERAL, text, passage.text)]:
            faults.append((name, f"formulas or code of {name} are not those of the English text: {differences[0]}"))
    for name in passages.keys() - texts.keys():
        faults.append((name, f"{name} is no text for students: take its passage out, or mend the id"))
    return sorted(faults, key=lambda fault: [*texts, fault[0]].index(fault[0]))


def translate_release(assignment: Assignment, language: str, folder: Path) -> None:
    """Put the translation into a student version that nbgrader has made in a folder.

    Inputs: assignment, language: what check_translation was content with.
    """
    for name in assignment.notebooks:
        passages = read_translation(_file(assignment, language, name))
        notebook = json.loads((folder / name).read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            if cell["id"] in passages:
                cell["source"] = passages[cell["id"]].text.splitlines(keepends=True)
                renew_checksum(cell)
        # As nbgrader writes notebooks.
        write_json(folder / name, notebook)
    readme = read_translation(_file(assignment, language, README))[README].text
    write_text(folder / README, readme + "\n")


def _english(assignment: Assignment) -> dict[str, dict[str, str]]:
    """What students read, for courses with whatever settings: file name → id → text."""
    texts = {README: {README: (assignment.folder / README).read_text(encoding="utf-8").strip()}}
    for name, notebook in assignment.notebooks.items():
        texts[name] = {}
        for cell in json.loads(notebook.text)["cells"]:
            metadata = cell["metadata"]
            own = INSTRUCTOR_TAG in metadata.get("tags", []) or metadata.get("nbgrader", {}).get("solution")
            if cell["cell_type"] == "markdown" and not own:
                texts[name][cell["id"]] = "".join(cell["source"])
    return texts


def _file(assignment: Assignment, language: str, name: str) -> Path:
    return assignment.folder / language / (name.removesuffix(".ipynb").removesuffix(".md") + ".md")


def _differences(pattern: re.Pattern[str], english: str, translated: str) -> Iterator[str]:
    """What one of two texts has and the other one not, or not as often; line ends within don't matter."""
    ours, theirs = (Counter(" ".join(part.split()) for part in pattern.findall(text)) for text in (english, translated))
    yield from (f"{part} is missing" for part in ours - theirs)
    yield from (f"{part} is too many" for part in theirs - ours)
