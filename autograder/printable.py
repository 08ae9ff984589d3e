"""Text for people: text that came from students, made safe to show anywhere, and names in a sentence."""

from collections.abc import Sequence

__all__ = ["clean", "clean_lines", "in_words"]


def clean(text: object, *, limit: int = 500) -> str:
    """Text that came from student code, made safe to show: one line, no control characters, short."""
    if type(text) is not str:
        return ""
    return "".join(c if c.isprintable() else " " for c in text[:limit]).strip()


def clean_lines(text: str, *, limit: int) -> str:
    """The same for a text of several lines, which it stays."""
    return "\n".join(clean(line, limit=limit) for line in text[:limit].splitlines())


def in_words(names: Sequence[str]) -> str:
    """Names in a sentence: "dx, dw and db"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
