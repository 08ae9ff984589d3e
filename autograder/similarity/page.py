"""The page of `similarity`: pairs to look at, their texts side by side, with what else it can mean. One HTML file."""

import html
from collections.abc import Callable, Iterable, Mapping, Set

from autograder.printable import clean
from autograder.similarity.comparison import COMMON, COMMON_BOUNDS, LETTER, MIN_SHARED, USUAL, Pair, Report
from autograder.similarity.fingerprints import MAX_CHARS, PHRASE
from autograder.templates import page_template

__all__ = ["similarity_page"]

FEW = 20  # submissions below which the page says that they can't tell what is common
MAX_LINES, MAX_WIDTH, MAX_INDENT = 150, 160, 60  # of a text that is shown: lines, characters, blanks before them
LONG_TEXT = 80  # lines from which on stretches that are not marked are cut
KEPT = 4  # lines that are kept at both ends of such a stretch
MAX_PAGE = 2_000_000  # characters of texts; after that the page names exercises without showing them
WHOLE = {"letter": "all of it the same to the letter", "code": "all of it the same but for names, comments and strings"}


Line = tuple[str, str]  # its kind, and its text
ShownLine = tuple[str, str, bool]  # the same, and whether the line was handed out


def similarity_page(report: Report, assignment_name: str, *, left_out: Mapping[str, str] | None = None) -> str:
    """A Report as an HTML page: no scripts, nothing loaded, the same bytes for the same submissions.

    Inputs:
    - left_out: student → why nothing of theirs was compared.
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
    """(Number of a pair, exercise) → the two texts; without those for which there
    is no room left."""
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
    """The lines of a text as (kind, line): "alike", "other", or "gap" for a remark on lines that are left out."""
    lines = text.splitlines()
    handed_out = {i for i, line in enumerate(lines) if line.strip() and i not in own}
    shown = [("alike" if i in alike else "other", _line(line), i in handed_out) for i, line in enumerate(lines)]
    shown = _cut(shown, lambda entry: entry[2] or not entry[1].strip(), 2, "as handed out")
    if len(shown) > LONG_TEXT:
        shown = _cut(shown, lambda entry: entry[0] == "other", KEPT, "that are not alike")
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
