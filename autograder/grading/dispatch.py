"""Hands submissions out to the processes that score them, and takes the outcomes as they come."""

import json
import time
from concurrent.futures import FIRST_COMPLETED, wait
from dataclasses import dataclass

from autograder.errors import SandboxError, reason_of
from autograder.model import outcomes_from_json
from autograder.scoring.jobs import score_packed

__all__ = ["Task", "score_all"]

AHEAD = 2  # tasks that wait for each process: few are in memory at any time
TICK = 0.5  # seconds between looks at what is going on
KILLED = "the process that scored it was killed: is there too little memory?"


@dataclass(frozen=True)
class Task:
    """One submission to be scored.

    - submission: see Submission.to_json. - exercises: list of those to be scored.
    """

    student: str
    submission: str
    exercises: list


def score_all(job, tasks, workers, progress, done, failed):
    """Score submissions.

    Inputs:
    - job: see work.pack_job. - tasks: iterable of Tasks; it is read only as fast as they are scored.
    - workers: see executors. - progress: its `tick` is called now and then with (student, seconds) of the submission
      that has been in work for the longest time.
    - done: function of (Task, outcomes, seconds). - failed: function of (Task, reason): the grader failed there.

    A process that is killed, by the system when memory runs out for instance, takes those in work with it. They are
    scored again one by one; only the one that is the cause stays without a result.

    Raises: SandboxError when the sandbox breaks.
    """
    tasks, suspects = iter(tasks), []
    while True:
        broken = _round(job, tasks, workers, workers.at_once, progress, done, failed)
        suspects += broken
        if not broken:
            break
    for task in suspects:
        if _round(job, iter([task]), workers, 1, progress, done, failed):
            failed(task, KILLED)


def _round(job, tasks, workers, at_once, progress, done, failed):
    """Score tasks with one executor until there are none, or one is lost; returns those that were lost."""
    lost, begun = [], {}  # future → [Task, when it must have been begun]
    more = True
    with workers.executor(at_once) as executor:
        while more or begun:
            while more and len(begun) < at_once * AHEAD:
                task = next(tasks, None)
                more = task is not None
                if more:
                    try:
                        future = executor.submit(score_packed, job, task.submission, task.exercises)
                        begun[future] = [task, None]
                    except workers.lost:
                        lost.append(task)
                        more = False
            for entry in list(begun.values())[:at_once]:  # they are taken in this order
                entry[1] = entry[1] or time.monotonic()
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
