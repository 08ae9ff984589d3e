"""Words that visible checks, hints and hidden tests share."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["describe", "listed", "wrong_form", "wrong_keys", "wrong_number"]

MOST_KEYS, KEY_CHARS = 12, 24  # shown of a student's dict


def describe(value: object) -> str:
    """Return a value in a few words, for messages."""
    if value is None:
        return "None"
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape}"
    if type(value) is tuple or type(value) is list:
        return f"a {type(value).__name__} of {len(value)}"
    return type(value).__name__


def listed(keys: Collection[object]) -> str:
    """Return the keys of a student's dict as a short text: long keys could leak hidden inputs."""
    texts = sorted(key if type(key) is str else repr(key) for key in keys)
    shown = ", ".join(f"{text[:KEY_CHARS]}…" if len(text) > KEY_CHARS else text for text in texts[:MOST_KEYS])
    more = f" and {len(keys) - MOST_KEYS} more" if len(keys) > MOST_KEYS else ""
    return f"{shown}{more}" if keys else "(none)"


def wrong_keys(name: str, got: object, expected: Collection[object]) -> str:
    """Return a sentence about a dict that does not have the expected keys, or ""."""
    if type(got) is not dict:
        return f"{name} is {describe(got)}, expected a dict with the keys {listed(expected)}"
    return "" if set(got) == set(expected) else f"{name} has the keys {listed(got)}, expected {listed(expected)}"


def wrong_number(name: str, got: object, what: str = "") -> str:
    """Return a sentence about a value that is not one real number, or "".

    Inputs:
    - name: of the value
    - got: the value; an array without axes counts as a number
    - what: the value in words, by default those of describe
    """
    if got is None:
        return f"{name} is None, expected one number: compute and return it"
    if type(got) is np.ndarray and got.shape == () and got.dtype.kind in "fiu":
        return ""
    is_number = isinstance(got, numbers.Real) and not isinstance(got, bool)
    return "" if is_number else f"{name} is {what or describe(got)}, expected one number"


def wrong_form(name: str, got: object, shape: tuple[int, ...], what: str = "") -> str:
    """Return a sentence about a value that is not an array of the expected shape, or "".

    Inputs:
    - name: of the value
    - got: the value
    - shape: the expected shape
    - what: the value in words, by default those of describe
    """
    if got is None:
        return f"{name} is None, expected an array of shape {shape}: compute and return it"
    if type(got) is np.ndarray:
        return f"{name} has shape {got.shape}, expected {shape}" if got.shape != shape else ""
    if isinstance(got, numbers.Real) and not isinstance(got, bool) and shape:
        return f"{name} is one number, expected shape {shape}: is an axis missing in the sum?"
    words = f"{name} is {what or describe(got)}, expected a numpy array of shape {shape}"
    is_first = type(got) is tuple and len(got) > 0 and type(got[0]) is np.ndarray and got[0].shape == shape
    return f"{words}: does the function return the cache, too?" if is_first else words
