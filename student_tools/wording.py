"""Words that visible checks, hints and hidden tests share."""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING

import numpy as np

from student_tools.language import tr, tr_plural

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

__all__ = ["Places", "describe", "joined", "listed", "wrong_form", "wrong_keys", "wrong_number"]

MOST_KEYS, KEY_CHARS = 12, 24  # shown of a student's dict


def describe(value: object) -> str:
    """Return a value in a few words, for messages."""
    if value is None:
        return "None"
    if type(value) is np.ndarray:
        return tr("an array of shape {shape}", shape=value.shape)
    if type(value) is tuple or type(value) is list:
        return tr("a {type} of {count}", type=type(value).__name__, count=len(value))
    return type(value).__name__


def joined(words: Sequence[str]) -> str:
    """Return words as "a", "a and b" or "a, b and c"."""
    *others, last = words
    return tr("{others} and {last}", others=tr(", ").join(others), last=last) if others else last


def listed(keys: Collection[object]) -> str:
    """Return the keys of a student's dict as a short text: long keys could leak hidden inputs."""
    if not keys:
        return tr("(none)")
    texts = sorted(key if type(key) is str else repr(key) for key in keys)
    shown = ", ".join(f"{text[:KEY_CHARS]}…" if len(text) > KEY_CHARS else text for text in texts[:MOST_KEYS])
    return tr("{keys} and {count} more", keys=shown, count=len(keys) - MOST_KEYS) if len(keys) > MOST_KEYS else shown


def wrong_keys(name: str, got: object, expected: Collection[object]) -> str:
    """Return a sentence about a dict that does not have the expected keys, or ""."""
    if type(got) is not dict:
        return tr(
            "{name} is {got}, expected a dict with the keys {keys}", name=name, got=describe(got), keys=listed(expected)
        )
    if set(got) == set(expected):
        return ""
    return tr("{name} has the keys {got}, expected {keys}", name=name, got=listed(got), keys=listed(expected))


def wrong_number(name: str, got: object, what: str = "") -> str:
    """Return a sentence about a value that is not one real number, or "".

    Inputs:
    - name: of the value
    - got: the value; an array without axes counts as a number
    - what: the value in words, by default those of describe
    """
    if got is None:
        return tr("{name} is None, expected one number: compute and return it", name=name)
    if type(got) is np.ndarray and got.shape == () and got.dtype.kind in "fiu":
        return ""
    if isinstance(got, numbers.Real) and not isinstance(got, bool):
        return ""
    return tr("{name} is {got}, expected one number", name=name, got=what or describe(got))


def wrong_form(name: str, got: object, shape: tuple[int, ...], what: str = "") -> str:
    """Return a sentence about a value that is not an array of the expected shape, or "".

    Inputs:
    - name: of the value
    - got: the value
    - shape: the expected shape
    - what: the value in words, by default those of describe
    """
    if got is None:
        return tr("{name} is None, expected an array of shape {shape}: compute and return it", name=name, shape=shape)
    if type(got) is np.ndarray:
        if got.shape == shape:
            return ""
        return tr("{name} has shape {got}, expected {shape}", name=name, got=got.shape, shape=shape)
    if isinstance(got, numbers.Real) and not isinstance(got, bool) and shape:
        return tr(
            "{name} is one number, expected shape {shape}: is an axis missing in the sum?", name=name, shape=shape
        )
    words = {"name": name, "got": what or describe(got), "shape": shape}
    if type(got) is tuple and len(got) > 0 and type(got[0]) is np.ndarray and got[0].shape == shape:
        return tr(
            "{name} is {got}, expected a numpy array of shape {shape}: does the function return the cache, too?",
            **words,
        )
    return tr("{name} is {got}, expected a numpy array of shape {shape}", **words)


class Places:
    """The places along an axis of an array, in words."""

    def __init__(self, ndim: int, axis: int) -> None:
        kinds = {1: ("place",), 2: ("row", "column"), 4: ("sample", "channel", "row", "column")}.get(ndim)
        self.kind, self.axis = kinds[axis] if kinds else "", axis

    def listed(self, places: np.ndarray) -> str:
        """Return places with their noun, such as "row 2", "the rows 1 and 2"."""
        words, count = joined([str(int(place)) for place in places]), len(places)
        if self.kind == "place":
            return tr_plural("place {places}", "the places {places}", count, places=words)
        if self.kind == "row":
            return tr_plural("row {places}", "the rows {places}", count, places=words)
        if self.kind == "column":
            return tr_plural("column {places}", "the columns {places}", count, places=words)
        if self.kind == "sample":
            return tr_plural("sample {places}", "the samples {places}", count, places=words)
        if self.kind == "channel":
            return tr_plural("channel {places}", "the channels {places}", count, places=words)
        return tr_plural(
            "place {places} along axis {axis}",
            "the places {places} along axis {axis}",
            count,
            places=words,
            axis=self.axis,
        )

    def every(self) -> str:
        """Return all places, such as "every row"."""
        if not self.kind:
            return tr("every place along axis {axis}", axis=self.axis)
        return {
            "place": tr("every place"),
            "row": tr("every row"),
            "column": tr("every column"),
            "sample": tr("every sample"),
            "channel": tr("every channel"),
        }[self.kind]
