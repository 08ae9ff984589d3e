"""Translations of the source's explanations: files of words alone, so that code, points and ids stay one truth.

`source/<assignment>/<language>/` has a Markdown file named after each notebook, and a README.md. Above the words for a
cell stands a line `<!-- ID DIGEST -->`: the cell's id, and a hash of the English text that was translated.
"""

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import UsageError

__all__ = [
    "README",
    "Passage",
    "digest_of",
    "languages",
    "marker",
    "read_translation",
    "translated_texts",
    "translation_files",
]

README = "README.md"
MARKER = re.compile(r"^<!-- ([\w.-]+) ([0-9a-f]{12}) -->[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Passage:
    """The words for one cell, and the digest of the English text that they translate."""

    text: str
    digest: str


def digest_of(text: str) -> str:
    """What a marker says of an English text: 12 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def marker(name: str, text: str) -> str:
    """The line that stands above the translation of a cell. Inputs: the cell's id, and its English text."""
    return f"<!-- {name} {digest_of(text)} -->"


def languages(folder: Path) -> list[str]:
    """Names of the languages into which the assignment in a source folder is translated."""
    return sorted(path.parent.name for path in folder.glob(f"*/{README}"))


def translation_files(folder: Path) -> list[Path]:
    """Paths of all files with translations in a source folder."""
    return [path for language in languages(folder) for path in sorted((folder / language).glob("*.md"))]


def read_translation(path: Path) -> dict[str, Passage]:
    """The passages of one file.

    Inputs:
    - path: a Markdown file; what stands before its first marker belongs to no cell.


    Returns: the passages by cell id.

    Raises: UsageError when the file can't be read or has two passages for one cell.
    """
    try:
        parts = MARKER.split(path.read_text(encoding="utf-8"))[1:]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} can't be read as a translation ({error}): save it as a text in UTF-8") from None
    names = parts[0::3]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UsageError(f"{path} has more than one passage for {', '.join(twice)}: leave one of them")
    return {
        name: Passage(text.strip(), digest) for name, digest, text in zip(names, parts[1::3], parts[2::3], strict=True)
    }


def translated_texts(folder: Path, notebook_name: str) -> tuple[str, ...]:
    """The translated texts of a notebook's cells, in all languages: they are no student's own words either.

    Inputs:
    - folder: of the source. - notebook_name: with .ipynb.
    """
    name = notebook_name.removesuffix(".ipynb") + ".md"
    files = [path for path in translation_files(folder) if path.name == name]
    return tuple(passage.text for path in files for passage in read_translation(path).values())
