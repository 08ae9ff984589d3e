"""The seccomp programs, call by call: the answers of the interpreter and of the kernel."""

import ctypes
import errno
import os
import struct
import sys

import pytest

from autograder.errors import SandboxError
from autograder.sandbox import bpf_interpreter, seccomp
from autograder.sandbox.selftest import MUST_BE_REFUSED

REFUSED = 0x00050000 | errno.EPERM


def answer(rules, call, *arguments, architecture=None):
    number = seccomp.number_of(call)
    return bpf_interpreter.answer(
        seccomp.compile_filter(rules), architecture or seccomp.architecture(), number, arguments
    )


@pytest.mark.parametrize("call", ["read", "write", "mmap", "futex", "clock_gettime", "exit_group", "getrandom", "poll"])
def test_a_computing_thread_gets_what_it_needs(call):
    assert answer(seccomp.CHILD, call) == seccomp.ALLOW


@pytest.mark.parametrize("call", MUST_BE_REFUSED)
def test_calls_that_could_leave_the_sandbox_are_refused(call):
    if seccomp.number_of(call) is not None:
        assert answer(seccomp.CHILD, call) == REFUSED


@pytest.mark.parametrize("call", ["execve", "socket", "ptrace", "unshare", "mount", "bpf", "io_uring_setup", "openat2"])
def test_the_worker_has_few_additional_calls(call):
    assert answer(seccomp.WORKER, call) == REFUSED
    assert answer(seccomp.WORKER, "clone") == seccomp.ALLOW
    assert answer(seccomp.WORKER, "clone", 0x10000000) == REFUSED  # CLONE_NEWUSER


def test_files_are_opened_for_reading_only():
    for flags in (os.O_RDONLY, os.O_RDONLY | os.O_CLOEXEC, os.O_RDONLY | os.O_DIRECTORY | os.O_NONBLOCK):
        assert answer(seccomp.CHILD, "openat", 0, 0, flags) == seccomp.ALLOW
    for flags in (
        os.O_WRONLY,
        os.O_RDWR,
        os.O_CREAT,
        os.O_TRUNC,
        os.O_TMPFILE | os.O_WRONLY,
        os.O_APPEND | os.O_WRONLY,
    ):
        assert answer(seccomp.CHILD, "openat", 0, 0, flags) == REFUSED


def test_limits_can_be_read_but_not_set():
    assert answer(seccomp.CHILD, "prlimit64", 0, 7, 0, 1) == seccomp.ALLOW
    assert answer(seccomp.CHILD, "prlimit64", 0, 7, 1, 0) == REFUSED
    assert answer(seccomp.CHILD, "prlimit64", 1, 7, 0, 1) == REFUSED


def test_an_argument_is_compared_whole():
    """The kernel looks at half of some arguments; a value that only differs in the other half must not slip through."""
    assert answer(seccomp.CHILD, "ioctl", 0, 0x5401) == seccomp.ALLOW
    assert answer(seccomp.CHILD, "ioctl", 0, 0x5412) == REFUSED  # TIOCSTI, which types into a terminal
    assert answer(seccomp.CHILD, "ioctl", 0, 0x5401 | 1 << 32) == REFUSED
    assert answer(seccomp.CHILD, "fcntl", 0, 8) == REFUSED  # F_SETOWN, which sends signals


def test_calls_of_another_architecture_end_the_process():
    assert answer(seccomp.CHILD, "read", architecture=seccomp.architecture() ^ 1) & 0xFFFF0000 in (0, 0x80000000)


def test_thirty_two_bit_calls_on_a_64_bit_machine_end_the_process():
    if os.uname().machine == "x86_64":
        program = seccomp.compile_filter(seccomp.CHILD)
        assert bpf_interpreter.answer(program, seccomp.architecture(), 0x40000000) & 0xFFFF0000 in (0, 0x80000000)


def test_the_c_library_falls_back_from_clone3_to_clone():
    assert answer(seccomp.WORKER, "clone3") == 0x00050000 | errno.ENOSYS


def test_the_kernel_gives_the_same_answers():
    """In a child of this process, because a filter can't be removed."""
    calls = [call for call in MUST_BE_REFUSED if seccomp.number_of(call) is not None]
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        _report_errors([seccomp.number_of(call) for call in calls], seccomp.compile_filter(seccomp.CHILD), write_end)
    os.close(write_end)
    with open(read_end, "rb") as stream:
        errors = struct.unpack(f"{len(calls)}i", stream.read())
    os.waitpid(pid, 0)
    assert [call for call, error in zip(calls, errors, strict=True) if error != errno.EPERM] == []


def _report_errors(numbers, program, out):
    try:
        folder = os.path.join(os.path.dirname(seccomp.__file__), "worker")
        sys.path.insert(0, folder)
        import lockdown

        library = ctypes.CDLL(None, use_errno=True)
        lockdown.install_filter(program)
        errors = []
        for number in numbers:
            ctypes.set_errno(0)
            library.syscall(ctypes.c_long(number), *[ctypes.c_long(-1)] * 6)
            errors.append(ctypes.get_errno())
        os.write(out, struct.pack(f"{len(errors)}i", *errors))
    finally:
        os._exit(0)


def test_an_unknown_required_call_is_an_error(monkeypatch):
    monkeypatch.setattr(seccomp, "NEEDED", ("no_such_call",))
    with pytest.raises(SandboxError, match=r"expected libseccomp 2\.5\.2 or newer, got a version without no_such_call"):
        seccomp.number_of("no_such_call")


@pytest.mark.parametrize("program", [b"", struct.pack("<HBBI", 0x20, 0, 0, 0), struct.pack("<HBBI", 0xFFFF, 0, 0, 0)])
def test_an_invalid_program_is_an_error(program):
    with pytest.raises(SandboxError, match="the seccomp program has"):
        bpf_interpreter.answer(program, 0, 0)
