"""Where submissions are scored: processes of this machine, or a Dask cluster; both are Executors of the usual kind."""

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
    """LocalProcesses, or the Cluster behind a scheduler's address.

    Inputs:
    - jobs: processes; 0 takes course_config.py's number, or one per core.
    """
    if scheduler:
        return Cluster(scheduler)
    return LocalProcesses(jobs or course.jobs or os.cpu_count() or 1)


class LocalProcesses:
    """Processes of this machine, started anew for each executor.

    - at_once: how many submissions are scored at the same time. - is_remote: whether others' machines do it.
    - lost: the errors that say that a process was killed and not that its submission was scored.
    """

    is_remote = False
    lost: tuple[type[Exception], ...] = (BrokenExecutor,)

    def __init__(self, jobs: int) -> None:
        self.at_once = jobs

    def close(self) -> None:
        """Nothing is left to be closed."""

    @contextlib.contextmanager
    def executor(self, at_most: int) -> Iterator[Executor]:
        """An Executor of at most so many processes. When it is left by an error, they are ended at once."""
        # Fresh processes: a fork of this one would copy threads and locks of the progress bar.
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
    """What a process of a pool does first.

    Ctrl-C reaches every process of the terminal: the one that handed out the work decides what becomes of it. When that
    one is killed, its processes would wait for work for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class Cluster:
    """A Dask cluster; see LocalProcesses. Its workers have the same kit installed, and share no disk with this machine.

    Raises: UsageError when there is none at the address, or it has no worker.
    """

    is_remote = True
    lost: tuple[type[Exception], ...]

    def __init__(self, address: str, *, seconds: float = 10) -> None:
        try:
            from distributed import Client, KilledWorker
        except ImportError:
            raise UsageError(
                "--scheduler needs Dask, which is not installed: run"
                " `python -m pip install -e '.[grader,distributed]'` in the folder of the kit"
            ) from None
        self.lost = (BrokenExecutor, CancelledError, KilledWorker)
        try:
            place = urllib.parse.urlsplit(address)
            # Client's own way of saying that nobody is there is pages long.
            # What the address lacks is None here, and an error of the system.
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
        """An Executor of the cluster. When it is left, what it has not begun is cancelled."""
        executor = self.client.get_executor(pure=False)
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)

    def close(self) -> None:
        """Let go of the cluster."""
        self.client.close()
