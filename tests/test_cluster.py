"""`grade --scheduler`: a class is scored on a Dask cluster while a worker is killed."""

import json
import os
import signal
import threading
import time

import pytest
from courses import COURSE
from test_gradebook import course_with

from autograder.errors import GraderError, UsageError
from autograder.grading.command import grade_class
from autograder.grading.executors import Cluster
from autograder.scoring.results import load_stored
from autograder.scoring.scorer import pack_job, score_packed

distributed = pytest.importorskip("distributed")
STUDENTS = [f"student-{number}" for number in range(8)]


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs="CRITICAL"
    ) as cluster:
        yield cluster


def kill_one_worker(cluster, course, killed):
    """Kill a worker when some submissions, but not all, are scored."""
    results = course.results / "assignment2"
    until = time.monotonic() + 120
    while not list(results.glob("*.json")) and time.monotonic() < until:
        time.sleep(0.02)
    pids = cluster.scheduler.workers.values()
    pid = next(iter(pids)).metrics.get("pid") or next(iter(cluster.workers.values())).pid
    os.kill(pid, signal.SIGKILL)
    killed.append(len(list(results.glob("*.json"))))


@pytest.mark.slow
def test_nothing_is_lost_when_a_worker_is_killed(tmp_path, cluster, monkeypatch):
    monkeypatch.setattr("autograder.grading.publishing.Publisher.publish", lambda *arguments, **options: None)
    course = course_with(tmp_path / "course", STUDENTS)
    killed = []
    thread = threading.Thread(target=kill_one_worker, args=(cluster, course, killed))
    thread.start()
    outcome = grade_class(course, scheduler=cluster.scheduler_address)
    thread.join()
    assert killed
    assert killed[0] < len(STUDENTS), "it was killed too late to tell anything"
    assert outcome.not_scored == {}
    assert outcome.rescored == len(STUDENTS)
    there = [load_stored(course, "assignment2", student).result for student in STUDENTS]
    assert [result.student for result in there] == STUDENTS
    grade_class(course, force=True, only=STUDENTS[-1])
    assert load_stored(course, "assignment2", STUDENTS[-1]).result == there[-1]


def test_bad_addresses_are_usage_errors():
    for address in ("tcp://127.0.0.1:9", "gibberish", "tcp://127.0.0.1", "tcp://127.0.0.1:99999"):
        with pytest.raises(UsageError, match="no Dask scheduler answers at"):
            Cluster(address, seconds=1)


def test_a_worker_with_another_version_refuses(assignment):
    job = json.loads(pack_job(COURSE, assignment, "none"))
    job["versions"]["the kit"] = "0" * 64
    with pytest.raises(GraderError, match=r"expected version .* of the kit"):
        score_packed(json.dumps(job), "{}", [])
