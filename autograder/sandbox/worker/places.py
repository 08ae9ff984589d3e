"""Inside: the lines of the student's own code that led to an exception."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Any

__all__ = ["cause_of", "own_steps"]

MOST_STEPS = 4
MOST_CAUSES = 20
COMPREHENSION = re.compile(r"(?:\.<locals>)?\.?<(?:listcomp|setcomp|dictcomp|genexpr)>")


def own_steps(error: BaseException) -> list[list[Any]]:
    """Return the chain of calls in the student's own code, innermost first.

    Frames of libraries are left out, and so are repeated lines of a recursion. A long chain keeps
    its innermost lines and the outermost one.

    Returns: [notebook or file, cell, function, line, whether calls are left out before it] of each
    line.
    """
    found: list[tuple[Any, str, str, int, bool]] = []
    trace: TracebackType | None = error.__traceback__
    while trace is not None:
        if _is_own(trace):
            code = trace.tb_frame.f_code
            function = COMPREHENSION.sub("", code.co_qualname)
            line = trace.tb_lineno or code.co_firstlineno
            found.append((trace.tb_frame, code.co_filename, function, line, function != code.co_qualname))
        trace = trace.tb_next
    steps: list[tuple[str, str, int]] = []
    gaps: set[int] = set()  # indices of steps before which calls are left out
    is_gap, inner = False, None
    for step in reversed(found):
        frame, file, function, line, _ = step
        # The frame of the line before, which raised the exception again; or the function around a comprehension.
        is_same = inner is not None and (inner[0] is frame or (inner[4] and inner[1:3] == (file, function)))
        inner = step
        if is_same:
            continue
        if (file, function, line) in steps:
            is_gap = True
            continue
        if is_gap:
            gaps.add(len(steps))
        steps.append((file, function, line))
        is_gap = False
    if len(steps) > MOST_STEPS:
        steps = [*steps[: MOST_STEPS - 1], steps[-1]]
        gaps.add(MOST_STEPS - 1)
    return [_reported(*step, number in gaps) for number, step in enumerate(steps)]


def cause_of(error: BaseException) -> BaseException | None:
    """Return the first exception that the student's code was handling when this one was raised."""
    found, current = None, error
    for _ in range(MOST_CAUSES):
        following = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
        if following is None:
            break
        current = following
        # Libraries handle exceptions of their own, and so does this package.
        if current.__traceback__ is not None and _is_own(current.__traceback__):
            found = current
    return found


def _is_own(trace: TracebackType) -> bool:
    """Return True for a line of a cell or of a student's file, see code_cells.parse."""
    name = trace.tb_frame.f_code.co_filename
    return name.startswith("<") and ", " in name


def _reported(file: str, function: str, line: int, is_after_gap: bool) -> list[Any]:
    notebook, _, cell = file[1:].removesuffix(">").partition(", ")
    return [notebook[:80], cell[:80], function.rpartition("<locals>.")[2][:80], line, is_after_gap]
