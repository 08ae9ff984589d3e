"""Texts in figures: translated if Matplotlib has a font with their letters, else English."""

import functools

from student_tools.language import ENGLISH, in_language, tr

__all__ = ["font_families", "tr_drawn"]


def tr_drawn(message, /, **values):
    """Return a message as `tr` does, but in English if no font has the letters of the translation."""
    text = tr(message, **values)
    if font_families(text):
        return text
    with in_language(ENGLISH):
        return tr(message, **values)


def font_families(text):
    """Return the font families that draw a text: the default ones, and another one if needed.

    The list is empty if no font has all its letters.
    """
    from matplotlib import rcParams

    letters = "".join(sorted({letter for letter in text if letter.isprintable() and not letter.isascii()}))
    other = _other_family(letters, tuple(rcParams["font.family"]))
    return [] if other is None else [*rcParams["font.family"], *([other] if other else [])]


@functools.cache
def _other_family(letters, families):
    """The family with the letters that the default font lacks; "" if it lacks none; None if no font has them."""
    from matplotlib.font_manager import FontProperties, findfont

    default = findfont(FontProperties(family=list(families)))
    missing = "".join(letter for letter in letters if not _has(default, letter))
    return next((name for name, path in _fonts() if _has(path, missing)), None) if missing else ""


def _fonts():
    """(family, file) of the installed fonts, upright and of normal weight first."""
    from matplotlib.font_manager import fontManager

    for font in sorted(
        fontManager.ttflist,
        key=lambda font: (font.style != "normal", str(font.weight) not in ("400", "normal", "regular"), font.name),
    ):
        if not font.name.startswith("Last Resort"):  # Matplotlib's own since 3.11: it draws every letter as a box
            yield font.name, font.fname


@functools.cache
def _letters_of(path):
    from matplotlib.font_manager import get_font

    try:
        return frozenset(get_font(path).get_charmap())
    except (OSError, RuntimeError):  # a damaged font
        return frozenset()


def _has(path, letters):
    return {ord(letter) for letter in letters} <= _letters_of(path)
