"""Relations between wrong and correct values, in the words of visible checks and hidden tests.

Each relation is a function of `Values` that returns one sentence, or "" if it does not hold. The
sentence states an observation within the tolerance of the test. It names no cause, because another
program may have another cause. The first relation in RELATIONS that holds is reported.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from student_tools.language import tr, tr_plural
from student_tools.wording import Places, joined

__all__ = ["RELATIONS", "Values", "error_of", "other_shape", "relation"]

MIN_NUMBERS = 4  # smaller arrays fit a relation by chance
NEAR = 2e-3  # largest relative error that rounding or a small constant explains
MAX_AXES, MAX_NUMBERS = 5, 200_000  # of an array that is examined


@dataclass(frozen=True)
class Values:
    """A wrong array, with the values that it can be compared with.

    - name: of the value
    - got: float64 array
    - expected: float64 array of the same shape
    - bound: tolerance, see error_of
    - others: name → expected array, of the other values of the test
    - inputs: name → argument of the call; entries of a dict are named "bn_param['eps']"
    """

    name: str
    got: np.ndarray
    expected: np.ndarray
    bound: float
    others: Mapping[str, np.ndarray] = field(default_factory=dict)
    inputs: Mapping[str, object] = field(default_factory=dict)

    def is_like(self, values: np.ndarray) -> bool:
        """Return whether the array equals other values, within the tolerance."""
        return values.shape == self.got.shape and _same(self.got, values, self.bound)

    @property
    def slack(self) -> float:
        """The largest absolute error of a number that passes."""
        return self.bound * float(np.max(np.abs(self.expected)))

    @property
    def is_right(self) -> np.ndarray:
        """A bool array: True for the correct numbers."""
        return np.abs(self.got - self.expected) <= self.slack

    @property
    def is_single(self) -> bool:
        """True if the array has too few numbers for a relation with a free parameter."""
        return int(np.count_nonzero(self.expected)) < MIN_NUMBERS


def error_of(got: np.ndarray, expected: np.ndarray) -> float:
    """Return max |got − expected| ÷ max |expected|, or the absolute error if expected is zero."""
    if expected.size == 0:
        return 0.0
    with np.errstate(all="ignore"):  # the values are a student's
        scale = np.max(np.abs(expected))
        difference = np.max(np.abs(got.astype(np.float64) - expected))
        return float(difference / scale) if scale > 0 else float(difference)


def relation(values: Values) -> str:
    """Return the sentence of the first relation that holds, or "" if none holds."""
    shapes_fit = values.got.shape == values.expected.shape and values.got.ndim <= MAX_AXES
    if not shapes_fit or not 0 < values.got.size <= MAX_NUMBERS or not np.all(np.isfinite(values.expected)):
        return ""
    with np.errstate(all="ignore"):  # the values are a student's
        if not np.all(np.isfinite(values.got)):
            return not_finite(values)
        if not values.got.any() or error_of(values.got, values.expected) <= values.bound:
            return ""  # the message of the check already reports zeros
        return next((sentence for holds in RELATIONS if (sentence := holds(values))), "")


def other_shape(name: str, got: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """Return a sentence about a wrong shape, or "".

    Inputs:
    - name: of the value
    - got: its shape
    - expected: the correct shape
    """
    if got == expected[::-1]:
        return tr("{name} has the transposed shape.", name=name)
    if sorted(got) == sorted(expected):
        return tr("The axes of {name} are in another order.", name=name)
    if [size for size in got if size != 1] == [size for size in expected if size != 1]:
        if len(got) > len(expected):
            return tr("{name} has more axes of length 1 than it should have.", name=name)
        return tr("{name} has fewer axes of length 1 than it should have.", name=name)
    if got == (math.prod(expected),) or (len(got) < len(expected) and math.prod(got) == math.prod(expected)):
        return tr("{name} has the right number of elements in another shape. Reshape it.", name=name)
    lost = [axis for axis in range(len(expected)) if expected[:axis] + expected[axis + 1 :] == got]
    if len(lost) == 1:
        return tr("Axis {axis} of {name} is missing, as after a sum or a maximum over it.", axis=lost[0], name=name)
    added = [axis for axis in range(len(got)) if got[:axis] + got[axis + 1 :] == expected]
    if len(added) == 1:
        return tr("{name} has one axis too many, axis {axis}. Sum over it, or drop it.", name=name, axis=added[0])
    return ""


def not_finite(values: Values) -> str:
    """Return a sentence about NaN or infinite numbers."""
    got = values.got
    kind = "nan" if np.all(np.isnan(got[~np.isfinite(got)])) else tr("infinite")
    if not np.any(np.isfinite(got)):
        return "" if got.size == 1 else tr("Every number of {name} is {kind}.", name=values.name, kind=kind)
    for axis, places in _axes(got):
        rest = tuple(other for other in range(got.ndim) if other != axis)
        lines = np.all(~np.isfinite(got), axis=rest)
        if np.array_equal(np.any(~np.isfinite(got), axis=rest), lines) and rest:
            return tr(
                "{name} is {kind} in all of {places}, and finite elsewhere.",
                name=values.name,
                kind=kind,
                places=places.listed(np.flatnonzero(lines)),
            )
    share = f"{100 * np.mean(~np.isfinite(got)):.0f}"
    return tr("{share} % of {name} is {kind}.", share=share, name=values.name, kind=kind)


def opposite_sign(values: Values) -> str:
    """Relation: got = −expected."""
    if not values.is_like(-values.expected):
        return ""
    return tr("{name} has the opposite sign and is otherwise right.", name=values.name)


def another_value(values: Values) -> str:
    """Relation: got is the expected array of another value."""
    for name, other in values.others.items():
        if name != values.name and not values.is_single and values.is_like(other):
            return tr("{name} is what {other} should be.", name=values.name, other=name)
    return ""


def an_argument(values: Values) -> str:
    """Relation: got is one of the arguments."""
    for name, value in _arrays(values.inputs):
        if values.is_like(value):
            return tr("{name} is the argument {argument}, unchanged.", name=values.name, argument=name)
        if values.is_like(-value):
            return tr("{name} is the argument {argument} with the opposite sign.", name=values.name, argument=name)
    return ""


def exchanged_axes(values: Values) -> str:
    """Relation: got is expected with two axes exchanged."""
    shape = values.expected.shape
    for a, b in itertools.combinations(range(len(shape)), 2):
        if shape[a] == shape[b] > 1 and values.is_like(values.expected.swapaxes(a, b)):
            return tr("The axes {a} and {b} of {name} are exchanged.", a=a, b=b, name=values.name)
    return ""


def flipped(values: Values) -> str:
    """Relation: got is expected in reverse order along some axes."""
    axes = [axis for axis, size in enumerate(values.expected.shape) if size > 1]
    for count in range(1, len(axes) + 1):
        for chosen in itertools.combinations(axes, count):
            if values.is_like(np.flip(values.expected, chosen)):
                return tr_plural(
                    "{name} is in reverse order along axis {axes}.",
                    "{name} is in reverse order along the axes {axes}.",
                    count,
                    name=values.name,
                    axes=joined([str(axis) for axis in chosen]),
                )
    return ""


def shifted(values: Values) -> str:
    """Relation: got is expected, shifted by one place along an axis."""
    for axis, size in enumerate(values.expected.shape):
        for step in (1, -1):
            if size < 3:
                continue
            kept = [slice(None)] * values.expected.ndim
            kept[axis] = slice(step, None) if step > 0 else slice(None, step)
            moved = np.roll(values.expected, step, axis)[tuple(kept)]
            if np.count_nonzero(moved) >= MIN_NUMBERS and _same(values.got[tuple(kept)], moved, values.bound):
                if step > 0:
                    return tr("{name} is shifted forward by one place along axis {axis}.", name=values.name, axis=axis)
                return tr("{name} is shifted back by one place along axis {axis}.", name=values.name, axis=axis)
    return ""


def factor(values: Values) -> str:
    """Relation: got is expected times one number, which may have a meaning."""
    scale = float(np.vdot(values.expected, values.expected))
    if scale == 0:
        return ""
    times = float(np.vdot(values.got, values.expected)) / scale
    if times == 0 or not values.is_like(times * values.expected):
        return ""
    words = {"name": values.name, "times": _number(times)}
    for sign in (1, -1):
        meanings = [text for number, text in _meanings(values) if math.isclose(sign * times, number, rel_tol=1e-4)]
        if meanings:
            # If two meanings have the same value, neither is certain.
            if len(meanings) > 1 or not meanings[0]:
                return tr("{name} is {times} times what it should be.", **words)
            meaning = meanings[0] if sign == 1 else tr("minus {meaning}", meaning=meanings[0])
            return tr("{name} is {times} times what it should be: {meaning}.", **words, meaning=meaning)
    return "" if values.is_single else tr("{name} is {times} times what it should be, everywhere.", **words)


def factor_of_an_argument(values: Values) -> str:
    """Relation: got is expected, multiplied or divided by an argument along an axis."""
    for name, value in _arrays(values.inputs):
        if np.any(value == 0) or values.is_single:
            continue
        for along in _broadcast(value, values.expected.shape):
            if values.is_like(values.expected * along):
                return tr("{name} is what it should be, multiplied by {argument}.", name=values.name, argument=name)
            if values.is_like(values.expected / along):
                return tr("{name} is what it should be, divided by {argument}.", name=values.name, argument=name)
    return ""


def term(values: Values) -> str:
    """Relation: got is expected plus or minus an argument, or has a factor on all but a bias."""
    difference = values.got - values.expected
    for name, value in _arrays(values.inputs):
        for along in _broadcast(value, values.expected.shape):
            if np.ptp(along) == 0:
                continue
            for times in (-1, 1, -2):
                if np.max(np.abs(difference - times * along)) <= values.slack:
                    return _with_term(times, name=values.name, argument=name)
            rest = Values(values.name, values.got - along, values.expected - along, values.bound, {}, values.inputs)
            is_bias = value.ndim == 1 < values.expected.ndim and not _is_far_larger(rest.expected, values.expected)
            if is_bias and (sentence := factor(rest)):
                return tr("Apart from {argument}, {sentence}", argument=name, sentence=sentence)
    return ""


def _with_term(times: int, **names: str) -> str:
    if times == 1:
        return tr("{name} is what it should be plus {argument}.", **names)
    if times == -1:
        return tr("{name} is what it should be minus {argument}.", **names)
    return tr("{name} is what it should be minus twice {argument}.", **names)


def function_of_the_right_value(values: Values) -> str:
    """Relation: got is a well-known function of expected."""
    if values.is_single:
        return ""
    right = values.expected
    for result, sentence in (
        (
            np.maximum(right, 0),
            tr("{name} is right where it should be positive, and zero where it should be negative."),
        ),
        (
            np.minimum(right, 0),
            tr("{name} is right where it should be negative, and zero where it should be positive."),
        ),
        (np.abs(right), tr("{name} is the absolute value of what it should be.")),
        (right**2, tr("{name} is the square of what it should be.")),
        (np.sqrt(np.abs(right)), tr("{name} is the square root of what it should be.")),
        (np.exp(np.clip(right, -700, 700)), tr("{name} is the exponential of what it should be.")),
        (1 / right, tr("{name} is one divided by what it should be.")),
        (right + 1, tr("{name} is what it should be plus 1.")),
        (right - 1, tr("{name} is what it should be minus 1.")),
        (1 - right, tr("{name} is 1 minus what it should be.")),
    ):
        if np.all(np.isfinite(result)) and values.is_like(result):
            return sentence.replace("{name}", values.name)
    return ""


def zero_in_places(values: Values) -> str:
    """Relation: got is right wherever it is not zero."""
    zero = (values.got == 0) & (values.expected != 0)
    if not zero.any() or zero.all() or not values.is_right[~zero].all():
        return ""
    where = _part_in_words(zero, values.expected != 0)
    return tr("{name} is zero {where}, and right elsewhere.", name=values.name, where=where) if where else ""


def right_in_places(values: Values) -> str:
    """Relation: got is right in one part of the array that has a name."""
    right, significant = values.is_right, np.abs(values.expected) > values.slack
    if np.count_nonzero(right & significant) < MIN_NUMBERS or right.all():
        return ""
    where = _part_in_words(~right, significant)
    return tr("{name} is wrong {where}, and right elsewhere.", name=values.name, where=where) if where else ""


def constant_difference(values: Values) -> str:
    """Relation: got differs from expected by one number, or by one per place of an axis."""
    difference = values.got - values.expected
    if values.got.size >= MIN_NUMBERS and np.ptp(difference) <= 2 * values.slack:
        number = _number(float(np.mean(difference)))
        return tr("{name} is off by the same number everywhere, {number}.", name=values.name, number=number)
    for axis, _ in _axes(values.got):
        if values.got.shape[axis] >= MIN_NUMBERS and np.all(np.ptp(difference, axis=axis) <= 2 * values.slack):
            return tr("The error of {name} is the same everywhere along axis {axis}.", name=values.name, axis=axis)
    return ""


def other_order(values: Values) -> str:
    """Relation: got has the right numbers in other places."""
    got, expected = np.sort(values.got, axis=None), np.sort(values.expected, axis=None)
    if len(np.unique(expected)) < MIN_NUMBERS or not _same(got, expected, values.bound):
        return ""
    return tr(
        "{name} has the right numbers in other places: an axis may be out of order, as after reshape.", name=values.name
    )


def same_along_an_axis(values: Values) -> str:
    """Relation: got is constant along an axis along which expected changes."""
    slack = values.bound * np.max(np.abs(values.got))
    for axis, places in _axes(values.got):
        is_same = values.got.shape[axis] > 2 and np.all(np.ptp(values.got, axis=axis) <= slack)
        if is_same and np.any(np.ptp(values.expected, axis=axis) > 10 * slack):
            return tr("{name} is the same for {places}, but it should differ.", name=values.name, places=places.every())
    return ""


def nearly_right(values: Values) -> str:
    """Relation: got is near expected, as after rounding or a change of a small constant."""
    if values.is_single or not error_of(values.got, values.expected) <= NEAR:
        return ""
    return tr(
        "{name} is nearly right, within {percent} % of its largest number. Check small constants such as eps, and the"
        " precision of the arithmetic.",
        name=values.name,
        percent=_number(100 * error_of(values.got, values.expected), digits=1),
    )


RELATIONS: tuple[Callable[[Values], str], ...] = (
    opposite_sign,
    another_value,
    an_argument,
    exchanged_axes,
    flipped,
    factor,
    factor_of_an_argument,
    term,
    function_of_the_right_value,
    shifted,
    zero_in_places,
    right_in_places,
    constant_difference,
    same_along_an_axis,
    nearly_right,
    other_order,
)


def _axes(array: np.ndarray) -> Iterator[tuple[int, Places]]:
    """(axis, the places along it) of each axis with several places."""
    return ((axis, Places(array.ndim, axis)) for axis, size in enumerate(array.shape) if size > 1)


def _arrays(inputs: Mapping[str, object]) -> Iterator[tuple[str, np.ndarray]]:
    for name, value in inputs.items():
        if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
            yield name, value.astype(np.float64)


def _broadcast(value: np.ndarray, shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """An array broadcast to a shape; an array with one axis, along each axis of its size."""
    if value.shape == shape:
        yield value
    elif value.ndim == 1 and value.size > 1:
        for axis, size in enumerate(shape):
            if size == value.size:
                yield np.broadcast_to(value.reshape([-1 if k == axis else 1 for k in range(len(shape))]), shape)


def _meanings(values: Values) -> Iterator[tuple[float, str]]:
    """(number, meaning) of the factors that have a meaning."""
    shape = values.expected.shape
    yield from ((2, ""), (0.5, ""))
    sizes: dict[int, str] = {}
    for axis, size in enumerate(shape):
        if size > 2:
            sizes[size] = tr("the size of an axis") if size in sizes else tr("the size of axis {axis}", axis=axis)
    for name, array in _arrays(values.inputs):
        for axis, size in enumerate(array.shape):
            if size > 2 and size not in sizes:
                sizes[size] = tr("the size of axis {axis} of {name}", axis=axis, name=name)
    for size, words in sizes.items():
        yield size, words
        yield 1 / size, tr("one divided by {meaning}", meaning=words)
    for name, value in values.inputs.items():
        if isinstance(value, int | float) and not isinstance(value, bool) and value not in (0, 1, 2, 0.5):
            if value in sizes:
                continue
            yield float(value), name
            yield 1 / value, tr("one divided by {meaning}", meaning=name)
            yield 1 - value, tr("1 minus {meaning}", meaning=name)


def _same(got: np.ndarray, expected: np.ndarray, bound: float) -> bool:
    return bool(np.any(expected)) and bool(error_of(got, expected) <= bound)


def _is_far_larger(array: np.ndarray, other: np.ndarray) -> bool:
    """Return whether an array is so large that its relative error hides another array's."""
    return bool(np.max(np.abs(array)) > 5 * np.max(np.abs(other)))


def _part_in_words(part: np.ndarray, significant: np.ndarray) -> str:
    """A part (bool array) of an array in words, judged at significant places; or ""."""
    for axis, words in _axes(part):
        rest = tuple(other for other in range(part.ndim) if other != axis)
        if not rest:
            continue
        inside = np.any(part & significant, axis=rest)
        whole = np.all(part | ~significant, axis=rest)
        if np.array_equal(inside, whole) and inside.any() and not inside.all():
            places, others = np.flatnonzero(inside), np.flatnonzero(~inside)
            if len(others) == 1 and len(places) > 1:
                but = words.listed(others)
                if others[0] in (0, part.shape[axis] - 1):
                    but = tr("the last") if others[0] else tr("the first")
                return tr("in {places} but {others}", places=words.every(), others=but)
            if len(places) <= 2:
                return tr("in {places}", places=words.listed(places))
    for axes in ((-2, -1), (-1,), (-2,)):
        if part.ndim >= 3 and all(part.shape[axis] >= 3 for axis in axes):
            border = np.zeros(part.shape, bool)
            for axis in axes:
                edge: list[slice | list[int]] = [slice(None)] * part.ndim
                edge[axis] = [0, -1]
                border[tuple(edge)] = True
            if np.array_equal(part & significant, border & significant):
                return tr("at the border")
            if np.array_equal(part & significant, ~border & significant):
                return tr("away from the border")
    return ""


def _number(value: float, *, digits: int = 6) -> str:
    return f"{value:.{digits}g}"
