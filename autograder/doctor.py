"""`autograder doctor`: examine the machine, its sandboxes, and the import policies."""

import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

import numpy

import autograder
from autograder.course.assignment import load_assignment
from autograder.course.config import Course
from autograder.errors import SandboxError, UsageError
from autograder.feedback.texts import isolation_text
from autograder.sandbox import bubblewrap, seccomp
from autograder.sandbox.isolation import candidates
from autograder.sandbox.policy_proof import unusable
from autograder.sandbox.selftest import self_test
from autograder.sandbox.supervisor import Sandbox
from autograder.scoring.hint_examples import check_hints

__all__ = ["examine"]

INSTALL = "on Debian and Ubuntu: apt-get install bubblewrap"


def examine(course: Course) -> int:
    """Print the environment, the checks of each sandbox, the import policies, and a verdict.

    Returns: exit status: 0 if grading can run, 2 if it would refuse.
    """
    for name, value in _environment():
        print(f"{name:<12} {value}")
    try:
        isolations = candidates()
    except UsageError as error:
        print(f"\n{error}")
        return 2
    states = {isolation: _look_at(isolation, course) for isolation in isolations}
    in_force = next((isolation for isolation in isolations if states[isolation] == "in force"), None)
    are_usable = in_force is None or all([_try_policies(course, name, in_force) for name in _assignments(course)])
    return _verdict(states) or (0 if are_usable else 2)


def _environment() -> Iterator[tuple[str, str]]:
    yield "system", f"{platform.system()} {platform.release()} on {platform.machine()}, user {_user()}"
    yield "python", f"{platform.python_version()}, {os.path.realpath(sys.executable)}"
    yield "numpy", numpy.__version__
    yield "autograder", autograder.__version__
    if sys.platform == "linux":
        yield "bubblewrap", _bubblewrap()
        try:
            yield "libseccomp", f"{seccomp.version()}"
        except SandboxError as error:
            yield "libseccomp", str(error)


def _user() -> str:
    return f"{os.geteuid()} (root)" if os.geteuid() == 0 else str(os.geteuid())


def _bubblewrap() -> str:
    program = bubblewrap.find()
    if program is None:
        return f"not installed ({INSTALL})"
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return f"{done.stdout.strip().removeprefix('bubblewrap ')}, {program}"


def _look_at(isolation: str, course: Course) -> str:
    """Print the self-test of one sandbox. Returns: "in force", "broken" or "missing"."""
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


def _assignments(course: Course) -> list[str]:
    """Names of the assignments of a course."""
    folders = course.source.iterdir() if course.source.is_dir() else ()
    return sorted(folder.name for folder in folders if folder.is_dir() and any(folder.glob("*.ipynb")))


def _try_policies(course: Course, name: str, isolation: str) -> bool:
    """Start a worker with each import policy of an assignment, print which imports work, and check its hints.

    Returns: True if all modules and packages can be imported, and the hints are right.
    """
    try:
        assignment = load_assignment(course, name)
    except UsageError as error:
        print(f"\n{name}: ✘ {error}")
        return False
    print(f"\nimport policies of {name}")
    is_usable = True
    with Sandbox(isolation, assignment.settings.limits) as sandbox:
        for policy in assignment.import_policies.values():
            faults = unusable(sandbox, policy)
            is_usable &= not faults
            count = len(policy.modules) + len(policy.packages)
            if not faults:
                print(f"    ✔ {policy.name}: {count} modules and packages can be imported")
            for words in faults.values():
                print(f"    ✘ {policy.name}: {words}")
    try:
        for line in check_hints(assignment):
            print(f"    ✔ {line}")
    except UsageError as error:
        print(f"    ✘ {error}")
        return False
    return is_usable


def _verdict(states: Mapping[str, str]) -> int:
    for isolation, state in states.items():
        if state == "broken":
            print(f"\nGrading refuses to run: {isolation} starts, but fails its self-test.")
            return 2
        if state == "in force":
            print(f"\nSubmissions will be {isolation_text(isolation)}.")
            return 0
    print("\nGrading refuses to run: no sandbox starts. docs/security.md lists the requirements.")
    return 2
