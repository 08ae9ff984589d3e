"""Inside: the process that imports NumPy once and then only forks children for hidden tests.

It holds no expected values, no tolerances and no tests::

    python -I -S -B worker.py CONTROL_FD

The control socket carries JSON datagrams. The first holds the settings (see `start`). Then {"op":
"spawn", …} comes with a socket attached and is answered by {"pid"}, and {"op": "reap", "pid"} is
answered by {"status"}. `protocol` and `request_handler` describe the traffic on the attached
socket.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

if TYPE_CHECKING:
    from typing import Any

    from . import imports, landlock, lockdown
else:
    import imports
    import landlock
    import lockdown

DATAGRAM = 1 << 16
CHILD_FAILED = 81


def start(settings: dict[str, Any]) -> dict[str, Any]:
    """Import the modules for student code, then drop the rights of this process.

    Inputs: settings, a dict with
    - 'imports': see imports.Finder
    - 'isolation': "bwrap", "inner" or "none"
    - 'readable': readable paths, see landlock.create_ruleset
    - 'filters': "worker" and "child" → seccomp program in hexadecimal

    Returns: dict of "landlock" (the kernel's ABI) and "left", see lockdown.drop_privileges.
    """
    imports.install(settings["imports"])
    for name in settings["imports"]["preload"]:
        __import__(name)
    import numpy as np
    import request_handler  # noqa: F401 - before the forks

    np.dot(np.ones((8, 8)), np.ones((8, 8)))  # starts BLAS
    np.random.seed(0)  # noqa: NPY002 - NumPy imports it when it is first used
    gc.collect()
    gc.freeze()
    settings["ruleset"] = None
    if settings["isolation"] == "none":
        return {"landlock": 0, "left": []}
    version = landlock.abi()
    left = lockdown.drop_privileges(settings["readable"]) if settings["isolation"] == "inner" else []
    if settings["isolation"] == "inner" or version:
        settings["ruleset"] = landlock.create_ruleset(settings["readable"])
    lockdown.install_filter(bytes.fromhex(settings["filters"]["worker"]))
    return {"landlock": version, "left": left}


def serve_one_test(fd: int, settings: dict[str, Any], request: dict[str, Any]) -> None:
    """Lock down this child, then serve requests.

    Inputs:
    - fd: socket to the trusted side
    - settings: see start
    - request: the "spawn" message
    """
    from request_handler import CappedOutput, RequestHandler

    os.dup2(1, 2)  # /dev/null: the pipe of standard error would fill up
    output = CappedOutput(request["output_chars"])
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = output  # type: ignore[misc]
    if settings["isolation"] == "none":
        os.setsid()
        lockdown.limit(request["memory_mb"], request["cpu_seconds"])
        in_force: dict[str, Any] = {}
    else:
        in_force = lockdown.lock_down(
            {
                "parent": request["parent"],
                "memory_mb": request["memory_mb"],
                "cpu_seconds": request["cpu_seconds"],
                "ruleset": settings["ruleset"],
                "filter": bytes.fromhex(settings["filters"]["child"]),
            }
        )
    packages = tuple(settings["imports"]["folders"])
    RequestHandler(fd, output, request["message_chars"], packages).serve(in_force)


def spawn(control: socket.socket, fd: int, settings: dict[str, Any], request: dict[str, Any]) -> int:
    """Fork a child that serves requests on a socket; return its process id."""
    request["parent"] = os.getpid()
    pid = os.fork()
    if pid == 0:
        try:
            control.close()
            serve_one_test(fd, settings, request)
        finally:
            os._exit(CHILD_FAILED)
    os.close(fd)
    return pid


def reap(pid: int) -> int:
    """Kill a child with all its processes; return its exit status."""
    # Without isolation, a child may have started processes; they are in its group.
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            continue
    _, status = os.waitpid(pid, 0)
    return os.waitstatus_to_exitcode(status)


def main() -> None:
    """Serve the control socket until it is closed."""
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = json.loads(control.recv(1 << 20))
    try:
        facts = start(settings)
    except Exception as error:
        control.send(json.dumps({"op": "failed", "message": f"{type(error).__name__}: {error}"}).encode())
        return
    control.send(json.dumps({"op": "ready", **facts}).encode())
    while True:
        data, fds, _, _ = socket.recv_fds(control, DATAGRAM, 1)
        if not data:
            return
        message = json.loads(data)
        if message["op"] == "spawn":
            answer = {"pid": spawn(control, fds[0], settings, message)}
        else:
            answer = {"status": reap(message["pid"])}
        control.send(json.dumps(answer).encode())


if __name__ == "__main__":
    main()
