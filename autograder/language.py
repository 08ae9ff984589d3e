"""The grader's messages in the languages of students, see student_tools.language.

The catalogues are in the folder `locale` of this package.
"""

from pathlib import Path

from student_tools.language import ENGLISH, add_catalogues, in_language, language, tr, tr_plural

__all__ = ["ENGLISH", "in_language", "language", "tr", "tr_plural"]

add_catalogues(Path(__file__).parent)
