"""Inside: Landlock, by which a process gives up the file system, TCP, and signals to others.

See https://docs.kernel.org/userspace-api/landlock.html. System calls above 423 have the same
numbers on all architectures that both Landlock and libseccomp support.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["abi", "create_ruleset", "restrict"]

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION_FLAG = 1
RULE_PATH_BENEATH = 1
READ_FILE, READ_DIR = 1 << 2, 1 << 3
# Rights that a ruleset can remove, by the ABI that added them. Files: the 13 rights of ABI 1, then REFER, TRUNCATE,
# ioctl on devices. Network: TCP bind and connect. Scopes: abstract Unix sockets, signals to processes outside.
FILE_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
NETWORK_RIGHTS = {4: 0b11}
SCOPES = {6: 0b11}

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


class _Ruleset(ctypes.Structure):
    _fields_ = [("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scope", ctypes.c_uint64)]


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = [("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32)]


def abi() -> int:
    """Return the kernel's Landlock ABI, or 0 if Landlock is missing or switched off."""
    version = _libc.syscall(CREATE_RULESET, None, ctypes.c_size_t(0), VERSION_FLAG)
    return max(int(version), 0)


def create_ruleset(readable: Mapping[str, str]) -> int:
    """Create a ruleset that removes all rights of the kernel's ABI, except for reading some paths.

    Inputs:
    - readable: path → "tree" (a folder with all its content), "list" (only the names in a folder)
      or "file" (one file); missing paths are ignored

    Returns: a file descriptor for restrict().

    Raises: OSError if the kernel has no Landlock.
    """
    version = abi()
    if not version:
        raise OSError(errno.ENOSYS, "this kernel has no Landlock, or it is switched off")
    rights = [
        sum(right for since, right in table.items() if since <= version)
        for table in (FILE_RIGHTS, NETWORK_RIGHTS, SCOPES)
    ]
    # An older kernel refuses a longer structure than its own.
    size = 8 * (1 if version < 4 else 2 if version < 6 else 3)
    ruleset = _checked(CREATE_RULESET, ctypes.byref(_Ruleset(*rights)), ctypes.c_size_t(size), 0)
    for path, what in readable.items():
        _allow(ruleset, path, {"tree": READ_FILE | READ_DIR, "list": READ_DIR, "file": READ_FILE}[what])
    return ruleset


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return
    if not stat.S_ISDIR(os.fstat(handle).st_mode):
        rights &= READ_FILE  # the kernel refuses READ_DIR for a file
    rule = _PathBeneath(rights, handle)
    _checked(ADD_RULE, ruleset, RULE_PATH_BENEATH, ctypes.byref(rule), 0)
    os.close(handle)


def restrict(ruleset: int) -> None:
    """Put a ruleset in force for this process, and close its descriptor. Requires no_new_privs."""
    _checked(RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _checked(number: int, *arguments: object) -> int:
    result: int = _libc.syscall(number, *arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"Landlock: system call {number}: {os.strerror(code)}")
    return result
