"""Outside: starts the worker and speaks with it. Never imports, parses or unpickles anything that a student sent.

A Worker serves many submissions; each of its sessions serves one hidden test::

    with Worker(limits) as worker:
        with worker.session("A.ipynb", {"A.ipynb": cells}, wanted=["conv_forward_naive"]) as session:
            returns = (("out", False), ("cache", True))  # out comes back, cache stays inside
            out, cache = session.call("conv_forward_naive", [x, w, b, conv_param], returns=returns)
"""

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import cs231n
from autograder.errors import GraderError
from autograder.sandbox.session import MB, START_SECONDS, Session

__all__ = ["Limits", "Worker"]


@dataclass(frozen=True)
class Limits:
    """What one hidden test may use: wall and CPU time in seconds, memory and one reply's arrays in megabytes."""

    test_seconds: float = 10
    memory_mb: int = 1024
    reply_mb: int = 64


def _environment():
    threads = ("OPENBLAS", "OMP", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
    # One BLAS thread: fair to the other tests that run on this machine, and a fork can't lose a pool it never had.
    return {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"} | {
        f"{name}_NUM_THREADS": "1" for name in threads
    }


class Worker:
    """The process that forks one child per hidden test. Student code runs in the children only."""

    isolation = "process"

    def __init__(self, limits=None):
        self.limits = limits or Limits()
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        script = Path(__file__).with_name("worker.py")
        package_folder = Path(cs231n.__file__).parent.parent
        command = [sys.executable, "-I", "-B", str(script), str(theirs.fileno()), str(package_folder)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            pass_fds=[theirs.fileno()],
            env=_environment(),
            cwd="/",
            start_new_session=True,
        )
        theirs.close()
        self.control = mine
        self.control.settimeout(START_SECONDS)
        try:
            ready = self._control_reply().get("op") == "ready"
        except GraderError:
            ready = False
        if not ready:
            self.close()
            words = self.process.stderr.read().decode("utf-8", "replace").strip()[-600:]
            raise GraderError(f"the worker that runs student code did not start: {words or 'no message'}")

    def session(self, notebook, notebooks, *, wanted=(), lend=None, withhold=()):
        """Fork a child for one hidden test and load the submission in it; see Session."""
        return Session(self, notebook, notebooks, wanted=wanted, lend=lend or {}, withhold=withhold)

    @property
    def is_alive(self):
        """Whether the process is there; asked after something went wrong, so it is given a moment to end."""
        try:
            self.process.wait(0.5)
        except subprocess.TimeoutExpired:
            return True
        return False

    def spawn(self):
        """Fork a child; returns (its process id, our end of its socket)."""
        mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        request = {
            "op": "spawn",
            "memory": self.limits.memory_mb * MB,
            "cpu_seconds": int(self.limits.test_seconds) + 1,
        }
        try:
            socket.send_fds(self.control, [json.dumps(request).encode()], [theirs.fileno()])
        except OSError as error:
            raise GraderError(f"the worker that runs student code is gone: {error}") from None
        finally:
            theirs.close()
        mine.setblocking(False)
        return self._control_reply()["pid"], mine

    def reap(self, pid):
        """Kill a child with all that it started; returns its exit status, negative for a signal."""
        try:
            self.control.send(json.dumps({"op": "reap", "pid": pid}).encode())
        except OSError as error:
            raise GraderError(f"the worker that runs student code is gone: {error}") from None
        return self._control_reply()["status"]

    def _control_reply(self):
        try:
            return json.loads(self.control.recv(65_536))
        except (OSError, ValueError) as error:
            raise GraderError(f"the worker that runs student code is gone: {error}") from None

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.control.close()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()
        self.process.stderr.close()
