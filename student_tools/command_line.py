"""argparse's own words in the language of the notebooks."""

from __future__ import annotations

import argparse
import contextlib
from typing import TYPE_CHECKING

from student_tools.language import catalogue, tr_later

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["WORDS", "argparse_in_language"]

# The words of argparse that the commands for students can print; it fills in the values with %.
WORDS = (
    tr_later("usage: "),
    tr_later("positional arguments"),
    tr_later("options"),
    tr_later("%(heading)s:"),
    tr_later("show this help message and exit"),
    tr_later("%(prog)s: error: %(message)s\n"),
    tr_later("argument %(argument_name)s: %(message)s"),
    tr_later("the following arguments are required: %s"),
    tr_later("unrecognized arguments: %s"),
    tr_later("expected one argument"),
    tr_later("ignored explicit argument %r"),
    tr_later("ambiguous option: %(option)s could match %(matches)s"),
    tr_later("invalid choice: %(value)r (choose from %(choices)s)"),
)


@contextlib.contextmanager
def argparse_in_language() -> Iterator[None]:
    """Translate argparse's words inside of the block, or in the decorated function.

    argparse calls gettext by the name `_`. gettext chooses the language by the environment, which other programs
    read, too, so the name is replaced.
    """
    names = vars(argparse)
    own = names.get("_")
    names["_"] = catalogue().gettext
    try:
        yield
    finally:
        names["_"] = own
