"""Compare the parts of an English text and its translation that must be equal."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator

__all__ = ["differences"]


def differences(patterns: Iterable[re.Pattern[str]], english: str, translated: str) -> Iterator[str]:
    """Yield parts that one text has more often than the other, whatever the line breaks.

    Inputs:
    - patterns: expressions without groups; they find the parts.
    """
    for pattern in patterns:
        ours, theirs = (
            Counter(" ".join(part.split()) for part in pattern.findall(text)) for text in (english, translated)
        )
        yield from (f"{part} is missing" for part in ours - theirs)
        yield from (f"{part} is superfluous" for part in theirs - ours)
