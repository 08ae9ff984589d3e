"""Checks of arrays, numbers, gradients and caches; a failed check gives a message of one line."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, SupportsFloat, TypeGuard

import numpy as np

from autograder.language import tr
from autograder.sandbox.worker.wire_types import is_table
from autograder.testing.recording import fail, in_case, note_array, together, tolerance_of
from autograder.testing.tolerances import Tolerance
from student_tools import wording
from student_tools.relations import error_of
from student_tools.wording import listed, wrong_form, wrong_keys, wrong_number

__all__ = [
    "as_numbers",
    "check_array",
    "check_cache",
    "check_entry",
    "check_form",
    "check_gradients",
    "check_keys",
    "check_scalar",
    "check_shape",
    "describe",
    "error_of",
    "listed",
]

EXACT = Tolerance(1e-9, "whole numbers")  # for shapes and counts


def check_array(
    name: str,
    got: object,
    expected: np.ndarray,
    tolerance: str | Tolerance,
    *,
    case: str = "",
    loose: bool = False,
) -> None:
    """Check that a value is an ndarray of the expected shape with finite and close values.

    Inputs:
    - name: of the argument or return value, for the message
    - got: the value from the worker
    - expected: array of the reference
    - tolerance: name of a tolerance of the assignment, or a Tolerance
    - case: the input in a few words, for the message, such as "stride 2, pad 0, 5 × 7 image"
    - loose: accept additional or missing axes of length one, if another test checks the shape

    Raises: StudentFault with status failed.
    """
    where = in_case(case)
    expected = np.asarray(expected)
    if loose and _fits(got, expected.shape):
        got = got.reshape(expected.shape)
    note_array(name, got, expected, tolerance)
    got = _formed(name, got, expected.shape, case)
    bound = tolerance_of(tolerance).bound
    error = error_of(got, expected)
    if not error <= bound:
        difference = np.abs(got.astype(np.float64) - expected)
        index = _index(np.argmax(difference), got)
        wrong = np.mean(difference > bound * np.max(np.abs(expected)))
        if got.size > 1 and not got.any():
            words = {"name": name, "expected": _number(expected, index), "index": index}
            fail(tr("{name} is zero everywhere, expected {expected} at {index}", **words) + where)
        words = {"place": name + str(index), "got": _number(got, index), "expected": _number(expected, index)}
        words |= {"error": f"{error:.1e}", "tolerance": f"{bound:.0e}"}
        if got.size > 1:
            message = tr(
                "{place} is {got}, expected {expected}; {share} % of {name} is off, error {error}, tolerance"
                " {tolerance}",
                **words,
                share=f"{100 * wrong:.0f}",
                name=name,
            )
        else:
            message = tr("{place} is {got}, expected {expected}; error {error}, tolerance {tolerance}", **words)
        fail(message + where)


def _fits(got: object, shape: tuple[int, ...]) -> TypeGuard[np.ndarray]:
    """Return whether a value is an array of the shape, up to axes of length one."""
    return type(got) is np.ndarray and [n for n in got.shape if n != 1] == [n for n in shape if n != 1]


def check_form(name: str, got: object, shape: tuple[int, ...], *, case: str = "") -> None:
    """Check that a value is an ndarray of the shape with finite numbers.

    Inputs:
    - name: of the value, for the message
    - got: the value from the worker
    - shape: the expected shape
    - case: the input in a few words, for the message

    Raises: StudentFault with status failed.
    """
    _formed(name, got, shape, case)


def _formed(name: str, got: object, shape: tuple[int, ...], case: str) -> np.ndarray:
    """The value as an array, see check_form."""
    where = in_case(case)
    got = _array(name, got, shape, where)
    if got.dtype.kind not in "fiu":
        fail(tr("{name} has dtype {dtype}, expected floating point numbers", name=name, dtype=got.dtype) + where)
    if not np.all(np.isfinite(got)):
        index = _index(np.argmax(~np.isfinite(got)), got)
        words = {"place": name + str(index), "got": _number(got, index)}
        fail(tr("{place} is {got}, expected a finite number", **words) + where)
    return got


def check_shape(name: str, got: object, shape: tuple[int, ...], *, case: str = "") -> None:
    """Check that a value is an ndarray of the shape, with any content.

    Inputs: see check_form.

    Raises: StudentFault with status failed.
    """
    own = got.shape if type(got) is np.ndarray else ()
    note_array(tr("the shape of {name}", name=name), np.asarray(own), np.asarray(shape), EXACT)
    _array(name, got, shape, in_case(case))


def _array(name: str, got: object, shape: tuple[int, ...], where: str) -> np.ndarray:
    """The value as an array of the shape. Raises: StudentFault for anything else."""
    if fault := wrong_form(name, got, shape, describe(got)):
        fail(fault + where)
    return np.asarray(got)


def check_scalar(
    name: str, got: object, expected: SupportsFloat, tolerance: str | Tolerance, *, case: str = ""
) -> None:
    """Check one real number, a Python number or a zero-dimensional array.

    Inputs:
    - name: of the value, for the message
    - got: the value from the worker
    - expected: number of the reference
    - tolerance: name of a tolerance of the assignment, or a Tolerance
    - case: the input in a few words, for the message

    Raises: StudentFault with status failed.
    """
    if type(got) is np.ndarray and got.shape == ():
        got = got.item()
    if fault := wrong_number(name, got, describe(got)):
        fail(fault + in_case(case))
    check_array(name, np.asarray(got, dtype=np.float64), np.asarray(float(expected)), tolerance, case=case)


def check_entry(
    check: Callable[..., None], holder: str, values: object, key: str, *arguments: Any, case: str = "", **keywords: Any
) -> None:
    """Check an entry of a student's dict.

    Inputs:
    - check: check_array or check_scalar
    - holder: name of the dict, for the message
    - values: the dict from the worker
    - key: of the entry
    - arguments: further positional arguments of check: expected, tolerance
    - case: the input in a few words, for the message
    - keywords: further keyword arguments of check

    Raises: StudentFault with status failed, also if the key is missing.
    """
    if type(values) is not dict or key not in values:
        if type(values) is dict:
            message = tr("{holder} has no {key!r}: store it there", holder=holder, key=key)
        else:
            words = {"holder": holder, "key": key, "got": describe(values)}
            message = tr("{holder} is {got}, expected a dict with {key!r}: store it there", **words)
        fail(message + in_case(case))
    check(f"{holder}['{key}']", values[key], *arguments, case=case, **keywords)


def check_keys(name: str, got: object, expected: Collection[str]) -> None:
    """Check that a value is a dict with the expected keys.

    Inputs:
    - name: of the dict, for the message
    - got: the value from the worker
    - expected: the keys

    Raises: StudentFault with status failed.
    """
    if fault := wrong_keys(name, got, expected):
        fail(fault)


def check_gradients(
    got: Mapping[str, object],
    expected: Mapping[str, np.ndarray],
    tolerance: str | Tolerance,
    *,
    case: str = "",
    loose: bool = True,
) -> None:
    """Check the gradients of a backward pass; each name is a part of the hidden test.

    Inputs:
    - got: name → gradient from the worker
    - expected: name → gradient of the reference
    - tolerance: name of a tolerance of the assignment, or a Tolerance
    - case: the input in a few words, for the message
    - loose: accept additional or missing axes of length one, if another test checks the shape

    Raises: WrongParts.
    """
    with together() as check:
        for name, value in expected.items():
            check(name, check_array, name, got.get(name), value, tolerance, case=case, loose=loose)


def check_cache(
    function: str,
    cache: object,
    promised: Mapping[str, np.ndarray | dict[str, float]],
    *,
    tolerance: str | Tolerance = "exact",
) -> None:
    """Check that a cache holds the arguments that the docstring promises.

    Inputs:
    - function: its name, for the message
    - cache: the cache from the worker
    - promised: name of the argument → its value in the call
    - tolerance: name of a tolerance of the assignment, or a Tolerance

    Raises: StudentFault for another length, else WrongParts.
    """
    found: Any = (cache,) if len(promised) == 1 else cache
    if type(found) not in (tuple, list) or len(found) != len(promised):
        words = {"function": function, "got": describe(cache), "names": ", ".join(promised)}
        fail(tr("the cache of {function} is {got}, expected ({names})", **words))
    with together() as check:
        for (name, value), item in zip(promised.items(), found, strict=True):
            check(name, _check_cached, name, function, item, value, tolerance)


def _check_cached(
    name: str, function: str, got: object, promised: np.ndarray | dict[str, float], tolerance: str | Tolerance
) -> None:
    label = tr("the {name} in {function}'s cache", name=name, function=function)
    if isinstance(promised, dict):
        found = got if type(got) is dict else {}  # it may have more keys
        if any(not isinstance(found.get(key), int | float) or found[key] != n for key, n in promised.items()):
            words = {"label": label, "got": describe(got), "name": name}
            fail(tr("{label} is {got}, expected the unchanged {name}, as the docstring says", **words))
    elif type(got) is np.ndarray and got.shape != promised.shape:
        note_array(label, got, promised, tolerance)
        shapes = {"got": got.shape, "expected": promised.shape}
        fail(
            tr(
                "{label} has shape {got}, expected {expected}, the unchanged {name} of the docstring",
                label=label,
                name=name,
                **shapes,
            )
        )
    else:
        check_array(label, got, promised, tolerance)


def _index(flat: np.integer, array: np.ndarray) -> list[int] | str:
    return [int(i) for i in np.unravel_index(flat, array.shape)] if array.ndim else ""


def _number(array: np.ndarray, index: list[int] | str) -> str:
    # + 0.0 turns -0.0 into 0.0.
    return f"{float(array if isinstance(index, str) else array[tuple(index)]) + 0.0:.6g}"


def describe(value: object) -> str:
    """Return a value in a few words, for messages."""
    if is_table(value):
        words = {"type": type(value).__name__, "rows": len(value)}
        if value.ndim == 2:
            return tr("a {type} of {rows} rows and {columns} columns", **words, columns=value.shape[1])
        return tr("a {type} of {rows} rows", **words)
    return getattr(value, "type_name", "") or wording.describe(value)


def as_numbers(value: object) -> np.ndarray | None:
    """Return an array or a number as a float64 array, None for any other value."""
    if isinstance(value, float | int) or (type(value) is np.ndarray and value.dtype.kind in "fiub"):
        return np.asarray(value, dtype=np.float64)
    return None
