"""Compares what a student's function gave with what it should be, and says the difference in one line."""

import numbers
from collections.abc import Callable, Collection, Mapping
from typing import Any, SupportsFloat, TypeGuard

import numpy as np

from autograder.sandbox.worker.wire_types import is_table
from autograder.testing.recording import fail, in_case, note_array, together, tolerance_of
from autograder.testing.tolerances import Tolerance

__all__ = [
    "as_numbers",
    "check_array",
    "check_cache",
    "check_entry",
    "check_form",
    "check_gradients",
    "check_scalar",
    "check_shape",
    "describe",
    "error_of",
    "listed",
]

EXACT = Tolerance(1e-9, "whole numbers")  # for sizes, which are right or wrong
MOST_KEYS, KEY_CHARS = 12, 24  # of a student's dict that a message shows


def error_of(got: np.ndarray, expected: np.ndarray) -> float:
    """max |got − expected| ÷ max |expected|; the plain difference where everything expected is zero."""
    if expected.size == 0:
        return 0.0
    with np.errstate(all="ignore"):  # the values are a student's
        scale = np.max(np.abs(expected))
        difference = np.max(np.abs(got.astype(np.float64) - expected))
        return float(difference / scale) if scale > 0 else float(difference)


def check_array(
    name: str,
    got: object,
    expected: np.ndarray,
    tolerance: str | Tolerance,
    *,
    case: str = "",
    loose: bool = False,
) -> None:
    """Pass only an ndarray of the expected shape whose values are finite and near enough.

    Inputs:
    - name: the argument or return value that the message speaks of.
    - got: what came back from the worker.
    - tolerance: one of the assignment by name, or another one.
    - case: what is special about the input, for the message: "stride 2, pad 0, 5 × 7 image".
    - loose: whether there may be more or fewer axes of length one, where another test looks at the shape.

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
            fail(f"{name} is zero everywhere, expected {_number(expected, index)} at {index}{where}")
        share = f"{100 * wrong:.0f} % of {name} is off, " if got.size > 1 else ""
        fail(
            f"{name}{index} is {_number(got, index)}, expected {_number(expected, index)}; "
            f"{share}error {error:.1e}, tolerance {bound:.0e}{where}"
        )


def _fits(got: object, shape: tuple[int, ...]) -> TypeGuard[np.ndarray]:
    """Whether something is an array of that shape, but for axes of length one."""
    return type(got) is np.ndarray and [n for n in got.shape if n != 1] == [n for n in shape if n != 1]


def check_form(name: str, got: object, shape: tuple[int, ...], *, case: str = "") -> None:
    """Pass only an ndarray of that shape with finite numbers in it. Raises: StudentFault."""
    _formed(name, got, shape, case)


def _formed(name: str, got: object, shape: tuple[int, ...], case: str) -> np.ndarray:
    """What check_form lets pass."""
    where = in_case(case)
    got = _array(name, got, shape, where)
    if got.dtype.kind not in "fiu":
        fail(f"{name} has dtype {got.dtype}, expected floating point numbers{where}")
    if not np.all(np.isfinite(got)):
        index = _index(np.argmax(~np.isfinite(got)), got)
        fail(f"{name}{index} is {_number(got, index)}, expected a finite number{where}")
    return got


def check_shape(name: str, got: object, shape: tuple[int, ...], *, case: str = "") -> None:
    """Pass only an ndarray of that shape, whatever is in it. Raises: StudentFault."""
    own = got.shape if type(got) is np.ndarray else ()
    note_array(f"the shape of {name}", np.asarray(own), np.asarray(shape), EXACT)
    _array(name, got, shape, in_case(case))


def _array(name: str, got: object, shape: tuple[int, ...], where: str) -> np.ndarray:
    """The array of that shape that came back. Raises: StudentFault for anything else."""
    if got is None:
        fail(f"{name} is None, expected an array of shape {shape}: was it never computed?{where}")
    if type(got) is not np.ndarray:
        fail(f"{name} has to be a numpy array of shape {shape}, got {describe(got)}{where}")
    if got.shape != shape:
        fail(f"{name} has shape {got.shape}, expected {shape}{where}")
    return got


def check_scalar(
    name: str, got: object, expected: SupportsFloat, tolerance: str | Tolerance, *, case: str = ""
) -> None:
    """The same for one number, given as a float or a zero-dimensional array."""
    if type(got) is np.ndarray and got.shape == ():
        got = got.item()
    if isinstance(got, bool) or not isinstance(got, numbers.Real):
        where = in_case(case)
        if got is None:
            fail(f"{name} is None, expected one number: was it never computed?{where}")
        fail(f"{name} has to be one number, got {describe(got)}{where}")
    check_array(name, np.asarray(float(got)), np.asarray(float(expected)), tolerance, case=case)


def check_entry(
    check: Callable[..., None], holder: str, values: object, key: str, *arguments: Any, case: str = "", **keywords: Any
) -> None:
    """Compare what a student's dict has under a key.

    Inputs:
    - check: check_array or check_scalar, which also gets the other arguments.
    - holder: the name of the dict, for the message.

    Raises: StudentFault, also where there is no such key.
    """
    if type(values) is not dict or key not in values:
        what = f"has no {key!r}" if type(values) is dict else f"is {describe(values)}, expected a dict with {key!r}"
        fail(f"{holder} {what}: was it never stored?{in_case(case)}")
    check(f"{holder}['{key}']", values[key], *arguments, case=case, **keywords)


def check_gradients(
    got: Mapping[str, object],
    expected: Mapping[str, np.ndarray],
    tolerance: str | Tolerance,
    *,
    case: str = "",
    loose: bool = True,
) -> None:
    """Compare the gradients of a backward pass by their names, which are the parts.

    Inputs:
    - loose: whether there may be more or fewer axes of length one, where another test looks at the shape.

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
    """Expect in a cache what the docstring promises.

    Inputs:
    - function: its name, for the message.
    - promised: argument → its value, as it came in.
    """
    found: Any = (cache,) if len(promised) == 1 else cache
    if type(found) not in (tuple, list) or len(found) != len(promised):
        fail(f"the cache of {function} has to be ({', '.join(promised)}), got {describe(cache)}")
    with together() as check:
        for (name, value), item in zip(promised.items(), found, strict=True):
            check(name, _check_cached, name, function, item, value, tolerance)


def _check_cached(
    name: str, function: str, got: object, promised: np.ndarray | dict[str, float], tolerance: str | Tolerance
) -> None:
    label = f"the {name} in {function}'s cache"
    if isinstance(promised, dict):
        found = got if type(got) is dict else {}  # more may be in it
        if any(not isinstance(found.get(key), int | float) or found[key] != n for key, n in promised.items()):
            fail(f"{label} is {describe(got)}; the docstring promises {name} as it came in")
    elif type(got) is np.ndarray and got.shape != promised.shape:
        note_array(label, got, promised, tolerance)
        fail(f"{label} has shape {got.shape}; the docstring promises {name} as it came in, {promised.shape}")
    else:
        check_array(label, got, promised, tolerance)


def listed(keys: Collection[object]) -> str:
    """The keys of a dict in a few words: they are a student's, and could carry anything away."""
    texts = sorted(key if type(key) is str else repr(key) for key in keys)
    shown = ", ".join(f"{text[:KEY_CHARS]}…" if len(text) > KEY_CHARS else text for text in texts[:MOST_KEYS])
    more = f" and {len(keys) - MOST_KEYS} more" if len(keys) > MOST_KEYS else ""
    return f"{shown}{more}" if keys else "(none)"


def _index(flat: np.integer, array: np.ndarray) -> list[int] | str:
    return [int(i) for i in np.unravel_index(flat, array.shape)] if array.ndim else ""


def _number(array: np.ndarray, index: list[int] | str) -> str:
    # Nobody should wonder about a zero with a minus sign.
    return f"{float(array if isinstance(index, str) else array[tuple(index)]) + 0.0:.6g}"


def describe(value: object) -> str:
    """A value in a few words, for messages."""
    if value is None:
        return "None"
    if type(value) is np.ndarray:
        return f"an array of shape {value.shape}"
    if type(value) is tuple or type(value) is list:
        return f"a {type(value).__name__} of {len(value)}"
    if is_table(value):
        columns = f" and {value.shape[1]} columns" if value.ndim == 2 else ""
        return f"a {type(value).__name__} of {len(value)} rows{columns}"
    return getattr(value, "type_name", type(value).__name__)


def as_numbers(value: object) -> np.ndarray | None:
    """An array or a number as an array of float64; None for whatever else."""
    if isinstance(value, float | int) or (type(value) is np.ndarray and value.dtype.kind in "fiub"):
        return np.asarray(value, dtype=np.float64)
    return None
