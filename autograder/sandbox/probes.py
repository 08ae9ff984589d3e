"""What hostile code would try first.

The self-test runs this file twice: as a submission inside, where everything has to fail, and as a program outside
(`probes.py TARGETS`), where it has to work: a probe that fails everywhere proves nothing.
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
    """Whether an error is a refusal, and not a mistake in the probe."""
    number = getattr(error, "errno", None)
    return number in DENIED or isinstance(error, (PermissionError, ImportError, RuntimeError))


def attempt(function: Callable[[], object]) -> str:
    try:
        result = function()
    except BaseException as error:
        return f"denied: {type(error).__name__}" if denied(error) else f"broken: {type(error).__name__}: {error}"
    return "broken: it said no" if result is False else "allowed"


def read(path: str) -> bytes:
    with open(path, "rb") as stream:
        return stream.read(1)


def write(path: str) -> None:
    with open(path, "ab") as stream:
        stream.write(b"")
    os.unlink(path)


def connect(address: tuple[str, int]) -> None:
    with socket.create_connection(address, 1):
        pass


def connect_abstract(name: str) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect("\0" + name)


def make_folder(path: str) -> None:
    os.mkdir(path)
    os.rmdir(path)


def run_nothing() -> None:
    """A program that does not exist: the kernel gets as far as looking for it, or it does not."""
    try:
        os.execv("/nonexistent/program", ["program"])
    except FileNotFoundError:
        return


def start_thread() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()


def fork() -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def system_call(name: str, *arguments: int) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), name)


def raise_limit() -> None:
    try:
        resource.setrlimit(resource.RLIMIT_CPU, resource.getrlimit(resource.RLIMIT_CPU))
    except ValueError as error:  # what Python makes of EPERM here
        raise PermissionError(str(error)) from None


def open_memory() -> None:
    os.close(os.memfd_create("probe"))


def package_folder(targets: Mapping[str, Any]) -> str:
    package = sys.modules.get("student_tools")
    return package.__path__[0] if package else targets["package"]


def probe(targets: Mapping[str, Any]) -> dict[str, str]:
    """Try everything.

    Inputs:
    - targets: 'canary' (a file that everybody may read and write), 'folder' (its folder, open to everybody),
      'package' (folder of `student_tools`, for the run outside),
      'port' (of a listener on this machine), 'abstract' (name of a Unix socket that listens), 'host' (process id),
      'files' (name → path of other files that must not be read).

    Returns: what was tried → "allowed", "denied: …" or "broken: …".
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
    return sorted(os.environ)


def open_descriptors() -> list[int]:
    """Numbers of open descriptors; inside there is no folder that lists them."""
    found = []
    for number in range(64):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(number)
    return found


def loop() -> None:
    while True:
        pass


def allocate(size: int) -> int:
    return len(bytearray(size))


def same(x: object) -> object:
    return x


if __name__ == "__main__":
    print(json.dumps(probe(json.loads(sys.argv[1]))))
