"""What hidden tests compared: checks record it, and the diagnosis compares it with what known mistakes give."""

import contextlib
import contextvars
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from autograder.errors import StudentFault, WrongParts
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

SAMPLE = 50  # numbers that are remembered of an array of another shape


@dataclass
class _Run:
    """The run of a hidden test in which checks are made."""

    tolerances: ToleranceTable
    comparisons: "list[Comparison | PlainComparison]"
    part: str = ""  # of the test, see together


_run: contextvars.ContextVar[_Run | None] = contextvars.ContextVar("run of a hidden test", default=None)


@dataclass(frozen=True)
class Unkept:
    """What is remembered of a value that is not an array of the expected shape; the value may be large.

    `sample`: some of its numbers, evenly spaced.
    """

    type: str
    shape: tuple = ()
    sample: tuple = ()


@dataclass(frozen=True)
class Comparison:
    """One array that a test compared: its name, what came back, what was expected, and the Tolerance.

    `got` is an array of the expected shape, a plain number, None, or Unkept. `part`: of the test that it belongs to;
    "" for what all parts depend on.
    """

    name: str
    got: object
    expected: np.ndarray
    tolerance: Tolerance
    part: str = ""


@dataclass(frozen=True)
class PlainComparison:
    """One value that is not an array, which a test compared: a text, a dict, a column of a table.

    - digest: a hash of the value but for its numbers; "" for a value that says little, such as None or False.
    - numbers: those in it, the first ones. - tolerance: with which they are compared. - part: see Comparison.
    """

    name: str
    digest: str
    numbers: tuple[float, ...]
    is_right: bool
    tolerance: Tolerance
    part: str = ""


@contextlib.contextmanager
def record_comparisons(tolerances: Mapping[str, Tolerance]) -> Iterator[list[Comparison | PlainComparison]]:
    """Run checks with the tolerances of an assignment; gives the list that fills with their Comparisons.

    Inputs:
    - tolerances: dict of name → Tolerance.
    """
    run = _Run(ToleranceTable(tolerances), [])
    token = _run.set(run)
    try:
        yield run.comparisons
    finally:
        _run.reset(token)


def note_array(name: str, got: object, expected: np.ndarray, tolerance: str | Tolerance) -> None:
    """Record the comparison of a value with an array."""
    run = _run.get()
    if run:
        kept = _kept(got, expected.shape)
        run.comparisons.append(Comparison(name, kept, expected, tolerance_of(tolerance), run.part))


def note_plain(
    name: str, digest: str, numbers: tuple[float, ...], *, is_right: bool, tolerance: str | Tolerance
) -> None:
    """Record the comparison of another value, see PlainComparison."""
    run = _run.get()
    if run:
        run.comparisons.append(PlainComparison(name, digest, numbers, is_right, tolerance_of(tolerance), run.part))


def in_case(case: str) -> str:
    """The end of a message: what is special about the input; "" where nothing is."""
    return f" ({case})" if case else ""


def tolerance_of(tolerance: str | Tolerance) -> Tolerance:
    """The Tolerance of a name in the table of the assignment, or the Tolerance itself."""
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
    """Collect the faults of several checks: gives a function check(part, function, arguments…).

    A failed check does not stop the others. In a hidden test with parts each part counts on its own, and the diagnosis
    sees what all of them compared.

    Raises, at the end: WrongParts.
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
    """Make several checks, so that all of them are recorded: gives a function check(function, arguments…).

    Raises, at the end: the first StudentFault.
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
