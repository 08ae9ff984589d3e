"""The process that reads submissions, see reader.Reader. It imports neither NumPy nor nbgrader.

The first line of its input describes the assignment, see reader._describe. Each further line
requests one submission. The process forks a child, which reads the submission under limits and
sends it through a pipe. The process then writes a line of JSON {"outcome", "size"} and `size`
bytes.

| outcome | meaning | bytes |
|---|---|---|
| read | success | the Submission, see Submission.to_json |
| limit | the submission exceeds a limit, or crashes Python | a Problem, without a notebook's name |
| fault | the kit raised an unexpected exception, or the disk does not answer | the message |
| lost | another process killed the child | none |
"""

import contextlib
import json
import os
import resource
import signal
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from autograder.course.cells import AssignmentCells, Cell, Earlier, SourceNotebook
from autograder.errors import GraderError
from autograder.intake import budgets
from autograder.intake.find_notebooks import TOO_LONG
from autograder.intake.others import TOO_MUCH
from autograder.intake.submission import read_submission
from autograder.language import tr_later
from autograder.repairs import Problem, ProblemKind

__all__ = ["serve"]

# Exit statuses of a child; others are Python's own.
READ, NO_MEMORY, NO_TIME, FAULT = 0, 90, 91, 92
TOO_SLOW = f"it took more than {budgets.WALL_SECONDS} s: check the disk"
TOO_LARGE = tr_later("is too large to be graded: hand in only the notebooks")
CRASH = tr_later("makes Python crash when it is read: hand in only the notebooks")


@dataclass(frozen=True)
class _Described:
    """The part of an assignment that this process needs."""

    notebooks: dict[str, SourceNotebook]
    student_packages: dict[str, None]
    languages: dict[str, frozenset[str]]


def serve() -> None:
    """Read submissions until the input ends."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    described = json.loads(requests.readline())
    notebooks = {name: _source(name, about) for name, about in described["notebooks"].items()}
    languages = {code: frozenset(texts) for code, texts in described["languages"].items()}
    assignment = _Described(notebooks, dict.fromkeys(described["packages"]), languages)
    _warm_up(assignment)
    for request in requests:
        outcome, answer = _in_a_child(json.loads(request), assignment)
        answers.write(json.dumps({"outcome": outcome, "size": len(answer)}).encode() + b"\n" + answer)
        answers.flush()


def _warm_up(assignment: AssignmentCells) -> None:
    """Read the assignment's own cells, so that no child computes stubs, digests and patterns again."""
    with contextlib.suppress(OSError), tempfile.TemporaryDirectory() as folder:  # a full disk must not stop reading
        for name, source in assignment.notebooks.items():
            cells = [
                {"cell_type": cell.kind, "metadata": {"nbgrader": {"grade_id": cell.grade_id}}, "source": cell.source}
                for cell in source.cells
            ]
            content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
            Path(folder, name).write_text(json.dumps(content), encoding="utf-8")
        read_submission(Path(folder), assignment, student="")


def _source(name: str, about: Mapping[str, Any]) -> SourceNotebook:
    """The SourceNotebook of a description."""
    cells = tuple(Cell(**cell | {"earlier": tuple(cell["earlier"])}) for cell in about["cells"])
    return SourceNotebook(name, cells, "", tuple(about["translated"]), Earlier.from_json(about["earlier"]))


def _in_a_child(request: Mapping[str, Any], assignment: AssignmentCells) -> tuple[str, bytes]:
    """(outcome, bytes) of one request."""
    receiving, sending = os.pipe()
    child = os.fork()
    if child == 0:
        status = FAULT
        try:
            os.close(receiving)
            status = _read(request, assignment, sending)
        finally:
            os._exit(status)
    os.close(sending)
    with open(receiving, "rb") as pipe:
        answer = pipe.read(budgets.MAX_ANSWER_BYTES + 1)
    if len(answer) > budgets.MAX_ANSWER_BYTES:
        os.kill(child, signal.SIGKILL)
    _, status, usage = os.wait4(child, 0)
    if len(answer) > budgets.MAX_ANSWER_BYTES:
        return "limit", _problem(ProblemKind.TOO_COSTLY, TOO_LARGE)
    return _outcome(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, answer)


def _read(request: Mapping[str, Any], assignment: AssignmentCells, sending: int) -> int:
    """Read one submission in the child, and send it; return the exit status."""
    for stream in (0, 1):  # the grader must notice when the parent process ends
        os.close(stream)
    below = request["below"] and Path(request["below"])
    limited = False
    try:
        _limit()
        limited = True
        submission = read_submission(Path(request["path"]), assignment, student=request["student"], below=below)
        status, answer = READ, submission.to_json().encode()
    except GraderError as error:
        status, answer = FAULT, str(error).encode("utf-8", "replace")
    except BaseException as error:
        if limited and isinstance(error, (MemoryError, budgets.OutOfTime)):
            return NO_MEMORY if isinstance(error, MemoryError) else NO_TIME
        status, answer = FAULT, f"{type(error).__name__}: {error} ({_place(error)})".encode("utf-8", "replace")
    # From here on only the second limit ends the process: the answer is sent completely.
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)
    with open(sending, "wb") as pipe:
        pipe.write(answer)
    return status


def _place(error: BaseException) -> str:
    """File and line of an exception."""
    step = error.__traceback__
    if step is None:
        return "nowhere"
    while step.tb_next:
        step = step.tb_next
    return f"{Path(step.tb_frame.f_code.co_filename).name}, line {step.tb_lineno}"


def _limit() -> None:
    """Put the limits of budgets in force for this process.

    Raises: GraderError if the system allows less.
    """
    names = {
        resource.RLIMIT_CPU: "CPU time in s (`ulimit -t`)",
        resource.RLIMIT_AS: "memory in bytes (`ulimit -v`)",
        resource.RLIMIT_NOFILE: "open files (`ulimit -n`)",
    }
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    for limit, soft, hard in (
        (resource.RLIMIT_CPU, budgets.SOFT_CPU_SECONDS, budgets.CPU_SECONDS),
        (resource.RLIMIT_AS, used + budgets.MEMORY_MB * budgets.MB, used + budgets.MEMORY_MB * budgets.MB),
        (resource.RLIMIT_NOFILE, budgets.MAX_OPEN_FILES, budgets.MAX_OPEN_FILES),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        most = resource.getrlimit(limit)[1]
        if most != resource.RLIM_INFINITY and most < hard:
            raise GraderError(f"expected a limit of at least {hard} for {names[limit]}, got {most}: raise the limit")
        resource.setrlimit(limit, (soft, hard))
    signal.signal(signal.SIGXCPU, _stop)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(budgets.WALL_SECONDS)


def _stop(*_: object) -> NoReturn:
    signal.signal(signal.SIGXCPU, signal.SIG_IGN)  # it is sent every second from now on
    raise budgets.OutOfTime


def _outcome(status: int, seconds: float, answer: bytes) -> tuple[str, bytes]:
    if status == READ:
        return "read", answer
    if status == FAULT:
        return "fault", answer
    if status == NO_MEMORY:
        return "limit", _problem(ProblemKind.TOO_LARGE, TOO_MUCH)
    if status in (NO_TIME, -signal.SIGXCPU) or (status == -signal.SIGKILL and seconds > budgets.SOFT_CPU_SECONDS):
        return "limit", _problem(ProblemKind.TOO_LARGE, TOO_LONG)
    if status == -signal.SIGALRM:
        return "fault", TOO_SLOW.encode()
    if status in (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGHUP, -signal.SIGINT):
        return "lost", b""
    return "limit", _problem(ProblemKind.TOO_COSTLY, CRASH)


def _problem(kind: ProblemKind, words: str) -> bytes:
    return json.dumps(Problem(kind, words).to_json()).encode()
