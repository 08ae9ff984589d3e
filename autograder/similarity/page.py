"""The page of `similarity`: similar pairs, with their texts side by side."""

import html
from collections.abc import Callable, Iterable, Mapping, Set

from autograder.printable import clean
from autograder.similarity.comparison import COMMON, COMMON_BOUNDS, LETTER, MIN_SHARED, USUAL, Pair, Report
from autograder.similarity.fingerprints import MAX_CHARS, PHRASE
from autograder.templates import page_template

__all__ = ["similarity_page"]

FEW = 20  # for fewer submissions, the page warns that rare code can't be recognized
MAX_LINES, MAX_WIDTH, MAX_INDENT = 150, 160, 60  # of a shown text: lines, characters per line, blanks of the indent
LONG_TEXT = 80  # unmarked sections of longer texts are shortened
KEPT = 4  # lines that are kept at both ends of such a section
MAX_PAGE = 2_000_000  # characters of all texts; further exercises are listed without their texts
WHOLE = {"letter": "identical submissions", "code": "identical submissions except for names, comments and strings"}


Line = tuple[str, str]  # (kind, text)
ShownLine = tuple[str, str, bool]  # (kind, text, True if the line was released)


def similarity_page(report: Report, assignment_name: str, *, left_out: Mapping[str, str] | None = None) -> str:
    """Convert a Report to an HTML page without scripts and external files.

    Equal submissions give equal pages.

    Inputs:
    - report: the report.
    - assignment_name: name of the assignment.
    - left_out: student → reason why the submission was not compared.
    """
    return page_template("autograder.similarity", "similarity.html.j2", clean=clean).render(
        report=report,
        left_out=dict(left_out or {}),
        assignment=assignment_name,
        texts=_texts(report.pairs),
        whole=WHOLE,
        few=FEW,
        max_chars=MAX_CHARS,
        phrase=PHRASE,
        letter=LETTER,
        common=COMMON,
        bounds=COMMON_BOUNDS,
        min_shared=MIN_SHARED,
        usual=USUAL,
    )


def _texts(pairs: Iterable[Pair]) -> dict[tuple[int, str], list[list[Line]]]:
    """Return (number of a pair, exercise) → the two texts, up to MAX_PAGE characters."""
    texts: dict[tuple[int, str], list[list[Line]]] = {}
    size = 0
    for number, pair in enumerate(pairs, start=1):
        for unit in pair.units:
            shown = [_shown(*side) for side in zip(unit.texts, unit.alike, unit.own, strict=True)]
            size += sum(len(html.escape(line)) for side in shown for _, line in side)
            if size > MAX_PAGE:
                return texts
            texts[number, unit.name] = shown
    return texts


def _shown(text: str, alike: Set[int], own: Set[int]) -> list[Line]:
    """Return the lines of a text as (kind, text): "alike", "other" or "gap"."""
    lines = text.splitlines()
    handed_out = {i for i, line in enumerate(lines) if line.strip() and i not in own}
    shown = [("alike" if i in alike else "other", _line(line), i in handed_out) for i, line in enumerate(lines)]
    shown = _cut(shown, lambda entry: entry[2] or not entry[1].strip(), 2, "of released code")
    if len(shown) > LONG_TEXT:
        shown = _cut(shown, lambda entry: entry[0] == "other", KEPT, "that differ")
    rest = len(shown) - MAX_LINES
    if rest > 0:
        shown[MAX_LINES:] = [("gap", f"… {rest} more lines", False)]
    return [(kind, line) for kind, line, _ in shown]


def _cut(shown: list[ShownLine], is_dull: Callable[[ShownLine], bool], kept: int, words: str) -> list[ShownLine]:
    """Replace the middle of each stretch of dull lines by a remark."""
    result: list[ShownLine] = []
    stretch: list[ShownLine] = []
    for entry in [*shown, None]:
        if entry is not None and is_dull(entry):
            stretch.append(entry)
            continue
        if len(stretch) > 2 * kept + 1:
            remark = ("gap", f"… {len(stretch) - 2 * kept} lines {words}", False)
            stretch[kept : len(stretch) - kept] = [remark]
        result += stretch
        stretch = []
        if entry is not None:
            result.append(entry)
    return result


def _line(line: str) -> str:
    line = line.expandtabs(4)
    words = line.lstrip(" ")
    return " " * min(len(line) - len(words), MAX_INDENT) + clean(words, limit=MAX_WIDTH)
