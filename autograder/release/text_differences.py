"""Compare the parts of an English text and its translation that must be equal."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

__all__ = ["differences"]

# Text in a formula: names in the code, such as `dout`, and words, such as `if `.
FORMULA_TEXT = re.compile(r"\\text\{([^{}]*)\}")
CODE_NAME = re.compile(r"[A-Za-z0-9_\\]+")


def differences(patterns: Iterable[re.Pattern[str]], english: str, translated: str) -> Iterator[str]:
    """Yield parts that one text has more often than the other, whatever the line breaks.

    Inputs:
    - patterns: expressions without groups; they find the parts.
    """
    for pattern in patterns:
        ours, theirs = (
            Counter(" ".join(part.split()) for part in pattern.findall(_without_words(text)))
            for text in (english, translated)
        )
        yield from (f"{part} is missing" for part in ours - theirs)
        yield from (f"{part} is superfluous" for part in theirs - ours)


def _without_words(text: str) -> str:
    """Return a text with … in place of the words in its formulas; names in the code stay."""
    return FORMULA_TEXT.sub(lambda found: found[0] if CODE_NAME.fullmatch(found[1]) else r"\text{…}", text)
