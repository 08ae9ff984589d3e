"""Text for people: sanitized text from students, lists of names in a sentence, short numbers."""

from collections.abc import Sequence

from autograder.language import tr

__all__ = ["clean", "clean_lines", "in_words", "rounded", "sentence"]

# Marks at the end of a sentence, also Chinese ones.
END = (".", "!", "?", "…", ":", "\u3002", "\uff01", "\uff1f", "\uff1a")


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
    return tr("{others} and {last}", others=tr(", ").join(others), last=last) if others else last


def rounded(value: float) -> str:
    """Return a number, such as a score, with at most two decimals: "99.26", "8"."""
    return f"{round(float(value), 2):g}"


def sentence(text: str) -> str:
    """End a text with a full stop, unless it ends with a mark already."""
    return text if text.endswith(END) else text + tr(".")
