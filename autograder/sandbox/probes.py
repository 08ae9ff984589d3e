"""Probes of the self-test: the first attempts of hostile code.

The self-test runs this file twice: as a submission inside, where every probe must fail, and as a
program outside (`probes.py TARGETS`), where it must succeed. A probe that fails in both places
proves nothing.
"""

import ctypes
import errno
import functools
import json
import os
import resource
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

PTRACE_TRACEME, CLONE_FS = 0, 0x200
DENIED = (errno.EPERM, errno.EACCES, errno.ENOENT, errno.EROFS, errno.ENOSYS, errno.ENOTDIR)


def denied(error: BaseException) -> bool:
    """Return whether an error is a refusal, and not a mistake in the probe."""
    number = getattr(error, "errno", None)
    return number in DENIED or isinstance(error, (PermissionError, ImportError, RuntimeError))


def attempt(function: Callable[[], object]) -> str:
    """Return "allowed", "denied: …" or "broken: …" for a call."""
    try:
        result = function()
    except BaseException as error:
        return f"denied: {type(error).__name__}" if denied(error) else f"broken: {type(error).__name__}: {error}"
    return "broken: it returned False" if result is False else "allowed"


def read(path: str) -> bytes:
    """Read the first byte of a file."""
    with open(path, "rb") as stream:
        return stream.read(1)


def write(path: str) -> None:
    """Create a file and remove it."""
    with open(path, "ab") as stream:
        stream.write(b"")
    os.unlink(path)


def connect(address: tuple[str, int]) -> None:
    """Connect by TCP."""
    with socket.create_connection(address, 1):
        pass


def connect_abstract(name: str) -> None:
    """Connect to an abstract Unix socket."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("\0" + name)


def make_folder(path: str) -> None:
    """Create a folder and remove it."""
    os.mkdir(path)
    os.rmdir(path)


def run_nothing() -> None:
    """Execute a missing program: "not found" shows that the kernel would have run it."""
    try:
        os.execv("/nonexistent/program", ["program"])
    except FileNotFoundError:
        return


def start_thread() -> None:
    """Start a thread."""
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


def fork() -> None:
    """Fork a process."""
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def system_call(name: str, *arguments: int) -> None:
    """Call a function of the C library that returns 0 on success."""
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), name)


def raise_limit() -> None:
    """Set the limit of CPU time to its present value."""
    try:
        resource.setrlimit(resource.RLIMIT_CPU, resource.getrlimit(resource.RLIMIT_CPU))
    except ValueError as error:  # Python's error for EPERM here
        raise PermissionError(str(error)) from None


def open_memory() -> None:
    """Open anonymous memory as a file."""
    os.close(os.memfd_create("probe"))


def package_folder(targets: Mapping[str, Any]) -> str:
    """Return the folder of student_tools."""
    package = sys.modules.get("student_tools")
    return package.__path__[0] if package else targets["package"]


def probe(targets: Mapping[str, Any]) -> dict[str, str]:
    """Run all probes.

    Inputs:
    - targets: dict of
        'canary' (path of a file that every user may read and write),
        'folder' (its folder, open to every user),
        'package' (folder of `student_tools`, for the run outside),
        'port' (of a TCP listener on this machine),
        'abstract' (name of a listening Unix socket),
        'host' (process id of the grader),
        'files' (name → path of other files that must not be readable)

    Returns: name of the probe → "allowed", "denied: …" or "broken: …".
    """
    own = f"probe-{os.getpid()}"
    folder = targets["folder"]
    tries: dict[str, Callable[[], object]] = {
        "read a file": lambda: read(targets["canary"]),
        "list a folder": lambda: os.listdir(folder),
        "read /etc/passwd": lambda: read("/etc/passwd"),
        "list /proc": lambda: os.listdir("/proc"),
        "list the root folder": lambda: os.listdir("/"),
        "read a module out of view": lambda: read(os.path.join(package_folder(targets), "submit.py")),
        "write a file": lambda: write(os.path.join(folder, own)),
        "write to /tmp": lambda: write(os.path.join("/tmp", own)),
        "change a file": lambda: os.truncate(targets["canary"], os.path.getsize(targets["canary"])),
        "make a folder": lambda: make_folder(os.path.join(folder, own)),
        "rename a file": lambda: os.rename(targets["canary"], targets["canary"]),
        "connect by TCP": lambda: connect(("127.0.0.1", targets["port"])),
        "open a UDP socket": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
        "connect to a Unix socket": lambda: connect_abstract(targets["abstract"]),
        "fork": fork,
        "start a thread": start_thread,
        "run a program": run_nothing,
        "signal the grader": lambda: os.kill(targets["host"], 0),
        "signal the parent": lambda: os.kill(os.getppid(), 0),
        "leave namespaces": lambda: system_call("unshare", CLONE_FS),
        "open memory as a file": open_memory,
        "raise a limit": raise_limit,
    }
    tries |= {f"read {name}": functools.partial(read, path) for name, path in targets["files"].items()}
    # Last, because a traced process stops at signals.
    tries["be traced"] = lambda: system_call("ptrace", PTRACE_TRACEME, 0, 0, 0)
    return {name: attempt(function) for name, function in tries.items()}


def names_in_environment() -> list[str]:
    """Return the names of the environment variables."""
    return sorted(os.environ)


def open_descriptors() -> list[int]:
    """Return the numbers of open descriptors; without /proc no folder lists them."""
    found = []
    for number in range(64):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found


def loop() -> None:
    """Loop forever."""
    while True:
        pass


def allocate(size: int) -> int:
    """Allocate memory, in bytes."""
    return len(bytearray(size))


def same(x: object) -> object:
    """Return the argument."""
    return x


if __name__ == "__main__":
    print(json.dumps(probe(json.loads(sys.argv[1]))))
