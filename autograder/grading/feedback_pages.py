"""Feedback pages, made in several processes: that is where most of the time of a large class goes."""

import copy
import os
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from autograder.feedback.page import feedback_page
from autograder.grading.executors import ready_process

__all__ = ["PageMakers"]

POOL = {"mp_context": get_context("spawn"), "initializer": ready_process}
FEW = 20  # submissions for which it does not pay to start another process


def _pages(notebooks, notebook_grades):
    """dict of notebook name → page. Runs in a process of the pool."""
    return {name: _page(name, notebook, notebook_grades[name]) for name, notebook in notebooks.items()}


def _page(name, notebook, grades):
    """What nbgrader's `generate_feedback` makes, with scores and comments taken from a NotebookGrades."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        grade_id = about.get("grade_id")
        if grade_id in grades.comments:
            about["comment"] = grades.comments[grade_id]
        if grade_id in grades.scores:
            about["score"], about["points"] = grades.scores[grade_id]
    facts = {"notebook": name.removesuffix(".ipynb"), "late_penalty": grades.late_penalty}
    return feedback_page(notebook, facts | {"score": grades.score, "max_score": grades.max_score})


class PageMakers:
    """Makes feedback pages, at once for a few submissions, in processes for many."""

    def __init__(self, course, jobs, count):
        jobs = min(jobs or course.jobs or os.cpu_count() or 1, count // FEW)
        # Fresh processes: a fork of this one would copy database connections.
        self.pool = ProcessPoolExecutor(jobs, **POOL) if jobs > 1 else None

    def submit(self, entry, notebook_grades):
        """Begin with the pages of one submission; returns a function that waits for them."""
        if self.pool is None:
            return lambda: _pages(entry.notebooks, notebook_grades)
        try:
            return self.pool.submit(_pages, entry.notebooks, notebook_grades).result
        except BrokenProcessPool as error:  # a process was killed before: these pages are left to the next run
            future = Future()
            future.set_exception(error)
            return future.result

    def __enter__(self):
        return self

    def __exit__(self, *reason):
        if self.pool:
            self.pool.shutdown(cancel_futures=True)
