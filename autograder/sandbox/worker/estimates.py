"""Inside: detects gradients that are estimated from differences instead of being computed.

The problem: an estimate gives nearly the right numbers, so values alone do not reveal it. It
evaluates the forward pass on many copies of an input, each with a small change: single numbers,
rows, one change in every window, random directions, an imaginary step. In any such program, a
variable holds these copies one after the other. So on small inputs, this module traces the
student's code and compares the arrays in its variables with those that it saw first.

Why it is hard: a program that computes a gradient changes arrays, too. But it either continues from
each change, so that more and more numbers differ, or it changes a number by its own size, as a mask
does. Only an estimate makes copies that all differ from the same array, each in the same count of
numbers, at other places, by a tiny amount. If the student's own forward pass gets the copies as
arguments, larger changes count as well: a linear layer can be estimated with large steps.

This module only counts. The trusted side decides.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable
    from types import CodeType, FrameType
    from typing import Any

    from .imports import OWN_FILES
else:
    from imports import OWN_FILES

__all__ = ["Enough", "Watch", "whole_calls"]

_settrace, _gettrace = sys.settrace, sys.gettrace
SMALLEST, LARGEST = 4, 8192  # size of the arrays that are compared
MOST_BASES, MOST_SHAPES = 8, 40  # arrays of one shape, and shapes, that later arrays are compared with
TINY = 1e-2  # largest change that counts as tiny, relative to the norm of the array
NEAR = 0.5  # the same for arguments of the forward pass
TINIEST = 1e-4  # the same if most numbers change, as in a random direction: results of samples can be similar
FEW = 12  # arrays of fewer numbers can be similar by chance
ENOUGH = 50  # copies that are proof enough
MOST_ITEMS = 40  # of a tuple, list or dict
LIBRARY = ("<frozen", "<__array_function__")
# (number of events, mask): up to that number, a look follows only where the mask has no bit of a random number. The
# masks grow, so that long loops do not become slow.
RARER = ((100, 0), (50_000, 7), (200_000, 63))
RAREST = 1023


class Enough(BaseException):
    """Ends a call after ENOUGH copies."""


class Watch:
    """Context manager that traces a backward pass; `count` has the result.

    Raises Enough inside the call as soon as an estimate is certain.

    Inputs:
    - forward: functions of the forward pass that get the whole input, see whole_calls
    """

    def __init__(self, forward: dict[CodeType, bool]) -> None:
        self.forward = forward
        self.bases: dict[tuple[int, ...], list[_Base]] = {}
        self.seen: set[Hashable] = set()
        self.families: dict[tuple, set[bytes]] = {}
        self.places: set[Hashable] = set()  # lines and functions that have run
        self.events = self.random = 0
        self.rarer = iter(RARER)
        self.rarer_at, self.mask = next(self.rarer)
        self.is_clear = self.was_switched_off = False

    def __enter__(self) -> Watch:
        _settrace(self._on_call)
        sys.settrace, sys.gettrace = self._refuse, lambda: None
        return self

    def __exit__(self, *exception: object) -> None:
        sys.settrace, sys.gettrace = _settrace, _gettrace
        self.was_switched_off |= _gettrace() != self._on_call and not self.is_clear
        _settrace(None)

    def _refuse(self, function: object) -> None:
        """Replace sys.settrace: only an estimate has a use for it."""
        self.was_switched_off = True

    @property
    def count(self) -> tuple[int, int]:
        """(largest count of copies of one array, count of numbers in which each copy differs)."""
        sizes = [(len(copies), family[-1]) for family, copies in self.families.items()]
        return max(sizes, default=(0, 0))

    def _on_call(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any] | None:
        code = frame.f_code
        if not _is_of_student(code):
            if self._is_due(code):
                self._look(frame)
            return None
        if code in self.forward:
            self._look(frame.f_back)
            self._look(frame, near=NEAR if self.forward[code] else TINY, is_forward=True)
        elif self._is_due(code):
            self._look(frame.f_back)
            self._look(frame)
        return self._on_line

    def _on_line(self, frame: FrameType, event: str, argument: object) -> Callable[..., Any]:
        if self.is_clear:  # raised only in student code, never in library or grader code
            raise Enough
        # An estimate runs in a loop or in one call: lines that run once need no look.
        # The file name stands for the code: Python would hash the whole code object each time.
        if event == "line" and self._is_due((frame.f_code.co_filename, frame.f_lineno)):
            self._look(frame)
        return self._on_line

    def _is_due(self, place: Hashable) -> bool:
        """Return whether to look at a place: only at repetitions, and less and less often."""
        self.events += 1
        if place not in self.places:
            self.places.add(place)
            return False
        # At pseudo-random distances: a copy may be restored every other line.
        self.random = (self.random * 1103515245 + 12345) & 0x7FFFFFFF
        if self.events >= self.rarer_at:
            self.rarer_at, self.mask = next(self.rarer, (sys.maxsize, RAREST))
        return self.random >> 8 & self.mask == 0

    def _look(self, frame: FrameType | None, *, near: float = TINY, is_forward: bool = False) -> None:
        """Compare the arrays in a frame's variables, and the parameters of its network."""
        try:
            values = frame.f_locals if frame else {}
            network = values.get("self")
            is_own = type(network).__module__ in {"submission", *OWN_FILES.names}
            held = [getattr(network, "params", None)] if is_own else []
            with np.errstate(all="ignore"):
                for value in (*values.values(), *held):
                    if isinstance(value, np.ndarray):
                        self._see(value, near, is_forward)
                    elif type(value) in (tuple, list, dict):
                        items = value.values() if type(value) is dict else value
                        for item in itertools.islice(items, MOST_ITEMS):
                            if isinstance(item, np.ndarray):
                                self._see(item, near, is_forward)
        except Exception:
            return  # odd objects must not cause an error in student code

    def _see(self, array: np.ndarray, near: float, is_forward: bool) -> None:
        if not SMALLEST <= array.size <= LARGEST or array.dtype.kind not in "fcO":
            return
        array = array.view(np.ndarray)
        if array.dtype.kind == "O":
            array = array.astype(np.float64)
        content = array.tobytes()
        key = (array.shape, is_forward, hash(content))
        if key in self.seen:
            return
        self.seen.add(key)
        if array.shape not in self.bases and len(self.bases) == MOST_SHAPES:
            return
        bases = self.bases.setdefault(array.shape, [])
        numbers = np.frombuffer(content, array.dtype)
        if array.size < FEW:
            near = TINY
        if is_forward:
            self._see_stack(numbers.reshape(array.shape))
        if any(self._is_copy(base, numbers, near) for base in bases):
            return
        if len(bases) < MOST_BASES and 0 < (norm := float(np.linalg.norm(numbers))) < np.inf:
            bases.append(_Base(numbers, norm))

    def _is_copy(self, base: _Base, numbers: np.ndarray, near: float) -> bool:
        """Return whether an array equals an earlier one or is its copy, which is counted."""
        differs = numbers != base.numbers
        changed = int(np.count_nonzero(differs))
        if changed == 0:
            return True
        is_part = 2 * changed <= numbers.size
        if not is_part:
            near = TINIEST if numbers.size >= FEW else 0
        if abs(numbers[0] - base.numbers[0]) > near * base.norm:
            return False
        if np.linalg.norm(numbers[differs] - base.numbers[differs]) > near * base.norm:
            return False
        self._count((id(base), changed), (differs if is_part else numbers).tobytes())
        return True

    def _see_stack(self, array: np.ndarray) -> None:
        """Count copies in an argument of the forward pass, stacked along an old or a new axis."""
        for shape, bases in self.bases.items():
            for base in bases:
                if array.shape[1:] == shape:
                    self._see_parts(base, array.reshape(len(array), -1), base.numbers[None])
                elif array.ndim == len(shape) and array.size >= 2 * base.numbers.size:
                    longer = [axis for axis in range(array.ndim) if array.shape[axis] != shape[axis]]
                    if len(longer) == 1:
                        parts = (np.moveaxis(a, longer[0], 0) for a in (array, base.numbers.reshape(shape)))
                        self._see_parts(base, *(part.reshape(len(part), -1) for part in parts))

    def _see_parts(self, base: _Base, parts: np.ndarray, originals: np.ndarray) -> None:
        for number, original in enumerate(originals):
            differs = parts != original
            changed = np.count_nonzero(differs, axis=1)
            steps = np.sqrt((np.abs(np.where(differs, parts - original, 0)) ** 2).sum(axis=1))
            is_copy = (changed > 0) & (2 * changed <= len(original)) & (steps <= TINY * np.linalg.norm(original))
            for i in np.flatnonzero(is_copy):
                self._count((id(base), number, parts.shape, int(changed[i])), differs[i].tobytes())

    def _count(self, family: tuple, copy: bytes) -> None:
        """Add a copy to its family: copies of one array with `family[-1]` changes."""
        copies = self.families.setdefault(family, set())
        copies.add(copy)
        self.is_clear |= len(copies) >= ENOUGH


@dataclass(frozen=True, eq=False)
class _Base:
    """One of the first arrays of its shape: its numbers, flat, and their norm."""

    numbers: np.ndarray
    norm: float


def whole_calls(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> tuple[Any, dict[CodeType, bool]]:
    """Call a forward pass and find the functions that get the whole input.

    Inputs:
    - function: the forward pass
    - arguments: its positional arguments
    - keywords: its keyword arguments

    Returns: (return value, dict of code object → whether the function also gets another array).
    With two arrays, a layer can be linear in one of them.
    """
    codes: dict[CodeType, bool] = {}
    sizes = [value.size for value in arguments if type(value) is np.ndarray][:1]

    def on_call(frame: FrameType, event: str, argument: object) -> None:
        if _is_of_student(frame.f_code):
            arrays = [value for value in frame.f_locals.values() if type(value) is np.ndarray]
            if any(array.size in sizes for array in arrays):
                codes[frame.f_code] = len(arrays) > 1

    _settrace(on_call)
    try:
        return function(*arguments, **keywords), codes
    finally:
        _settrace(None)


def _is_of_student(code: CodeType) -> bool:
    """Return whether code comes from a cell, and not from a file."""
    return code.co_filename.startswith("<") and not code.co_filename.startswith(LIBRARY)
