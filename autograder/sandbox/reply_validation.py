"""What comes back from inside, looked at field by field before anybody believes it; how a process ended, in words."""

import signal
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np

from autograder.errors import StudentFault
from autograder.printable import clean
from autograder.sandbox.hints import hint_for
from autograder.sandbox.worker.wire_types import Handle, is_table

__all__ = [
    "ENDLESS",
    "changed_in",
    "damaged_reply",
    "ended_fault",
    "is_handle",
    "problems_in",
    "raised_fault",
    "seen_in",
    "strings_in",
]

MAX_HANDLE = 1 << 31
ENDLESS = "is there a loop that does not end?"


def damaged_reply() -> StudentFault:
    """The fault of whoever breaks the protocol."""
    return StudentFault("crashed", "the reply was damaged")


def is_handle(value: object) -> TypeGuard[Handle]:
    """Whether a value is a handle that may be sent back."""
    return type(value) is Handle and 0 < value.number < MAX_HANDLE


def strings_in(value: object) -> list[str]:
    """The texts of a list; whatever else came is left out."""
    return [item for item in value if type(item) is str] if type(value) is list else []


def seen_in(value: object) -> tuple[int, int, bool]:
    """What the watch over a call noticed, see worker.estimates; whatever is malformed counts as nothing."""
    if type(value) is list and [type(item) for item in value] == [int, int, bool]:
        copies, changed, was_switched_off = value
        return copies, changed, was_switched_off
    return 0, 0, False


def changed_in(value: object, arguments: Sequence[Any]) -> dict[int, Any]:
    """The arguments that a call changed: index → what it is now; whatever is malformed is left out.

    A dict stays a dict, an array an array and a table a table, since nobody can change that.
    """
    pairs = value if type(value) is list else []
    return {
        pair[0]: pair[1]
        for pair in pairs
        if type(pair) is tuple
        and len(pair) == 2
        and type(pair[0]) is int
        and 0 <= pair[0] < len(arguments)
        and (type(arguments[pair[0]]) in (dict, np.ndarray) or is_table(arguments[pair[0]]))
        and type(pair[1]) is type(arguments[pair[0]])
    }


def problems_in(value: object) -> list[tuple[str, int, str]]:
    """The cells that could not be read, as (cell, line, message); whatever is malformed is left out."""
    if type(value) is not list:
        return []
    return [
        (clean(item[0]), item[1], clean(item[2]))
        for item in value[:20]
        if type(item) is list and len(item) == 3 and [type(part) for part in item] == [str, int, str]
    ]


def raised_fault(reply: Mapping[str, Any], limit: int) -> StudentFault:
    """The fault that an exception of the student's is. - limit: characters of each text that are kept."""
    kind, text, where = (clean(reply.get(key), limit=limit) for key in ("type", "message", "where"))
    if kind == "NotImplementedError":
        return StudentFault("missing", text or "not written yet (NotImplementedError)")
    place = f" ({where})" if where else ""
    hint = hint_for(f"{kind}: {text}", where)
    ending = f"{place}; {hint}" if hint else place
    # The place and the hint help more than the end of a long text.
    text = text[: max(limit - len(kind) - len(ending) - 2, limit // 2)]
    return StudentFault("error", f"{kind}: {text}{ending}" if text else f"{kind}{ending}")


def ended_fault(status: int, cpu_seconds: float) -> StudentFault:
    """The fault of a process that ended while an answer was waited for. - cpu_seconds: its limit."""
    process = "the process that ran your code"
    if status == -signal.SIGXCPU:
        return StudentFault("timeout", f"{process} used up its {cpu_seconds:g} s of CPU time: {ENDLESS}")
    if status == -signal.SIGKILL:
        return StudentFault("crashed", f"{process} used up its CPU time or memory and was stopped")
    if status < 0:
        known = {number.value: number.name for number in signal.Signals}
        name = known.get(-status, f"signal {-status}")
        return StudentFault("crashed", f"{process} was ended by {name}")
    return StudentFault("crashed", f"{process} ended by itself (exit status {status})")
