"""Scores submissions in several processes; one that is killed takes nobody's work with it.

The processes import this module, so it does without nbgrader, which alone takes seconds to import.
"""

import os
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from tqdm import tqdm

from autograder.errors import GraderError, SandboxError
from autograder.scorer import scorer_for

__all__ = ["score_all"]


def _score_one(root, submission, assignment_name, isolation):
    """Runs in a process of the pool, which keeps its scorer from one submission to the next."""
    return scorer_for(root, assignment_name, isolation).score(submission)


def score_all(course, assignment, submissions, jobs, outcome, store):
    """Score submissions in processes of their own; `store` gets each result as soon as it is there."""
    if not submissions:
        return
    jobs = min(jobs or course.jobs or os.cpu_count() or 1, len(submissions))
    pending = dict(submissions)
    with tqdm(total=len(pending), desc="scoring", unit="submission") as progress:
        _score_round(course, assignment, pending, jobs, outcome, progress, store)
        # A process was killed, by the system when memory ran out for instance, and took the others' work with it. One
        # by one, only the submission that is the cause stays without a result.
        for student in list(pending):
            alone = {student: pending.pop(student)}
            _score_round(course, assignment, alone, 1, outcome, progress, store)
            if alone:
                outcome.not_scored[student] = "the process that scored it was killed: is there too little memory?"


def _score_round(course, assignment, pending, jobs, outcome, progress, store):
    """Score what is pending in one pool; what was scored, or failed for good, is taken out of `pending`."""
    # Fresh processes: a fork of this one would copy threads and locks of the progress bar.
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            futures = {
                pool.submit(_score_one, course.root, submission, assignment.name, outcome.isolation): student
                for student, submission in pending.items()
            }
            for future in as_completed(futures):
                student = futures[future]
                try:
                    store(future.result())
                except BrokenProcessPool:
                    continue
                except SandboxError:
                    raise
                except Exception as error:
                    kind = "" if isinstance(error, GraderError) else f"{type(error).__name__}: "
                    outcome.not_scored[student] = f"{kind}{error}"
                del pending[student]
                progress.update()
        except BrokenProcessPool:
            return  # while work was still being handed out
        except (KeyboardInterrupt, SandboxError):
            pool.shutdown(cancel_futures=True)
            raise
