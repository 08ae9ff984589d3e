"""The marks that a merge leaves in a text, such as <<<<<<<."""

import re

__all__ = ["has_marks", "one_side"]

# The marks of git and of tools like it, and what comes behind them. Those of the common ancestor are seldom there.
CONFLICT = re.compile(r"(<{7}|\|{7}|={7}|>{7})(?: .*)?")
SIDES = {"<": "first", "|": "base", "=": "second", ">": None}


def has_marks(text: str) -> bool:
    """Whether a text has the marks of a whole conflict, each at the beginning of a line."""
    last = ""
    for line in text.split("\n") if "<<<<<<<" in text and ">>>>>>>" in text else ():
        if mark := CONFLICT.fullmatch(line.rstrip("\r")):
            if last == "=" and mark[1][0] == ">":
                return True
            last = mark[1][0] if mark[1][0] == "<" or last else ""
    return False


def one_side(text: str, side: str) -> str:
    """A text with the "first" or the "second" side of each conflict."""
    lines: list[str] = []
    inside: str | None = None
    for line in text.split("\n"):
        mark = CONFLICT.fullmatch(line.rstrip("\r"))
        if mark and (inside or mark[1][0] == "<"):
            inside = SIDES[mark[1][0]]
        elif inside in (None, side):
            lines.append(line)
    return "\n".join(lines)
