"""Whether a cell is as it was handed out, and what its text defines. Nothing is parsed."""

import functools
import re

from autograder.course.cells import Cell, bare, text_digest

__all__ = ["defined_names", "is_untouched"]

DEFINITION = re.compile(r"^(?:def|class)[ \t]+([^\W\d]\w{0,99})", re.MULTILINE)
# Docstrings and comments, but for the comment that nbgrader puts into a stub.
WORDS = re.compile(r"\"\"\".*?\"\"\"|'''.*?'''|#(?! YOUR CODE HERE[ \t]*$)[^\n]*", re.DOTALL | re.MULTILINE)


@functools.lru_cache(maxsize=500)
def defined_names(text: str | None) -> frozenset[str]:
    """Names of the functions and classes that a text defines at the left margin. Nothing is parsed."""
    return frozenset(DEFINITION.findall(text)) if text else frozenset()


def is_untouched(text: str, cell: Cell) -> bool:
    """Whether a text is that of a cell to fill in as it was handed out, by an older release too.

    Other words in docstrings and comments make no other stub: the release can be one that nobody recorded. They count
    as long as there are as many lines of comments, and where the student's code should be.
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
    """The lines of a text of code, the words of docstrings and comments left out, as a tuple. Nothing is parsed."""
    lines = WORDS.sub(lambda found: found[0][0], text).split("\n")
    return tuple(line.rstrip() for line in lines if line.strip())
