"""A class is scored in several processes: one that is killed must not take the work of the others with it."""

import os
from types import SimpleNamespace

import pytest

from autograder import processes
from autograder.errors import GraderError, SandboxError
from autograder.grading import ClassOutcome
from autograder.intake import Submission
from autograder.results import load_result, save_result


def score_or_die(root, submission, assignment_name, isolation):
    """Stands for _score_one, in the processes of the pool."""
    if submission.student == "killer":
        os._exit(9)
    if submission.student == "breaker":
        raise SandboxError("the sandbox broke while breaker was scored")
    if submission.student == "unlucky":
        raise GraderError("a hidden test failed in itself")
    return {"assignment": assignment_name, "student": submission.student, "score": 1}


@pytest.mark.parametrize("killers", [[], ["killer"]])
def test_a_killed_process_costs_only_the_submission_that_killed_it(tmp_path, monkeypatch, killers):
    monkeypatch.setattr(processes, "_score_one", score_or_die)
    names = ["ann", "bob", *killers, "unlucky", "zoe"]
    submissions = {name: Submission(name, {}, (), {}) for name in names}
    course = SimpleNamespace(root=tmp_path, results=tmp_path / "results", jobs=0)
    outcome = ClassOutcome()
    keys = dict.fromkeys(names, "key")
    store = lambda result: save_result(course, result, keys[result["student"]])  # noqa: E731
    processes.score_all(course, SimpleNamespace(name="a2"), submissions, 2, outcome, store)
    assert sorted(outcome.not_scored) == sorted([*killers, "unlucky"])
    assert outcome.not_scored["unlucky"] == "a hidden test failed in itself"
    for name in ("ann", "bob", "zoe"):
        assert load_result(course, "a2", name, key="key")["score"] == 1
    for name in ("killer", "unlucky"):
        assert load_result(course, "a2", name) is None


def test_a_sandbox_that_breaks_stops_the_run(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, "_score_one", score_or_die)
    names = ["ann", "bob", "breaker", *(f"later-{number}" for number in range(20))]
    submissions = {name: Submission(name, {}, (), {}) for name in names}
    course = SimpleNamespace(root=tmp_path, results=tmp_path / "results", jobs=0)
    outcome = ClassOutcome()
    with pytest.raises(SandboxError, match="the sandbox broke while breaker was scored"):
        processes.score_all(
            course, SimpleNamespace(name="a2"), submissions, 1, outcome, lambda r: save_result(course, r, "key")
        )
    assert load_result(course, "a2", "later-19") is None
