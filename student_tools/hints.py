"""Hints in two steps: the smallest example that fails, then the part of the formula to look at.

The release writes the hints of an assignment into the student package as `hints.json`. An example
is a few lines of Python and the correct results. The lines run with the functions of a notebook.
"""

from __future__ import annotations

import contextlib
import copy
import json
import linecache
import os
import sys
import textwrap
import threading
import traceback
import unicodedata
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from student_tools.check import COARSE
from student_tools.code_cells import STUB_TEXT, cell_label
from student_tools.language import tr
from student_tools.manifest import HINTS
from student_tools.notebook import definitions_for, read_code_cells
from student_tools.relations import Values, error_of, factor, opposite_sign, other_shape, relation
from student_tools.wording import describe, wrong_form, wrong_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

__all__ = ["Example", "Fault", "Hints", "find_fault", "hint_text", "read_hints", "run_hint"]

SECONDS = 20  # of one example
GIVEN, WIDTH = "<example>", 92
YOUR_CODE = "# YOUR CODE HERE"


class Example(TypedDict):
    """One example of an exercise.

    - given: lines of Python that make the arguments
    - call: lines that call the exercise
    - expected: Python expression → number, bool, text, or nested lists of these
    - tolerance: largest error, relative to the largest number
    - optional: True to skip the example while it needs another exercise that is not written
    - first: the property that the example shows
    - second: the part of the formula that decides it
    """

    given: str
    call: str
    expected: dict[str, Any]
    tolerance: float
    optional: bool
    first: str
    second: str


class Hints(TypedDict):
    """The hints of one exercise.

    - begin: the hint before anything is written
    - needs: exercises that must be right first
    - examples: from the smallest to the largest
    """

    begin: str
    needs: list[str]
    examples: list[Example]


@dataclass(frozen=True)
class Fault:
    """An example that fails.

    - example: the example
    - text: what is wrong, in one or more lines
    - missing: exercise that is not written, or ""
    - second: the second hint; "" for that of the example, which is about a wrong value
    """

    example: Example
    text: str
    missing: str = ""
    second: str = ""


def read_hints(package: str | Path) -> dict[str, Hints]:
    """Read the hints of a package: exercise → hints.

    Raises: ValueError if there are none, or the file is damaged.
    """
    path = Path(package) / HINTS
    try:
        found: dict[str, Hints] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(tr("this assignment has no hints")) from None
    except (OSError, ValueError) as error:
        words = {"file": path, "error": error}
        raise ValueError(
            tr("can't read {file} ({error}): install the package that came with the notebooks", **words)
        ) from None
    return found


def find_fault(hints: Hints, namespace: Mapping[str, Any], *, seconds: float = SECONDS) -> Fault | None:
    """Run the examples of an exercise in order and return the first that fails, or None.

    Inputs:
    - hints: of the exercise
    - namespace: name → function or class, as in the notebook
    - seconds: time limit of each example
    """
    state = np.random.get_state()  # noqa: NPY002 - examples may set the seed that a notebook uses
    try:
        faults = (_fault(example, namespace, seconds) for example in hints["examples"])
        return next((fault for fault in faults if fault), None)
    finally:
        np.random.set_state(state)  # noqa: NPY002


def _fault(example: Example, namespace: Mapping[str, Any], seconds: float) -> Fault | None:
    limit = _Limit(seconds)
    try:
        with limit, warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            text = _wrong(example, dict(namespace), warned)
        return Fault(example, text) if text else None
    except KeyboardInterrupt as error:
        if not limit.is_over:
            raise
        text = tr("This did not finish within {seconds} s.", seconds=f"{seconds:g}")
        if place := _place(error, namespace):
            text = tr("This did not finish within {seconds} s. It was {place}", seconds=f"{seconds:g}", place=place)
        second = tr("Which variable must change for the loop to end, and does it change in each round?")
        return Fault(example, text, second=second)
    except NotImplementedError as error:
        lines = _own_lines(error, namespace)
        missing = getattr(error, "exercise", _name_in_stub(error) or (lines[-1][0] if lines else tr("it")))
        above = next(filter(None, _above(*lines[-1][1:])), YOUR_CODE) if lines else YOUR_CODE
        if above != YOUR_CODE and "raise " in linecache.getline(*lines[-1][1:]):
            text = tr("Your code stops {place}", place=_place(error, namespace))
            text += "\n" + tr("This line is still there: delete it.")
            return Fault(example, text, second=text)
        text = tr("{name} is not written yet.", name=missing)
        fault = Fault(example, text, missing=missing.partition(".")[0])
        return None if example["optional"] and fault.missing not in example["call"] + example["given"] else fault
    except (Exception, SystemExit) as error:  # of the student's code
        text = f"{type(error).__name__}: {error}\n{_place(error, namespace)}".rstrip()
        second = tr(
            "Run these lines in a cell of your own. Print the shapes of the arrays in the line where it stops, and"
            " compare them with the docstring."
        )
        return Fault(example, text, second=second)


def _name_in_stub(error: NotImplementedError) -> str:
    """The name with which the text of a stub begins, or "" for another text."""
    name, function = str(error).partition(" ")[0], ""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        function = frame.f_code.co_name
    return name if STUB_TEXT.match(str(error)) or name.rpartition(".")[2] == function else ""


class _Limit:
    """Interrupts the main thread when the time is over, also again if the interrupt was caught."""

    def __init__(self, seconds: float) -> None:
        self.seconds, self.is_over, self._done = seconds, False, threading.Event()

    def _watch(self) -> None:
        import _thread

        while not self._done.wait(self.seconds):
            self.is_over = True
            _thread.interrupt_main()

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            with contextlib.suppress(RuntimeError):  # a browser has no threads: there is no time limit
                threading.Thread(target=self._watch, daemon=True).start()

    def __exit__(self, *_: object) -> None:
        self._done.set()


def _wrong(example: Example, namespace: dict[str, Any], warned: Sequence[warnings.WarningMessage]) -> str:
    """A sentence about the first wrong value of an example, or ""."""
    namespace.setdefault("np", np)
    before = dict(namespace)
    exec(compile(example["given"], GIVEN, "exec"), namespace)
    inputs = _inputs({k: v for k, v in namespace.items() if k not in before or before[k] is not v})
    exec(compile(example["call"], GIVEN, "exec"), namespace)
    for name, expected in example["expected"].items():
        got = eval(compile(name, GIVEN, "eval"), namespace)
        others = {other: np.asarray(value, float) for other, value in example["expected"].items() if _is_array(value)}
        if fault := _difference(name, got, expected, example["tolerance"], others, inputs):
            own = [w for w in warned if not os.path.exists(w.filename)]
            if not own or not _has_nan(got):
                return fault
            words = {"warning": own[0].message, "number": own[0].lineno}
            return f"{fault}\n" + tr("{warning}, in line {number} of its cell", **words)
    return ""


def _difference(
    name: str, got: Any, expected: Any, tolerance: float, others: Mapping[str, Any], inputs: Mapping[str, object]
) -> str:
    if not _is_array(expected) or name.endswith(".shape"):
        same = list(got) == expected if isinstance(got, (list, tuple)) else bool(np.all(got == expected))
        words = {"name": name, "expected": expected, "got": describe(got) if got is None else got}
        return "" if same else tr("{name}: expected {expected}, got {got}", **words)
    right = np.asarray(expected, dtype=np.float64)
    if right.ndim == 0:
        fault = wrong_number(name, got)
    elif fault := wrong_form(name, got, right.shape):
        shape = got.shape if type(got) is np.ndarray else ()
        fault += tr(". ") + related if shape and (related := other_shape(name, shape, right.shape)) else ""
    elif got.dtype.kind not in "fiub":
        fault = tr("{name} has dtype {dtype}, expected real numbers", name=name, dtype=got.dtype)
    if fault:
        return fault
    got = np.asarray(got, dtype=np.float64)
    if np.all(np.isfinite(got)) and error_of(got, right) <= tolerance:
        return ""
    values = Values(name, got, right, tolerance, others, inputs)
    if tolerance > COARSE:
        sentence = ""
    elif not values.is_single or not np.all(np.isfinite(got)):
        sentence = relation(values)
    else:  # few numbers fit most relations by chance
        sentence = opposite_sign(values) or factor(Values(name, got, right, tolerance))
    if not got.any() and got.size > 1:
        sentence = tr("{name} is zero everywhere.", name=name)
    # The two values are aligned; each Chinese character takes two places.
    wanted, found = f"{name}: " + tr("expected"), tr("got")
    found = " " * (_width(wanted) - _width(found)) + found
    return f"{wanted}{_shown(right)}\n{found}{_shown(got)}\n{sentence}".rstrip()


def _width(text: str) -> int:
    """The number of places that a text takes in a terminal."""
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in text)


def _has_nan(got: object) -> bool:
    is_float = isinstance(got, float) or (type(got) is np.ndarray and got.dtype.kind == "f")
    return is_float and bool(np.isnan(got).any())  # type: ignore[call-overload]


def _is_array(value: object) -> bool:
    """Return whether a value consists of numbers."""
    return np.asarray(value).dtype.kind in "fiu" if isinstance(value, (int, float, list, np.ndarray)) else False


def _inputs(given: Mapping[str, object]) -> dict[str, object]:
    """Copies of the arguments; entries of dicts as in relations.Values."""
    found: dict[str, object] = {}
    for name, value in given.items():
        entries = {f"{name}[{key!r}]": entry for key, entry in value.items()} if isinstance(value, dict) else {}
        for label, entry in (entries or {name: value}).items():
            if isinstance(entry, (int, float, np.ndarray)):
                found[label] = copy.copy(entry)
    return found


def _shown(array: np.ndarray) -> str:
    text = np.array2string(array + 0.0, precision=6, separator=", ", threshold=80, max_line_width=WIDTH)
    return textwrap.indent(f"\n{text}", "    ") if "\n" in text else f" {text}"


def _own_lines(error: BaseException, namespace: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """(function, file, line) of the student's own frames, the innermost last."""
    own = namespace.get("__name__")
    return [
        (frame.f_code.co_qualname, frame.f_code.co_filename, line)
        for frame, line in traceback.walk_tb(error.__traceback__)
        if frame.f_code.co_filename != GIVEN
        and (frame.f_globals.get("__name__") == own or ".ipynb, " in frame.f_code.co_filename)
    ]


def _place(error: BaseException, namespace: Mapping[str, Any]) -> str:
    """The innermost own line of an error, in words; or ""."""
    lines = _own_lines(error, namespace)
    if not lines:
        return ""
    function, file, number = lines[-1]
    text = linecache.getline(file, number).strip()
    place = tr("in {function}, line {number} of its cell", function=function, number=number)
    return f"{place}: {text}" if text else place


def _above(file: str, line: int) -> Iterator[str]:
    return (linecache.getline(file, number).strip() for number in range(line - 1, 0, -1))


def hint_text(
    hints: Mapping[str, Hints],
    exercise: str,
    namespace: Mapping[str, Any],
    *,
    second: bool = False,
    ask: str = 'hint("{}")',
    ask_second: str = 'hint("{}", second=True)',
    seconds: float = SECONDS,
) -> tuple[str, bool]:
    """Return a hint as text, and whether the exercise is right for all examples.

    Inputs:
    - hints: exercise → hints
    - exercise: its name
    - namespace: name → function or class, as in the notebook
    - second: True for the second hint
    - ask, ask_second: how to ask for the hints of an exercise, with {} for its name
    - seconds: time limit of each example

    Raises: ValueError for an unknown exercise.
    """
    own = _hints_of(hints, exercise)
    fault, words = None, {"name": exercise}
    if exercise not in namespace:
        return tr("{name} is not defined. Run its cell first, and see whether it is valid Python.", **words), False
    for needed in own["needs"]:
        if needed in namespace and needed in hints and (fault := find_fault(hints[needed], namespace, seconds=seconds)):
            words |= {"needed": needed, "command": ask.format(needed)}
            if fault.missing == needed:
                text = tr("{name} uses {needed}, which is not written yet. Do that first: {command}", **words)
            else:
                text = tr("{name} uses {needed}, which is not right yet. Do that first: {command}", **words)
            return text, False
    fault = find_fault(own, namespace, seconds=seconds)
    if fault is None:
        text = tr(
            "{name} is right for the {count} small examples of the hints. The tests try other inputs.",
            **words,
            count=len(own["examples"]),
        )
        return f"✔ {text}", True
    if fault.missing and fault.missing != exercise:
        words |= {"needed": fault.missing}
        return tr("{name} needs {needed}, which is not written yet. Do that first.", **words), False
    if second:
        return _folded(tr("{name}, second hint:", **words), fault.second or fault.example["second"]), False
    code = f"{fault.example['given']}\n{fault.example['call']}".strip()
    if fault.missing:
        expected = fault.example["expected"].items()
        results = "\n".join(tr("{name}: expected {value}", name=name, value=value) for name, value in expected)
        parts = [own["begin"], tr("A first example:"), textwrap.indent(code, "    "), results]
    else:
        parts = [] if fault.second else [fault.example["first"]]
        parts += [textwrap.indent(code, "    "), fault.text]
    ending = tr("Second hint: {command}", command=ask_second.format(exercise))
    return _folded(tr("{name}, first hint:", **words), *parts, ending), False


def _hints_of(hints: Mapping[str, Hints], exercise: str) -> Hints:
    """The hints of an exercise. Raises: ValueError for an unknown exercise."""
    if exercise not in hints:
        names = ", ".join(hints)
        raise ValueError(tr("expected an exercise with hints ({names}), got {got!r}", names=names, got=exercise))
    return hints[exercise]


def _folded(*parts: str) -> str:
    """Paragraphs, each wrapped unless it has several lines."""
    return "\n\n".join(
        part if "\n" in part else textwrap.fill(part, WIDTH, break_long_words=False, break_on_hyphens=False)
        for part in parts
    )


def run_hint(exercise: str, notebooks: Sequence[Path], package: str | Path, program: str, *, second: bool) -> int:
    """Print a hint on the command line; return the exit status: 0 right, 1 wrong, 2 wrong argument.

    The imports, functions, classes and constants of the notebook's cells run, as when it is graded.

    Inputs:
    - exercise: its name
    - notebooks: the files to search for its cell
    - package: folder of the course's package
    - program: the command, for messages
    - second: True for the second hint
    """
    try:
        hints = read_hints(package)
        _hints_of(hints, exercise)
        cells = {path: dict(read_code_cells(path)) for path in notebooks}
        path = next((path for path in notebooks if cell_label(exercise, 0) in cells[path]), None)
        if path is None:
            raise ValueError(
                tr("no notebook here has the cell {name}: go to the folder of your notebooks", name=exercise)
            )
        with contextlib.chdir(path.parent):
            sys.path.insert(0, os.getcwd())
            for label, source in cells[path].items():
                lines = source.splitlines(keepends=True)
                linecache.cache[f"<{path.name}, {label}>"] = (len(source), None, lines, "")
            namespace = vars(definitions_for(Path(package) / "provided")(path.name))
            command = f"{program} --hint {{}}"
            text, is_right = hint_text(
                hints, exercise, namespace, second=second, ask=command, ask_second=f"{command} --second"
            )
    except (OSError, ValueError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 2
    print(text)
    return 0 if is_right else 1
