"""Executors that score submissions: processes of this machine, or a Dask cluster."""

import contextlib
import multiprocessing
import os
import signal
import socket
import threading
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, ProcessPoolExecutor
from typing import cast

from autograder.course.config import Course
from autograder.errors import UsageError

__all__ = ["Cluster", "LocalProcesses", "open_workers", "ready_process"]


def open_workers(course: Course, jobs: int = 0, scheduler: str | None = None) -> "LocalProcesses | Cluster":
    """Return LocalProcesses, or the Cluster of a scheduler.

    Inputs:
    - jobs: number of processes; 0 for that of the settings, or one per core.
    - scheduler: address of a Dask scheduler, or None.

    Raises: UsageError, see Cluster.
    """
    if scheduler:
        return Cluster(scheduler)
    return LocalProcesses(jobs or course.jobs or os.cpu_count() or 1)


class LocalProcesses:
    """Processes of this machine, started for each executor.

    - at_once: number of submissions that are scored in parallel.
    - is_remote: True if other machines score.
    - lost: exceptions that mean that a process was killed.
    """

    is_remote = False
    lost: tuple[type[Exception], ...] = (BrokenExecutor,)

    def __init__(self, jobs: int) -> None:
        self.at_once = jobs

    def close(self) -> None:
        """Do nothing: each executor ends its processes itself."""

    @contextlib.contextmanager
    def executor(self, at_most: int) -> Iterator[Executor]:
        """Context manager: an Executor of at most `at_most` processes.

        An error ends them at once.
        """
        # New processes: a fork of this one would copy the threads and locks of the progress bar.
        pool = ProcessPoolExecutor(
            min(self.at_once, at_most), mp_context=multiprocessing.get_context("spawn"), initializer=ready_process
        )
        try:
            yield pool
        except BaseException:
            for process in multiprocessing.active_children():
                process.terminate()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def ready_process() -> None:
    """Prepare a process of a pool: ignore Ctrl-C, and end with the parent process.

    Ctrl-C reaches every process of the terminal, but the parent process handles it. If the parent
    is killed, its processes would wait for work forever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class Cluster:
    """A Dask cluster, see LocalProcesses.

    Its workers have the grader installed; they need no shared disk.

    Inputs:
    - address: address of the scheduler.
    - seconds: time limit of the connection.

    Raises: UsageError if Dask is not installed, no scheduler answers, or it has no workers.
    """

    is_remote = True
    lost: tuple[type[Exception], ...]

    def __init__(self, address: str, *, seconds: float = 10) -> None:
        try:
            from distributed import Client, KilledWorker
        except ImportError:
            raise UsageError(
                "--scheduler requires Dask, which is not installed: run"
                " `python -m pip install -e '.[grader,distributed]'` in the folder of the grader"
            ) from None
        self.lost = (BrokenExecutor, CancelledError, KilledWorker)
        try:
            place = urllib.parse.urlsplit(address)
            # Without this, Client prints pages if the scheduler does not answer.
            # A missing host or port is None, which raises an error here.
            socket.create_connection(cast(tuple[str, int], (place.hostname, place.port)), seconds).close()
            self.client = Client(address, timeout=seconds, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:  # TimeoutError is an OSError
            raise UsageError(
                f"no Dask scheduler answers at {address} ({type(error).__name__}): start one with `dask scheduler` and"
                " give the address that it prints, such as tcp://127.0.0.1:8786"
            ) from None
        workers = self.client.scheduler_info(n_workers=-1)["workers"]
        if not workers:
            self.client.close()
            raise UsageError(f"the Dask scheduler at {address} has no workers: start some with `dask worker {address}`")
        self.at_once = len(workers)  # a worker scores one submission at a time, whatever its threads

    @contextlib.contextmanager
    def executor(self, at_most: int) -> Iterator[Executor]:
        """Context manager: an Executor of the cluster.

        At the end, tasks that have not started are cancelled.
        """
        executor = self.client.get_executor(pure=False)
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)

    def close(self) -> None:
        """Close the connection to the cluster."""
        self.client.close()
