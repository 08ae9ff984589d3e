"""Tells by its first bytes whether a file may be a notebook, whatever its name is."""

import re

__all__ = ["HEAD_BYTES", "may_be_notebook"]

HEAD_BYTES = 4096  # in which a notebook says that it is one
HEAD = re.compile(
    rb'[\xef\xbb\xbf\xfe\xff\s]*(?:<{7}[^\n]*\s*)?\{.*"(?:cells|metadata|nbformat|worksheets)"\s*:', re.DOTALL
)


def may_be_notebook(head: bytes) -> bool:
    """Whether a file that begins with these bytes may be a notebook."""
    return bool(HEAD.match(head[:HEAD_BYTES].replace(b"\0", b"")))
