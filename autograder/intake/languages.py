"""The language of a submission: that of the student version in which its notebooks were released."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from autograder.course.cells import text_digest
from student_tools.language import ENGLISH

if TYPE_CHECKING:
    from autograder.intake.find_notebooks import Located

__all__ = ["language_of"]


def language_of(located: Iterable[Located], languages: Mapping[str, frozenset[str]]) -> str:
    """Return the most frequent language of a submission's notebooks; of equally frequent ones the first.

    Inputs:
    - located: the notebooks, in the order of the assignment
    - languages: see AssignmentCells.languages; no other language counts
    """
    counts = Counter(_language(notebook, languages) for notebook in located)
    return max(counts, key=lambda code: counts[code], default=ENGLISH)


def _language(notebook: Located, languages: Mapping[str, frozenset[str]]) -> str:
    """The language in a notebook's metadata, or that of its unchanged texts: some programs drop metadata."""
    if notebook.language in languages:
        return notebook.language
    texts = {text_digest(text) for kind, _, text in notebook.cells if kind == "markdown"}
    found = {code: len(texts & own) for code, own in languages.items()}
    best = max(found, key=lambda code: found[code], default=ENGLISH)
    return best if found.get(best) else ENGLISH
