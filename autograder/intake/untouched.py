"""Unchanged cells, and names that a cell's text defines. Nothing is parsed."""

import functools
import re

from autograder.course.cells import Cell, bare, text_digest

__all__ = ["defined_names", "is_untouched"]

DEFINITION = re.compile(r"^(?:def|class)[ \t]+([^\W\d]\w{0,99})", re.MULTILINE)
# Docstrings, comments except for nbgrader's in a stub, and the text of the exception in a stub.
WORDS = re.compile(
    r"\"\"\".*?\"\"\"|'''.*?'''|(?<=NotImplementedError\()\"[^\"\n]*\"|#(?! YOUR CODE HERE[ \t]*$)[^\n]*",
    re.DOTALL | re.MULTILINE,
)


@functools.lru_cache(maxsize=500)
def defined_names(text: str | None) -> frozenset[str]:
    """Return the names of functions and classes that a text defines at the top level."""
    return frozenset(DEFINITION.findall(text)) if text else frozenset()


def is_untouched(text: str, cell: Cell) -> bool:
    """Return whether a text is the released stub of a cell to fill in, also of an earlier release.

    Other words in docstrings, comments and the exception do not make a difference, because a release may be
    unrecorded. But the number of comment lines and the place of the student's code must be the
    same.
    """
    if bare(text) in _stubs(cell) or text_digest(text) in cell.earlier:
        return True
    return cell.kind == "code" and "NotImplementedError" in text and _without_words(text) in _wordless_stubs(cell)


@functools.cache
def _stubs(cell: Cell) -> tuple[str, str]:
    return bare(cell.stub), bare(cell.plain_stub)


@functools.cache
def _wordless_stubs(cell: Cell) -> set[tuple[str, ...]]:
    return {_without_words(stub) for stub in _stubs(cell)}


def _without_words(text: str) -> tuple[str, ...]:
    """The lines of code, without the words of docstrings and comments."""
    lines = WORDS.sub(lambda found: found[0][0], text).split("\n")
    return tuple(line.rstrip() for line in lines if line.strip())
