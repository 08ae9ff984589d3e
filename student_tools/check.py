"""Visible checks for notebooks: compare your values with expected values.

On the command line, ``python -m student_tools.check Work.ipynb`` runs all checks of a notebook and
lists what is left to do.
"""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CheckFailed", "check_close", "check_true", "rel_error"]


class CheckFailed(AssertionError):
    """Raised by a failed check, with a message of one line.

    A notebook shows only that line: a traceback through this module would not help to find the
    mistake.
    """

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows instead of a traceback."""
        return [f"✘ {self}"]


def check_close(label: str, got: object, expected: ArrayLike, tolerance: float) -> None:
    """Print the relative error between got and expected, and raise if it is above the tolerance.

    The order of the comparison is: None, type, shape, finite, values.

    Inputs:
    - label: name of the value; the printed line is ``label:  error  ✔``
    - got: your result: a NumPy array, or a real number if expected is a number
    - expected: array or number
    - tolerance: largest relative error that passes (see rel_error)

    Raises: CheckFailed, an AssertionError, with one line about the first difference and its index.
    """
    if got is None:
        raise CheckFailed(f"{label}: got None: finish the function, and let it return its result")
    expected = np.asarray(expected)
    _check_type(label, got, expected)
    got = np.asarray(got)
    if got.shape != expected.shape:
        raise CheckFailed(f"{label}: expected shape {expected.shape}, got shape {got.shape}")
    finite = np.isfinite(got)
    if not finite.all():
        worst = _place(np.argmin(finite), got.shape)
        raise CheckFailed(
            f"{label}: expected finite numbers, got {got[worst]}{_at(worst)}; {finite.size - finite.sum()} of"
            f" {got.size} numbers are NaN or infinity"
        )
    error = rel_error(got, expected)
    # 'not <=' also catches a NaN from a wrong expected value.
    wrong = not error <= tolerance
    print(f"{label}:  {error}" if wrong else f"{label}:  {error}  ✔")
    if wrong:
        difference = np.abs(got - expected.astype(np.float64))
        ratios = difference / np.maximum(1e-8, np.abs(got) + np.abs(expected))
        worst = _place(np.argmax(ratios), got.shape)
        raise CheckFailed(
            f"{label}: relative error {error:.3g} is above the tolerance {tolerance:g}; worst"
            f"{_at(worst)}: expected {_number(expected[worst])}, got {_number(got[worst])}"
        )


def check_true(condition: object, message: str) -> None:
    """Raise CheckFailed with the message unless the condition is true."""
    if not condition:
        raise CheckFailed(message)


def rel_error(x: ArrayLike, y: ArrayLike) -> float:
    """Return the largest relative error, ``max(|x - y| / max(1e-8, |x| + |y|))``, as a float.

    Inputs:
    - x: real or complex number, or an array of any shape; an empty array gives 0.0
    - y: the same, of a shape that broadcasts with x
    """
    # At least float64: the difference of unsigned integers would wrap around.
    x, y = np.asarray(x), np.asarray(y)
    x, y = (array.astype(np.result_type(array, np.float64), copy=False) for array in (x, y))
    ratio = np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))
    return float(np.max(ratio, initial=0.0))


def _check_type(label: str, got: object, expected: NDArray) -> None:
    """Raise CheckFailed unless got is an array of real numbers, or a number if expected is one."""
    if expected.ndim == 0 and isinstance(got, numbers.Real) and not isinstance(got, bool):
        return
    if type(got) is not np.ndarray:
        wanted = "a number" if expected.ndim == 0 else "a NumPy array"
        raise CheckFailed(f"{label}: expected {wanted}, got {type(got).__name__}")
    if got.dtype.kind not in "fiub":
        raise CheckFailed(f"{label}: expected an array of real numbers, got an array of {got.dtype}")


def _number(value: float) -> str:
    """A number for a message; -0.0 is written as 0."""
    return f"{value + 0.0:.10g}"


def _place(flat: np.intp, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(flat, shape))


def _at(place: tuple[int, ...]) -> str:
    return f" at index {place}" if place else ""


if __name__ == "__main__":
    # Not imported at the top: a notebook that uses this module does not need nbclient.
    from student_tools.run_checks import start

    start()
