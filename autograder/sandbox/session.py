"""The trusted side of a conversation between hidden tests and one submission.

Every reply is treated as hostile: a violation of the protocol is a StudentFault, never an error of
the grader.
"""

import json
import math
import resource
import socket
import struct
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from autograder.errors import AuthorError, GraderError, SandboxError, StudentFault
from autograder.language import tr
from autograder.model import Place
from autograder.sandbox.clock import FairDeadline, Spent, spent
from autograder.sandbox.reply_validation import (
    changed_in,
    damaged_reply,
    ended_fault,
    is_handle,
    problems_in,
    raised_fault,
    seen_in,
    strings_in,
)
from autograder.sandbox.worker import protocol, wire_types

if TYPE_CHECKING:
    from autograder.sandbox.supervisor import Program, Worker

__all__ = ["MB", "PARSE_SECONDS", "START_SECONDS", "Session"]

MB = 1 << 20
START_SECONDS = 60
PARSE_SECONDS = 10
MAX_SUBSTITUTE_CALLS = 1000
FLOAT64 = np.dtype(np.float64).itemsize
CREDENTIALS = struct.Struct("3i")  # process, user and group id


class SubstituteFunction(Protocol):
    """A function of the trusted side that student code calls."""

    @property
    def function(self) -> Callable[..., object]:
        """The function."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of its parameters."""

    @property
    def in_place(self) -> tuple[int, ...]:
        """The indices of the parameters that it changes in place."""


class Session:
    """One child of a worker: for a group of hidden tests, or to compile a submission.

    All errors that a submission can cause are raised as StudentFault, all others as SandboxError.

    - pid: process id of the child in the worker's namespace
    - host_pid: process id of the child in the grader's namespace, from the kernel
    - in_force: the child's report of its layers, from before student code was loaded
    - output: printed text of student code, cut to the limit
    - seen: (copies, changed, switched off) of the last call, see worker.estimates
    - changed: index → argument that the last call changed, see wire_types.changes
    - is_left_over: says that a line is a stub below new code, see scoring.left_over; or ""
    """

    seen: tuple[int, int, bool] = (0, 0, False)
    changed: Mapping[int, Any] = MappingProxyType({})

    def __init__(self, worker: "Worker", seconds: float = PARSE_SECONDS, *, slowness: float = 1) -> None:
        """Fork a child.

        Inputs:
        - seconds: time limit of the first test, or of parsing
        - slowness: all time limits of this session are multiplied by it, see machine
        """
        self.worker, self.seconds, self.slowness = worker, seconds, slowness
        self.substitutes: Mapping[str, SubstituteFunction] = {}
        self.kept: list[object] = []
        self.substitute_calls = self.substitute_bytes = 0
        self.defined: list[str] = []
        self.problems: list[tuple[str, int, str]] = []
        self.left_out: Sequence[str] = ()
        self.is_left_over: Callable[[Place], str] = lambda place: ""
        self.output = ""
        self.loaded: tuple[Program, str] | None = None
        self.forgets = False  # whether the next request ends the use of all earlier handles
        self._spent, self.host_pid = Spent(), 0
        # A test with a long limit of its own may use all of it.
        self.cpu_seconds = max(worker.limits.cpu_seconds, seconds)
        self.cpu_limit = math.ceil(self.cpu_seconds * slowness)  # the kernel's
        self.pid, self.socket = worker.spawn(self.cpu_limit)
        self.exit_status: int | None = None
        try:
            handshake = self._handshake()
        except BaseException:
            self.close()
            raise
        self.in_force = handshake["in_force"]
        # The student's time starts after the fork, which can be slow on a busy machine.
        self.restart_clock()

    def _handshake(self) -> dict[str, Any]:
        """The child's first message, from before student code; the kernel adds the sender's id."""
        deadline = protocol.Deadline(START_SECONDS)
        try:
            protocol.wait_readable(self.socket.fileno(), deadline)
            space = socket.CMSG_SPACE(CREDENTIALS.size)
            _, notes, _, _ = self.socket.recvmsg(1, space, socket.MSG_PEEK)
            self.host_pid = next(
                (CREDENTIALS.unpack(data)[0] for _, kind, data in notes if kind == socket.SCM_CREDENTIALS), 0
            )
            handshake, _ = protocol.receive(self.socket.fileno(), deadline=deadline, budget=0)
        except (OSError, protocol.ProtocolError, protocol.WorkerDied, protocol.WorkerTimeout) as error:
            raise SandboxError(f"a test process did not start: {type(error).__name__}") from None
        if handshake.get("op") != "ready" or type(handshake.get("in_force")) is not dict:
            raise SandboxError("a test process did not start")
        return handshake

    def parse(self, notebook: str, cells: Sequence[tuple[str, str]]) -> tuple[bytes, list[tuple[str, int, str]]]:
        """Compile the definitions of cells.

        Inputs:
        - notebook: name, for tracebacks
        - cells: (label, source)

        Returns: (bytes for load(), problems).
        """
        request = json.dumps({"notebook": notebook, "cells": cells}).encode()
        reply, arrays = self._exchange({"op": "parse"}, [np.frombuffer(request, np.uint8)])
        if len(arrays) != 1 or arrays[0].ndim != 1 or arrays[0].dtype != np.uint8:
            raise damaged_reply()
        return arrays[0].tobytes(), problems_in(reply.get("problems"))

    def facts(self, name: str) -> object:
        """Return facts about the source of a function or method, see worker.syntax_facts.

        Another process answers, in which no student code has run: student code in this process
        could change the answer.
        """
        if self.loaded is None:
            raise SandboxError("no submission is loaded in this session")
        program, notebook = self.loaded
        if (notebook, name) not in program.facts:
            with Session(self.worker, slowness=self.slowness) as fresh:
                program.facts[notebook, name] = fresh.find_facts(program.cells, notebook, name)
        return program.facts[notebook, name]

    def find_facts(self, cells: Mapping[str, Sequence[tuple[str, str]]], notebook: str, name: str) -> object:
        """Ask this process for the facts about a function, see `facts`.

        The answer is unchecked JSON.
        """
        request = json.dumps({"cells": cells, "notebook": notebook, "name": name}).encode()
        _, arrays = self._exchange({"op": "facts"}, [np.frombuffer(request, np.uint8)])
        if len(arrays) != 1 or arrays[0].ndim != 1 or arrays[0].dtype != np.uint8 or arrays[0].size > MB:
            raise damaged_reply()
        try:
            return json.loads(arrays[0].tobytes())
        except (ValueError, RecursionError):
            raise damaged_reply() from None

    def load(
        self,
        program: "Program",
        notebook: str,
        *,
        wanted: Collection[str],
        substitutes: Mapping[str, SubstituteFunction],
    ) -> None:
        """Execute the submission's definitions, and set `defined` and `problems`.

        Inputs:
        - program: the compiled submission
        - notebook: name of the notebook that defines the tested functions
        - wanted: names to look for; `defined` lists those that exist
        - substitutes: function name → substitute; inside, the name is a function that sends its
          arguments to this process and receives the result
        """
        self.substitutes, self.loaded = substitutes, (program, notebook)
        message = {
            "op": "load",
            "notebook": notebook,
            "programs": list(program.code),
            "wanted": list(wanted),
            "substitutes": {name: [each.parameters, each.in_place] for name, each in substitutes.items()},
        }
        reply, _ = self._exchange(message, [np.frombuffer(code, np.uint8) for code in program.code.values()])
        self.defined = [name for name in wanted if name in strings_in(reply.get("defined"))]
        self.problems = program.problems[notebook] + problems_in(reply.get("problems"))

    def call(
        self,
        name: str,
        arguments: Sequence[Any],
        keywords: Mapping[str, Any] | None = None,
        *,
        returns: Sequence[tuple[str, bool]],
        in_place: Collection[int] = (),
        on: wire_types.Handle | None = None,
        watch: str = "",
    ) -> list[Any]:
        """Call a function of the submission, or the method of an object behind a handle.

        Inputs:
        - name: of the function or method
        - arguments: positional arguments; the worker gets copies
        - keywords: keyword arguments
        - returns: (name, stays) pairs; a value that stays inside is returned as a Handle
        - in_place: indices of dict arguments that the function updates; these dicts are updated
          here too
        - on: the object whose method it is
        - watch: "forward" for a forward pass, "gradients" for its backward pass, which sets `seen`

        Returns: one value for each of `returns`.

        Raises: StudentFault, or AuthorError for an argument that can't be sent.
        """
        tree, arrays = self._encoded([list(arguments), keywords or {}, list(in_place)])
        message = {
            "op": "call",
            "name": name,
            "on": None if on is None else on.number,
            "returns": [list(pair) for pair in returns],
            "arguments": tree,
            "watch": watch,
        }
        reply, arrays = self._exchange(message, arrays)
        self.seen = seen_in(reply.get("seen"))
        values = self._decoded(reply, arrays, "value")
        self.changed = changed_in(self._decoded(reply, arrays, "changed"), arguments)
        if type(values) is not list or len(values) != len(returns):
            raise damaged_reply()
        if any(is_handle(value) != stays for value, (_, stays) in zip(values, returns, strict=True)):
            raise damaged_reply()
        for index in self.changed.keys() & set(in_place):
            arguments[index].clear()
            arguments[index].update(self.changed[index])
        return values

    @property
    def notebook(self) -> str:
        """The notebook of the loaded exercise, "" before."""
        return self.loaded[1] if self.loaded else ""

    def line_of(self, cell: str, line: int) -> str:
        """Return the text of a line of the loaded submission, "" if there is none."""
        if self.loaded is None:
            return ""
        program, notebook = self.loaded
        # Labels of cells are unique in a notebook, those of files in the submission.
        for cells in (program.cells.get(notebook, ()), *program.cells.values()):
            for label, source in cells:
                lines = source.split("\n") if label == cell else ()
                if 0 < line <= len(lines):
                    return lines[line - 1]
        return ""

    def begin_test(self, seconds: float) -> None:
        """Reset the counters of a test.

        The state of student code in the process is kept, without the values behind handles.

        Inputs:
        - seconds: time limit of the test
        """
        self.seconds, self.forgets = seconds, True
        self.restart_clock()
        self.output = ""
        self.substitute_calls = self.substitute_bytes = 0
        self.kept.clear()

    def restart_clock(self) -> None:
        """Restart the time limit of the test."""
        self.deadline = FairDeadline(self.seconds * self.slowness, self.host_pid)
        self.deadline.pause()

    def get(self, handle: wire_types.Handle, attribute: str) -> object:
        """Read an attribute of an object behind a handle."""
        reply, arrays = self._exchange(*self._request("get", [handle, attribute]))
        return self._decoded(reply, arrays, "value")

    def update(self, handle: wire_types.Handle, attribute: str, values: Mapping[Any, Any]) -> None:
        """Update a dict that is an attribute of an object behind a handle.

        Inputs:
        - handle: of the object
        - attribute: name of the dict
        - values: new entries
        """
        self._exchange(*self._request("update", [handle, attribute, values]))

    def _request(self, op: str, arguments: list[Any]) -> tuple[dict[str, Any], list[np.ndarray]]:
        tree, arrays = self._encoded(arguments)
        return {"op": op, "arguments": tree}, arrays

    def _encoded(self, arguments: list[Any]) -> tuple[object, list[np.ndarray]]:
        """(tree, arrays) of arguments.

        Raises: AuthorError for a value of a type that can't cross.
        """
        packages, must_cross = self.worker.policy.packages, True
        while True:
            arrays: list[np.ndarray] = []
            try:
                return wire_types.encode(arguments, arrays, packages=packages, must_cross=must_cross), arrays
            except wire_types.CannotCross as error:
                # Arguments may contain values from student code, but not values of such types.
                if not error.is_size:
                    raise AuthorError(str(error)) from None
                must_cross = False
            except protocol.ProtocolError as error:  # student code put an unsendable value into a dict
                raise StudentFault("crashed", tr("the arguments can't be sent ({error})", error=error)) from None

    def _decoded(self, reply: Mapping[str, Any], arrays: list[np.ndarray], key: str) -> object:
        try:
            return self._decode(reply.get(key), arrays)
        except protocol.ProtocolError:
            raise damaged_reply() from None

    def _decode(self, tree: object, arrays: list[np.ndarray], handles: Mapping[int, object] | None = None) -> object:
        try:
            return wire_types.decode(tree, arrays, handles=handles, packages=self.worker.policy.packages)
        except wire_types.LibraryMissing as error:
            raise GraderError(
                f"expected {error} where the grader runs, because the import policy {self.worker.policy.name!r} allows"
                " it and student code returned a table: pip install pandas"
            ) from None

    def _exchange(self, message: dict[str, Any], arrays: list[np.ndarray]) -> tuple[dict[str, Any], list[np.ndarray]]:
        if self.exit_status is not None:
            raise StudentFault("crashed", tr("the process that ran your code has ended"))
        fd, limits = self.socket.fileno(), self.worker.limits
        message = {**message, "forget": self.forgets}
        self.forgets = False
        self.deadline.resume()
        try:
            protocol.send(fd, message, arrays, deadline=self.deadline)
            while True:
                reply, arrays = protocol.receive(fd, deadline=self.deadline, budget=limits.reply_mb * MB)
                if reply.get("op") != "substitute":
                    break
                self._call_substitute(reply, arrays)
        except protocol.WorkerTimeout:
            self.close()
            seconds = f"{self.seconds:.2g}"
            raise StudentFault("timeout", tr("did not finish within {seconds} s", seconds=seconds)) from None
        except protocol.WorkerDied:
            raise ended_fault(self.close(), self.cpu_seconds) from None
        except protocol.ProtocolError as error:
            self.close()
            raise StudentFault("crashed", tr("the reply was damaged ({error})", error=error)) from None
        finally:
            self.deadline.pause()
        self._keep_output(reply.get("output"))
        if reply.get("op") == "raised":
            fault = raised_fault(reply, limits.message_chars, self.notebook)
            words = self.is_left_over(fault.places[0]) if fault.status == "missing" and fault.places else ""
            raise StudentFault(fault.status, words, fault.places) if words else fault
        if reply.get("op") != "done":
            self.close()
            raise damaged_reply()
        return reply, arrays

    def _keep_output(self, text: object) -> None:
        if type(text) is str:
            self.output += text[: max(self.worker.limits.output_chars - len(self.output), 0)]

    def _call_substitute(self, request: Mapping[str, Any], arrays: list[np.ndarray]) -> None:
        """Call a substitute with the submission's arguments, and send the result back."""
        name = request.get("name")
        if type(name) is not str or name not in self.substitutes:
            raise protocol.ProtocolError("that name has no substitute")
        # The caches of substitutes stay in this process: limit calls and sizes, or a loop inside fills its memory. All
        # results are float64.
        self.substitute_bytes += sum(array.size for array in arrays) * FLOAT64
        self.substitute_calls += 1
        if self.substitute_calls > MAX_SUBSTITUTE_CALLS or self.substitute_bytes > self.worker.limits.reply_mb * MB:
            self.close()
            raise StudentFault("timeout", tr("{name} was called too often or with too much data", name=name))
        substitute = self.substitutes[name]
        handles = dict(enumerate(self.kept))
        arguments: Any = self._decode(request.get("arguments"), arrays, handles)
        fd = self.socket.fileno()
        out: list[np.ndarray] = []
        try:
            value = substitute.function(*arguments)
            after = [arguments[index] for index in substitute.in_place]
        except Exception as error:
            words = {"name": name, "error": f"{type(error).__name__}: {error}"}
            message = tr("{name} was called with arguments it can't use ({error})", **words)
            protocol.send(fd, {"op": "refused", "message": message[:500]}, deadline=self.deadline)
            return
        tree = wire_types.encode([self._sendable(value), after], out, packages=self.worker.policy.packages)
        protocol.send(fd, {"op": "substituted", "value": tree}, out, deadline=self.deadline)

    def _sendable(self, value: object) -> object:
        """A substitute's result for the child: a cache stays here behind a handle."""
        if type(value) is tuple:
            return tuple(item if _crosses(item) else self._keep(item) for item in value)
        return value

    def _keep(self, item: object) -> wire_types.Handle:
        self.kept.append(item)
        return wire_types.Handle(len(self.kept) - 1)

    def resident_mb(self) -> float:
        """Return the resident memory of the child in MB; 0 if it is unknown."""
        try:
            pages = int(Path(f"/proc/{self.host_pid}/statm").read_text(encoding="ascii").split()[1])
        except (OSError, ValueError, IndexError):
            return 0
        return pages * resource.getpagesize() / MB

    def spent(self) -> Spent:
        """Return the times of the child, see clock."""
        return spent(self.host_pid) if self.exit_status is None else self._spent

    def close(self) -> int:
        """End the child and all processes that it started; return its exit status."""
        if self.exit_status is None:
            self._spent = spent(self.host_pid)
            self.socket.close()
            self.exit_status = self.worker.reap(self.pid)
        return self.exit_status

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


def _crosses(value: object) -> bool:
    """Return whether a substitute's value is sent to the student's process."""
    return type(value) is np.ndarray or wire_types.is_table(value)
