"""Self-test: proves that the sandbox is in force before student code runs in it.

It collects four kinds of evidence: the answers of the seccomp programs, computed from their bytes;
the probes of probes.py inside, with a control run outside; the kernel's description of the process,
read from outside; and how the process ends at its limits.
"""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.errors import SandboxError, StudentFault
from autograder.sandbox import bpf_interpreter, seccomp
from autograder.sandbox.bubblewrap import NOBODY
from autograder.sandbox.canaries import PROBES, Canaries
from autograder.sandbox.session import MB, Session
from autograder.sandbox.supervisor import Limits, Program, Sandbox, Worker

__all__ = ["CheckResult", "self_test"]

PROBE_NOTEBOOK = "probes"
# If one of these fails outside too, the test proves nothing on this machine.
MUST_WORK_OUTSIDE = ("read a file", "list a folder", "write a file", "connect by TCP", "fork", "run a program")
# Calls that could leave the sandbox. Some would also fail without the filter, by missing privileges.
MUST_BE_REFUSED = (
    "fork vfork clone execve execveat kill tkill tgkill rt_sigqueueinfo pidfd_open pidfd_send_signal pidfd_getfd"
    " socket socketpair connect bind listen accept accept4 sendto sendmsg sendmmsg recvmsg shutdown"
    " ptrace process_vm_readv process_vm_writev kcmp perf_event_open bpf userfaultfd seccomp"
    " creat rename renameat renameat2 link linkat symlink symlinkat unlink unlinkat mkdir mkdirat mknod mknodat rmdir"
    " truncate ftruncate fallocate chmod fchmod fchmodat chown fchown fchownat utimensat setxattr openat2"
    " open_by_handle_at name_to_handle_at inotify_init inotify_init1 fanotify_init"
    " mount umount2 pivot_root chroot move_mount open_tree fsopen fsconfig fsmount mount_setattr"
    " unshare setns setuid setgid setresuid setresgid setgroups capset prctl personality setrlimit setpriority"
    " memfd_create memfd_secret shmget shmat msgget semget mq_open mlock mlock2 mlockall"
    " add_key request_key keyctl io_uring_setup io_uring_enter io_uring_register io_setup"
    " init_module finit_module delete_module kexec_load reboot swapon settimeofday clock_settime adjtimex"
    " sethostname setdomainname syslog acct quotactl landlock_create_ruleset landlock_add_rule landlock_restrict_self"
    " timer_create setitimer alarm sched_setaffinity sched_setscheduler ioperm iopl modify_ldt"
).split()
# The environment of a worker; bubblewrap and Python add PWD and LC_CTYPE.
OWN_NAMES = ("PATH", "LANG", "HOME", "PYTHONHASHSEED", "PWD", "LC_CTYPE")
LOOP_SECONDS = 0.1


@dataclass(frozen=True)
class CheckResult:
    """The result of one check of the self-test.

    - name: of the check
    - holds: whether it passed
    - seen: the observed value, for a failed check
    """

    name: str
    holds: bool
    seen: str = ""


def self_test(sandbox: Sandbox) -> list[CheckResult]:
    """Run all checks of the self-test.

    Inputs:
    - sandbox: with the isolation "bwrap" or "inner"

    Returns: the results; the sandbox is in force only if all of them hold.

    Raises: SandboxError if the sandbox does not start.
    """
    with Canaries() as canaries:
        outside = canaries.start_outside()
        try:
            worker = sandbox.worker()
            program = sandbox.parse({PROBE_NOTEBOOK: [("probes", PROBES.read_text(encoding="utf-8"))]})
            results = [*_filters(), *_started(worker)]
            with _session(sandbox, program) as session:
                results += [*_honest_call(session), *_layers(session, worker), *_seen_from_outside(session, worker)]
                inside = session.call("probe", [canaries.targets()], returns=(("probes", False),))[0]
                results += _about_itself(session)
            results += _behaviour(sandbox, program)
        except StudentFault as fault:
            raise SandboxError(f"the self-test failed to run: {fault.message}") from None
        finally:
            control = canaries.outside_results(outside)
        return [*results, *_probes(inside, control, worker.facts["landlock"] > 0), *_canary_results(canaries)]


def _session(sandbox: Sandbox, program: Program) -> Session:
    return sandbox.session(program, PROBE_NOTEBOOK)


# ---------------------------------------------------------------- the bytes of the filters


def _filters() -> Iterator[CheckResult]:
    program, architecture = seccomp.compile_filter(seccomp.CHILD), seccomp.architecture()

    def is_allowed(number: int | None, *arguments: int, machine: int = architecture) -> bool:
        """Return whether the filter allows a call; False for a call that this machine lacks."""
        return number is not None and bpf_interpreter.answer(program, machine, number, arguments) == seccomp.ALLOW

    numbers = {call: seccomp.number_of(call) for call in MUST_BE_REFUSED}
    let_through = [call for call, number in numbers.items() if is_allowed(number)]
    yield CheckResult("filter refuses the ways out", not let_through, ", ".join(let_through))
    opening = seccomp.number_of("openat")
    writing = [flag for flag in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_TMPFILE | os.O_RDWR)
               if is_allowed(opening, 0, 0, flag)]  # fmt: skip
    yield CheckResult("filter refuses to open for writing", not writing, ", ".join(map(hex, writing)))
    yield CheckResult("filter lets honest code read", is_allowed(opening, 0, 0, os.O_RDONLY | os.O_CLOEXEC))
    setting = seccomp.number_of("prlimit64")
    raising = is_allowed(setting, 0, 7, 1) or is_allowed(setting, 1, 7, 0)
    yield CheckResult("filter refuses to set limits", not raising)
    foreign = is_allowed(seccomp.number_of("read"), machine=architecture ^ 1)
    yield CheckResult("filter refuses calls of another architecture", not foreign)


# ---------------------------------------------------------------- reports of the worker and its child


def _started(worker: Worker) -> Iterator[CheckResult]:
    if worker.isolation == "inner":
        yield CheckResult(
            "landlock is there", worker.facts["landlock"] > 0, "this kernel has none, or it is switched off"
        )


def _honest_call(session: Session) -> Iterator[CheckResult]:
    value = session.call("same", [(1.5, "text")], returns=(("value", False),))[0]
    yield CheckResult("an honest call works", value == (1.5, "text"), repr(value))


def _layers(session: Session, worker: Worker) -> Iterator[CheckResult]:
    wanted = ["dies with parent", "limits", "no capabilities", "no new privileges", "landlock", "seccomp"]
    said = session.in_force
    missing = [name for name in wanted if name not in said.get("layers", [])]
    yield CheckResult("every layer was put in force", not missing, f"missing: {', '.join(missing)}")
    yield CheckResult("the child dies with the worker", said.get("death_signal") == 9, str(said.get("death_signal")))


def _about_itself(session: Session) -> Iterator[CheckResult]:
    names = session.call("names_in_environment", [], returns=(("names", False),))[0]
    yield CheckResult("the environment is empty of the grader's", not _foreign_names(names), str(names))
    numbers = session.call("open_descriptors", [], returns=(("numbers", False),))[0]
    yield CheckResult("no descriptor is open but three and the socket", len(numbers) == 4, str(numbers))


def _foreign_names(names: list[str]) -> list[str]:
    return [name for name in names if name not in OWN_NAMES and not name.endswith("_NUM_THREADS")]


# ---------------------------------------------------------------- the kernel's view


def _seen_from_outside(session: Session, worker: Worker) -> Iterator[CheckResult]:
    folder = Path("/proc") / str(session.host_pid)
    try:
        yield from _status(_read_status(folder), _read_status(Path("/proc/self")))
        yield from _limits((folder / "limits").read_text(), worker.limits, session.cpu_limit)
        own = os.listdir("/proc/self/ns")
        apart = [name for name in own if os.readlink(folder / "ns" / name) != os.readlink(f"/proc/self/ns/{name}")]
        needed = {"user", "net", "ipc", "pid", "mnt", "uts"} if worker.isolation == "bwrap" else {*worker.facts["left"]}
        if worker.isolation == "bwrap" and "cgroup" in own:
            needed.add("cgroup")
        together = needed - {"root"} - set(apart)
        yield CheckResult("namespaces of its own", not together, f"shared: {', '.join(sorted(together))}")
        descriptors = os.listdir(folder / "fd")
        yield CheckResult("descriptors, by the kernel", len(descriptors) == 4, str(descriptors))
        text = (folder / "environ").read_bytes().decode("utf-8", "replace")
        names = [entry.split("=")[0] for entry in text.split("\0") if entry]
        yield CheckResult("environment, by the kernel", not _foreign_names(names), str(names))
        if worker.isolation == "bwrap":
            seen_as = {(folder / kind).read_text().split()[0] for kind in ("uid_map", "gid_map")}
            yield CheckResult("it is nobody inside", seen_as == {NOBODY}, str(seen_as))
            yield from _file_system(folder)
    except (OSError, KeyError, ValueError) as error:
        yield CheckResult("the process can be looked at from outside", False, f"{type(error).__name__}: {error}")


def _read_status(folder: Path) -> dict[str, str]:
    return dict(line.split(":\t", 1) for line in (folder / "status").read_text().splitlines() if ":\t" in line)


def _status(status: Mapping[str, str], own: Mapping[str, str]) -> Iterator[CheckResult]:
    """Checks of a child's /proc/PID/status; `own` is the grader's."""
    yield CheckResult("seccomp, by the kernel", status["Seccomp"].strip() == "2", status["Seccomp"])
    if "Seccomp_filters" in status:  # Linux 5.9 and later
        # The child inherits the grader's own filters, which most containers set.
        added = int(status["Seccomp_filters"]) - int(own["Seccomp_filters"])
        yield CheckResult("two seccomp filters, by the kernel", added == 2, str(added))
    yield CheckResult("no new privileges, by the kernel", status["NoNewPrivs"].strip() == "1", status["NoNewPrivs"])
    held = {name: status[name].strip() for name in ("CapEff", "CapPrm", "CapInh", "CapAmb")}
    yield CheckResult("no capabilities, by the kernel", not any(int(value, 16) for value in held.values()), str(held))
    yield CheckResult("a single thread, by the kernel", status["Threads"].strip() == "1", status["Threads"])


def _limits_wanted(limits: Limits, cpu_limit: int) -> dict[str, tuple[int, int]]:
    """The kernel's name of a limit → (soft, hard)."""
    nothing = ("Max file size", "Max core file size", "Max processes", "Max locked memory", "Max msgqueue size")
    return {
        "Max address space": (limits.memory_mb * MB,) * 2,
        "Max cpu time": (cpu_limit, cpu_limit + 1),
        "Max open files": (64, 64),
        "Max stack size": (8 * MB,) * 2,
        **dict.fromkeys(nothing, (0, 0)),
    }


def _limits(text: str, limits: Limits, cpu_limit: int) -> Iterator[CheckResult]:
    rows = {line[:26].strip(): line[26:].split() for line in text.splitlines()[1:]}
    found = {name: " ".join(words[:2]) for name, words in rows.items()}
    wanted = {name: f"{soft} {hard}" for name, (soft, hard) in _limits_wanted(limits, cpu_limit).items()}
    off = {name: found[name] for name in wanted if found[name] != wanted[name]}
    yield CheckResult("limits, by the kernel", not off, str(off))


def _file_system(folder: Path) -> Iterator[CheckResult]:
    mounts = [line.split() for line in (folder / "mountinfo").read_text().splitlines()]
    writable = [fields[4] for fields in mounts if "ro" not in fields[5].split(",")]
    yield CheckResult("every mount is read-only, by the kernel", not writable, ", ".join(writable))
    kinds = {fields[fields.index("-") + 1] for fields in mounts} & {"proc", "sysfs", "devtmpfs", "cgroup2", "mqueue"}
    yield CheckResult("no window on the kernel is mounted", not kinds, ", ".join(sorted(kinds)))
    shown = set(os.listdir(folder / "root"))
    homes = {Path(sys.base_prefix).resolve().parts[1], Path(sys.executable).resolve().parts[1]}
    foreign = shown - {"usr", "lib", "lib64", "etc", "kit", "site"} - homes
    yield CheckResult("nothing else lies in its root", not foreign, ", ".join(sorted(foreign)))


# ---------------------------------------------------------------- behaviour at the limits


def _behaviour(sandbox: Sandbox, program: Program) -> Iterator[CheckResult]:
    with _session(sandbox, program) as session:
        size = (sandbox.limits.memory_mb + 256) * MB
        said = _fault(session, "allocate", [size])
        yield CheckResult("memory beyond the limit is refused", "MemoryError" in said, said)
    with _session(sandbox, program) as session:
        session.begin_test(LOOP_SECONDS)
        said = _fault(session, "loop", [])
        yield CheckResult("a loop without end is stopped", "did not finish" in said, said)
        alive = os.path.exists(f"/proc/{session.host_pid}")
        yield CheckResult("nothing is left of it", not alive, f"process {session.host_pid} is still there")


def _fault(session: Session, name: str, arguments: list[Any]) -> str:
    try:
        return f"it returned {session.call(name, arguments, returns=(('value', False),))}"
    except StudentFault as fault:
        return fault.message


# ---------------------------------------------------------------- probes


def _probes(inside: object, outside: Mapping[str, str], has_landlock: bool) -> Iterator[CheckResult]:
    for name, control in outside.items():
        if name == "list the root folder" and not has_landlock:
            continue  # bubblewrap's root is nearly empty; only Landlock refuses to list it
        seen = inside.get(name) if type(inside) is dict else None
        if control != "allowed" and (name in MUST_WORK_OUTSIDE or control.startswith("broken")):
            yield CheckResult(f"can't {name}", False, f"the attempt fails outside too, so it proves nothing: {control}")
        else:
            yield CheckResult(f"can't {name}", str(seen).startswith("denied"), str(seen))


def _canary_results(canaries: Canaries) -> Iterator[CheckResult]:
    connections = canaries.connections()
    yield CheckResult("no connection arrived", connections == 0, str(connections))
    yield CheckResult("files outside are as they were", canaries.is_untouched(), "changed")
