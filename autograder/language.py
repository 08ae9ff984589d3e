"""The grader's messages in the languages of students, see student_tools.language.

The catalogues are in the folder `locale` of this package.
"""

import functools
import re
from pathlib import Path

from student_tools.language import ENGLISH, add_catalogues, english_of, in_language, language, tr, tr_later, tr_plural

__all__ = [
    "ENGLISH",
    "NOT_WRITTEN_YET",
    "english_of",
    "in_language",
    "language",
    "not_written",
    "not_written_patterns",
    "tr",
    "tr_later",
    "tr_plural",
]

FOLDER = Path(__file__).parent


# The text of the exception in a released stub.
NOT_WRITTEN_YET = tr_later("{what} is not written yet: put your code in its cell")

add_catalogues(FOLDER)


def not_written(what: str) -> str:
    """Return the text of the exception in a stub in the current language.

    It is English if the translation does not begin with the name, as the students' `check` and `submit` expect.

    Inputs:
    - what: name of the function, or of class and method
    """
    text = tr(NOT_WRITTEN_YET, what=what)
    return text if text.startswith(f"{what} ") else english_of(text)


@functools.cache
def not_written_patterns() -> tuple[re.Pattern[str], ...]:
    """Return a pattern for the text of a stub in each language, the English one first; its group is the name."""
    codes = (ENGLISH, *sorted(path.name for path in FOLDER.glob("locale/*") if path.is_dir()))
    texts = []
    for code in codes:
        with in_language(code):
            texts.append(not_written("NAME"))
    return tuple(re.compile(re.escape(text).replace("NAME", r"([\w.]+)", 1)) for text in dict.fromkeys(texts))
