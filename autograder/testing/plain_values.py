"""Checks of plain values: numbers, texts, lists and dicts. Messages show the first difference."""

import hashlib
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.errors import AuthorError
from autograder.language import ENGLISH, english_of, in_language, tr
from autograder.printable import clean
from autograder.sandbox.worker.wire_types import is_table
from autograder.testing.compare import check_array, describe
from autograder.testing.recording import fail, first_fault, in_case, note_plain, tolerance_of
from autograder.testing.tolerances import Tolerance

__all__ = [
    "EXACT",
    "Rules",
    "about",
    "check_dict",
    "check_text",
    "check_value",
    "digest_of",
    "first_difference",
    "keys_off",
    "named",
    "shown",
]

EXACT = Tolerance(1e-9, "rounding of sums and products")  # the default
MOST_NUMBERS = 1000  # recorded of one value
MOST_CHARS, MOST_ITEMS, MOST_LEVELS = 60, 8, 3  # shown of one value
NAME_CHARS = 24  # of a key or a column
AROUND = 20  # characters on both sides of the first difference of texts
SCALARS = (type(None), bool, int, float, str)


@dataclass(frozen=True)
class Rules:
    """The rules for comparing plain values.

    - bound: largest error of a number, relative to the expected number
    - same_type: True if a list differs from a tuple, and a float from an int
    - bool_is_int: True if True equals 1 and False equals 0
    """

    bound: float = EXACT.bound
    same_type: bool = False
    bool_is_int: bool = False


def check_value(
    name: str,
    got: object,
    expected: object,
    tolerance: str | Tolerance | None = None,
    *,
    same_type: bool = False,
    bool_is_int: bool = False,
    case: str = "",
) -> None:
    """Check a plain value: None, bool, int, float, str, or a list, tuple or dict of these.

    By default, a list equals a tuple and 3.0 equals 3, but True does not equal 1: a number does not
    answer a question for a truth value.

    Inputs:
    - name: of the value, for the message
    - got: the value from the worker
    - expected: the value of the reference
    - tolerance: largest error of a number, relative to the expected number; None means 1e-9
    - same_type: True if a list differs from a tuple, and a float from an int
    - bool_is_int: True if True equals 1 and False equals 0
    - case: the input in a few words, for the message

    Raises: StudentFault with status failed; AuthorError if `expected` is not a plain value.
    """
    tolerance = tolerance_of(EXACT if tolerance is None else tolerance)
    _must_be_plain(expected)
    got = _scalar(got)
    different = first_difference(got, expected, Rules(tolerance.bound, same_type, bool_is_int), name)
    note_plain(name, *digest_of(got), is_right=different is None, tolerance=tolerance)
    if different:
        fail(different + in_case(case))


def check_text(
    name: str,
    got: object,
    expected: str,
    *,
    ignore_case: bool = False,
    ignore_whitespace: bool = False,
    case: str = "",
) -> None:
    """Check a text.

    Inputs:
    - name: of the value, for the message
    - got: the value from the worker
    - expected: the text of the reference
    - ignore_case: compare without case
    - ignore_whitespace: treat each run of blanks and line breaks as one space, and strip the ends
    - case: the input in a few words, for the message

    Raises: StudentFault with status failed; the message shows the first difference. AuthorError if
    `expected` is not a text.
    """
    if type(expected) is not str:
        raise AuthorError(f"expected a text as the expected {name}, got {describe(expected)}")

    def normal(text: str) -> str:
        text = text.casefold() if ignore_case else text
        return " ".join(text.split()) if ignore_whitespace else text

    found = normal(got) if type(got) is str else got
    is_right = type(found) is str and found == normal(expected)
    note_plain(name, *digest_of(found), is_right=is_right, tolerance=EXACT)
    if type(found) is not str:
        fail(tr("{name}: expected a text, got {got}", name=name, got=_kind(found)) + in_case(case))
    if not is_right:
        fail(about(name, _text_difference(found, normal(expected))) + in_case(case))


def check_dict(
    name: str,
    got: object,
    expected: Mapping[Any, Any],
    tolerance: str | Tolerance | None = None,
    *,
    ignore_extra: bool = False,
    same_type: bool = False,
    bool_is_int: bool = False,
    case: str = "",
) -> None:
    """Check a dict: its keys, and each value with the check for the type of the expected value.

    Inputs:
    - name: of the dict, for the message
    - got: the value from the worker
    - expected: the dict of the reference
    - tolerance: largest relative error of numbers in the values; None means 1e-9
    - ignore_extra: accept additional keys
    - same_type: see check_value
    - bool_is_int: see check_value
    - case: the input in a few words, for the message

    Raises: StudentFault with status failed; AuthorError if `expected` is not a dict.
    """
    if not isinstance(expected, dict):
        raise AuthorError(f"expected a dict as the expected {name}, got {describe(expected)}")
    found = got if type(got) is dict else {}
    missing, extra = ([key for key in a if key not in b] for a, b in ((expected, found), (found, expected)))
    is_right = type(got) is dict and not missing and (ignore_extra or not extra)
    keys = sorted(map(repr, found)) if type(got) is dict else got
    note_plain(f"the keys of {name}", *digest_of(keys), is_right=is_right, tolerance=EXACT)
    if type(got) is not dict:
        words = {"name": name, "keys": named(list(expected)), "got": _kind(got)}
        fail(tr("{name}: expected a dict with the keys {keys}, got {got}", **words) + in_case(case))
    with first_fault() as check:
        if not is_right:
            check(fail, _wrong_keys(name, expected, missing, extra) + in_case(case))
        for key, value in expected.items():
            if key in found:
                options = {"same_type": same_type, "bool_is_int": bool_is_int, "case": case}
                check(_check_fitting, f"{name}[{shown(key, most=NAME_CHARS)}]", found[key], value, tolerance, **options)


def keys_off(missing: list, extra: list) -> str:
    """Return a text that lists missing and additional keys or columns."""
    first = tr("{keys} missing", keys=named(missing)) if missing else ""
    second = tr("{keys} in addition", keys=named(extra)) if extra else ""
    return tr("{first} and {second}", first=first, second=second) if first and second else first or second


def about(name: str, words: str) -> str:
    """Return a sentence with the name of the value in front."""
    return tr("{name}: {words}", name=name, words=words)


def _wrong_keys(name: str, expected: Mapping, missing: list, extra: list) -> str:
    words = {"name": name, "keys": named(list(expected)), "off": keys_off(missing, extra)}
    return tr("{name}: expected the keys {keys}, got the dict with {off}", **words)


def _check_fitting(name: str, got: object, expected: Any, tolerance: Any, *, case: str, **options: bool) -> None:
    """Compare a value with the check for the type of the expected value."""
    if type(expected) is np.ndarray:
        check_array(name, got, expected, EXACT if tolerance is None else tolerance, case=case)
    elif is_table(expected):
        from autograder.testing.tables import check_series, check_table  # tables imports this module

        check: Any = check_series if expected.ndim == 1 else check_table
        check(name, got, expected, tolerance, case=case)
    elif type(expected) is str:
        check_text(name, got, expected, case=case)
    elif isinstance(expected, dict):
        check_dict(name, got, expected, tolerance, case=case, **options)
    else:
        check_value(name, got, expected, tolerance, case=case, **options)


def _must_be_plain(expected: object) -> None:
    if isinstance(expected, dict):
        parts = [*expected, *expected.values()]
    elif type(expected) in (list, tuple):
        parts = list(expected)  # type: ignore[call-overload]
    elif type(_scalar(expected)) in SCALARS:
        return
    else:
        raise AuthorError(
            "expected a plain value (None, bool, int, float, str, or a list, tuple or dict of these) as the expected"
            f" one, got {describe(expected)}: use check_array, check_table or check_series"
        )
    for part in parts:
        _must_be_plain(part)


def _scalar(value: object) -> Any:
    """A NumPy scalar as a Python number; any other value unchanged."""
    if isinstance(value, np.generic) or (type(value) is np.ndarray and value.shape == ()):
        return value.item()
    return value


def first_difference(got: Any, expected: Any, rules: Rules, where: str) -> str | None:
    """Return a message about the first difference of two plain values, or None if they agree.

    Inputs:
    - got: the value from the worker
    - expected: the value of the reference
    - rules: see Rules
    - where: name of the value, for the message
    """
    got, expected = _scalar(got), _scalar(expected)
    if isinstance(expected, (list, tuple)):
        if not isinstance(got, (list, tuple)) or (rules.same_type and type(got) is not type(expected)):
            words = {"name": where, "type": type(expected).__name__, "count": len(expected), "got": _kind(got)}
            return tr("{name}: expected a {type} of {count}, got {got}", **words)
        if len(got) != len(expected):
            words = {"name": where, "count": len(expected), "got": len(got)}
            return tr("{name}: expected {count} items, got {got}", **words)
        pairs = ((f"{where}[{i}]", g, e) for i, (g, e) in enumerate(zip(got, expected, strict=True)))
    elif isinstance(expected, dict):
        if not isinstance(got, dict):
            return tr("{name}: expected a dict, got {got}", name=where, got=_kind(got))
        missing, extra = ([key for key in a if key not in b] for a, b in ((expected, got), (got, expected)))
        if missing or extra:
            return _wrong_keys(where, expected, missing, extra)
        pairs = ((f"{where}[{shown(key, most=NAME_CHARS)}]", got[key], value) for key, value in expected.items())
    else:
        return None if _is_same_scalar(got, expected, rules) else _scalar_words(got, expected, where)
    found = (first_difference(g, e, rules, place) for place, g, e in pairs)
    return next((difference for difference in found if difference), None)


def _is_same_scalar(got: Any, expected: Any, rules: Rules) -> bool:
    if type(got) is bool and type(expected) in (int, float) and rules.bool_is_int:
        got = int(got)
    if type(expected) is bool and type(got) in (int, float) and rules.bool_is_int:
        expected = int(expected)
    numbers = (int, float)
    if type(got) in numbers and type(expected) in numbers:
        if rules.same_type and type(got) is not type(expected):
            return False
        if got == expected or (got != got and expected != expected):
            return True
        is_near = math.isfinite(got) and abs(got - expected) <= rules.bound * abs(expected or 1)
        return is_near and not (type(got) is type(expected) is int)
    return type(got) is type(expected) and got == expected


def _scalar_words(got: Any, expected: Any, where: str) -> str:
    if type(got) is type(expected) is str:
        return about(where, _text_difference(got, expected))
    words = {"name": where, "expected": shown(expected), "got": _kind(got)}
    if type(got) not in SCALARS:
        return tr("{name}: expected {expected}, got {got}", **words)
    found = shown(got)
    if words["expected"] == found or type(expected) in (bool, str) or type(got) in (bool, str):
        return tr("{name}: expected {expected}, got {found} ({got})", **words, found=found)
    return tr("{name}: expected {expected}, got {got}", **words | {"got": found})


def _kind(value: object) -> str:
    """The type of a value in a few words."""
    if value is None:
        return "None"
    names = {bool: tr("a truth value"), int: tr("an int"), float: tr("a float"), str: tr("a text")}
    if type(value) in names:
        return names[type(value)]
    words = describe(value)
    # A translated message keeps its English text; the runner of the tests cleans the whole message.
    return words if english_of(words) is not words else clean(words, limit=MOST_CHARS)


def _text_difference(got: str, expected: str) -> str:
    """The first difference of two texts in words."""
    at = next((i for i, (a, b) in enumerate(zip(got, expected, strict=False)) if a != b), min(len(got), len(expected)))
    line, column = expected.count("\n", 0, at) + 1, at - (expected.rfind("\n", 0, at) + 1) + 1
    if "\n" not in expected:
        place = tr("character {column}", column=column)
    else:
        place = tr("line {line}, character {column}", line=line, column=column)
    is_short = len(got) <= MOST_CHARS and len(expected) <= MOST_CHARS
    words = {"expected": repr(expected) if is_short else _excerpt(expected, at)}
    words |= {"got": repr(got) if is_short else _excerpt(got, at), "place": place}
    return tr("expected {expected}, got {got}; they differ first at {place}", **words)


def _excerpt(text: str, at: int) -> str:
    start, end = max(at - AROUND, 0), at + AROUND
    return f"{'…' if start else ''}{text[start:end]!r}{'…' if end < len(text) else ''}"


def shown(value: object, *, most: int = MOST_CHARS) -> str:
    """Return a plain value for a message: short, on one line, without control characters."""
    text = _shown(value, MOST_LEVELS)
    return clean(text[:most]) + ("…" if len(text) > most else "")


def named(names: list, *, most: int = 12) -> str:
    """Return the first keys, columns or rows of a list, for a message."""
    first = ", ".join(shown(name, most=NAME_CHARS) for name in names[:most])
    return tr("{names} and {count} more", names=first, count=len(names) - most) if len(names) > most else first


def _shown(value: object, levels: int) -> str:
    if type(value) is str:
        return repr(value[:MOST_CHARS]) + ("…" if len(value) > MOST_CHARS else "")
    if type(value) is float:
        return f"{value + 0.0:.6g}"  # + 0.0 turns -0.0 into 0.0
    if type(value) in SCALARS or type(value) is np.datetime64 or type(value) is np.timedelta64:
        return str(value)
    if levels and type(value) in (list, tuple, dict):
        items: Iterator[str]
        if isinstance(value, dict):
            pairs = list(value.items())[:MOST_ITEMS]
            items = (f"{_shown(key, levels - 1)}: {_shown(item, levels - 1)}" for key, item in pairs)
        else:
            items = (_shown(item, levels - 1) for item in list(value)[:MOST_ITEMS])  # type: ignore[call-overload]
        more = ", …" if len(value) > MOST_ITEMS else ""  # type: ignore[arg-type]
        inside = ", ".join(items) + more
        return f"({inside})" if type(value) is tuple else f"[{inside}]" if type(value) is list else f"{{{inside}}}"
    return describe(value)


def digest_of(value: object) -> tuple[str, tuple[float, ...]]:
    """Return (digest, numbers) of a value, see PlainComparison.

    The digests of two values are equal if the values differ only in their numbers.
    """
    if value is None or isinstance(value, bool | np.bool_) or (type(value) in (str, list, tuple, dict) and not value):
        return "", ()  # too common to identify a mutant
    digest = hashlib.sha256()
    numbers: list[float] = []
    pending = [value]
    while pending:
        item = _scalar(pending.pop())
        if type(item) in (int, float):
            if len(numbers) < MOST_NUMBERS:
                numbers.append(_as_float(item))
            words = "number"
        elif type(item) in (list, tuple):
            pending += reversed(item)
            words = f"sequence of {len(item)}"
        elif type(item) is dict:
            pairs = sorted(item.items(), key=lambda pair: repr(pair[0]))
            pending += [part for pair in reversed(pairs) for part in (pair[1], repr(pair[0]))]
            words = f"dict of {len(item)}"
        elif type(item) in SCALARS:
            words = f"{type(item).__name__} {item}"
        elif type(item) is np.ndarray:
            words = f"array {item.shape} {hashlib.sha256(item.tobytes()).hexdigest()}"
        else:
            with in_language(ENGLISH):
                words = describe(item)
        digest.update(words.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest(), tuple(numbers)


def _as_float(number: int | float) -> float:
    try:
        return float(number)
    except OverflowError:
        return math.inf
