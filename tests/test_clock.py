"""Time limits are fair: waiting for a CPU on a busy machine does not count."""

import multiprocessing
import os
import subprocess
import sys
import time

import pytest

from autograder.errors import StudentFault
from autograder.sandbox.clock import LONGEST, FairDeadline, cpu_wait
from autograder.sandbox.supervisor import Limits, Sandbox

WORK = """
import time
def work():
    used = time.process_time()
    while time.process_time() < used + 0.6:
        pass
    return 1.0
def doze():
    time.sleep(30)
def loop():
    while True:
        pass
"""


def cpu_seconds(pid):
    with open(f"/proc/{pid}/schedstat") as file:
        return int(file.read().split()[0]) / 1e9


@pytest.fixture
def busy():
    """One CPU for this process and its children, and other processes that use it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    # Each in a session of its own: Linux can share the processor out among sessions.
    command = [sys.executable, "-c", "while True: pass"]
    others = [subprocess.Popen(command, start_new_session=True) for _ in range(4)]
    until = time.monotonic() + 20
    while any(cpu_seconds(other.pid) < 0.05 for other in others) and time.monotonic() < until:
        time.sleep(0.05)
    yield
    for other in others:
        other.kill()
        other.wait()
    os.sched_setaffinity(0, before)


def call(name, limits):
    with Sandbox("inner", limits) as sandbox:
        program = sandbox.parse({"A.ipynb": [("cell", WORK)]})
        with sandbox.session(program, "A.ipynb", wanted=[name]) as session:
            session.restart_clock()
            started = time.monotonic()
            try:
                return session.call(name, [], returns=(("value", False),)), time.monotonic() - started
            except StudentFault as fault:
                return fault, time.monotonic() - started


def test_waiting_for_a_cpu_does_not_count(busy):
    values, seconds = call("work", Limits(test_seconds=1, cpu_seconds=5))
    assert values == [1.0]
    assert seconds > 1, "the machine was not busy, so this shows nothing"


def test_sleeping_counts(busy):
    fault, seconds = call("doze", Limits(test_seconds=1, cpu_seconds=5))
    assert fault.status == "timeout"
    assert seconds < LONGEST


def test_a_loop_ends_on_a_busy_machine_too(busy):
    fault, seconds = call("loop", Limits(test_seconds=1, cpu_seconds=1))
    assert fault.status in ("timeout", "crashed")
    assert seconds < LONGEST + 4


def test_a_deadline_moves_at_most_to_its_maximum(monkeypatch):
    monkeypatch.setattr("autograder.sandbox.clock.cpu_wait", lambda pid="": time.monotonic())
    deadline, started = FairDeadline(0.05, 1), time.monotonic()
    while deadline.left() > 0:
        time.sleep(0.005)
    assert 0.05 * LONGEST <= time.monotonic() - started < 2


def test_an_ended_or_hidden_process_has_no_cpu_wait():
    gone = multiprocessing.get_context("spawn").Process(target=int)
    gone.start()
    gone.join()
    assert cpu_wait(gone.pid) == 0
    assert cpu_wait("nonsense") == 0
    assert cpu_wait() >= 0
