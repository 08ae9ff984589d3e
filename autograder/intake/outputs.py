"""Takes the outputs out of a notebook before its JSON is parsed: they are most of the file, and nothing needs them."""

import re

__all__ = ["without_outputs"]

# A key: inside a string of JSON the quotation marks have backslashes. The state of widgets is output as well.
BEGIN = re.compile(rb'"(?:outputs|widgets)"\s*:\s*(?=[\[{])')
# Runs of strings, in which brackets don't count, and runs of lists of numbers are matched as a whole. Possessive
# quantifiers keep nothing in memory.
STRINGS = rb'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[\s,:]*+)++'
LISTS = rb'(?:\[[^"\[\]{}]*+\][^"\[\]{}]*+)++'
TOKEN = re.compile(rb"%b|%b|[\[\]{}]" % (STRINGS, LISTS), re.DOTALL)
DEPTH = {b"[": 1, b"{": 1, b"]": -1, b"}": -1}


def without_outputs(raw: bytes) -> bytes:
    """The bytes of a notebook with empty outputs, and with as many lines as before.

    A file that breaks off in outputs ends where they begin.
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
    """The position behind the list or object that begins at `start`; None when it is not closed."""
    depth = 1
    for token in TOKEN.finditer(raw, start + 1):
        depth += DEPTH.get(token[0], 0)
        if depth == 0:
            return token.end()
    return None
