"""Translations of English sentences whose values are filled in already.

Some sentences exist before the language is known, or in a process that has no catalogues: intake's
reasons, and messages of the sandboxed worker. Results keep them in English. `in_this_language` finds
the template of such a sentence, and translates template and values where the sentence is shown.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterable
from string import Formatter

from autograder.language import ENGLISH, language, tr

__all__ = ["in_this_language"]

NUMBERS = {"count", "limit", "number", "pixels", "seconds", "size"}  # fields that hold a number
FIELD, LETTERS = re.compile(r"\{.*?\}"), re.compile(r"[A-Za-z]")
# A student chooses names and exceptions: each limit bounds the time of a search.
MOST_CHARS, MOST_BLANKS, MOST_LEVELS = 1000, 10, 3  # of a sentence, in a name, of sentences in sentences


def in_this_language(text: str, templates: Iterable[str], *, after_name: bool = False) -> str:
    """Return an English sentence in the current language, or unchanged if nothing translates it.

    Inputs:
    - text: the sentence
    - templates: messages with fields, the most specific first; other messages are found without them
    - after_name: True if a name, which stays, and a blank may be in front of the sentence
    """
    if language() == ENGLISH or len(text) > MOST_CHARS:
        return text
    return _found(text, tuple(templates), after_name, MOST_LEVELS)


def _found(text: str, templates: tuple[str, ...], after_name: bool, levels: int) -> str:
    blanks = (found.end() for found in re.finditer(" ", text) if after_name)
    for start in (0, *itertools.islice(blanks, MOST_BLANKS)):
        if (words := _whole(text[start:], templates, after_name, levels)) is not None:
            return text[:start] + words
    return text


def _whole(text: str, templates: tuple[str, ...], after_name: bool, levels: int) -> str | None:
    """The translation of a text without a name in front, or None."""
    if text and (message := tr(text)) != text:
        return message
    for template in templates if levels else ():
        if found := _pattern(template).fullmatch(text):
            parts = found.groupdict()
            own = {name: _found(part, templates, after_name, levels - 1) for name, part in parts.items()}
            if own != parts or LETTERS.search(FIELD.sub("", template)):  # "{a}: {b}" alone fits too many texts
                return tr(template, **own)
    return None


@functools.cache
def _pattern(template: str) -> re.Pattern[str]:
    expression = ""
    for words, name, *_ in Formatter().parse(template):
        expression += re.escape(words)
        if name:
            expression += rf"(?P<{name}>{r'[0-9]+' if name in NUMBERS else '.+?'})"
    return re.compile(expression, re.DOTALL)
