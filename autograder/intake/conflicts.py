"""Conflict marks of a merge in a text, such as <<<<<<<."""

import re

__all__ = ["has_marks", "one_side"]

# The marks of git and similar tools, with the text after them. Marks of the common ancestor are rare.
CONFLICT = re.compile(r"(<{7}|\|{7}|={7}|>{7})(?: .*)?")
SIDES = {"<": "first", "|": "base", "=": "second", ">": None}


def has_marks(text: str) -> bool:
    """Return whether a text has the marks of a complete conflict, each at the start of a line."""
    last = ""
    for line in text.split("\n") if "<<<<<<<" in text and ">>>>>>>" in text else ():
        if mark := CONFLICT.fullmatch(line.rstrip("\r")):
            if last == "=" and mark[1][0] == ">":
                return True
            last = mark[1][0] if mark[1][0] == "<" or last else ""
    return False


def one_side(text: str, side: str) -> str:
    """Return a text with one side of each conflict.

    Inputs:
    - text: with conflict marks
    - side: "first" or "second"
    """
    lines: list[str] = []
    inside: str | None = None
    for line in text.split("\n"):
        mark = CONFLICT.fullmatch(line.rstrip("\r"))
        if mark and (inside or mark[1][0] == "<"):
            inside = SIDES[mark[1][0]]
        elif inside in (None, side):
            lines.append(line)
    return "\n".join(lines)
