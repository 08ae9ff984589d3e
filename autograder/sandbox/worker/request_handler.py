"""Inside: answers the requests of hidden tests: loads student code, and calls its functions."""

from __future__ import annotations

import contextlib
import copy
import inspect
import io
import json
import marshal
import os
import sys
import types
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any, NoReturn

    from student_tools.code_cells import Problem

    from . import protocol, wire_types
    from .estimates import Enough, Watch, whole_calls
    from .places import cause_of, own_steps
    from .substitutes import SubstituteCache, Substitutes
else:
    import protocol
    import wire_types
    from estimates import Enough, Watch, whole_calls
    from places import cause_of, own_steps
    from substitutes import SubstituteCache, Substitutes

__all__ = ["RequestHandler"]

PROBLEMS = 20
DESCRIPTION = 80
ENDED = object()  # the return value of a call that was ended, see estimates


class CappedOutput(io.TextIOBase):
    """Standard output of student code: keeps the first `size` characters and drops the rest."""

    def __init__(self, size: int) -> None:
        self.parts: list[str] = []
        self.left = size

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Keep a text as far as it fits; return its length."""
        if self.left > 0:
            self.parts.append(text[: self.left])
            self.left -= len(text)
        return len(text)

    def take(self) -> str:
        """Return the kept text, and forget it."""
        text = "".join(self.parts)
        self.parts.clear()
        return text


def _statements(data: bytes) -> list[tuple[str, int, types.CodeType]]:
    """The statements of a notebook, from one or several results of parse()."""
    statements: list[tuple[str, int, types.CodeType]] = []
    stream = io.BytesIO(data)
    while stream.tell() < len(data):
        statements += marshal.load(stream)
    return statements


class RequestHandler:
    """Serves requests on a socket until the trusted side closes it.

    Inputs:
    - fd: one end of a socket pair
    - output: replaces standard output
    - message_chars: longest text of an exception in a reply, in characters
    - packages: packages that the import policy allows
    """

    def __init__(self, fd: int, output: CappedOutput, message_chars: int, packages: tuple[str, ...] = ()) -> None:
        self.fd, self.output, self.message_chars = fd, output, message_chars
        self.packages = packages
        self.module = types.ModuleType("submission")
        self.handles: dict[int, Any] = {}
        self.kept = 0  # handles so far; no number is used again
        self.failed: list[Problem] = []  # definitions that raised an error, as problems of notebook.execute()
        self.forward: dict[types.CodeType, bool] = {}  # functions of the last forward pass, see estimates

    def serve(self, in_force: dict[str, Any]) -> NoReturn:
        """Send "ready" with the layers in force, then answer requests. Never returns."""
        protocol.send(self.fd, {"op": "ready", "in_force": in_force})
        while True:
            try:
                message, arrays = protocol.receive(self.fd)
            except protocol.WorkerDied:
                os._exit(0)
            out: list[np.ndarray] = []
            try:
                reply = {"op": "done", **self.answer(message, arrays, out)}
            except BaseException as error:
                reply, out = {"op": "raised", **self.describe(error)}, []
            reply["output"] = self.output.take()
            try:
                protocol.send(self.fd, reply, out)
            except protocol.ProtocolError as error:
                protocol.send(self.fd, {"op": "raised", **self.describe(error)})

    def answer(self, message: dict[str, Any], arrays: list[np.ndarray], out: list[np.ndarray]) -> dict[str, Any]:
        """Return the reply to one request.

        Inputs:
        - message: the request
        - arrays: of the request
        - out: gets the arrays of the reply
        """
        if message["forget"]:  # the values of an earlier test would fill the memory
            self.handles.clear()
        if message["op"] == "parse":
            return self.parse(json.loads(arrays[0].tobytes()), out)
        if message["op"] == "facts":
            return self.facts(json.loads(arrays[0].tobytes()), out)
        if message["op"] == "load":
            return self.load(message, arrays)
        arguments = self.decode(message["arguments"], arrays, self.handles)
        if message["op"] == "call":
            return self.call(message, arguments, out)
        if message["op"] == "get":
            return {"value": self.encode(getattr(arguments[0], arguments[1]), out)}
        if message["op"] == "update":
            target, attribute, values = arguments
            getattr(target, attribute).update(values)
            return {"value": None}
        raise protocol.ProtocolError("unknown request")

    def encode(self, value: object, out: list[np.ndarray]) -> object:
        """Encode a value, see wire_types.encode."""
        return wire_types.encode(value, out, packages=self.packages)

    def decode(self, tree: object, arrays: list[np.ndarray], handles: Mapping[int, object]) -> Any:
        """Decode a value, see wire_types.decode."""
        return wire_types.decode(tree, arrays, handles=handles, packages=self.packages)

    def parse(self, request: dict[str, Any], out: list[np.ndarray]) -> dict[str, Any]:
        """Compile the definitions of a notebook's cells, for all tests of the submission."""
        from student_tools import notebook

        statements, problems = notebook.parse(request["cells"], name=request["notebook"])
        out.append(np.frombuffer(marshal.dumps(statements), np.uint8))
        return {"problems": self.listed(problems)}

    def facts(self, request: dict[str, Any], out: list[np.ndarray]) -> dict[str, Any]:
        """Answer with facts about the source of a function, see syntax_facts.

        Executes no definitions.
        """
        from syntax_facts import find_facts

        facts = find_facts(request["cells"], request["notebook"], request["name"])
        out.append(np.frombuffer(json.dumps(facts).encode(), np.uint8))
        return {}

    def load(self, message: dict[str, Any], arrays: list[np.ndarray]) -> dict[str, Any]:
        """Execute the definitions.

        The arrays hold the compiled statements of the notebooks in `programs`.
        """
        from student_tools import notebook

        sys.modules["submission"] = self.module
        # Bytes from another child are as untrusted as the student code that they hold.
        programs = {name: _statements(array.tobytes()) for name, array in zip(message["programs"], arrays, strict=True)}
        notebook.IN_MEMORY.update(programs)
        np.random.seed(0)  # noqa: NPY002 - student code draws from the global generator
        self.failed = notebook.execute(programs[message["notebook"]], self.module.__dict__)
        for name, (parameters, in_place) in message["substitutes"].items():
            setattr(self.module, name, self.substitute(name, parameters, in_place))
        defined = [name for name in message["wanted"] if callable(getattr(self.module, name, None))]
        return {"defined": defined, "problems": self.listed(self.failed)}

    def listed(self, problems: list[Problem]) -> list[list[Any]]:
        """Return the first problems as JSON values."""
        return [[p.cell, p.line, p.message[: self.message_chars]] for p in problems[:PROBLEMS]]

    def call(self, message: dict[str, Any], arguments: Any, out: list[np.ndarray]) -> dict[str, Any]:
        """Call a function or method, and answer with its return values and changed arguments."""
        positional, keywords, in_place = arguments
        held = {id(value) for value in self.handles.values()}
        before = {
            index: copy.deepcopy(value)
            for index, value in enumerate(positional)
            if (type(value) in (np.ndarray, dict) or wire_types.is_table(value)) and id(value) not in held
        }
        if message["on"] is None:
            function = getattr(self.module, message["name"])
        else:
            function = getattr(self.handles[message["on"]], message["name"])
        value, seen = self.watched(message["watch"], function, positional, keywords)
        returns = message["returns"]
        if value is ENDED:
            values = [None] * len(returns)
        elif len(returns) < 2:
            values = [value][: len(returns)]
        else:
            if type(value) not in (tuple, list) or len(value) != len(returns):
                got = f"{len(value)} values" if type(value) in (tuple, list) else type(value).__name__
                if value is None:
                    got = "None: add a return statement"
                raise TypeError(
                    f"expected {len(returns)} return values of {message['name']}"
                    f" ({', '.join(name for name, _ in returns)}), got {got}"
                )
            values = list(value)
        results = [self.keep(v) if stays else v for v, (_, stays) in zip(values, returns, strict=True)]
        changed = wire_types.changes(before, positional, in_place)
        return {
            "value": self.encode(results, out),
            "changed": self.encode(list(changed.items()), out),
            "seen": seen,
        }

    def watched(
        self, watch: str, function: Callable[..., Any], positional: list[Any], keywords: dict[str, Any]
    ) -> tuple[Any, list[Any]]:
        """Call a function; return (its value, [copies, changed, was_switched_off])."""
        if watch == "forward":
            value, self.forward = whole_calls(function, *positional, **keywords)
        elif watch == "gradients":
            return self.watched_gradients(function, positional, keywords)
        else:
            value = function(*positional, **keywords)
        return value, [0, 0, False]

    def watched_gradients(
        self, function: Callable[..., Any], positional: list[Any], keywords: dict[str, Any]
    ) -> tuple[Any, list[Any]]:
        """Call a backward pass under a Watch; see watched."""
        try:
            again = copy.deepcopy((positional, keywords))
        except Exception:
            again = None
        value, looked = ENDED, Watch(self.forward)
        try:
            with contextlib.suppress(Enough), looked:
                value = function(*positional, **keywords)
        except (RuntimeError, ValueError):
            # Tracing keeps variables alive and changes locals(): that must not cause an error in student code.
            if again is None or looked.count[0] or looked.was_switched_off:
                raise
            value = function(*again[0], **again[1])
        return value, [*looked.count, looked.was_switched_off]

    def keep(self, value: object) -> wire_types.Handle:
        """Keep a value in this process; return its Handle."""
        self.kept += 1
        self.handles[self.kept] = value
        return wire_types.Handle(self.kept)

    def substitute(self, name: str, parameters: list[str], in_place: list[int]) -> Callable[..., Any]:
        """Return a function that calls a substitute of the trusted side."""
        signature = inspect.Signature(
            [inspect.Parameter(p, inspect.Parameter.POSITIONAL_OR_KEYWORD) for p in parameters]
        )

        def call_host(*args: Any, **kwargs: Any) -> Any:
            arrays: list[np.ndarray] = []
            given = signature.bind(*args, **kwargs).args
            tree = self.encode(
                [wire_types.Handle(a._number) if type(a) is SubstituteCache else a for a in given], arrays
            )
            protocol.send(self.fd, {"op": "substitute", "name": name, "arguments": tree}, arrays)
            message, arrays = protocol.receive(self.fd)
            if message["op"] != "substituted":
                raise ValueError(message["message"])
            value, after = self.decode(message["value"], arrays, Substitutes(name))
            for index, changed in zip(in_place, after, strict=True):
                given[index].update(changed)
            return value

        call_host.__name__ = name
        return call_host

    def reason_for(self, error: BaseException) -> str:
        """Return the failed definition behind an undefined name, as the end of a message; or ""."""
        name = error.name if isinstance(error, NameError) else None
        for problem in self.failed if type(name) is str else ():
            if name in problem.names or "*" in problem.names:
                return f", because {problem.cell}, line {problem.line} failed: {problem.message}"
        return ""

    def describe(self, error: BaseException) -> dict[str, Any]:
        """Return type, text and places of an exception, and of the one that was being handled.

        Student code chooses them: they are short texts.
        """
        try:
            cause = cause_of(error)
            return {**self.described(error), "cause": self.described(cause) if cause else None}
        except BaseException:
            return {"type": "Exception", "message": "", "where": []}

    def described(self, error: BaseException) -> dict[str, Any]:
        """Return type, text and places of one exception."""
        return {
            "type": type(error).__name__[:DESCRIPTION],
            "message": f"{error}{self.reason_for(error)}"[: self.message_chars],
            "where": own_steps(error),
        }
