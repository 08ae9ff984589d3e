"""Inside: runs student code, answers with values.

The first process imports NumPy and the provided package once and then only forks; each fork serves one hidden test,
so that nothing a test leaves behind is there for the next. It holds no expected value, no tolerance and no test.

    python -I -B worker.py CONTROL_FD PACKAGE_FOLDER

Control messages (JSON datagrams) from the host: {"op": "spawn", "memory", "cpu_seconds"} with one socket attached,
answered by {"pid"}; {"op": "reap", "pid"}, answered by {"status"}. What goes over the attached socket is in `wire`.
"""

import gc
import inspect
import io
import json
import os
import resource
import signal
import socket
import sys
import time
import traceback
import types

CONTROL_FD, PACKAGE_FOLDER = int(sys.argv[1]), sys.argv[2]
sys.path.insert(0, PACKAGE_FOLDER)
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import numpy as np  # noqa: E402
import stand_ins  # noqa: E402
import wire  # noqa: E402

MAX_OUTPUT = 16_384
MAX_MESSAGE = 500


class CappedOutput(io.TextIOBase):
    """Where prints go: the first characters are kept, the rest is counted."""

    def __init__(self):
        self.parts, self.length = [], 0

    def writable(self):
        return True

    def write(self, text):
        if self.length < MAX_OUTPUT:
            self.parts.append(text[: MAX_OUTPUT - self.length])
        self.length += len(text)
        return len(text)


class Lent:
    """A value of the host's that student code can keep and hand back, but not look into."""

    def __init__(self, number):
        self.number = number


class Session:
    """One hidden test: a module of student code, and the objects that stay here behind handles."""

    def __init__(self, fd):
        self.fd = fd
        self.module = types.ModuleType("submission")
        self.handles = {}

    def serve(self):
        wire.send(self.fd, {"op": "ready"})
        while True:
            try:
                message, arrays = wire.receive(self.fd)
            except wire.WorkerDied:
                os._exit(0)
            out = []
            try:
                reply = {"op": "done", **self.answer(message, arrays, out)}
                wire.send(self.fd, reply, out)
            except wire.WorkerDied:
                os._exit(0)
            except BaseException as error:
                wire.send(self.fd, {"op": "raised", **self.describe(error)})

    def answer(self, message, arrays, out):
        if message["op"] == "load":
            return self.load(json.loads(arrays[0].tobytes()))
        arguments = wire.decode(message["arguments"], arrays, handles=self.handles)
        if message["op"] == "call":
            return self.call(message, arguments, out)
        if message["op"] == "get":
            return {"value": wire.encode(getattr(arguments[0], arguments[1]), out)}
        if message["op"] == "update":
            target, attribute, values = arguments
            getattr(target, attribute).update(values)
            return {"value": None}
        raise wire.ProtocolError("unknown request")

    def load(self, request):
        from cs231n import notebook

        sys.modules["submission"] = self.module
        notebook.IN_MEMORY.update(request["notebooks"])
        np.random.seed(0)  # noqa: NPY002 - student code draws from the global generator
        for name in request["withhold"]:
            stand_ins.withhold(sys.modules[name])
        problems = notebook.build(
            request["notebooks"][request["notebook"]], self.module.__dict__, name=request["notebook"]
        )
        for name, (parameters, in_place) in request["lend"].items():
            setattr(self.module, name, self.borrowed(name, parameters, in_place))
        defined = [name for name in request["wanted"] if callable(getattr(self.module, name, None))]
        return {
            "defined": defined,
            "problems": [[p.cell, p.line, p.message[:MAX_MESSAGE]] for p in problems[:20]],
        }

    def call(self, message, arguments, out):
        positional, keywords, in_place = arguments
        if message["on"] is None:
            function = getattr(self.module, message["name"])
        else:
            function = getattr(self.handles[message["on"]], message["name"])
        started = time.perf_counter()
        value = function(*positional, **keywords)
        seconds = time.perf_counter() - started
        returns = message["returns"]
        if len(returns) == 1:
            values = [value]
        else:
            if type(value) not in (tuple, list) or len(value) != len(returns):
                got = f"{len(value)} values" if type(value) in (tuple, list) else type(value).__name__
                raise TypeError(
                    f"{message['name']} has to return {len(returns)} values"
                    f" ({', '.join(name for name, _ in returns)}), got {got}"
                )
            values = list(value)
        results = [self.keep(v) if stays else v for v, (_, stays) in zip(values, returns, strict=True)]
        after = [positional[index] for index in in_place]
        return {
            "value": wire.encode(results, out),
            "after": wire.encode(after, out),
            "seconds": seconds.hex(),
        }

    def keep(self, value):
        number = len(self.handles) + 1
        self.handles[number] = value
        return wire.Handle(number)

    def borrowed(self, name, parameters, in_place):
        """A function that is not here: its arguments go to the host, which works the result out."""
        signature = inspect.Signature(
            [inspect.Parameter(p, inspect.Parameter.POSITIONAL_OR_KEYWORD) for p in parameters]
        )

        def call_host(*args, **kwargs):
            arrays = []
            given = signature.bind(*args, **kwargs).args
            tree = wire.encode([wire.Handle(a.number) if type(a) is Lent else a for a in given], arrays)
            wire.send(self.fd, {"op": "lend", "name": name, "arguments": tree}, arrays)
            message, arrays = wire.receive(self.fd)
            if message["op"] != "lent":
                raise ValueError(message["message"])
            value, after = wire.decode(message["value"], arrays, handles=_Lendings())
            for index, changed in zip(in_place, after, strict=True):
                given[index].update(changed)
            return value

        call_host.__name__ = name
        return call_host

    def describe(self, error):
        """Type, text and place of an exception. All of it is a student's to choose, so it is short and only text."""
        try:
            frames = traceback.extract_tb(error.__traceback__)
            mine = [frame for frame in frames if frame.filename.startswith("<") and ".ipynb, " in frame.filename]
            where = f"{mine[-1].filename.strip('<>')}, line {mine[-1].lineno}" if mine else ""
            return {
                "type": type(error).__name__[:80],
                "message": str(error)[:MAX_MESSAGE],
                "where": where[:200],
            }
        except BaseException:
            return {"type": "Exception", "message": "", "where": ""}


class _Lendings(dict):
    def __contains__(self, number):
        return True

    def __missing__(self, number):
        return Lent(number)


def limit(memory, cpu_seconds):
    """Bounds on this process that hold whatever the student's code does."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def serve_one_test(fd, memory, cpu_seconds):
    os.dup2(1, 2)  # /dev/null: nobody reads what many tests write to one pipe
    output = CappedOutput()
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = output
    limit(memory, cpu_seconds)
    Session(fd).serve()


def preload():
    """Import what every test needs, once, before the forks."""
    stand_ins.install()
    for name in (
        "data_utils",
        "gradient_check",
        "layers",
        "fast_layers",
        "layer_utils",
        "notebook",
        "optim",
        "solver",
    ):
        __import__(f"cs231n.{name}")
    __import__("cs231n.check")
    __import__("cs231n.vis_utils")
    np.dot(np.ones((8, 8)), np.ones((8, 8)))  # starts BLAS
    gc.collect()
    gc.freeze()


def main():
    control = socket.socket(fileno=CONTROL_FD)
    children = {}
    preload()
    control.send(json.dumps({"op": "ready", "pid": os.getpid()}).encode())
    while True:
        data, fds, _, _ = socket.recv_fds(control, 65_536, 1)
        if not data:
            break
        message = json.loads(data)
        if message["op"] == "spawn":
            pid = os.fork()
            if pid == 0:
                try:
                    control.close()
                    serve_one_test(fds[0], message["memory"], message["cpu_seconds"])
                finally:
                    os._exit(81)
            os.close(fds[0])
            children[pid] = True
            control.send(json.dumps({"pid": pid}).encode())
        elif message["op"] == "reap":
            # The test is over: whatever it started goes with it, and its group is its own since setsid().
            for kill in (os.killpg, os.kill):
                try:
                    kill(message["pid"], signal.SIGKILL)
                except (ProcessLookupError, PermissionError):
                    continue
            _, status = os.waitpid(message["pid"], 0)
            del children[message["pid"]]
            control.send(json.dumps({"status": os.waitstatus_to_exitcode(status)}).encode())
    for pid in children:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
