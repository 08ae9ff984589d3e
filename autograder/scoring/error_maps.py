"""Error maps: small pictures of the wrong places of an array, such as a wrong border."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeGuard

import numpy as np

from autograder.language import tr
from autograder.testing.recording import Comparison, PlainComparison

__all__ = ["describe_picture", "is_picture", "picture_of"]

SMALLEST, LARGEST = 3, 40  # rows and columns of a picture
LEVELS = 9
LARGEST_ERROR = 1e30  # relative to the largest expected value; larger errors get the same colour
EVERYWHERE = 0.95  # if more than this share is wrong, a picture shows no more than the numbers


def picture_of(comparisons: Iterable[Comparison | PlainComparison]) -> dict[str, Any] | None:
    """Make the error map of the first wrong array (N, C, H, W): its worst sample and channel.

    Values and inputs can't be computed from the map.

    Inputs:
    - comparisons: of a hidden test, see recording.record_comparisons

    Returns: None if no such array exists, or if nearly all of it is wrong; else a dict of
    - "name": of the array
    - "plane": [sample, channel]
    - "rows": a text for each row, with a digit for each column: 0 if the value is right, else 1 to
      9 for the error on a logarithmic scale
    - "worst": [row, column]
    """
    for comparison in comparisons:
        if not isinstance(comparison, Comparison):
            continue
        got, expected = comparison.got, comparison.expected
        bound = comparison.tolerance.bound
        if not _can_be_shown(got, expected):
            continue
        with np.errstate(all="ignore"):
            scale = np.max(np.abs(expected)) or 1.0
            # Values near the largest float would give infinite logarithms below.
            error = np.minimum(np.abs(got.astype(np.float64) - expected) / scale, LARGEST_ERROR)
        if error.max() <= bound:
            continue
        sample, channel = np.unravel_index(np.argmax(error.max(axis=(2, 3))), error.shape[:2])
        plane = error[sample, channel]
        wrong = plane > bound
        if wrong.mean() > EVERYWHERE:
            return None
        depth = np.log(np.maximum(plane, bound) / bound) / np.log(plane.max() / bound)
        levels = np.where(wrong, np.clip(np.ceil(LEVELS * depth), 1, LEVELS), 0).astype(int)
        rows = ["".join(map(str, row)) for row in levels]
        worst = [int(i) for i in np.unravel_index(np.argmax(plane), plane.shape)]
        return {"name": comparison.name, "plane": [int(sample), int(channel)], "rows": rows, "worst": worst}
    return None


def _can_be_shown(got: object, expected: np.ndarray) -> TypeGuard[np.ndarray]:
    return (
        type(got) is np.ndarray
        and got.ndim == 4
        and got.shape == np.shape(expected)
        and got.dtype.kind in "fiu"
        and all(SMALLEST <= size <= LARGEST for size in got.shape[2:])
        and got.size > 0
        and bool(np.all(np.isfinite(got)))
    )


def is_picture(picture: Any) -> bool:
    """Return whether a value from a stored result is a valid picture."""
    try:
        rows, (sample, channel) = picture["rows"], picture["plane"]
        width = len(rows[0])
        return (
            type(picture["name"]) is str
            and type(sample) is type(channel) is int
            and all(len(row) == width and row.isascii() and row.isdigit() for row in rows)
        )
    except (TypeError, KeyError, IndexError, ValueError, AttributeError):
        return False


def describe_picture(picture: Mapping[str, Any]) -> str:
    """Return the picture in words, for screen readers."""
    levels = np.array([list(map(int, row)) for row in picture["rows"]])
    sample, channel = picture["plane"]
    words = {
        "place": f"{picture['name']}[{sample}, {channel}]",
        "count": np.count_nonzero(levels),
        "total": levels.size,
    }
    inner = levels[1:-1, 1:-1]
    if not inner.any():
        return tr("{place}: {count} of {total} values are off, all in the outermost rows and columns", **words)
    # Several places can have the deepest colour; the message above the picture names the worst one.
    row, column = picture["worst"] if "worst" in picture else np.unravel_index(np.argmax(levels), levels.shape)
    return tr(
        "{place}: {count} of {total} values are off, most of all in row {row}, column {column}",
        **words,
        row=row,
        column=column,
    )
