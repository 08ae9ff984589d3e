"""Visible checks of the notebooks: compare what you computed with what is expected, and say in one line what is wrong.

From the command line, ``python -m student_tools.check Work.ipynb`` runs all checks of a notebook and says what is left
to do.
"""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["CheckFailed", "check_close", "check_true", "rel_error"]


class CheckFailed(AssertionError):
    """What a check raises: one line that says what is wrong.

    A notebook shows that line alone: the code of this module is no help to whoever looks for a mistake in their own.
    """

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows in the place of a traceback."""
        return [f"✘ {self}"]


def check_close(label: str, got: object, expected: ArrayLike, tolerance: float) -> None:
    """Print the relative error between got and expected, with a ✔, or raise when it is above the tolerance.

    Looked at in this order: None, type, shape, finite, values.

    Inputs:
    - label: what is compared; the printed line is ``label:  error  ✔``
    - got: your result: a NumPy array, or a real number when expected is one
    - expected: array or number
    - tolerance: largest relative error (see rel_error) that is right

    Raises CheckFailed, an AssertionError, with one line that names what is wrong, and where.
    """
    if got is None:
        raise CheckFailed(f"{label}: got None; is the function finished, and does it return its result?")
    expected = np.asarray(expected)
    _check_type(label, got, expected)
    got = np.asarray(got)
    if got.shape != expected.shape:
        raise CheckFailed(f"{label}: got shape {got.shape}, expected shape {expected.shape}")
    finite = np.isfinite(got)
    if not finite.all():
        worst = _place(np.argmin(finite), got.shape)
        raise CheckFailed(
            f"{label}: got {got[worst]}{_at(worst)}, and {finite.size - finite.sum()} of {got.size} "
            "numbers are not finite (NaN or infinity)"
        )
    error = rel_error(got, expected)
    # 'not <=' also catches a NaN, which only a wrong expected value can bring.
    wrong = not error <= tolerance
    print(f"{label}:  {error}" if wrong else f"{label}:  {error}  ✔")
    if wrong:
        difference = np.abs(got - expected.astype(np.float64))
        ratios = difference / np.maximum(1e-8, np.abs(got) + np.abs(expected))
        worst = _place(np.argmax(ratios), got.shape)
        raise CheckFailed(
            f"{label}: relative error {error:.3g} is above the tolerance {tolerance:g}; worst"
            f"{_at(worst)}: got {_number(got[worst])}, expected {_number(expected[worst])}"
        )


def check_true(condition: object, message: str) -> None:
    """Raise CheckFailed(message) unless condition is true."""
    if not condition:
        raise CheckFailed(message)


def rel_error(x: ArrayLike, y: ArrayLike) -> float:
    """Return the largest relative error, ``max(|x - y| / max(1e-8, |x| + |y|))``, as a float.

    Inputs:
    - x, y: real or complex numbers, or arrays of shapes that fit together; nothing in them gives 0.0
    """
    # In at least double precision: unsigned integers would wrap around in the difference.
    x, y = np.asarray(x), np.asarray(y)
    x, y = (array.astype(np.result_type(array, np.float64), copy=False) for array in (x, y))
    ratio = np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y))
    return float(np.max(ratio, initial=0.0))


def _check_type(label: str, got: object, expected: NDArray) -> None:
    """Raise CheckFailed unless got is an array of real numbers, or a real number where expected is one."""
    if expected.ndim == 0 and isinstance(got, numbers.Real) and not isinstance(got, bool):
        return
    if type(got) is not np.ndarray:
        wanted = "a number" if expected.ndim == 0 else "a NumPy array"
        raise CheckFailed(f"{label}: got {type(got).__name__}, expected {wanted}")
    if got.dtype.kind not in "fiub":
        raise CheckFailed(f"{label}: got an array of {got.dtype}, expected real numbers")


def _number(value: float) -> str:
    """A number for a message; a zero has no sign there."""
    return f"{value + 0.0:.10g}"


def _place(flat: np.intp, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(flat, shape))


def _at(place: tuple[int, ...]) -> str:
    return f" at index {place}" if place else ""


if __name__ == "__main__":
    # Here, not at the top: notebooks use this module, and need nothing that runs notebooks.
    from student_tools.run_checks import start

    start()
