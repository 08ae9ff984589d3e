"""Inside: notices a gradient that is estimated from differences instead of being computed.

An estimate evaluates the forward pass on many copies of an input, each with a small change: single numbers, rows, one
change in every window, random directions, an imaginary step. Whatever the program looks like, somewhere a variable
holds these copies one after the other. So, on small inputs, the student's code is watched: the arrays in its variables
are compared with those that were seen first.

A program that computes a gradient changes arrays too, but not like that. Either it goes on from each change, so that
more and more numbers differ; or it changes a number by its own size, as a mask does. Copies that all differ from the
same array, in equally many numbers and each time in others, and by next to nothing, are made for an estimate alone.
Where the student's own forward pass gets the copies as its arguments, larger changes count as well: for a linear layer
an estimate needs no small ones.

What is counted here is for the host to judge.
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
SMALLEST, LARGEST = 4, 8192  # numbers of an array that is looked at
MOST_BASES, MOST_SHAPES = 8, 40  # arrays of one shape, and shapes, with which later arrays are compared
TINY = 1e-2  # of the norm of an array, the largest change that is next to nothing
NEAR = 0.5  # the same for arguments of the forward pass
TINIEST = 1e-4  # the same for a change of most numbers, as a random direction is: results of samples can be alike
FEW = 12  # fewer numbers can be alike by chance
ENOUGH = 50  # copies after which nothing more needs to be seen
MOST_ITEMS = 40  # of a tuple, list or dict
LIBRARY = ("<frozen", "<__array_function__")
# How many repeated lines are looked at in full before only one in so many is: long loops must not become slow.
RARER = ((100, 0), (50_000, 7), (200_000, 63))
RAREST = 1023


class Enough(BaseException):
    """Ends a call of which enough has been seen."""


class Watch:
    """Looks on while a backward pass runs. Use as a context manager; `count` says afterwards what was seen.

    The call ends with Enough as soon as that is clear.

    Inputs:
    - forward: the functions that the whole input goes through in the forward pass, see whole_calls.
    """

    def __init__(self, forward: dict[CodeType, bool]) -> None:
        self.forward = forward
        self.bases: dict[tuple[int, ...], list[_Base]] = {}
        self.seen: set[Hashable] = set()
        self.families: dict[tuple, set[bytes]] = {}
        self.places: set[Hashable] = set()  # lines and functions that have run
        self.events = self.lot = 0
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
        """Stand in for sys.settrace: it would be no use to a gradient, and much to an estimate."""
        self.was_switched_off = True

    @property
    def count(self) -> tuple[int, int]:
        """(most copies of one array with equally many changes, in how many numbers each of them differs)."""
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
        if self.is_clear:  # here, and nowhere in the library or in what belongs to the grader
            raise Enough
        # An estimate is made in a loop, or by one call: what is done once need not be looked at line by line.
        if event == "line" and self._is_due((frame.f_code, frame.f_lineno)):
            self._look(frame)
        return self._on_line

    def _is_due(self, place: Hashable) -> bool:
        """Whether to look: at what is repeated, and the more rarely the more there is."""
        self.events += 1
        if place not in self.places:
            self.places.add(place)
            return False
        # At no regular distance: a copy may be restored every other line.
        self.lot = (self.lot * 1103515245 + 12345) & 0x7FFFFFFF
        mask = next((mask for most, mask in RARER if self.events < most), RAREST)
        return self.lot >> 8 & mask == 0

    def _look(self, frame: FrameType | None, *, near: float = TINY, is_forward: bool = False) -> None:
        """Look at the arrays in a function's variables, and at the parameters of a network whose method it is."""
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
            return  # what goes wrong here, by odd objects, must not be an error of the student's

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
        norm = np.linalg.norm(numbers)
        if len(bases) < MOST_BASES and 0 < norm < np.inf:
            bases.append(_Base(numbers, float(norm)))

    def _is_copy(self, base: _Base, numbers: np.ndarray, near: float) -> bool:
        """Whether an array is one that was there before, or a copy of it with a change; that is counted."""
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
        """Copies that the forward pass gets at once lie beside each other along one axis, or along a new one."""
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
        """Add a copy to those of the same array with equally many changes; the last part of `family` is how many."""
        copies = self.families.setdefault(family, set())
        copies.add(copy)
        self.is_clear |= len(copies) >= ENOUGH


@dataclass(frozen=True, eq=False)
class _Base:
    """An array that was there before others of its shape: its numbers, flat, and their norm."""

    numbers: np.ndarray
    norm: float


def whole_calls(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> tuple[Any, dict[CodeType, bool]]:
    """Call a forward pass.

    Returns: (what it returns, dict of code object → whether it got another array too, of the functions that got the
    whole input). With two arrays, a layer can be linear in one of them.
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
    """Whether code is from no file: from a cell, or made by one."""
    return code.co_filename.startswith("<") and not code.co_filename.startswith(LIBRARY)
