"""Fill a text into lines of limited width, also where Chinese characters have no blanks between them."""

import re
from itertools import pairwise
from unicodedata import category, east_asian_width

__all__ = ["FIELD", "TUPLE", "columns", "fill"]

# A tuple in code, such as (N, C, H, W) or (x - mean, sqrt(var + eps), gamma).
ATOM = r"[\w.'\[\]]+(?:\([^()]*\))?"
TERM = rf"{ATOM}(?: ?(?://|[-+*/=<>]) ?{ATOM})*"
TUPLE = re.compile(rf"\({TERM}(?:,(?: {TERM})?)+\)", re.ASCII)
FIELD = re.compile(r"\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}")  # of an f-string
WHOLE = re.compile(rf"`[^`]*`|{FIELD.pattern}|{TUPLE.pattern}", re.ASCII)
OPERATOR = re.compile(r"(?<!\S)[-+*/=<>@]{1,2}(?!\S)")
# Categories of Unicode: opening punctuation, and all other punctuation but dashes and underscores.
OPENING, CLOSING = {"Ps", "Pi"}, {"Pe", "Pf", "Po"}


def columns(text: str) -> int:
    """Return the width of a text; a wide character, such as a Chinese one, takes two columns."""
    return sum(2 if _is_wide(character) else 1 for character in text)


def fill(text: str, *, first: int, rest: int) -> list[str]:
    """Split a text into lines.

    Lines end at a blank, which starts the next line, or next to a wide character. They never end
    inside code between backquotes, a field, a tuple, or next to an operator.

    Inputs:
    - text: on one line.
    - first: columns of the first line.
    - rest: columns of each other line.

    Returns: the lines; joined, they are the text. A part that can't be split may be too long.
    """
    lines: list[str] = []
    start = 0
    ends = [*_ends(text), len(text)]
    for end, after in pairwise(ends):
        if columns(text[start:after].strip()) > (rest if lines else first):
            lines.append(text[start:end])
            start = end
    return [*lines, text[start:]]


def _ends(text: str) -> list[int]:
    """Return the positions at which a line may end."""
    inside = {i for found in WHOLE.finditer(text) for i in range(found.start() + 1, found.end())}
    for found in OPERATOR.finditer(text):
        inside |= {found.start() - 1, found.end()}
    return [i for i in range(1, len(text)) if i not in inside and _may_end(text[i - 1], text[i])]


def _may_end(last: str, following: str) -> bool:
    if last == " ":
        return False
    if following == " ":
        return True
    is_beside = _is_wide(last) or _is_wide(following)
    return is_beside and category(last) not in OPENING and category(following) not in CLOSING


def _is_wide(character: str) -> bool:
    return east_asian_width(character) in "WF"
