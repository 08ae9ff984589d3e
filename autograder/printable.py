"""Text for people: sanitized text from students, lists of names in a sentence, short numbers."""

from collections.abc import Sequence

__all__ = ["clean", "clean_lines", "in_words", "rounded", "sentence"]


def clean(text: object, *, limit: int = 500) -> str:
    """Sanitize text to one line of at most `limit` characters, without control characters."""
    if not isinstance(text, str):
        return ""
    return "".join(c if c.isprintable() else " " for c in text[:limit]).strip()


def clean_lines(text: str, *, limit: int) -> str:
    """Sanitize text of several lines, at most `limit` characters in all. Line breaks are kept."""
    return "\n".join(clean(line, limit=limit) for line in text[:limit].splitlines())


def in_words(names: Sequence[str]) -> str:
    """Join names for a sentence: "dx, dw and db"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def rounded(value: float) -> str:
    """Return a number, such as a score, with at most two decimals: "99.26", "8"."""
    return f"{round(float(value), 2):g}"


def sentence(text: str) -> str:
    """End a text with a full stop, unless it ends with a mark already."""
    return text if text.endswith((".", "!", "?", "…", ":")) else f"{text}."
