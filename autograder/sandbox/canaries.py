"""Canaries of the self-test: files and listeners that code in the sandbox must not reach."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest

from autograder.errors import GraderError
from autograder.paths import KIT, TOOLS

__all__ = ["PROBES", "Canaries"]

PROBES = Path(__file__).with_name("probes.py")


class Canaries:
    """Context manager: a file, a folder, two listeners, and files of the kit, for probes.py."""

    def __enter__(self) -> "Canaries":
        with contextlib.ExitStack() as stack:
            self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="canary-")))
            self.folder.chmod(0o777)
            self.token = secrets.token_hex(16)
            self.canary = self.folder / "canary"
            self.canary.write_text(self.token)
            self.canary.chmod(0o666)
            self.listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            self.abstract = f"canary-{self.token}"
            unix = stack.enter_context(socket.socket(socket.AF_UNIX))
            unix.bind("\0" + self.abstract)
            unix.listen()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()

    def targets(self) -> dict[str, Any]:
        """Return the targets for probes.probe."""
        files = {
            "hidden tests": KIT / "testing" / "hidden.py",
            "the grader's code": KIT / "testing" / "compare.py",
            "other packages": pytest.__file__,
        }
        return {
            "canary": str(self.canary),
            "folder": str(self.folder),
            "package": str(TOOLS),
            "port": self.listener.getsockname()[1],
            "abstract": self.abstract,
            "host": os.getpid(),
            "files": {name: str(path) for name, path in files.items()},
        }

    def start_outside(self) -> subprocess.Popen[bytes]:
        """Start the control run: the same probes outside the sandbox."""
        command = [os.path.realpath(sys.executable), "-I", "-S", "-B", str(PROBES), json.dumps(self.targets())]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def outside_results(self, process: subprocess.Popen[bytes]) -> dict[str, str]:
        """Return the results of the control run; its connections are not counted later.

        Raises: GraderError if the probes fail.
        """
        try:
            out, errors = process.communicate(timeout=30)
            results: dict[str, str] = json.loads(out)
        except (subprocess.TimeoutExpired, ValueError):
            process.kill()
            _, errors = process.communicate()
            words = errors.decode("utf-8", "replace")[-300:]
            raise GraderError(f"the self-test's probes fail outside the sandbox: {words}") from None
        self.expected_connections = int(results.get("connect by TCP") == "allowed")
        return results

    def connections(self) -> int:
        """Return the number of connections that arrived from inside the sandbox."""
        self.listener.setblocking(False)
        arrived = 0
        while True:
            try:
                self.listener.accept()[0].close()
            except BlockingIOError:
                return arrived - self.expected_connections
            arrived += 1

    def is_untouched(self) -> bool:
        """Return whether the file and the folder are unchanged."""
        return self.canary.read_text() == self.token and os.listdir(self.folder) == [self.canary.name]
