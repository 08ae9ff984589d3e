"""`python -m autograder doctor`: what this machine is, which sandboxes start on it, and whether they hold."""

import os
import platform
import subprocess
import sys
import time

import numpy

import autograder
from autograder.errors import SandboxError, UsageError
from autograder.feedback.texts import isolation_text
from autograder.sandbox import bubblewrap, seccomp
from autograder.sandbox.isolation import candidates
from autograder.sandbox.selftest import self_test
from autograder.sandbox.supervisor import Sandbox

__all__ = ["examine"]

INSTALL = "on Debian and Ubuntu: apt-get install bubblewrap"


def examine(course):
    """Print the environment, then each sandbox with its findings, then what grading will do.

    - course: Course, for its limits.

    Returns: exit status: 0 when grading can go on, 2 when it would refuse.
    """
    for name, value in _environment():
        print(f"{name:<12} {value}")
    try:
        isolations = candidates()
    except UsageError as error:
        print(f"\n{error}")
        return 2
    states = {isolation: _look_at(isolation, course) for isolation in isolations}
    return _verdict(states)


def _environment():
    yield "system", f"{platform.system()} {platform.release()} on {platform.machine()}, user {_user()}"
    yield "python", f"{platform.python_version()}, {os.path.realpath(sys.executable)}"
    yield "numpy", numpy.__version__
    yield "kit", autograder.__version__
    if sys.platform == "linux":
        yield "bubblewrap", _bubblewrap()
        try:
            yield "libseccomp", f"{seccomp.version()}"
        except SandboxError as error:
            yield "libseccomp", str(error)


def _user():
    return f"{os.geteuid()} (root)" if os.geteuid() == 0 else str(os.geteuid())


def _bubblewrap():
    program = bubblewrap.find()
    if program is None:
        return f"not installed ({INSTALL})"
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return f"{done.stdout.strip().removeprefix('bubblewrap ')}, {program}"


def _look_at(isolation, course):
    """Print what became of one sandbox; returns "in force", "broken" or "missing"."""
    started = time.perf_counter()
    try:
        with Sandbox(isolation) as sandbox:
            worker = sandbox.worker()
            findings = self_test(sandbox)
    except SandboxError as error:
        print(f"\n{isolation}: does not start: {error}")
        return "missing"
    seconds = time.perf_counter() - started
    broken = [finding for finding in findings if not finding.holds]
    print(f"\n{isolation}: {len(findings) - len(broken)} of {len(findings)} checks hold ({seconds:.2f} s)")
    left = worker.facts["left"]
    print(f"    Landlock ABI {worker.facts['landlock'] or 'none'}")
    if left:
        print(f"    left behind without bubblewrap: {', '.join(left)}")
    for finding in findings:
        seen = f": {finding.seen}" if finding.seen and not finding.holds else ""
        print(f"    {'✔' if finding.holds else '✘'} {finding.name}{seen}")
    return "broken" if broken else "in force"


def _verdict(states):
    for isolation, state in states.items():
        if state == "broken":
            print(f"\nGrading refuses to run: {isolation} starts, but does not hold what it promises.")
            return 2
        if state == "in force":
            print(f"\nSubmissions will be {isolation_text(isolation)}.")
            return 0
    print("\nGrading refuses to run: no sandbox starts. docs/security.md says what one needs.")
    return 2
