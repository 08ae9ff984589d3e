"""Dispatch submissions to the processes that score them."""

import json
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass

from autograder.errors import SandboxError, reason_of
from autograder.grading.executors import Cluster, LocalProcesses
from autograder.grading.progress import Progress
from autograder.model import Outcomes, outcomes_from_json
from autograder.scoring.scorer import score_packed

__all__ = ["Task", "score_all"]

AHEAD = 2  # queued tasks per process: few, to save memory
TICK = 0.5  # seconds between updates of the progress
KILLED = "the process that scored it was killed, perhaps because there was too little memory"


@dataclass(frozen=True)
class Task:
    """One submission to score.

    - submission: JSON text, see Submission.to_json.
    - exercises: names of the exercises to score.
    """

    student: str
    submission: str
    exercises: list[str]


Done = Callable[[Task, Outcomes, float], None]
Failed = Callable[[Task, str], None]


def score_all(
    job: str, tasks: Iterable[Task], workers: LocalProcesses | Cluster, progress: Progress, done: Done, failed: Failed
) -> None:
    """Score submissions in parallel.

    If a process is killed, for example because memory runs out, the submissions being scored are
    lost. They are scored again one by one, so only the one that caused it stays without a result.

    Inputs:
    - job: see scorer.pack_job.
    - tasks: read only as fast as they are scored.
    - workers: see executors.
    - progress: `tick` is called regularly with (student, seconds) of the longest running
      submission.
    - done: called with (task, outcomes, seconds) of each scored submission.
    - failed: called with (task, reason) if the grader failed for a submission.

    Raises: SandboxError if the sandbox breaks.
    """
    left, suspects = iter(tasks), []
    while True:
        broken = _round(job, left, workers, workers.at_once, progress, done, failed)
        suspects += broken
        if not broken:
            break
    for task in suspects:
        if _round(job, iter([task]), workers, 1, progress, done, failed):
            failed(task, KILLED)


def _round(
    job: str,
    tasks: Iterator[Task],
    workers: LocalProcesses | Cluster,
    at_once: int,
    progress: Progress,
    done: Done,
    failed: Failed,
) -> list[Task]:
    """Score tasks with one executor until all are done, or one is lost. Returns: the lost tasks."""
    lost: list[Task] = []
    begun: dict[Future[str], tuple[Task, float | None]] = {}  # with the latest possible time of its start
    more = True
    with workers.executor(at_once) as executor:
        while more or begun:
            while more and len(begun) < at_once * AHEAD:
                following = next(tasks, None)
                if following is None:
                    more = False
                    break
                try:
                    future = executor.submit(score_packed, job, following.submission, following.exercises)
                    begun[future] = following, None
                except workers.lost:
                    lost.append(following)
                    more = False
            for future, (task, since) in list(begun.items())[:at_once]:  # the executor takes them in this order
                begun[future] = task, since or time.monotonic()
            for future in wait(begun, timeout=TICK, return_when=FIRST_COMPLETED).done:
                task, _ = begun.pop(future)
                try:
                    answer = json.loads(future.result())
                except workers.lost:
                    lost.append(task)
                    more = False
                except SandboxError:
                    raise
                except Exception as error:
                    failed(task, reason_of(error))
                else:
                    done(task, outcomes_from_json(answer["outcomes"]), answer["seconds"])
            if begun:
                task, since = next(iter(begun.values()))
                progress.tick(task.student, time.monotonic() - (since or time.monotonic()))
    return lost
