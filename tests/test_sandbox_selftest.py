"""The self-test passes on a complete sandbox, and fails if any layer is removed."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.errors import SandboxError, UsageError
from autograder.sandbox import bubblewrap, import_policy, isolation, seccomp, supervisor, unwrapped
from autograder.sandbox.canaries import Canaries
from autograder.sandbox.isolation import open_sandbox
from autograder.sandbox.selftest import self_test
from autograder.sandbox.supervisor import Limits, Sandbox


def broken(isolation):
    """Names of the failed checks."""
    with Sandbox(isolation, Limits(memory_mb=512)) as sandbox:
        return [finding.name for finding in self_test(sandbox) if not finding.holds]


def broken_or_missing(isolation):
    try:
        return broken(isolation)
    except SandboxError:
        return ["it does not start"]


@pytest.mark.parametrize("isolation", ["bwrap", "inner"])
def test_everything_holds(isolation):
    assert broken(isolation) == []


UNDER_A_FILTER = """
import ctypes, struct, sys

libc = ctypes.CDLL(None, use_errno=True)
allow = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))  # one instruction: allow everything
program = ctypes.create_string_buffer(struct.pack("HxxxxxxQ", 1, ctypes.addressof(allow)))
assert libc.prctl(38, 1, 0, 0, 0) == 0  # no new privileges
assert libc.prctl(22, 2, program) == 0  # seccomp, a filter

from autograder.sandbox.supervisor import Limits, Sandbox
from autograder.sandbox.selftest import self_test

with Sandbox(sys.argv[1], Limits(memory_mb=512)) as sandbox:
    print([finding for finding in self_test(sandbox) if not finding.holds])
"""


@pytest.mark.parametrize("isolation", ["bwrap", "inner"])
def test_everything_holds_if_the_grader_runs_under_a_filter(isolation):
    """As in most containers."""
    command = [sys.executable, "-c", UNDER_A_FILTER, isolation]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stdout == "[]\n", done.stdout + done.stderr


@pytest.fixture
def change_inside(monkeypatch):
    """A function that replaces text in a copy of the worker's files."""
    scratch = Path(tempfile.mkdtemp())
    scratch.chmod(0o755)  # for a worker that becomes nobody
    folder = scratch / "inside"
    shutil.copytree(import_policy.WORKER, folder, ignore=shutil.ignore_patterns("__pycache__"))
    for module in (import_policy, bubblewrap, unwrapped):
        monkeypatch.setattr(module, "WORKER", folder)

    def change(file, old, new):
        text = (folder / file).read_text()
        assert text.count(old) == 1, f"{file} does not hold {old!r} once"
        (folder / file).write_text(text.replace(old, new))

    yield change
    shutil.rmtree(scratch)


def without(function):
    """The replacement that empties a function of lockdown.py."""
    head = f"def {function}(settings: Mapping[str, Any]) -> None:\n"
    return head, f"{head}    return\n"


BOTH = ("bwrap", "inner")
INSIDE = [
    # removed part, isolations, check that then fails
    ("dies with parent", BOTH, without("_die_with_parent"), "the child dies with the worker"),
    ("limits", BOTH, without("_limit"), "limits, by the kernel"),
    ("capabilities", ("inner",), without("_drop_capabilities"), "no capabilities, by the kernel"),
    ("landlock", ("inner",), without("_landlock"), "can't read a file"),
    ("landlock", ("bwrap",), without("_landlock"), "can't list the root folder"),
    ("seccomp of the child", BOTH, without("_seccomp"), "can't fork"),
    *(
        (name, BOTH, (f'    "{name}": _', f'    # "{name}": _'), "every layer was put in force")
        for name in ("dies with parent", "limits", "no capabilities", "no new privileges", "landlock", "seccomp")
    ),
    *(
        (kind, BOTH, (f"        resource.{kind}: (", f"        -resource.{kind} - 9: ("), "limits, by the kernel")
        for kind in (
            *("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_STACK", "RLIMIT_NOFILE", "RLIMIT_FSIZE", "RLIMIT_CORE"),
            *("RLIMIT_MEMLOCK", "RLIMIT_MSGQUEUE", "RLIMIT_NPROC"),
        )
    ),
]


@pytest.mark.parametrize(
    ("isolation", "pair", "missed"),
    [pytest.param(i, pair, missed, id=f"{name}-{i}") for name, where, pair, missed in INSIDE for i in where],
)
def test_it_fails_without_a_layer_of_the_child(change_inside, isolation, pair, missed):
    change_inside("lockdown.py", *pair)
    if "resource." in pair[0]:  # an unlimited limit is skipped
        change_inside("lockdown.py", " in bounds.items():", " in ((k, v) for k, v in bounds.items() if k >= 0):")
    assert missed in broken(isolation)


@pytest.mark.parametrize("isolation", BOTH)
def test_it_fails_without_the_filter_of_the_worker(change_inside, isolation):
    change_inside("worker.py", '    lockdown.install_filter(bytes.fromhex(settings["filters"]["worker"]))\n', "")
    assert "two seccomp filters, by the kernel" in broken(isolation)


def test_it_fails_when_the_worker_stays_in_the_graders_namespaces(change_inside):
    change_inside("lockdown.py", "_libc.unshare(NAMESPACES) == 0", "True")
    assert "namespaces of its own" in broken("inner")


def test_it_fails_when_a_child_is_not_ended(change_inside):
    change_inside("worker.py", "    for kill in (os.killpg, os.kill):", "    return 0\n    for kill in ():")
    assert "nothing is left of it" in broken("bwrap")


@pytest.mark.parametrize(
    ("rule", "missed"),
    [
        *((seccomp.Rule(call), "filter refuses the ways out") for call in ("socket", "clone", "kill", "execve", "bpf")),
        (seccomp.Rule("openat"), "filter refuses to open for writing"),
        (seccomp.Rule("prlimit64"), "filter refuses to set limits"),
    ],
    ids=lambda value: getattr(value, "call", ""),
)
def test_it_fails_if_the_filter_allows_more_calls(monkeypatch, rule, missed):
    monkeypatch.setattr(seccomp, "CHILD", (*seccomp.CHILD, rule))
    assert missed in broken("bwrap")


AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only for root: for others bubblewrap always does it")
OUTSIDE = [
    pytest.param(("--unshare-user",), "namespaces of its own", marks=AS_ROOT),
    (("--unshare-net",), "namespaces of its own"),
    (("--unshare-ipc",), "namespaces of its own"),
    (("--unshare-uts", "--hostname", "grader"), "namespaces of its own"),
    (("--unshare-pid", "--as-pid-1"), "namespaces of its own"),
    (("--unshare-cgroup-try",), "namespaces of its own"),
    (("--uid", bubblewrap.NOBODY), "it is nobody inside"),
]


@pytest.mark.parametrize(("words", "missed"), OUTSIDE)
def test_it_fails_without_a_part_of_the_outer_layer(monkeypatch, words, missed):
    """Options that need each other are removed together; a sandbox that then does not start is refused."""
    kept, words = list(bubblewrap.ISOLATE), list(words)
    start = next(i for i in range(len(kept)) if kept[i] == words[0])
    for word in words:
        kept.remove(word) if word != words[0] else kept.pop(start)
    monkeypatch.setattr(bubblewrap, "ISOLATE", tuple(kept))
    assert set(broken_or_missing("bwrap")) & {missed, "it does not start"}


@pytest.mark.parametrize(
    ("mount", "missed"),
    [
        (["--proc", "/proc"], "can't list /proc"),
        (["--proc", "/proc"], "no window on the kernel is mounted"),
        (["--dev", "/dev"], "nothing else lies in its root"),
        (["--ro-bind", "/etc", "/etc"], "can't read /etc/passwd"),
        (["--bind", "/tmp", "/tmp"], "every mount is read-only, by the kernel"),
        (["--tmpfs", "/scratch"], "every mount is read-only, by the kernel"),
    ],
    ids=lambda value: value[0] if type(value) is list else value,
)
def test_it_fails_with_an_additional_mount(monkeypatch, mount, missed):
    mounts = bubblewrap._mounts
    monkeypatch.setattr(bubblewrap, "_mounts", lambda shown: [*mount, *mounts(shown)])
    # Landlock would hide the additional mount: test the outer layer alone.
    monkeypatch.setattr(bubblewrap, "settings", lambda shown, whole=bubblewrap.settings: _all_readable(whole(shown)))
    assert missed in broken("bwrap")


def _all_readable(settings):
    return settings[0], {**settings[1], "/": "tree"}


def test_it_fails_when_the_root_stays_writable(monkeypatch):
    mounts = bubblewrap._mounts
    monkeypatch.setattr(bubblewrap, "_mounts", lambda shown: mounts(shown)[:-2])
    assert "every mount is read-only, by the kernel" in broken("bwrap")


@pytest.mark.parametrize("isolation", BOTH)
def test_it_fails_if_the_worker_has_the_graders_environment(monkeypatch, isolation):
    monkeypatch.setattr(supervisor, "_environment", lambda policy: {**os.environ, "SECRET": "x"})
    found = broken(isolation)
    assert "environment, by the kernel" in found
    assert "the environment is empty of the grader's" in found


@pytest.mark.parametrize("isolation", BOTH)
def test_it_fails_if_the_worker_has_another_descriptor(monkeypatch, isolation):
    start = subprocess.Popen

    def leaking(command, *, pass_fds=(), **options):
        with open(__file__) as stream:
            return start(command, pass_fds=[*pass_fds, stream.fileno()] if pass_fds else (), **options)

    monkeypatch.setattr(subprocess, "Popen", leaking)
    assert "descriptors, by the kernel" in broken(isolation)


@pytest.mark.parametrize("isolation", BOTH)
def test_it_fails_if_a_hidden_module_is_visible(monkeypatch, isolation):
    wider = replace(import_policy.TOOLS_ONLY, modules=("student_tools.submit", "student_tools.command_line"))
    monkeypatch.setattr(Sandbox.__init__, "__defaults__", (None, wider))
    assert "can't read a module out of view" in broken(isolation)


def test_a_probe_that_fails_outside_too_proves_nothing(monkeypatch):
    monkeypatch.setattr(Canaries, "outside_results", lambda self, process: _blind(self, process))
    assert "can't read a file" in broken("bwrap")


def _blind(canaries, process):
    process.communicate()
    canaries.expected_connections = 1
    return {"read a file": "denied: PermissionError"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only for root")
def test_root_without_namespaces_becomes_nobody_or_refuses(change_inside):
    """As in most containers. If only root can read Python, the user nobody can't import anything."""
    change_inside("lockdown.py", "_libc.unshare(NAMESPACES) == 0", "False")
    look = ["test", "-r", os.path.realpath(sys.executable)]
    if subprocess.run(look, user=65534, group=65534, extra_groups=[], check=False).returncode == 0:
        assert broken("inner") == []
    else:
        with pytest.raises(SandboxError, match="Python lies in a folder that only root can read"):
            broken("inner")


# ---------------------------------------------------------------- choice of the isolation


def test_the_strongest_sandbox_is_chosen():
    with open_sandbox(Limits()) as sandbox:
        assert sandbox.isolation == "bwrap"


def test_without_bubblewrap_the_inner_layer_is_chosen(monkeypatch):
    monkeypatch.setattr(bubblewrap, "find", lambda: None)
    with open_sandbox(Limits()) as sandbox:
        assert sandbox.isolation == "inner"


def test_if_bubblewrap_does_not_start_the_inner_layer_is_chosen(monkeypatch):
    monkeypatch.setattr(bubblewrap, "find", lambda: "/bin/false")
    with open_sandbox(Limits()) as sandbox:
        assert sandbox.isolation == "inner"


def test_without_bubblewrap_and_landlock_nothing_is_scored(monkeypatch, change_inside):
    monkeypatch.setattr(bubblewrap, "find", lambda: None)
    change_inside("landlock.py", "return max(int(version), 0)", "return 0")
    with pytest.raises(SandboxError, match=r"no sandbox starts here.*bubblewrap is not installed.*no Landlock"):
        open_sandbox(Limits())


def test_bubblewrap_does_not_need_landlock(change_inside):
    change_inside("landlock.py", "return max(int(version), 0)", "return 0")
    with open_sandbox(Limits()) as sandbox:
        assert sandbox.isolation == "bwrap"


def test_a_sandbox_that_fails_the_self_test_is_refused(change_inside):
    change_inside("lockdown.py", *without("_seccomp"))
    with pytest.raises(SandboxError, match=r"the sandbox \(bwrap\) is not in force"):
        open_sandbox(Limits())


def test_without_libseccomp_nothing_is_scored(monkeypatch):
    seccomp._library.cache_clear()
    seccomp.compile_filter.cache_clear()
    monkeypatch.setattr(seccomp.ctypes, "CDLL", _missing)
    with pytest.raises(SandboxError, match="apt-get install libseccomp2"):
        open_sandbox(Limits())


def _missing(name, **options):
    raise OSError(f"{name}: cannot open shared object file")


@pytest.mark.parametrize("system", ["darwin", "win32"])
def test_other_systems_are_told_to_use_linux(monkeypatch, system):
    monkeypatch.setattr(isolation.sys, "platform", system)
    with pytest.raises(UsageError, match=f"got {system}: use a Linux machine"):
        open_sandbox(Limits())


def test_an_unknown_isolation_is_refused():
    with pytest.raises(UsageError, match=r"expected an isolation .*, got 'docker'"):
        open_sandbox(Limits(), "docker")


@pytest.mark.parametrize("isolation", ["bwrap", "inner"])
def test_nothing_outlives_a_grader_that_is_killed(isolation):
    """Neither the worker nor a child that runs student code."""
    code = (
        "from autograder.sandbox.supervisor import Sandbox\n"
        f"sandbox = Sandbox({isolation!r})\n"
        "program = sandbox.parse({'A': [('a', 'def f():\\n    while True: pass')]})\n"
        "session = sandbox.session(program, 'A')\n"
        "print(sandbox.worker().process.pid, session.host_pid, flush=True)\n"
        "session.call('f', [], returns=(('out', False),))\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as grader:
        pids = grader.stdout.readline().split()
        assert all(_is_running(pid) for pid in pids)
        grader.kill()
    until = time.monotonic() + 5
    while any(map(_is_running, pids)) and time.monotonic() < until:
        time.sleep(0.01)
    assert not any(map(_is_running, pids))


def _is_running(pid):
    try:
        with open(f"/proc/{pid}/stat") as stream:
            return stream.read().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
