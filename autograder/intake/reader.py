"""Reads submissions in a separate process with limits on time and memory.

A read always ends with a Submission or a GraderError. A submission that exceeds a limit has no
cells, but a reason, and so needs attention. A GraderError with the student's id means that the kit
or this machine failed: callers report the student as not scored and continue.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO

import autograder
from autograder.course.assignment import Assignment
from autograder.errors import GraderError, UsageError
from autograder.intake.budgets import MAX_ANSWER_BYTES, WALL_SECONDS
from autograder.intake.find_notebooks import waiting_for_a_person
from autograder.intake.submission import Submission
from autograder.printable import clean
from autograder.repairs import Problem

__all__ = ["PROGRAM", "Reader"]

# Without `site`: the standard library is enough, and the process starts in half the time.
OPTIONS = ("-I", "-S", "-X", "utf8")
PROGRAM = "import sys; sys.path.insert(0, sys.argv[1]); from autograder.intake.reading_process import serve; serve()"
START_SECONDS = 30  # a busy machine needs 1 s
HEADER_BYTES = 200
TRIES = 2  # a user, or the system when out of memory, may have killed the process


class _Lost(Exception):
    """The process or its child ended or does not answer, for a reason other than the submission."""


class Reader:
    """Reads submissions of one assignment, one after the other, in one process, started on demand.

    ::

        with Reader(assignment) as reader:
            submission = reader.read(folder, student="ann")

    Raises: UsageError on a system other than Linux.
    """

    def __init__(self, assignment: Assignment) -> None:
        if sys.platform != "linux":
            raise UsageError(
                f"the process that reads submissions needs Linux, got {sys.platform}: use a Linux machine, a virtual"
                " machine or a container"
            )
        self.assignment = assignment
        self.process: subprocess.Popen[bytes] | None = None

    def read(self, path: str | Path, *, student: str, below: str | Path | None = None) -> Submission:
        """Read one submission; see submission.read_submission.

        A submission that needs too much time or memory has no cells, and each notebook has the
        reason.

        Inputs:
        - path: folder, .ipynb file or .zip file
        - student: id
        - below: a folder above, see handed_in.HandedIn

        Raises: GraderError if the kit or this machine fails.
        """
        request = {"path": _text(path), "below": below and _text(below), "student": student}
        for _ in range(TRIES):
            try:
                outcome, answer = self._ask(json.dumps(request).encode() + b"\n")
            except _Lost:
                self.close()
                continue
            if outcome == "read":
                return _submission(answer, student)
            if outcome == "limit":
                return _without_cells(student, self.assignment, Problem.from_json(json.loads(answer)))
            if outcome == "fault":
                words = clean(answer.decode("utf-8", "replace"))
                raise GraderError(f"can't read the submission of {clean(student)}: {words}")
        raise GraderError(f"the process that read the submission of {clean(student)} was killed: check the free memory")

    def _ask(self, request: bytes) -> tuple[str, bytes]:
        """The process's answer as (outcome, bytes), see reading_process. Raises: _Lost."""
        if self.process is None:
            self._start()
        self._send(request)
        return self._receive(WALL_SECONDS + START_SECONDS)

    def _start(self) -> None:
        command = [sys.executable, *OPTIONS, "-c", PROGRAM, str(Path(autograder.__file__).parent.parent)]
        # Its own session: Ctrl-C only reaches this process, which then ends the other with its children.
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0, start_new_session=True
        )
        self._send(_describe(self.assignment))

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        """The input and the output of the process. Raises: _Lost."""
        if self.process is None or self.process.stdin is None or self.process.stdout is None:
            raise _Lost
        return self.process.stdin, self.process.stdout

    def _send(self, content: bytes) -> None:
        try:
            rest, (stdin, _) = memoryview(content), self._pipes()
            while rest:
                rest = rest[stdin.write(rest) :]
        except OSError:
            raise _Lost from None

    def _receive(self, seconds: float) -> tuple[str, bytes]:
        until = time.monotonic() + seconds
        received = b""
        while b"\n" not in received:
            received += self._some(until)
            if len(received) > HEADER_BYTES and b"\n" not in received[:HEADER_BYTES]:
                raise _Lost
        line, _, first = received.partition(b"\n")
        header = json.loads(line)
        if header["size"] > MAX_ANSWER_BYTES:
            raise _Lost
        answer = bytearray(first)
        while len(answer) < header["size"]:
            answer += self._some(until)
        return header["outcome"], bytes(answer)

    def _some(self, until: float) -> bytes:
        """Some bytes of the answer, before a point in time."""
        _, stdout = self._pipes()
        with selectors.DefaultSelector() as selector:
            selector.register(stdout, selectors.EVENT_READ)
            if not selector.select(until - time.monotonic()):
                raise _Lost
        some = os.read(stdout.fileno(), 1 << 20)
        if not some:
            raise _Lost
        return some

    def close(self) -> None:
        """End the process."""
        process, self.process = self.process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()
        process.wait()

    def __enter__(self) -> "Reader":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _describe(assignment: Assignment) -> bytes:
    """The description of an assignment for the process, as a line of JSON."""
    notebooks = {
        name: {
            "cells": [asdict(cell) for cell in source.cells],
            "translated": source.translated,
            "earlier": source.earlier.to_json(),
        }
        for name, source in assignment.notebooks.items()
    }
    languages = {code: sorted(texts) for code, texts in assignment.languages.items()}
    described = {"notebooks": notebooks, "packages": list(assignment.student_packages), "languages": languages}
    return json.dumps(described).encode() + b"\n"


def _submission(answer: bytes, student: str) -> Submission:
    """The Submission that the process sent. Raises: GraderError if it is not one."""
    try:
        return Submission.from_json(answer)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise GraderError(
            f"the process that read the submission of {clean(student)} sent no valid one: {clean(str(error))}"
        ) from None


def _text(path: str | Path) -> str:
    """A path for the process, which is always in UTF-8 mode."""
    return os.fsencode(path).decode("utf-8", "surrogateescape")


def _without_cells(student: str, assignment: Assignment, reason: Problem) -> Submission:
    unusable = {name: replace(reason, notebook=name) for name in assignment.notebooks}
    waiting = waiting_for_a_person({name: problem.sentence for name, problem in unusable.items()}, assignment)
    return Submission(student, {name: [] for name in unusable}, (), unusable, waiting=waiting)
