"""Visible checks for notebooks: compare your values with expected values.

On the command line, ``python -m student_tools.check Work.ipynb`` runs all checks of a notebook and
lists what is left to do.
"""

from __future__ import annotations

import contextlib
import re
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from student_tools.relations import Values, other_shape, relation
from student_tools.wording import wrong_form, wrong_keys, wrong_number

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from numpy.typing import ArrayLike, NDArray

__all__ = ["CheckFailed", "check_close", "check_keys", "check_true", "hint", "hint_for", "rel_error"]

NAMED = re.compile(r"\s*([A-Za-z_]\w*) (?:(?:error|difference)\b|[^\W\x00-\x7f])")  # labels: "dx error", "dx 误差"
COARSE = 1e-3  # with a larger tolerance a relation may hold by chance


class CheckFailed(AssertionError):
    """Raised by a failed check, with a message of one line.

    A notebook shows only that line: a traceback through this module would not help to find the
    mistake.
    """

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows instead of a traceback."""
        return [f"✘ {self}", *self._hint()]

    def _hint(self) -> Iterator[str]:
        """A line about the hint of the last exercise that the cell names, if the notebook has `hint`."""
        from student_tools.hints import read_hints

        for frame, _ in traceback.walk_tb(self.__traceback__):
            package = getattr(frame.f_globals.get("hint"), "package", None)
            if package and frame.f_code.co_name == "<module>":
                with contextlib.suppress(ValueError):  # no hints
                    named = [name for name in read_hints(package) if name in frame.f_code.co_names]
                    yield from (f'For a hint, run hint("{name}") in a new cell.' for name in named[-1:])
                return


def hint_for(package: str | Path) -> Callable[..., None]:
    """Make the function `hint` of a course's package, for notebooks.

    Inputs:
    - package: folder of the package, see hints.read_hints
    """

    def hint(exercise: object, second: bool = False) -> None:
        """Print a hint for an exercise, which must be defined in this notebook.

        Inputs:
        - exercise: its name
        - second: True for the second hint, which says what to look at in the formula
        """
        from student_tools.hints import hint_text, read_hints

        name = str(getattr(exercise, "__name__", exercise))
        try:
            print(hint_text(read_hints(package), name, sys._getframe(1).f_globals, second=second)[0])
        except ValueError as error:
            print(error)

    hint.package = package  # type: ignore[attr-defined]
    return hint


hint = hint_for(Path(__file__).parent)


def check_close(label: str, got: object, expected: ArrayLike, tolerance: float) -> None:
    """Print the relative error between got and expected, and raise if it is above the tolerance.

    The order of the comparison is: None, type, shape, finite, values.

    Inputs:
    - label: name of the value; the printed line is ``label:  error  ✔``
    - got: your result: a NumPy array, or a real number if expected is a number
    - expected: array or number
    - tolerance: largest relative error that passes (see rel_error)

    Raises: CheckFailed, an AssertionError, with one line about the first difference and its index.
    It ends with a relation that holds between the values, see student_tools.relations.
    """
    expected, name = np.asarray(expected), _name(label)
    _check_type(label, name, got, expected)
    got = np.asarray(got)
    finite = np.isfinite(got)
    if not finite.all():
        worst = _place(np.argmin(finite), got.shape)
        where = _related(name, got, expected, tolerance)
        raise CheckFailed(
            f"{label}: expected finite numbers, got {got[worst]}{_at(worst)}; {finite.size - finite.sum()} of"
            f" {got.size} numbers are NaN or infinity{where}"
        )
    error = rel_error(got, expected)
    # 'not <=' also catches a NaN from a wrong expected value.
    wrong = not error <= tolerance
    print(f"{label}:  {error}" if wrong else f"{label}:  {error}  ✔")
    if wrong:
        difference = np.abs(got - expected.astype(np.float64))
        ratios = difference / np.maximum(1e-8, np.abs(got) + np.abs(expected))
        worst = _place(np.argmax(ratios), got.shape)
        where = f"; worst{_at(worst)}" if worst else ""
        raise CheckFailed(
            f"{label}: relative error {error:.3g} is above the tolerance {tolerance:g}{where}: expected"
            f" {_number(expected[worst])}, got {_number(got[worst])}{_related(name, got, expected, tolerance)}"
        )


def check_keys(label: str, got: object, expected: Collection[str]) -> None:
    """Raise CheckFailed unless got is a dict with the expected keys.

    Inputs:
    - label: name of the dict
    - got: your dict
    - expected: the keys
    """
    if fault := wrong_keys(label, got, expected):
        raise CheckFailed(fault)


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


def _check_type(label: str, name: str, got: object, expected: NDArray) -> None:
    """Raise CheckFailed unless got is an array of the expected shape, or a number if expected is one."""
    if expected.ndim == 0:
        fault = wrong_number(name, got)
    elif fault := wrong_form(name, got, expected.shape):
        shape = got.shape if type(got) is np.ndarray else ()
        fault += _sentence(other_shape(name, shape, expected.shape)) if shape else ""
    elif np.asarray(got).dtype.kind not in "fiub":
        fault = f"{name} has dtype {np.asarray(got).dtype}, expected real numbers"
    if fault:
        raise CheckFailed(f"{label}: {fault}")


def _name(label: str) -> str:
    """The name of a value in the label of its check."""
    found = NAMED.match(label)
    return found[1] if found else "your result"


def _related(name: str, got: NDArray, expected: NDArray, tolerance: float) -> str:
    """How wrong values relate to the correct ones, as a sentence that follows a message; or ""."""
    if got.size > 1 and not got.any():
        return _sentence(f"{name} is zero everywhere.")
    if tolerance > COARSE or expected.dtype.kind not in "fiub":
        return ""
    return _sentence(relation(Values(name, got.astype(np.float64), expected.astype(np.float64), tolerance)))


def _sentence(text: str) -> str:
    return f". {text[0].upper() + text[1:] if text.startswith('your') else text}" if text else ""


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
