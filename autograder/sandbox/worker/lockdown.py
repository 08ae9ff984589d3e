"""Inside: the rights that a process gives up before student code runs. That code can't regain them.

`drop_privileges` is for the worker, `lock_down` for each of its children. Both use only the C
library and the kernel. The seccomp programs are compiled outside and arrive as bytes.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from . import landlock
else:
    import landlock

__all__ = ["LAYERS", "drop_privileges", "limit", "lock_down"]

PR_SET_PDEATHSIG, PR_GET_PDEATHSIG, PR_SET_DUMPABLE = 1, 2, 4
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS, PR_GET_NO_NEW_PRIVS = 22, 38, 39
SECCOMP_MODE_FILTER = 2
CAPABILITY_VERSION_3 = 0x20080522
NOBODY = 65534
# unshare(2) flags: user, network, IPC and host name.
NAMESPACES = 0x10000000 | 0x40000000 | 0x08000000 | 0x04000000
MB = 1 << 20

_libc = ctypes.CDLL(None, use_errno=True)


def _call(function: str, *arguments: object) -> None:
    if getattr(_libc, function)(*arguments) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{function}: {os.strerror(code)}")


def _prctl(option: int, value: int = 0) -> None:
    _call("prctl", *(ctypes.c_ulong(number) for number in (option, value, 0, 0, 0)))


# ---------------------------------------------------------------- the worker, without bubblewrap


def drop_privileges(readable: Iterable[str]) -> list[str]:
    """Leave the grader's user and namespaces, as far as the kernel allows (isolation "inner").

    Inputs:
    - readable: paths that must stay readable

    Returns: names of what the process has left: "root", and namespaces.

    Raises: OSError if the process would continue as root with access to root's files.
    """
    left = []
    is_root = os.geteuid() == 0
    if is_root and _nobody_can_read(readable):
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        left.append("root")
    if _libc.unshare(NAMESPACES) == 0:
        left.extend(["user", "net", "ipc", "uts"])
    if is_root and not left:
        raise OSError(
            "the grader runs as root, the kernel gives no user namespaces, and Python lies in a folder that only root"
            " can read: run the grader as an ordinary user, or use a Python that all users can read (/usr/bin/python3)"
        )
    # Another user or namespace hides /proc/PID from the grader, which reads it in the self-test.
    _prctl(PR_SET_DUMPABLE, 1)
    return left


def _nobody_can_read(paths: Iterable[str]) -> bool:
    there = [path for path in paths if os.path.exists(path)]
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        return all(os.access(path, os.R_OK, effective_ids=True) for path in there)
    finally:
        os.seteuid(0)
        os.setegid(0)


# ---------------------------------------------------------------- every child


def limit(memory_mb: int, cpu_seconds: int) -> None:
    """Limit this process: address space and CPU time; zero for resources that it does not need.

    Inputs:
    - memory_mb: address space in MiB
    - cpu_seconds: CPU time
    """
    bounds = {
        resource.RLIMIT_AS: (memory_mb * MB, memory_mb * MB),
        # The soft limit sends a signal that can be ignored; the hard limit, one second later, can't be ignored.
        resource.RLIMIT_CPU: (cpu_seconds, cpu_seconds + 1),
        resource.RLIMIT_STACK: (8 * MB, 8 * MB),
        resource.RLIMIT_NOFILE: (64, 64),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_MEMLOCK: (0, 0),
        resource.RLIMIT_MSGQUEUE: (0, 0),
        resource.RLIMIT_NPROC: (0, 0),
    }
    for kind, (soft, hard) in bounds.items():
        _, most = resource.getrlimit(kind)
        if most != resource.RLIM_INFINITY:
            soft, hard = min(soft, most), min(hard, most)
        resource.setrlimit(kind, (soft, hard))


def _die_with_parent(settings: Mapping[str, Any]) -> None:
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != settings["parent"]:
        raise OSError("the worker ended before its child was ready")


def _limit(settings: Mapping[str, Any]) -> None:
    limit(settings["memory_mb"], settings["cpu_seconds"])


def _drop_capabilities(settings: Mapping[str, Any]) -> None:
    header, nothing = struct.pack("<Ii", CAPABILITY_VERSION_3, 0), bytes(24)
    _call("capset", ctypes.create_string_buffer(header, 8), ctypes.create_string_buffer(nothing, 24))


def _no_new_privileges(settings: Mapping[str, Any]) -> None:
    _prctl(PR_SET_NO_NEW_PRIVS, 1)


def _landlock(settings: Mapping[str, Any]) -> None:
    if settings["ruleset"] is not None:  # None only under bubblewrap, on a kernel without Landlock
        landlock.restrict(settings["ruleset"])


def _seccomp(settings: Mapping[str, Any]) -> None:
    install_filter(settings["filter"])


# The order matters: each layer needs a right that a later one removes.
LAYERS: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "dies with parent": _die_with_parent,
    "limits": _limit,
    "no capabilities": _drop_capabilities,
    "no new privileges": _no_new_privileges,
    "landlock": _landlock,
    "seccomp": _seccomp,
}


def lock_down(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Put every layer in force for this process.

    Inputs:
    - settings: dict of 'parent' (process id), 'memory_mb', 'cpu_seconds', 'ruleset' (from
      landlock.create_ruleset, or None) and 'filter' (bytes of a seccomp program)

    Returns: dict of "layers" (their names) and the kernel's values that can be read from inside.

    Raises: OSError if a layer fails.
    """
    done: list[str] = []
    asked: dict[str, int] = {}
    for name, put_in_force in LAYERS.items():
        if name == "seccomp":  # it also forbids these calls
            asked = _ask_kernel()
        put_in_force(settings)
        done.append(name)
    return {"layers": done, **asked}


def _ask_kernel() -> dict[str, int]:
    death_signal = ctypes.c_int()
    _call("prctl", ctypes.c_ulong(PR_GET_PDEATHSIG), ctypes.byref(death_signal), *[ctypes.c_ulong(0)] * 3)
    privileges = _libc.prctl(*(ctypes.c_ulong(number) for number in (PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)))
    return {"death_signal": death_signal.value, "no_new_privileges": privileges}


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def install_filter(program: bytes) -> None:
    """Put a seccomp program in force for this process and its children.

    Inputs:
    - program: 8 bytes per instruction
    """
    _prctl(PR_SET_NO_NEW_PRIVS, 1)
    instructions = ctypes.create_string_buffer(program, len(program))
    described = _Program(len(program) // 8, ctypes.cast(instructions, ctypes.c_void_p))
    _call(
        "prctl",
        ctypes.c_ulong(PR_SET_SECCOMP),
        ctypes.c_ulong(SECCOMP_MODE_FILTER),
        ctypes.byref(described),
        ctypes.c_ulong(0),
        ctypes.c_ulong(0),
    )
