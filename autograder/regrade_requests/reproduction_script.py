"""Write the calls of a hidden test as a script that a student can run in the notebook."""

from __future__ import annotations

import copy
import io
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np

from autograder.course.assignment import Assignment
from autograder.printable import in_words
from autograder.sandbox.worker.wire_types import Handle, is_table
from autograder.scoring.in_process_session import LocalSession
from autograder.scoring.proxy import Student
from autograder.scoring.reference import Reference
from autograder.testing.hidden import HiddenTest, random_generator
from autograder.testing.recording import record_comparisons

__all__ = ["transcript"]

HEAD = '''"""{exercise}: {title}

This script has the inputs of the test for this submission, and the expected values. Put this file and the .npz file of
the same name into the folder of the notebook. Run the notebook's cells, and then this line in a new cell:

%run -i {name}.py
"""

import numpy as np

inputs = np.load("{name}.npz")


def compare(name, got, right):
    if isinstance(right, dict):
        for key, value in right.items():
            compare(f"{{name}}[{{key!r}}]", got[key], value)
    elif not isinstance(right, (int, float, np.ndarray)):
        if not (right.equals(got) if hasattr(right, "equals") else right == got):
            print(f"{{name}}: expected", right, "got", got, sep="\\n")
    elif np.shape(got) != np.shape(right):
        print(f"{{name}}: expected shape {{np.shape(right)}}, got {{np.shape(got)}}")
    elif np.size(got):
        got, right = np.asarray(got), np.asarray(right)
        off = np.abs(got.astype(np.float64) - right)
        worst = np.unravel_index(np.argmax(off), off.shape)
        where = f" at {{[int(i) for i in worst]}}" if off.ndim else ""
        print(f"{{name}}{{where}}: expected {{right[worst] + 0.0:.6g}}, got {{got[worst] + 0.0:.6g}}")


'''
# Added to scripts with tables. The names are used in the text of their values.
TABLES = """import pandas as pd
from pandas import NaT, Timedelta, Timestamp

inf, nan = np.inf, np.nan

"""
ANY = "# {name} contains random numbers, so it is not compared."


class _Recorder(LocalSession):
    """A LocalSession that records its calls as lines of a script with arrays."""

    def __init__(self, reference: Reference) -> None:
        super().__init__(reference.functions, lambda name: reference.facts(name, reference.functions))
        self.lines: list[str] = []
        self.arrays: dict[str, np.ndarray] = {}
        self.names: dict[int, str] = {}
        # (index of a line, name, expected value) of the comparisons
        self.right: list[tuple[int, str, Any]] = []
        self.calls, self.has_tables = 0, False

    def call(
        self,
        name: str,
        arguments: Sequence[Any],
        keywords: Mapping[str, Any] | None = None,
        *,
        returns: Sequence[tuple[str, bool]],
        in_place: Collection[int] = (),
        on: Handle | None = None,
        watch: str = "",
    ) -> list[Any]:
        self.calls += 1
        words = [self._argument(i, value, i in in_place) for i, value in enumerate(arguments)]
        words += [f"{key}={self.text(value)}" for key, value in (keywords or {}).items()]
        values = super().call(name, arguments, keywords, returns=returns, in_place=in_place, on=on)
        targets = [f"{value}_{self.calls}" for value, _ in returns]
        function = name if on is None else f"{self.names[on.number]}.{name}"
        self.lines.append(f"{', '.join(targets)} = {function}({', '.join(words)})")
        for target, value in zip(targets, values, strict=True):
            if type(value) is Handle:
                self.names[value.number] = target
            else:
                self.right.append((len(self.lines), target, value))
        for i in in_place:
            updated = {key: value for key, value in arguments[i].items() if type(value) is np.ndarray}
            self.right.append((len(self.lines), words[i], copy.deepcopy(updated)))
        return values

    def get(self, handle: Handle, attribute: str) -> Any:
        values = super().get(handle, attribute)
        object_name = f"{self.names[handle.number]}.{attribute}"
        if type(values) is dict:
            self.lines.append(f"print({{name: np.shape(value) for name, value in {object_name}.items()}})")
        return values

    def update(self, handle: Handle, attribute: str, values: Mapping[str, Any]) -> None:
        self.lines.append(f"{self.names[handle.number]}.{attribute}.update({self.text(values)})")
        super().update(handle, attribute, values)

    def _argument(self, index: int, value: object, changes: bool) -> str:
        if not changes:
            return self.text(value)
        name = f"param_{self.calls}_{index}"
        self.lines.append(f"{name} = {self.text(value)}")
        return name

    def text(self, value: Any) -> str:
        """Return a value as an expression of the script; arrays are added to `arrays`."""
        if type(value) is Handle:
            return self.names[value.number]
        if type(value) is np.ndarray:
            name = f"array_{len(self.arrays)}"
            self.arrays[name] = value.copy()
            return f'inputs["{name}"]'
        if is_table(value):
            self.has_tables = True
            table = value.to_frame() if value.ndim == 1 else value
            text = f"pd.DataFrame.from_dict({table.to_dict('tight')!r}, orient='tight').astype({_dtypes(table)!r})"
            return f"{text}.iloc[:, 0].rename({value.name!r})" if value.ndim == 1 else text
        if type(value) is dict:
            return "{" + ", ".join(f"{key!r}: {self.text(item)}" for key, item in value.items()) + "}"
        if type(value) in (list, tuple):
            inside = ", ".join(map(self.text, value))
            return f"[{inside}]" if type(value) is list else f"({inside}{',' * (len(value) == 1)})"
        if isinstance(value, type):
            return f"np.{value.__name__}" if issubclass(value, np.generic) else value.__name__
        return repr(value.item() if isinstance(value, np.generic) else value)


def transcript(
    test: HiddenTest, reference: Reference, seed: list[int], assignment: Assignment, name: str
) -> tuple[str, bytes]:
    """Record the calls of a hidden test with the inputs of one submission.

    The test runs on the reference in this process: the inputs are the same, and the values are
    correct.

    Inputs:
    - test: the hidden test.
    - reference: the reference solutions.
    - seed: seed of the submission, see secret.hidden_seed.
    - name: name of the files, without suffix.

    Returns: (text of the script, bytes of the .npz file that it loads).
    """
    recorder, again = (_recorded(test, reference, seed, assignment) for _ in range(2))
    lines = recorder.lines
    pairs = list(zip(recorder.right, again.right, strict=True))
    for (position, target, value), (_, _, other) in reversed(pairs):
        same = _is_same(value, other)
        said = f'compare("{target}", {target}, {recorder.text(value)})' if same else ANY.format(name=target)
        lines.insert(position, said)
    stream = io.BytesIO()
    arrays: dict[str, Any] = recorder.arrays
    np.savez_compressed(stream, **arrays)
    title = test.title.replace("{part}", in_words(test.parts)) if test.parts else test.title
    head = HEAD.format(exercise=test.exercise, title=title, name=name)
    tables = TABLES if recorder.has_tables else ""
    return head + tables + "\n".join(lines) + "\n", stream.getvalue()


def _dtypes(table: Any) -> dict[str, str]:
    """Return column → name of its dtype, without text columns, whose dtype pandas infers."""
    return {label: str(dtype) for label, dtype in table.dtypes.items() if str(dtype) not in ("str", "string", "object")}


def _recorded(test: HiddenTest, reference: Reference, seed: list[int], assignment: Assignment) -> _Recorder:
    recorder = _Recorder(reference)
    student = Student(recorder, assignment.content.signatures)
    with record_comparisons(assignment.content.tolerances):
        options = assignment.settings.options
        test.run(student=student, reference=reference, rng=random_generator(seed, test), options=options)
    return recorder


def _is_same(one: Any, other: Any) -> bool:
    if type(one) is dict:
        return one.keys() == other.keys() and all(_is_same(one[key], other[key]) for key in one)
    if is_table(one):
        return one.equals(other)
    return np.array_equal(one, other)
