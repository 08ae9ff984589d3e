"""The language of what students read: feedback pages, feedback.md, and the text below an exercise.

Each sentence is one literal in English, which `_` or `ngettext` gets; a number decides between two
whole sentences. Values are filled in afterwards, so a translation can order them as it needs.
"""

from gettext import NullTranslations

__all__ = ["LANGUAGE", "TRANSLATIONS", "_", "counted", "ngettext"]

LANGUAGE = "en"  # as in <html lang="en">
TRANSLATIONS = NullTranslations()


def _(text: str) -> str:
    """Return a sentence in the language of the page."""
    return TRANSLATIONS.gettext(text)


def ngettext(one: str, many: str, number: int) -> str:
    """Return one of two sentences in the language of the page, `one` for the number 1."""
    return TRANSLATIONS.ngettext(one, many, number)


def counted(points: float) -> int:
    """Return the number that chooses the sentence for some points: fractions take that of many."""
    return int(points) if points == int(points) else 2
