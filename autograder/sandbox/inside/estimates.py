"""Inside: notices a gradient that is estimated from differences instead of being computed.

An estimate evaluates the forward pass on many copies of an input, each with a small change: single numbers, rows, one
change in every window, random directions, an imaginary step. Whatever the program looks like, somewhere a variable
holds these copies one after the other. So, on small inputs, every line of the student's code is watched: the arrays in
its variables are compared with those that were seen first.

A program that computes a gradient changes arrays too, but it goes on from there: each change adds to the ones before.
Copies that all differ from the same array, in equally many numbers and each time in others, are made for an estimate
alone. That is counted; what follows from the count is for the host to say.
"""

import itertools
import sys
from dataclasses import dataclass

import numpy as np

__all__ = ["Enough", "Watch", "codes_of"]

_settrace = sys.settrace
SMALLEST, LARGEST = 12, 8192  # numbers of an array that is looked at; random numbers fit in fewer by chance
MOST_BASES = 8  # arrays of one shape with which later ones are compared: those that were there first
NEAR = 0.5  # of the norm of an array, the largest change that makes a copy of it
TINY = 1e-2  # the same for a change of more than half of the numbers, as a random direction is
ALL_EVENTS = 100  # of repeated lines and calls of the library, before only every fourth is looked at
MOST_EVENTS, MOST_COMPARISONS = 150_000, 20_000  # then the rest runs unwatched: it is slow enough
ENOUGH = 50  # copies after which nothing more needs to be seen
LIBRARY = ("<frozen", "<__array_function__")
MOST_STACKED = 4  # arrays of one shape of which copies beside each other are looked for
MOST_ITEMS = 40  # of a tuple, list or dict


class Enough(BaseException):
    """Ends a call of which enough has been seen."""


class Watch:
    """Looks on while a backward pass runs. Use as a context manager; `count` says afterwards what was seen.

    The call ends with Enough as soon as that is clear.

    Inputs:
    - forward: code objects that ran in the forward pass; a function of these that gets unit vectors is probed.
    """

    def __init__(self, forward=()):
        self.forward = forward
        self.bases, self.seen, self.families = {}, set(), {}
        self.places = set()  # lines and functions that have run
        self.events = self.comparisons = self.lot = 0
        self.is_clear = self.was_switched_off = False

    def __enter__(self):
        _settrace(self._on_call)
        sys.settrace = self._refuse
        return self

    def __exit__(self, *exception):
        sys.settrace = _settrace
        self.was_switched_off |= sys.gettrace() != self._on_call and not self._is_tired() and not self.is_clear
        _settrace(None)

    def _refuse(self, function):
        """Stand in for sys.settrace: it would be no use to a gradient, and much to an estimate."""
        self.was_switched_off = True

    @property
    def count(self):
        """(most copies of one array with equally many changes, in how many numbers each of them differs)."""
        sizes = [(len(copies), family[-1]) for family, copies in self.families.items()]
        return max(sizes, default=(0, 0))

    def _is_tired(self):
        return self.events > MOST_EVENTS or self.comparisons > MOST_COMPARISONS

    def _on_call(self, frame, event, argument):
        code = frame.f_code
        if self._is_tired():
            _settrace(None)
        elif not _is_of_student(code):
            if self._is_repeated(code):
                self._look(frame)
        else:
            if _is_of_student(frame.f_back.f_code):
                self._look(frame.f_back)
            self._look(frame, is_probe=code in self.forward)
            return self._on_line
        return None

    def _on_line(self, frame, event, argument):
        if self.is_clear:  # here, and nowhere in the library or in what belongs to the grader
            raise Enough
        if self._is_tired():
            _settrace(None)
            return None
        # An estimate is made in a loop, or by one call: what is done once need not be looked at line by line.
        if event == "return" or (event == "line" and self._is_repeated((frame.f_code, frame.f_lineno))):
            self._look(frame)
        return self._on_line

    def _is_repeated(self, place):
        self.events += 1
        if place not in self.places:
            self.places.add(place)
            return False
        # A long loop is looked at now and then, at no regular distance: a copy may be restored every other line.
        self.lot = (self.lot * 1103515245 + 12345) & 0x7FFFFFFF
        return self.events < ALL_EVENTS or self.lot >> 16 & 3 == 0

    def _look(self, frame, *, is_probe=False):
        """Look at the arrays in a function's variables, and at the parameters of a network whose method it is."""
        try:
            values = frame.f_locals
            network = values.get("self")
            held = [getattr(network, "params", None)] if type(network).__module__ == "submission" else []
            for value in (*values.values(), *held):
                if type(value) is np.ndarray:
                    self._see(value, is_probe)
                elif type(value) in (tuple, list, dict):
                    items = value.values() if type(value) is dict else value
                    for item in itertools.islice(items, MOST_ITEMS):
                        if type(item) is np.ndarray:
                            self._see(item, is_probe)
        except Exception:
            return  # what goes wrong here, by odd objects, must not be an error of the student's

    def _see(self, array, is_probe):
        if array.dtype.kind not in "fc" or not SMALLEST <= array.size <= LARGEST:
            return
        content = array.tobytes()
        key = (array.shape, is_probe, hash(content))
        if key in self.seen:
            return
        self.seen.add(key)
        with np.errstate(all="ignore"):
            self._see_new(np.frombuffer(content, array.dtype), array.shape, is_probe)

    def _see_new(self, numbers, shape, is_probe):
        if is_probe:
            self._see_unit_vectors(numbers.reshape(shape))
        bases = self.bases.setdefault(shape, [])
        if any(self._is_copy(base, numbers) for base in bases):
            return
        self._see_stack(numbers.reshape(shape))
        norm = np.linalg.norm(numbers)
        if len(bases) < MOST_BASES and 0 < norm < np.inf:
            bases.append(_Base(shape, numbers, float(norm)))

    def _is_copy(self, base, numbers):
        """Whether an array is one that was there before, or a copy of it with a change; that is counted."""
        self.comparisons += 1
        differs = numbers != base.numbers
        changed = int(np.count_nonzero(differs))
        if 2 * changed <= numbers.size:
            is_copy = np.linalg.norm(numbers[differs] - base.numbers[differs]) <= NEAR * base.norm
            copy = differs.tobytes()
        else:
            step = TINY * base.norm
            is_copy = abs(numbers[0] - base.numbers[0]) <= step and np.linalg.norm(numbers - base.numbers) <= step
            copy = numbers.tobytes()
        # A number that is taken out and put back is none that moves a little.
        if is_copy and numbers[differs].any():
            self._count((id(base), changed), copy)
        return is_copy

    def _see_stack(self, array):
        """Copies that are evaluated together lie beside each other along one axis, or along a new one."""
        for shape, bases in self.bases.items():
            for base in bases[:MOST_STACKED]:
                if array.shape[1:] == shape:
                    self._see_parts(base, array.reshape(len(array), -1), base.numbers[None])
                elif array.ndim == len(shape) and array.size >= 2 * base.numbers.size:
                    longer = [axis for axis in range(array.ndim) if array.shape[axis] != shape[axis]]
                    if len(longer) == 1:
                        parts = (np.moveaxis(a, longer[0], 0) for a in (array, base.numbers.reshape(shape)))
                        self._see_parts(base, *(part.reshape(len(part), -1) for part in parts))

    def _see_parts(self, base, parts, originals):
        self.comparisons += 1
        for number, original in enumerate(originals):
            differs = parts != original
            changed = np.count_nonzero(differs, axis=1)
            for i in np.flatnonzero((changed > 0) & (2 * changed <= len(original))):
                step = np.linalg.norm((parts[i] - original)[differs[i]])
                if step <= NEAR * np.linalg.norm(original) and parts[i][differs[i]].any():
                    self._count((id(base), number, parts.shape, int(changed[i])), differs[i].tobytes())

    def _see_unit_vectors(self, array):
        """A linear layer gives its own matrix away where it is fed with unit vectors, one by one or all at once."""
        filled = np.flatnonzero(array)
        samples = array.reshape(len(array), -1)
        if len(filled) == 1:
            self._count(("unit", array.shape, 1), filled.tobytes())
        elif np.count_nonzero(samples, axis=1).max() == 1:
            for position in np.unique(np.nonzero(samples)[1]):
                self._count(("unit", array.shape, 1), int(position).to_bytes(8, "big"))

    def _count(self, family, copy):
        """Add a copy to those of the same array with equally many changes; the last part of `family` is how many."""
        copies = self.families.setdefault(family, set())
        copies.add(copy)
        self.is_clear |= len(copies) >= ENOUGH


@dataclass(frozen=True, eq=False)
class _Base:
    """An array that was there before others of its shape: its numbers, flat, and their norm."""

    shape: tuple
    numbers: np.ndarray
    norm: float


def codes_of(function, *arguments, **keywords):
    """Call a function; returns (what it returns, the code objects of the student's that ran)."""
    codes = set()

    def on_call(frame, event, argument):
        if _is_of_student(frame.f_code):
            codes.add(frame.f_code)

    _settrace(on_call)
    try:
        return function(*arguments, **keywords), codes
    finally:
        _settrace(None)


def _is_of_student(code):
    """Whether code is from no file: from a cell, or made by one."""
    return code.co_filename.startswith("<") and not code.co_filename.startswith(LIBRARY)
