"""Detects notebooks by the first bytes of a file, independent of its name."""

import re

__all__ = ["HEAD_BYTES", "may_be_notebook"]

HEAD_BYTES = 4096  # contain one of a notebook's keys
HEAD = re.compile(
    rb'[\xef\xbb\xbf\xfe\xff\s]*(?:<{7}[^\n]*\s*)?\{.*"(?:cells|metadata|nbformat|worksheets)"\s*:', re.DOTALL
)


def may_be_notebook(head: bytes) -> bool:
    """Return whether a file that starts with these bytes may be a notebook."""
    return bool(HEAD.match(head[:HEAD_BYTES].replace(b"\0", b"")))
