"""Allowed system calls: two allow-lists, which libseccomp compiles to seccomp programs.

libseccomp knows the numbers of all calls on all architectures, so this module has none. A missing
library or an unknown machine is a SandboxError. The C functions are called directly: their wrapper
pyseccomp has had no release since January 2021. Only the compiled bytes go into the sandbox.
"""

import ctypes
import errno
import functools
import os
from collections.abc import Sequence

from autograder.errors import SandboxError

__all__ = ["ALLOW", "CHILD", "WORKER", "Rule", "architecture", "compile_filter", "number_of", "version"]

KILL_PROCESS, ERRNO, ALLOW = 0x80000000, 0x00050000, 0x7FFF0000
EQUAL, MASKED_EQUAL = 4, 7
UNKNOWN = -1

# For a single thread that computes and reads files. None of these calls starts a process or thread, sends data or
# signals to another process, opens a file for writing, or raises a limit.
ALWAYS = (
    # files and folders, for reading
    "read", "readv", "pread64", "close", "lseek", "fstat", "stat", "lstat", "newfstatat", "statx", "access",
    "faccessat", "faccessat2", "getdents64", "readlink", "readlinkat", "getcwd", "dup", "fadvise64",
    # the socket to the grader; every other descriptor is /dev/null or open for reading
    "write", "writev", "poll", "ppoll", "select", "pselect6", "_newselect",
    # memory
    "mmap", "mmap2", "mprotect", "munmap", "mremap", "madvise", "brk", "membarrier",
    # signals to itself that the hardware or the kernel raises
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigreturn", "sigaltstack",
    # time and random numbers
    "clock_gettime", "clock_gettime64", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday", "times",
    "getrandom",
    # about itself
    "getpid", "gettid", "getppid", "getuid", "geteuid", "getgid", "getegid", "uname", "sysinfo", "getrusage",
    "getrlimit", "ugetrlimit", "sched_getaffinity", "sched_yield", "arch_prctl", "set_tid_address",
    "set_robust_list", "rseq", "restart_syscall", "futex", "futex_time64",
    # its end
    "exit", "exit_group",
)  # fmt: skip


class Rule:
    """A call that is allowed if all comparisons (argument, operator, value, second) hold."""

    def __init__(self, call: str, *comparisons: tuple[int, ...]) -> None:
        self.call = call
        self.comparisons = comparisons


# O_TMPFILE includes the bit of O_DIRECTORY, which reading a folder needs. Other systems lack both.
O_TMPFILE = getattr(os, "O_TMPFILE", 0) & ~getattr(os, "O_DIRECTORY", 0)
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | O_TMPFILE
F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC = 0, 1, 2, 3, 1030
# Python uses these for each file that it opens: is it a terminal, close on exec.
TCGETS, FIOCLEX, FIONCLEX = 0x5401, 0x5451, 0x5450
CHILD = (
    *(Rule(call) for call in ALWAYS),
    Rule("open", (1, MASKED_EQUAL, WRITING, 0)),
    Rule("openat", (2, MASKED_EQUAL, WRITING, 0)),
    *(Rule(call, (1, EQUAL, command)) for command in (F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_DUPFD_CLOEXEC)
      for call in ("fcntl", "fcntl64")),
    *(Rule("ioctl", (1, EQUAL, request)) for request in (TCGETS, FIOCLEX, FIONCLEX)),
    # Only reads its own limits: no new value, no other process.
    Rule("prlimit64", (0, EQUAL, 0), (2, EQUAL, 0)),
)  # fmt: skip

# The worker also forks, kills and awaits its children, talks to the grader, and puts the child's layers in force.
NEW_NAMESPACES = 0x7E020080  # CLONE_NEW… of time, mount, cgroup, UTS, IPC, user, process and network namespaces
WORKER = (
    *CHILD,
    Rule("clone", (0, MASKED_EQUAL, NEW_NAMESPACES, 0)),
    *(Rule(call) for call in (
        "fork", "wait4", "kill", "setsid", "recvmsg", "recvfrom", "sendto", "sendmsg", "dup2", "dup3", "prctl",
        "capset", "seccomp", "landlock_restrict_self", "setrlimit", "prlimit64",
    )),
)  # fmt: skip
# Required; the other calls are left out if libseccomp or the architecture lacks them.
NEEDED = ("read", "write", "mmap", "exit_group", "clone", "wait4", "prctl", "capset", "landlock_restrict_self")


class _Comparison(ctypes.Structure):
    _fields_ = [
        ("argument", ctypes.c_uint),
        ("operation", ctypes.c_int),
        ("value", ctypes.c_uint64),
        ("second", ctypes.c_uint64),
    ]


@functools.cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libseccomp.so.2", use_errno=True)
    except OSError as error:
        raise SandboxError(
            f"libseccomp is not installed ({error}): install it (on Debian and Ubuntu: apt-get install libseccomp2)"
        ) from None
    library.seccomp_init.restype = ctypes.c_void_p
    library.seccomp_init.argtypes = [ctypes.c_uint32]
    library.seccomp_rule_add_array.argtypes = [
        ctypes.c_void_p,
        ctypes.c_uint32,
        ctypes.c_int,
        ctypes.c_uint,
        ctypes.POINTER(_Comparison),
    ]
    library.seccomp_export_bpf.argtypes = [ctypes.c_void_p, ctypes.c_int]
    library.seccomp_release.argtypes = [ctypes.c_void_p]
    library.seccomp_syscall_resolve_name.argtypes = [ctypes.c_char_p]
    library.seccomp_arch_native.restype = ctypes.c_uint32
    return library


def version() -> str:
    """Return the version of libseccomp, such as "2.5.5"."""
    library = _library()
    library.seccomp_version.restype = ctypes.POINTER(ctypes.c_uint * 3)
    return ".".join(map(str, library.seccomp_version().contents))


def architecture() -> int:
    """Return the kernel's AUDIT_ARCH number of this machine."""
    return int(_library().seccomp_arch_native())


def number_of(call: str) -> int | None:
    """Return the number of a system call on this machine, or None if it does not exist.

    Raises: SandboxError if libseccomp does not know a required call.
    """
    number: int = _library().seccomp_syscall_resolve_name(call.encode())
    # Calls of other architectures have numbers below -1.
    if number == UNKNOWN and call in NEEDED:
        raise SandboxError(f"expected libseccomp 2.5.2 or newer, got a version without {call}: update it")
    return number if number >= 0 else None


@functools.cache
def compile_filter(rules: Sequence[Rule]) -> bytes:
    """Return the seccomp program of an allow-list. All other calls fail with EPERM.

    clone3 fails with ENOSYS, so that the C library falls back to clone, whose flags a filter can
    read.

    Raises: SandboxError if libseccomp is missing or fails.
    """
    library = _library()
    context = library.seccomp_init(ERRNO | errno.EPERM)
    if not context:
        raise SandboxError(f"libseccomp does not support this machine ({os.uname().machine})")
    try:
        for rule in rules:
            _add(library, context, ALLOW, rule)
        _add(library, context, ERRNO | errno.ENOSYS, Rule("clone3"))
        return _exported(library, context)
    finally:
        library.seccomp_release(context)


def _add(library: ctypes.CDLL, context: int, action: int, rule: Rule) -> None:
    number = number_of(rule.call)
    if number is None:
        return
    comparisons = (_Comparison * len(rule.comparisons))(*(_Comparison(*c) for c in rule.comparisons))
    status = library.seccomp_rule_add_array(context, action, number, len(comparisons), comparisons)
    if status != 0:
        raise SandboxError(f"libseccomp refused the rule for {rule.call}: {os.strerror(-status)}")


def _exported(library: ctypes.CDLL, context: int) -> bytes:
    handle = os.memfd_create("seccomp")
    try:
        status = library.seccomp_export_bpf(context, handle)
        if status != 0:
            raise SandboxError(f"libseccomp gave no program: {os.strerror(-status)}")
        os.lseek(handle, 0, os.SEEK_SET)
        return os.read(handle, 1 << 20)
    finally:
        os.close(handle)
