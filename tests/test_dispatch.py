"""A class is scored in several processes: a killed process must not lose the work of the others."""

import json
import os
import time

import pytest

from autograder.errors import GraderError, SandboxError
from autograder.grading import dispatch
from autograder.grading.dispatch import Task, score_all
from autograder.grading.executors import LocalProcesses


def score_or_die(job, submission, exercises):
    """Replace score_packed in the processes of the pool."""
    if submission == "killer":
        os._exit(9)
    if submission == "breaker":
        raise SandboxError("the sandbox broke while scoring breaker")
    if submission == "unlucky":
        raise GraderError("a hidden test raised NameError")
    if submission == "slow":
        time.sleep(1.2)
    return json.dumps({"outcomes": {name: [] for name in exercises}, "seconds": 0.5})


class Watcher:
    """Replace Progress."""

    def __init__(self):
        self.longest = {}

    def tick(self, student, seconds):
        self.longest[student] = seconds


@pytest.fixture
def score(monkeypatch):
    monkeypatch.setattr(dispatch, "score_packed", score_or_die)

    def run(names, jobs=2):
        done, failed, read, watcher = {}, {}, [], Watcher()

        def tasks():
            for name in names:
                read.append((name, len(done)))
                yield Task(name, name, ["f"])

        outcome = (done, failed, read, watcher)
        score_all(
            "",
            tasks(),
            LocalProcesses(jobs),
            watcher,
            lambda task, outcomes, seconds: done.update({task.student: outcomes}),
            lambda task, reason: failed.update({task.student: reason}),
        )
        return outcome

    return run


@pytest.mark.parametrize("killers", [[], ["killer"]])
def test_a_killed_process_costs_only_the_submission_that_killed_it(score, killers):
    others = [f"later-{number}" for number in range(20)]
    done, failed, _, _ = score(["ann", "bob", *killers, "unlucky", "zoe", *others])
    assert failed == {"unlucky": "a hidden test raised NameError", **dict.fromkeys(killers, dispatch.KILLED)}
    assert done == {name: {"f": ()} for name in ["ann", "bob", "zoe", *others]}


def test_a_sandbox_that_breaks_stops_the_run_and_ends_its_processes(score):
    started = time.monotonic()
    with pytest.raises(SandboxError, match="the sandbox broke while scoring breaker"):
        score(["ann", "breaker", *["slow"] * 60])
    assert time.monotonic() - started < 30


def test_submissions_are_read_only_as_fast_as_they_are_scored(score):
    _, _, read, _ = score([f"student-{number}" for number in range(40)])
    assert all(number - done <= 2 * dispatch.AHEAD for number, (_, done) in enumerate(read))


def test_slow_submissions_are_shown(score):
    _, _, _, watcher = score(["slow"], jobs=1)
    assert watcher.longest["slow"] > 0.4
