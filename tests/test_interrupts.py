"""An interrupted run: no files are left behind, no result is lost, and the next run continues."""

import functools
import os
import signal
import subprocess
import sys
import time

import pytest
from test_gradebook import course_with, rows
from test_grading import descendants

from autograder.grading.command import grade_class
from autograder.scoring.results import load_stored

STUDENTS = [f"student-{number:02}" for number in range(8)]


def is_there(pid):
    """Return True if a process is running; a zombie is not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def stop(course, number, after):
    """Grade, and send a signal when so many results are there; returns (exit status, error output, left processes)."""
    command = [sys.executable, "-m", "autograder", "grade", "--jobs", "2"]
    results = course.results / "assignment2"
    heeding = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a suite in the background ignores it
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=course.root, preexec_fn=heeding, **pipes) as run:
        until = time.monotonic() + 120
        while len(list(results.glob("*.json"))) < after and time.monotonic() < until:
            time.sleep(0.02)
        started = descendants(run.pid)
        assert started
        os.kill(run.pid, number)
        _, errors = run.communicate(timeout=60)
    until = time.monotonic() + 10
    while any(map(is_there, started)) and time.monotonic() < until:
        time.sleep(0.05)
    return run.returncode, errors, [pid for pid in started if is_there(pid)]


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, id="Ctrl-C"),
        pytest.param(signal.SIGKILL, id="kill -9", marks=pytest.mark.slow),
    ],
)
def test_a_stopped_run_leaves_no_files_and_is_completed(tmp_path, number):
    course = course_with(tmp_path / "course", STUDENTS)
    status, errors, left = stop(course, number, after=2)
    assert left == []
    if number == signal.SIGINT:
        assert status == 2
        assert "autograder: stopped; no file is half-written: run the same command to continue" in errors
        assert "Traceback" not in errors
    scored = [student for student in STUDENTS if load_stored(course, "assignment2", student)]
    assert 2 <= len(scored) < len(STUDENTS)
    assert not list(course.root.glob("gradebook.db"))
    if number == signal.SIGINT:
        return
    outcome = grade_class(course)
    assert outcome.rescored == len(STUDENTS) - len(scored)
    assert (outcome.not_scored, outcome.not_entered) == ({}, {})
    assert len({row[0] for row in rows(course)}) == len(STUDENTS)
