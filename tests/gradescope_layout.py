"""A folder that is laid out like /autograder on Gradescope's machines, and the real scripts run in it."""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from autograder.course.assignment import load_assignment
from autograder.feedback.whole_tests import whole_tests
from autograder.gradebook.merge_notebook import stage_submission
from autograder.sample_class.command import solved_submission

__all__ = [
    "NORMAL",
    "NO_BUBBLEWRAP",
    "NO_NAMESPACES",
    "assert_same",
    "bundle_of",
    "in_steps",
    "lay_out",
    "programs",
    "run_autograder",
    "run_plainly",
    "score_as_json",
    "stub",
    "submit",
]

# A program that runs another one where the kernel gives no more user namespaces, as root still. Its parent has to map
# the users in between.
WITHOUT_NAMESPACES = """
import ctypes, os, sys
assert ctypes.CDLL(None).unshare(0x10000000) == 0
print("apart", flush=True)
sys.stdin.readline()
open("/proc/sys/user/max_user_namespaces", "w").write("0")
assert os.geteuid() == 0
os.execv(sys.argv[1], sys.argv[1:])
"""
NORMAL, NO_BUBBLEWRAP, NO_NAMESPACES = "as it is", "without bubblewrap", "without namespaces"


def bundle_of(course):
    return course.dist / "assignment2-gradescope.zip"


def lay_out(folder, course):
    """What Gradescope does with the zip. The permissions are those in it, as by unzip."""
    (folder / "results").mkdir()
    (folder / "submission").mkdir()
    with zipfile.ZipFile(bundle_of(course)) as archive:
        for entry in archive.infolist():
            Path(archive.extract(entry, folder / "source")).chmod(entry.external_attr >> 16 & 0o777)
    shutil.copy(folder / "source" / "run_autograder", folder)
    metadata = {"users": [{"email": "ann@example.edu", "name": "Ann"}], "assignment": {"title": "Assignment 2"}}
    (folder / "submission_metadata.json").write_text(json.dumps(metadata))
    return folder


def python_for(condition):
    """(an interpreter that the worker's user can read, folders of packages that it must know)."""
    if condition != NO_NAMESPACES:
        return sys.executable, []
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    for candidate in (sys.executable, f"/usr/bin/{version}", f"/usr/local/bin/{version}"):
        look = ["test", "-r", os.path.realpath(candidate)]
        if not subprocess.run(look, user=65534, group=65534, extra_groups=[], check=False).returncode:
            return candidate, [sysconfig.get_path("purelib")]
    return pytest.skip("every Python here lies where only root can read it")


def run_autograder(root, condition=NORMAL, *, python=None):
    """Run the script as Gradescope does; returns the finished process and what results.json holds, or None."""
    found, folders = python_for(condition)
    environment = {
        **os.environ,
        "AUTOGRADER_PYTHON": python or found,
        "PYTHONPATH": os.pathsep.join([str(root / "source" / "kit"), *folders]),
    }
    if condition == NO_BUBBLEWRAP:
        environment["PATH"] = str(programs(root / "programs", "bash", "dirname", "env"))
    start = run_without_namespaces if condition == NO_NAMESPACES else run_plainly
    done = start([str(root / "run_autograder")], cwd=root, env=environment)
    results = root / "results" / "results.json"
    return done, json.loads(results.read_text()) if results.exists() else None


def programs(folder, *names):
    """A folder for PATH that holds these programs and no others."""
    folder.mkdir()
    for name in names:
        (folder / name).symlink_to(shutil.which(name))
    return folder


def run_plainly(command, **options):
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, **options)


def run_without_namespaces(command, **options):
    program = [sys.executable, "-c", WITHOUT_NAMESPACES, *command]
    pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(program, text=True, **pipes, **options) as process:
        assert process.stdout.readline() == "apart\n"
        for kind in ("uid_map", "gid_map"):
            Path(f"/proc/{process.pid}/{kind}").write_text("0 0 65536")
        out, errors = process.communicate("go on\n", timeout=300)
    return subprocess.CompletedProcess(program, process.returncode, out, errors)


def submit(root, course, **change):
    """Put a solved submission, with some changes, where Gradescope would."""
    assignment = load_assignment(course)
    stage_submission(solved_submission(assignment, "ann", change=change), assignment, root / "submission")


def score_as_json(folder, path, *options):
    """The result of `autograder score` in a course folder."""
    words = ["-m", "autograder", "score", path, "--json", folder / "result.json", *options]
    done = run_plainly([sys.executable, *words], cwd=folder)
    assert done.returncode in (0, 1), done.stderr
    return json.loads((folder / "result.json").read_text())


def in_steps(amounts):
    return sum(round(amount * 10_000) for amount in amounts)


def assert_same(results, result):
    """Whether results.json tells what the result does, point for point."""
    assert results["score"] == result.score
    for name, exercise in result.exercises.items():
        entries = [entry for entry in results["tests"] if entry["tags"] == [name]]
        assert in_steps(entry["score"] for entry in entries) == in_steps([exercise.score])
        assert in_steps(entry["max_score"] for entry in entries) == in_steps([exercise.points])
        tests = whole_tests(exercise.tests)
        assert [entry["name"] for entry in entries] == [f"{name}: {test.title}" for test in tests]
        assert [entry["status"] == "passed" for entry in entries] == [test.is_passed for test in tests]


def stub(folder, name, text):
    (folder / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
    (folder / name).chmod(0o755)
