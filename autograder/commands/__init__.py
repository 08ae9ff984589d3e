"""What each command of the command line does."""

__all__ = ["listed"]

NAMES = 20  # of students in one line


def listed(names):
    """Names in one line, with how many it leaves out."""
    names = list(names)
    more = f" and {len(names) - NAMES} more" if len(names) > NAMES else ""
    return ", ".join(names[:NAMES]) + more
