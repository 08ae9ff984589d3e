"""Starts the workers and talks to them. It never imports, parses or unpickles student data.

A Sandbox serves many submissions; each of its sessions serves some hidden tests of one submission::

    with Sandbox("bwrap", limits) as sandbox:
        program = sandbox.parse({"A.ipynb": cells})
        with sandbox.session(program, "A.ipynb", wanted=["layer_forward"]) as session:
            returns = (("out", False), ("cache", True))  # out is copied, cache stays inside
            out, cache = session.call("layer_forward", [x, w], returns=returns)
"""

import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autograder.errors import SandboxError, StudentFault
from autograder.language import tr
from autograder.sandbox import bubblewrap, machine, seccomp, unwrapped
from autograder.sandbox.import_policy import TOOLS_ONLY, ImportPolicy
from autograder.sandbox.session import START_SECONDS, Session, SubstituteFunction

__all__ = ["ISOLATIONS", "Limits", "Program", "Sandbox", "Worker"]

Parsed = tuple[bytes, list[tuple[str, int, str]]]  # code for Session.load, and problems, see Program

# bwrap: bubblewrap and the inner layer. inner: the inner layer alone. none: an ordinary process.
ISOLATIONS = ("bwrap", "inner", "none")


@dataclass(frozen=True)
class Limits:
    """Limits of one hidden test.

    - test_seconds: wall-clock time, without waiting for a CPU
    - cpu_seconds: CPU time of a process, which serves several tests
    - memory_mb: address space in MiB
    - reply_mb: arrays of one reply in MiB
    - output_chars: characters of printed text that are kept
    - message_chars: characters of an exception's text that are kept
    """

    test_seconds: float = 10
    cpu_seconds: float = 10
    memory_mb: int = 1024
    reply_mb: int = 64
    output_chars: int = 2000
    message_chars: int = 500


@dataclass(frozen=True)
class Program:
    """A submission's notebooks, compiled inside.

    - code: notebook → bytes, which only a worker reads
    - problems: notebook → (cell, line, message)
    - cells: notebook → (label, source)
    - facts: (notebook, name) → answer of Session.facts
    """

    code: dict[str, bytes]
    problems: dict[str, list[tuple[str, int, str]]]
    cells: Mapping[str, list[tuple[str, str]]]
    facts: dict[tuple[str, str], object] = field(default_factory=dict, compare=False)


def _environment(policy: ImportPolicy) -> dict[str, str]:
    """The environment variables of a worker."""
    own = [name.upper() for name, _ in policy.student_packages]  # a package may have its own threads
    threads = (*own, "OPENBLAS", "OMP", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
    # One thread: fair to other tests on this machine, no thread pool is lost by a fork, and the filter inside
    # refuses a second thread.
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/", "PYTHONHASHSEED": "0"} | {
        f"{name}_NUM_THREADS": "1" for name in threads
    }


class Worker:
    """The process that forks children, with one import policy. Only its children run student code.

    - facts: the worker's answer at its start, see worker.start
    """

    def __init__(self, isolation: str, limits: Limits, policy: ImportPolicy) -> None:
        self.isolation, self.limits, self.policy = isolation, limits, policy
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control = mine
        self.control.settimeout(START_SECONDS)
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        command, settings = self._plan(theirs.fileno())
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            env=_environment(policy),
            cwd="/",
            start_new_session=True,
        )
        theirs.close()
        try:
            self.control.send(json.dumps(settings).encode())
            self.facts = self._answer()
            if self.facts.get("op") != "ready":
                raise SandboxError(str(self.facts.get("message")))
        except (OSError, SandboxError) as error:
            self.close()
            words = self.process.communicate()[1].decode("utf-8", "replace").strip()[-600:]
            raise SandboxError(f"the worker that runs student code did not start: {words or error}") from None

    def _plan(self, fd: int) -> tuple[list[str], dict[str, Any]]:
        """(command, settings) of the worker."""

        def worker_command(script: str) -> list[str]:
            return [os.path.realpath(sys.executable), "-I", "-S", "-B", script, str(fd)]

        if self.isolation == "bwrap":
            program = bubblewrap.find()
            if program is None:
                raise SandboxError("bubblewrap is not installed (on Debian and Ubuntu: apt-get install bubblewrap)")
            command = bubblewrap.command(program, self.policy, worker_command)
            imports, readable = bubblewrap.settings(self.policy)
        else:
            command = unwrapped.command(worker_command)
            imports, readable = unwrapped.settings(self.policy)
        settings = {"isolation": self.isolation, "imports": imports, "readable": readable, "filters": {}}
        if self.isolation != "none":
            filters = {"worker": seccomp.WORKER, "child": seccomp.CHILD}
            settings["filters"] = {name: seccomp.compile_filter(rules).hex() for name, rules in filters.items()}
        return command, settings

    def spawn(self, cpu_limit: int) -> tuple[int, socket.socket]:
        """Fork a child; return (its process id in the worker's namespace, our socket)."""
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        # The kernel adds the sender's process id to each message.
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        request = {
            "op": "spawn",
            "memory_mb": self.limits.memory_mb,
            "cpu_seconds": cpu_limit,
            "output_chars": self.limits.output_chars,
            "message_chars": self.limits.message_chars,
        }
        try:
            socket.send_fds(self.control, [json.dumps(request).encode()], [theirs.fileno()])
        except OSError as error:
            raise _gone(error) from None
        finally:
            theirs.close()
        mine.setblocking(False)
        return self._answer()["pid"], mine

    def reap(self, pid: int) -> int:
        """End a child; return its exit status, negative for a signal."""
        try:
            self.control.send(json.dumps({"op": "reap", "pid": pid}).encode())
        except OSError as error:
            raise _gone(error) from None
        return self._answer()["status"]

    def _answer(self) -> dict[str, Any]:
        try:
            return json.loads(self.control.recv(65_536))
        except (OSError, ValueError) as error:
            raise _gone(error) from None

    def close(self) -> None:
        """Kill the worker with its children, and wait for it."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.control.close()

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
        if self.process.stderr:
            self.process.stderr.close()


def _gone(error: BaseException) -> SandboxError:
    return SandboxError(f"the worker that runs student code has ended ({error or 'without an answer'})")


class Sandbox:
    """The workers of one isolation: one per import policy, started when first needed.

    Inputs:
    - isolation: one of ISOLATIONS; isolation.open_sandbox chooses it
    - limits: of each hidden test; None means the defaults
    - policy: the default import policy
    """

    def __init__(self, isolation: str, limits: Limits | None = None, policy: ImportPolicy = TOOLS_ONLY) -> None:
        self.isolation, self.policy = isolation, policy
        self.limits = limits or Limits()
        self._workers: dict[ImportPolicy, Worker] = {}

    @functools.cached_property
    def slowness(self) -> float:
        """The factor by which time limits are longer on this machine."""
        return machine.slowness()

    def worker(self, policy: ImportPolicy | None = None) -> Worker:
        """Return the Worker for a policy, and start it if needed. Raises: SandboxError."""
        policy = policy or self.policy
        if policy not in self._workers:
            self._workers[policy] = Worker(self.isolation, self.limits, policy)
        return self._workers[policy]

    def session(
        self,
        program: Program,
        notebook: str,
        *,
        policy: ImportPolicy | None = None,
        wanted: Collection[str] = (),
        substitutes: Mapping[str, SubstituteFunction] | None = None,
        seconds: float | None = None,
    ) -> Session:
        """Fork a child and load the submission in it.

        Inputs:
        - program: the compiled submission
        - notebook: see Session.load
        - policy: import policy; None means the default one
        - wanted: see Session.load
        - substitutes: see Session.load
        - seconds: time limit of each test, if it is shorter than that of the limits

        Returns: a Session; close it.

        Raises: StudentFault if the definitions do not load, SandboxError.
        """
        session = Session(self.worker(policy), seconds or self.limits.test_seconds, slowness=self.slowness)
        try:
            session.load(program, notebook, wanted=wanted, substitutes=substitutes or {})
        except BaseException:
            session.close()
            raise
        return session

    def parse(self, notebooks: Mapping[str, list[tuple[str, str]]], *, seconds: float = 30) -> Program:
        """Compile the definitions of a submission, once for all its tests.

        Inputs:
        - notebooks: notebook name → (label, source) of code cells
        - seconds: time limit for cells that crash the parser; each of them gets its own process,
          and the rest is left out when the time is used up
        """
        code: dict[str, bytes] = {}
        problems: dict[str, list[tuple[str, int, str]]] = {}
        until = time.monotonic() + seconds
        together = self._parse(notebooks)
        for name, cells in notebooks.items():
            parts = [together[name]] if name in together else [self._parse_alone(name, cell, until) for cell in cells]
            code[name] = b"".join(part for part, _ in parts)
            problems[name] = [problem for _, found in parts for problem in found][:20]
        return Program(code, problems, notebooks)

    def _parse(self, notebooks: Mapping[str, Sequence[tuple[str, str]]]) -> dict[str, Parsed]:
        """Notebook name → its result; without notebooks that crash the parser."""
        parsed = {}
        todo = list(notebooks.items())
        while todo:
            # One process for all: none of the code runs in it. After a crash, another process does the rest.
            with Session(self.worker(), slowness=self.slowness) as session, contextlib.suppress(StudentFault):
                while todo:
                    name, cells = todo.pop(0)
                    session.restart_clock()
                    parsed[name] = session.parse(name, cells)
        return parsed

    def _parse_alone(self, notebook: str, cell: tuple[str, str], until: float) -> Parsed:
        try:
            if time.monotonic() < until:
                with Session(self.worker(), slowness=self.slowness) as session:
                    return session.parse(notebook, [cell])
            reason = tr("left out, because Python took too long to parse other cells")
        except StudentFault as fault:
            reason = tr("Python can't parse it: {error}", error=fault.message)
        return b"", [(cell[0], 1, reason)]

    def close(self) -> None:
        """End all workers."""
        for worker in self._workers.values():
            worker.__exit__()
        self._workers.clear()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
