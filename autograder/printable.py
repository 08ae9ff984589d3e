"""Text for people: sanitized text from students, and lists of names in a sentence."""

from student_tools.wording import in_words

__all__ = ["clean", "clean_lines", "in_words"]


def clean(text: object, *, limit: int = 500) -> str:
    """Sanitize text to one line of at most `limit` characters, without control characters."""
    if type(text) is not str:
        return ""
    return "".join(c if c.isprintable() else " " for c in text[:limit]).strip()


def clean_lines(text: str, *, limit: int) -> str:
    """Sanitize text of several lines, at most `limit` characters in all. Line breaks are kept."""
    return "\n".join(clean(line, limit=limit) for line in text[:limit].splitlines())
