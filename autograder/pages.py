"""Feedback pages, made in several processes: that is where most of the time of a large class goes."""

import functools
import os
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from autograder.config import load_course

__all__ = ["PageMakers"]

FEW = 8  # submissions for which it does not pay to start processes, each of which imports nbgrader


@functools.cache
def _maker(root):
    from autograder.nbgrader_bridge import NbGrader

    return NbGrader(load_course(root)).feedback_page()


def _pages(root, notebooks, standings):
    """dict of notebook name → page. Runs in a process of the pool, which keeps its maker."""
    make = _maker(root)
    return {name: make(notebook, standings[name], name.removesuffix(".ipynb")) for name, notebook in notebooks.items()}


class PageMakers:
    """Makes feedback pages, at once for a few submissions, in processes for many."""

    def __init__(self, course, jobs, count):
        self.root = course.root
        jobs = min(jobs or course.jobs or os.cpu_count() or 1, count // FEW)
        # Fresh processes: a fork of this one would copy database connections.
        self.pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) if jobs > 1 else None

    def submit(self, entry, standings):
        """Begin with the pages of one submission; returns a function that waits for them."""
        if self.pool is None:
            return lambda: _pages(self.root, entry.notebooks, standings)
        try:
            return self.pool.submit(_pages, self.root, entry.notebooks, standings).result
        except BrokenProcessPool as error:  # a process was killed before: these pages are left to the next run
            future = Future()
            future.set_exception(error)
            return future.result

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        if self.pool:
            self.pool.shutdown(cancel_futures=True)
