"""Rules about the source of a student's function, such as "no loops".

The source stays in the worker, which reads it before it runs any student code, and answers with
facts.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.errors import AuthorError
from autograder.language import tr, tr_plural
from autograder.printable import clean
from autograder.sandbox.places import cell_in_words
from autograder.testing.plain_values import EXACT, digest_of
from autograder.testing.recording import fail, note_array, note_plain
from student_tools.wording import joined

__all__ = ["Facts", "Place", "check_calls", "check_loops", "facts_of"]

STATEMENTS = ("for loop", "while loop")
COMPREHENSION = "comprehension"
NAME_CHARS = 80


@dataclass(frozen=True)
class Place:
    """A loop or call in the source of a function or of its helpers.

    - what: "for loop", "while loop", "comprehension", "recursion", or the name of the called
      function
    - function: the function that contains it
    - cell: label of the cell
    - line: in the cell, from 1
    """

    what: str
    function: str
    cell: str
    line: int

    def words(self, name: str) -> str:
        """Return the place in words, for students. - name: the function that the rule is about."""
        words = {"line": self.line, "cell": cell_in_words(self.cell), "function": self.function, "name": name}
        if self.function == name:
            return tr("on line {line} of the {cell}", **words)
        return tr("on line {line} of the {cell} of {function}, which {name} uses", **words)


@dataclass(frozen=True)
class Facts:
    """The loops and calls in the source of a function and of the student's functions that it uses.

    - name: of the function
    - loops: for and while loops, comprehensions, recursion, and calls that loop, such as map
    - calls: called functions by full name: numpy.dot for np.dot, variable.method for a variable
    - functions: names of the inspected functions, this one first
    """

    name: str
    loops: tuple[Place, ...]
    calls: tuple[Place, ...]
    functions: tuple[str, ...]

    def loops_of(self, *, comprehensions: bool = True, functions: bool = False) -> tuple[Place, ...]:
        """Return the loops that count under a rule, see check_loops."""
        kinds = {*STATEMENTS, *([COMPREHENSION] if comprehensions else [])}
        return tuple(
            p for p in self.loops if p.what in kinds or (functions and p.what not in (*STATEMENTS, COMPREHENSION))
        )


def facts_of(name: str, answer: Any) -> Facts | None:
    """Return the Facts in an answer of the worker, or None if the function does not exist.

    Malformed parts of the answer are left out. worker.syntax_facts describes the format.
    """
    if type(answer) is not dict or answer.get("found") is not True:
        return None
    names = answer.get("functions")
    functions = [clean(item, limit=NAME_CHARS) for item in names] if type(names) is list else []
    return Facts(name, _places(answer.get("loops")), _places(answer.get("calls")), tuple(functions))


def _places(rows: Any) -> tuple[Place, ...]:
    return tuple(
        Place(clean(row[0], limit=NAME_CHARS), clean(row[1], limit=NAME_CHARS), clean(row[2], limit=NAME_CHARS), row[3])
        for row in (rows if type(rows) is list else ())
        if type(row) is list and [type(part) for part in row] == [str, str, str, int]
    )


def check_loops(
    student: Any, name: str, *, at_most: int = 0, comprehensions: bool = True, functions: bool = False
) -> None:
    """Check the number of loops in the source of a function and its helpers.

    Inputs:
    - student: the argument `student` of the hidden test
    - name: of the function, or Class.method
    - at_most: number of loops that are allowed
    - comprehensions: count each `for` of a comprehension
    - functions: count recursion, map, filter, np.vectorize, np.apply_along_axis, np.nditer,
      functools.reduce, eval and exec, and apply, map, iterrows and itertuples of tables

    Raises: StudentFault with status failed.
    """
    facts = student.facts(name)
    name, loops = facts.name, facts.loops_of(comprehensions=comprehensions, functions=functions)
    note_array(
        tr("the loops of {name}", name=name), np.asarray(len(loops)), np.asarray(min(at_most, len(loops))), EXACT
    )
    if len(loops) <= at_most:
        return
    first = loops[at_most]
    kinds = {"for loop": tr("a for loop"), "while loop": tr("a while loop")}
    kinds |= {COMPREHENSION: tr("a comprehension"), "recursion": tr("recursion")}
    words = {"name": name, "what": kinds.get(first.what, first.what), "place": first.words(name)}
    if not at_most:
        fail(tr("expected no loop in {name}, got {what} {place}", **words))
    words["got"] = str(len(loops))
    fail(
        tr_plural(
            "expected at most one loop in {name}, got {got}, {what} {place}",
            "expected at most {count} loops in {name}, got {got}, {what} {place}",
            at_most,
            **words,
        )
    )


def check_calls(student: Any, name: str, *, required: Collection[str] = (), forbidden: Collection[str] = ()) -> None:
    """Check which functions a function and its helpers call.

    Inputs:
    - student: the argument `student` of the hidden test
    - name: of the function, or Class.method
    - required: full names that must be called, such as "numpy.linalg.inv" or "sorted"; ".sort"
      means the method of any object
    - forbidden: full names that must not be called

    Raises: StudentFault with status failed; AuthorError for a string in place of a tuple.
    """
    if isinstance(required, str) or isinstance(forbidden, str):
        raise AuthorError(f"expected a tuple of names for check_calls, got {required or forbidden!r}")
    facts = student.facts(name)
    name, calls = facts.name, facts.calls
    missing = [wanted for wanted in required if not any(_is_call(place, wanted) for place in calls)]
    found = [(place, other) for place in calls for other in forbidden if _is_call(place, other)]
    wrong = [*missing, *sorted({other for _, other in found})]
    note_plain(f"the calls of {name}", *digest_of(wrong), is_right=not wrong, tolerance=EXACT)
    if found:
        place, other = found[0]
        words = {"name": name, "other": other.lstrip("."), "place": place.words(name)}
        fail(tr("expected {name} not to call {other}, got a call {place}", **words))
    if missing:
        names = joined([one.lstrip(".") for one in missing])
        fail(tr("expected {name} to call {names}, got no such call", name=name, names=names))


def _is_call(place: Place, name: str) -> bool:
    return f".{place.what}".endswith(name) if name.startswith(".") else place.what == name
