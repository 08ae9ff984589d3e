"""Sentences that visible checks and hidden tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["in_words"]


def in_words(names: Sequence[str]) -> str:
    """Join names for a sentence: "dx, dw and db"."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
