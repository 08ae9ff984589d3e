"""Validation of the worker's replies, field by field, and messages about ended processes."""

import signal
from collections.abc import Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np

from autograder.errors import StudentFault
from autograder.language import NOT_WRITTEN_YET, not_written_patterns, tr
from autograder.printable import clean
from autograder.reworded import in_this_language
from autograder.sandbox.hints import hint_for
from autograder.sandbox.places import chain_in_words, places_of, steps_in
from autograder.sandbox.worker.wire_types import Handle, is_table
from autograder.sandbox.worker_sentences import WorkerSentence

__all__ = [
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
CAUSE_CHARS = 100  # of an exception that was being handled


def damaged_reply() -> StudentFault:
    """Return the StudentFault for a violation of the protocol."""
    return StudentFault("crashed", tr("the reply was damaged"))


def is_handle(value: object) -> TypeGuard[Handle]:
    """Return whether a value is a valid Handle."""
    return type(value) is Handle and 0 < value.number < MAX_HANDLE


def strings_in(value: object) -> list[str]:
    """Return the texts in a list, without values of other types."""
    return [item for item in value if type(item) is str] if type(value) is list else []


def seen_in(value: object) -> tuple[int, int, bool]:
    """Return the observations of worker.estimates in a reply; a malformed value counts as none."""
    if type(value) is list and [type(item) for item in value] == [int, int, bool]:
        copies, changed, was_switched_off = value
        return copies, changed, was_switched_off
    return 0, 0, False


def changed_in(value: object, arguments: Sequence[Any]) -> dict[int, Any]:
    """Return the arguments that a call changed: index → new value. Malformed entries are left out.

    The type of an argument can't change: a dict stays a dict, an array an array, a table a table.
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
    """Return the problems in a reply as (cell, line, message). Malformed entries are left out."""
    if type(value) is not list:
        return []
    return [
        (clean(item[0]), item[1], clean(item[2]))
        for item in value[:20]
        if type(item) is list and len(item) == 3 and [type(part) for part in item] == [str, int, str]
    ]


def raised_fault(reply: Mapping[str, Any], limit: int, notebook: str = "") -> StudentFault:
    """Return the StudentFault for an exception in student code.

    Inputs:
    - reply: with "type", "message" and "where", see worker.places; and "cause", the same of the
      exception that was being handled, or None
    - limit: longest text of each, in characters
    - notebook: that of the exercise
    """
    kind, text = (clean(reply.get(key), limit=limit) for key in ("type", "message"))
    steps = steps_in(reply.get("where"))
    places = places_of(steps)
    if kind == "NotImplementedError":
        stub = next(filter(None, (pattern.fullmatch(text) for pattern in not_written_patterns())), None)
        words = tr(NOT_WRITTEN_YET, what=stub[1]) if stub else in_this_language(text, WorkerSentence)
        return StudentFault("missing", words or tr("not written yet (NotImplementedError)"), places)
    where = chain_in_words(steps, notebook)
    place = tr(" ({where})", where=where) if where else ""
    hint = hint_for(f"{kind}: {text}", places[0].line if places else 0)
    cause = reply.get("cause")
    if type(cause) is dict:
        first = raised_fault({**cause, "cause": None}, CAUSE_CHARS, notebook)
        place += tr(", raised while handling {exception}", exception=first.message)
        places = tuple(dict.fromkeys((*places, *first.places)))
    ending = place + tr("; {hint}", hint=hint) if hint else place
    # Shorten the text, not the place and the hint.
    text = in_this_language(text[: max(limit - len(kind) - len(ending) - 2, limit // 2)], WorkerSentence)
    return StudentFault("error", (kind + ": " + text if text else kind) + ending, places)


def ended_fault(status: int, cpu_seconds: float) -> StudentFault:
    """Return the StudentFault for a process that ended before it replied.

    Inputs:
    - status: exit status, negative for a signal
    - cpu_seconds: its limit
    """
    if status == -signal.SIGXCPU:
        seconds = f"{cpu_seconds:g}"
        words = tr("the process that ran your code used up its {seconds} s of CPU time", seconds=seconds)
        return StudentFault("timeout", words)
    if status == -signal.SIGKILL:
        words = tr("the process that ran your code used up its CPU time or memory and was stopped")
        return StudentFault("crashed", words)
    if status < 0:
        known = {number.value: number.name for number in signal.Signals}
        name = known.get(-status) or tr("signal {number}", number=-status)
        return StudentFault("crashed", tr("the process that ran your code was ended by {signal}", signal=name))
    words = tr("the process that ran your code exited (exit status {status})", status=status)
    return StudentFault("crashed", words)
