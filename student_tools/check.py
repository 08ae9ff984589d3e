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

from student_tools.language import tr
from student_tools.relations import Values, other_shape, relation
from student_tools.wording import wrong_form, wrong_keys, wrong_number

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from numpy.typing import ArrayLike, NDArray

__all__ = ["CheckFailed", "check_close", "check_keys", "check_true", "hint", "hint_for", "rel_error"]

# Labels such as "dx error"; in a translated notebook, "dx 误差".
NAMED = re.compile(r"(\s*)([A-Za-z_]\w*) (?:(error|difference)\b(.*)|[^\W\x00-\x7f])", re.DOTALL)
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
                    yield from (tr('For a hint, run hint("{name}") in a new cell.', name=name) for name in named[-1:])
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
    expected, name, label = np.asarray(expected), _name(label), _translated(label)
    _check_type(label, name, got, expected)
    got = np.asarray(got)
    finite = np.isfinite(got)
    if not finite.all():
        worst = _place(np.argmin(finite), got.shape)
        where = _related(name, got, expected, tolerance)
        fault = tr(
            "expected finite numbers, got {got}; {count} of {size} numbers are NaN or infinity",
            got=_at(got[worst], worst),
            count=finite.size - finite.sum(),
            size=got.size,
        )
        raise CheckFailed(tr("{label}: {fault}", label=label, fault=fault) + where)
    error = rel_error(got, expected)
    # 'not <=' also catches a NaN from a wrong expected value.
    wrong = not error <= tolerance
    line = tr("{label}:  {error}", label=label, error=error)
    print(line if wrong else f"{line}  ✔")
    if wrong:
        difference = np.abs(got - expected.astype(np.float64))
        ratios = difference / np.maximum(1e-8, np.abs(got) + np.abs(expected))
        worst = _place(np.argmax(ratios), got.shape)
        values = {"error": f"{error:.3g}", "tolerance": f"{tolerance:g}", "place": worst}
        values |= {"expected": _number(expected[worst]), "got": _number(got[worst])}
        fault = tr(
            "relative error {error} is above the tolerance {tolerance}: expected {expected}, got {got}", **values
        )
        if worst:
            fault = tr(
                "relative error {error} is above the tolerance {tolerance}; worst at index {place}: expected"
                " {expected}, got {got}",
                **values,
            )
        raise CheckFailed(tr("{label}: {fault}", label=label, fault=fault) + _related(name, got, expected, tolerance))


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
        fault = tr("{name} has dtype {dtype}, expected real numbers", name=name, dtype=np.asarray(got).dtype)
    if fault:
        raise CheckFailed(tr("{label}: {fault}", label=label, fault=fault))


def _name(label: str) -> str:
    """The name of a value in the label of its check."""
    found = NAMED.match(label)
    return found[2] if found else tr("your result")


def _translated(label: str) -> str:
    """A label such as "dx error" in the current language; any other label as it is."""
    found = NAMED.fullmatch(label)
    if not found or found[3] is None or found[4]:
        return label
    words = tr("{name} error", name=found[2]) if found[3] == "error" else tr("{name} difference", name=found[2])
    return found[1] + words


def _related(name: str, got: NDArray, expected: NDArray, tolerance: float) -> str:
    """How wrong values relate to the correct ones, as a sentence that follows a message; or ""."""
    if got.size > 1 and not got.any():
        return _sentence(tr("{name} is zero everywhere.", name=name))
    if tolerance > COARSE or expected.dtype.kind not in "fiub":
        return ""
    return _sentence(relation(Values(name, got.astype(np.float64), expected.astype(np.float64), tolerance)))


def _sentence(text: str) -> str:
    """Text of a sentence that follows a message; it begins with a capital unless with a name."""
    yours = tr("your result")
    text = yours[0].upper() + text[1:] if text.startswith(yours) else text
    return tr(". ") + text if text else ""


def _number(value: float) -> str:
    """A number for a message; -0.0 is written as 0."""
    return f"{value + 0.0:.10g}"


def _place(flat: np.intp, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(flat, shape))


def _at(value: object, place: tuple[int, ...]) -> str:
    return tr("{value} at index {place}", value=value, place=place) if place else str(value)


if __name__ == "__main__":
    # Not imported at the top: a notebook that uses this module does not need nbclient.
    from student_tools.run_checks import start

    start()
