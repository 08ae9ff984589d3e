"""The grader's messages in the languages of students, see student_tools.language.

The catalogues are in the folder `locale` of this package.
"""

from pathlib import Path

from student_tools.language import ENGLISH, add_catalogues, english_of, in_language, language, tr, tr_plural

__all__ = ["ENGLISH", "english_of", "in_language", "language", "tr", "tr_later", "tr_plural"]


def tr_later(message: str) -> str:
    """Return a message unchanged: it is a constant, and `tr` translates it where it is used."""
    return message


add_catalogues(Path(__file__).parent)
