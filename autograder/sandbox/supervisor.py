"""Outside: starts the workers and speaks with them. Never imports, parses or unpickles anything that a student sent.

A Sandbox serves many submissions; each of its sessions serves one hidden test::

    with Sandbox("bwrap", limits) as sandbox:
        program = sandbox.parse({"A.ipynb": cells})
        with sandbox.session(program, "A.ipynb", wanted=["layer_forward"]) as session:
            returns = (("out", False), ("cache", True))  # out comes back, cache stays inside
            out, cache = session.call("layer_forward", [x, w], returns=returns)
"""

import json
import math
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
from autograder.sandbox import bubblewrap, seccomp, unwrapped
from autograder.sandbox.import_policy import TOOLS_ONLY, ImportPolicy
from autograder.sandbox.session import START_SECONDS, Session, SubstituteFunction

__all__ = ["ISOLATIONS", "Limits", "Program", "Sandbox", "Worker"]

# bwrap: bubblewrap and the inner layer. inner: the inner layer alone. none: an ordinary process.
ISOLATIONS = ("bwrap", "inner", "none")


@dataclass(frozen=True)
class Limits:
    """What one hidden test may use.

    - test_seconds: by the host's clock. - cpu_seconds: of the processor. - memory_mb: address space.
    - reply_mb: arrays of one reply. - output_chars: printed text that is kept.
    - message_chars: text of one exception that is kept.
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

    - code: by notebook; it means something to a worker only. - problems: by notebook, as (cell, line, message).
    - cells: by notebook, as (label, source). - facts: answers of Session.facts, which are kept here.
    """

    code: dict[str, bytes]
    problems: dict[str, list[tuple[str, int, str]]]
    cells: Mapping[str, list[tuple[str, str]]]
    facts: dict[tuple[str, str], object] = field(default_factory=dict, compare=False)


def _environment(policy: ImportPolicy) -> dict[str, str]:
    """The whole environment of a worker."""
    own = [name.upper() for name, _ in policy.student_packages]  # a package may have threads of its own
    threads = (*own, "OPENBLAS", "OMP", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
    # One thread: fair to the other tests that run on this machine, a fork can't lose a pool it never had, and
    # inside there is no second thread to be had.
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "HOME": "/", "PYTHONHASHSEED": "0"} | {
        f"{name}_NUM_THREADS": "1" for name in threads
    }


class Worker:
    """The process that forks one child per hidden test, with one policy. Student code runs in the children only."""

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

    def spawn(self) -> tuple[int, socket.socket]:
        """Fork a child; returns (its process id as the worker knows it, our end of its socket)."""
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        # The kernel then says with each message which process sent it.
        mine.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        request = {
            "op": "spawn",
            "memory_mb": self.limits.memory_mb,
            "cpu_seconds": math.ceil(self.limits.cpu_seconds),
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
        """End a child; returns its exit status, negative for a signal."""
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
    return SandboxError(f"the worker that runs student code is gone ({error or 'it said nothing'})")


class Sandbox:
    """Where student code runs: one worker per policy, started when first needed.

    Inputs:
    - isolation: one of ISOLATIONS; see isolation.open_sandbox for the way to choose it.
    - policy: the one that is meant where none is named.
    """

    def __init__(self, isolation: str, limits: Limits | None = None, policy: ImportPolicy = TOOLS_ONLY) -> None:
        self.isolation, self.policy = isolation, policy
        self.limits = limits or Limits()
        self._workers: dict[ImportPolicy, Worker] = {}

    def worker(self, policy: ImportPolicy | None = None) -> Worker:
        """The Worker for a policy."""
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
        """Fork a child for one hidden test and load the submission in it; see Session."""
        session = Session(self.worker(policy), seconds)
        try:
            session.load(program, notebook, wanted=wanted, substitutes=substitutes or {})
        except BaseException:
            session.close()
            raise
        return session

    def parse(self, notebooks: Mapping[str, list[tuple[str, str]]], *, seconds: float = 30) -> Program:
        """Compile the definitions of a submission, once for all its tests.

        Inputs:
        - notebooks: notebook name → (label, source) of code cells.
        - seconds: time for cells that Python does not survive reading, each tried in a process of its own; when it is
          used up, the rest of them is left out.
        """
        code: dict[str, bytes] = {}
        problems: dict[str, list[tuple[str, int, str]]] = {}
        until = time.monotonic() + seconds
        for name, cells in notebooks.items():
            try:
                parts = [self._parse(name, cells)]
            except StudentFault:
                parts = [self._parse_alone(name, cell, until) for cell in cells]
            code[name] = b"".join(part for part, _ in parts)
            problems[name] = [problem for _, found in parts for problem in found][:20]
        return Program(code, problems, notebooks)

    def _parse(self, notebook: str, cells: Sequence[tuple[str, str]]) -> tuple[bytes, list[tuple[str, int, str]]]:
        with Session(self.worker()) as session:
            return session.parse(notebook, cells)

    def _parse_alone(
        self, notebook: str, cell: tuple[str, str], until: float
    ) -> tuple[bytes, list[tuple[str, int, str]]]:
        try:
            if time.monotonic() < until:
                return self._parse(notebook, [cell])
            reason = "left out, because other cells took too long to read"
        except StudentFault as fault:
            reason = f"Python can't read it: {fault.message}"
        return b"", [(cell[0], 1, reason)]

    def close(self) -> None:
        for worker in self._workers.values():
            worker.__exit__()
        self._workers.clear()

    def __enter__(self) -> "Sandbox":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
