"""Records of the comparisons in a hidden test, for the diagnosis."""

import contextlib
import contextvars
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from autograder.errors import StudentFault, WrongParts
from autograder.language import tr
from autograder.testing.tolerances import Tolerance, ToleranceTable

__all__ = [
    "Comparison",
    "PlainComparison",
    "Unkept",
    "fail",
    "first_fault",
    "in_case",
    "note_array",
    "note_plain",
    "record_comparisons",
    "together",
    "tolerance_of",
]

SAMPLE = 50  # numbers that are recorded of an array of another shape


@dataclass
class _Run:
    """The current run of a hidden test."""

    tolerances: ToleranceTable
    comparisons: "list[Comparison | PlainComparison]"
    part: str = ""  # of the test, see together


_run: contextvars.ContextVar[_Run | None] = contextvars.ContextVar("run of a hidden test", default=None)


@dataclass(frozen=True)
class Unkept:
    """The record of a value that is not an array of the expected shape, and may be large.

    - type: name of its type
    - shape: of an array
    - sample: some numbers of an array, evenly spaced
    """

    type: str
    shape: tuple = ()
    sample: tuple = ()


@dataclass(frozen=True)
class Comparison:
    """The comparison of one array in a hidden test.

    - name: of the value
    - got: an array of the expected shape, a plain number, None, or Unkept
    - expected: array
    - tolerance: see Tolerance
    - part: the part of the test; "" for a value that all parts depend on
    """

    name: str
    got: object
    expected: np.ndarray
    tolerance: Tolerance
    part: str = ""


@dataclass(frozen=True)
class PlainComparison:
    """The comparison of a value other than an array: a text, a dict, a column of a table.

    - name: of the value
    - digest: hash of the value without its numbers; "" for a common value such as None or False
    - numbers: the first numbers in the value
    - is_right: whether the check passed
    - tolerance: for the numbers
    - part: see Comparison
    """

    name: str
    digest: str
    numbers: tuple[float, ...]
    is_right: bool
    tolerance: Tolerance
    part: str = ""


@contextlib.contextmanager
def record_comparisons(tolerances: Mapping[str, Tolerance]) -> Iterator[list[Comparison | PlainComparison]]:
    """Run checks with the tolerances of an assignment and record their comparisons.

    Inputs:
    - tolerances: name → Tolerance

    Yields: a list to which each check adds its comparison.
    """
    run = _Run(ToleranceTable(tolerances), [])
    token = _run.set(run)
    try:
        yield run.comparisons
    finally:
        _run.reset(token)


def note_array(name: str, got: object, expected: np.ndarray, tolerance: str | Tolerance) -> None:
    """Record the comparison of a value with an expected array.

    Inputs:
    - name: of the value
    - got: the value from the worker
    - expected: array of the reference
    - tolerance: name of a tolerance of the assignment, or a Tolerance
    """
    run = _run.get()
    if run:
        kept = _kept(got, expected.shape)
        run.comparisons.append(Comparison(name, kept, expected, tolerance_of(tolerance), run.part))


def note_plain(
    name: str, digest: str, numbers: tuple[float, ...], *, is_right: bool, tolerance: str | Tolerance
) -> None:
    """Record the comparison of a plain value.

    Inputs:
    - name: of the value
    - digest: see PlainComparison
    - numbers: see PlainComparison
    - is_right: whether the check passed
    - tolerance: name of a tolerance of the assignment, or a Tolerance
    """
    run = _run.get()
    if run:
        run.comparisons.append(PlainComparison(name, digest, numbers, is_right, tolerance_of(tolerance), run.part))


def in_case(case: str) -> str:
    """Return the case in parentheses, as the end of a message; "" without a case."""
    return tr(" ({case})", case=case) if case else ""


def tolerance_of(tolerance: str | Tolerance) -> Tolerance:
    """Return the assignment's Tolerance of a name, or a Tolerance unchanged."""
    if isinstance(tolerance, Tolerance):
        return tolerance
    run = _run.get()
    return (run.tolerances if run else ToleranceTable())[tolerance]


def _sample(array: np.ndarray) -> tuple:
    if array.dtype.kind not in "fiub":
        return ()
    return tuple(array.reshape(-1)[:: array.size // SAMPLE + 1].astype(np.float64).tolist())


def _kept(got: object, shape: tuple) -> object:
    if type(got) is np.ndarray:
        return got if got.shape == shape else Unkept("ndarray", got.shape, _sample(got))
    return got if got is None or type(got) in (bool, int, float) else Unkept(type(got).__name__)


@contextlib.contextmanager
def together() -> Iterator[Callable[..., None]]:
    """Run several checks and collect their faults.

    A failed check does not stop the others. In a hidden test with parts, each part counts
    separately, and the diagnosis sees the comparisons of all parts.

    Yields: a function check(part, function, arguments…).

    Raises: WrongParts after the block, if a check failed.
    """
    faults: dict[str, StudentFault] = {}

    def check(part: str, function: Callable, *arguments: Any, **keywords: Any) -> None:
        run = _run.get()
        if run:
            run.part = part
        try:
            function(*arguments, **keywords)
        except StudentFault as fault:
            faults.setdefault(part, fault)
        finally:
            if run:
                run.part = ""

    yield check
    if faults:
        raise WrongParts(faults)


@contextlib.contextmanager
def first_fault() -> Iterator[Callable[..., None]]:
    """Run several checks, record all comparisons, and report the first fault.

    Yields: a function check(function, arguments…).

    Raises: the first StudentFault after the block.
    """
    faults: list[StudentFault] = []

    def check(function: Callable, *arguments: Any, **keywords: Any) -> None:
        try:
            function(*arguments, **keywords)
        except StudentFault as fault:
            faults.append(fault)

    yield check
    if faults:
        raise faults[0]


def fail(message: str) -> NoReturn:
    """Fail a check. Raises: StudentFault with status failed."""
    raise StudentFault("failed", message)
