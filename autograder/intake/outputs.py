"""Removes the large, unused outputs from a notebook's bytes before its JSON is parsed."""

import re

__all__ = ["without_outputs"]

# A key, not the content of a JSON string, in which quotation marks have backslashes. Widget state is output, too.
BEGIN = re.compile(rb'"(?:outputs|widgets)"\s*:\s*(?=[\[{])')
# Runs of strings, whose brackets don't count, and runs of lists of numbers are matched as a whole. Possessive
# quantifiers need no memory for backtracking.
STRINGS = rb'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[\s,:]*+)++'
LISTS = rb'(?:\[[^"\[\]{}]*+\][^"\[\]{}]*+)++'
TOKEN = re.compile(rb"%b|%b|[\[\]{}]" % (STRINGS, LISTS), re.DOTALL)
DEPTH = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}


def without_outputs(raw: bytes) -> bytes:
    """Return the bytes of a notebook with empty outputs, and the same number of lines.

    A file that ends within outputs is cut where they start.
    """
    kept: list[bytes] = []
    position = 0
    while begin := BEGIN.search(raw, position):
        end = _end_of(raw, begin.end())
        if end is None:
            return b"".join([*kept, raw[position : begin.end()]])
        brackets = b"[%b]" if raw[begin.end()] == ord("[") else b"{%b}"
        lines = raw.count(b"\n", begin.end(), end)
        kept += (raw[position : begin.end()], brackets % (b"\n" * lines))
        position = end
    return b"".join([*kept, raw[position:]]) if kept else raw


def _end_of(raw: bytes, start: int) -> int | None:
    """The position after the list or object that starts at `start`; None if it is not closed."""
    depth = 1
    for token in TOKEN.finditer(raw, start + 1):
        depth += DEPTH.get(token[0], 0)
        if depth == 0:
            return token.end()
    return None
