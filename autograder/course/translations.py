"""Translations of the source's explanations.

They contain only text: code, points and ids have one source.

`source/<assignment>/<language>/` has a Markdown file for each notebook, and a README.md. Each
passage starts with a line `<!-- ID DIGEST -->`: the cell's id, and a hash of the English text.
Texts in code cells are in code.po, see release/code_translation.py.
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
    "passages_of",
    "read_translation",
    "translated_texts",
    "translation_file",
    "translation_files",
]

README = "README.md"
MARKER = re.compile(r"^<!-- ([\w.-]+) ([0-9a-f]{12}) -->[ \t]*$", re.MULTILINE)


@dataclass(frozen=True)
class Passage:
    """The translation of one cell, and the digest of its English text."""

    text: str
    digest: str


def digest_of(text: str) -> str:
    """Return the digest of an English text for its marker: 12 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def marker(name: str, text: str) -> str:
    """Return the line above the translation of a cell.

    Inputs:
    - name: the cell's id.
    - text: its English text.
    """
    return f"<!-- {name} {digest_of(text)} -->"


def languages(folder: Path) -> list[str]:
    """Return the languages of the translations in a source folder."""
    return sorted(path.parent.name for path in folder.glob(f"*/{README}"))


def translation_files(folder: Path) -> list[Path]:
    """Return the paths of all translation files in a source folder."""
    return [path for language in languages(folder) for path in sorted((folder / language).glob("*.md"))]


def translation_file(folder: Path, language: str, name: str) -> Path:
    """Return the path of the translation of a notebook or Markdown file.

    Inputs:
    - folder: source folder.
    - name: file name with .ipynb or .md.
    """
    return folder / language / (name.removesuffix(".ipynb").removesuffix(".md") + ".md")


def read_translation(path: Path) -> dict[str, Passage]:
    """Read one translation file.

    Inputs:
    - path: a Markdown file; text before its first marker is ignored.

    Returns: cell id → Passage.

    Raises: UsageError if the file can't be read, or has two passages for one cell.
    """
    try:
        parts = MARKER.split(path.read_text(encoding="utf-8"))[1:]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the translation {path} ({error}): save it as UTF-8 text") from None
    names = parts[0::3]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise UsageError(
            f"expected one passage per cell in {path}, got several for {', '.join(twice)}: keep one of each"
        )
    return {
        name: Passage(text.strip(), digest) for name, digest, text in zip(names, parts[1::3], parts[2::3], strict=True)
    }


def passages_of(folder: Path, language: str | None, name: str) -> dict[str, str]:
    """Return cell id → translated text of a notebook or Markdown file; {} for English and without a file.

    Inputs:
    - folder: source folder.
    - name: file name with .ipynb or .md.
    """
    path = translation_file(folder, language, name) if language else None
    if path is None or not path.exists():
        return {}
    return {cell: passage.text for cell, passage in read_translation(path).items()}


def translated_texts(folder: Path, notebook_name: str) -> tuple[str, ...]:
    """Return the translated texts of a notebook's cells, in all languages.

    Intake ignores them in submissions. It knows code cells from the record of releases.

    Inputs:
    - folder: source folder.
    - notebook_name: file name with .ipynb.
    """
    name = notebook_name.removesuffix(".ipynb") + ".md"
    files = [path for path in translation_files(folder) if path.name == name]
    return tuple(passage.text for path in files for passage in read_translation(path).values())
