"""Make feedback pages in several processes, since they take most of the time of a large class."""

import copy
import os
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any

from autograder.course.config import Course
from autograder.feedback.page import NotebookTotal, PageHead, feedback_page
from autograder.gradebook.writer import Entry, NotebookGrades
from autograder.grading.executors import ready_process

__all__ = ["PageMakers"]

FEW = 20  # submissions per process; for fewer, another process is not worth its start


def _pages(notebooks: Mapping[str, dict[str, Any]], notebook_grades: Mapping[str, NotebookGrades]) -> dict[str, str]:
    """Make the page of each notebook. Runs in a process of the pool."""
    totals = [_total(name, notebook_grades[name]) for name in notebooks]
    return {name: _page(name, notebook, notebook_grades[name], totals) for name, notebook in notebooks.items()}


def _total(name: str, grades: NotebookGrades) -> NotebookTotal:
    ungraded = sum(points for score, points in grades.scores.values() if score is None)
    return NotebookTotal(name.removesuffix(".ipynb"), grades.score, grades.max_score, ungraded)


def _page(name: str, notebook: dict[str, Any], grades: NotebookGrades, totals: list[NotebookTotal]) -> str:
    """Make the page of `generate_feedback`, with scores and comments from `grades`."""
    notebook = copy.deepcopy(notebook)
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        grade_id = about.get("grade_id")
        if grade_id in grades.comments:
            about["comment"] = grades.comments[grade_id]
        if grade_id in grades.scores:
            about["score"], about["points"] = grades.scores[grade_id]
    head = PageHead(name.removesuffix(".ipynb"), grades.score, grades.max_score, grades.late_penalty, totals)
    return feedback_page(notebook, head)


class PageMakers:
    """Make feedback pages: in this process for few submissions, in a pool for many.

    Inputs:
    - jobs: number of processes; 0 for that of the settings, or one per core.
    - count: number of submissions.
    """

    def __init__(self, course: Course, jobs: int, count: int) -> None:
        jobs = min(jobs or course.jobs or os.cpu_count() or 1, count // FEW)
        # New processes: a fork of this one would copy database connections.
        self.pool: ProcessPoolExecutor | None = None
        if jobs > 1:
            self.pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=ready_process)

    def submit(self, entry: Entry, notebook_grades: Mapping[str, NotebookGrades]) -> Callable[[], dict[str, str]]:
        """Start to make the pages of one submission.

        Returns: function that waits for the pages: file name of a notebook → HTML.
        """
        if self.pool is None:
            return lambda: _pages(entry.notebooks, notebook_grades)
        try:
            return self.pool.submit(_pages, entry.notebooks, notebook_grades).result
        except BrokenProcessPool as error:  # a process was killed: the next run makes these pages
            future: Future[dict[str, str]] = Future()
            future.set_exception(error)
            return future.result

    def __enter__(self) -> "PageMakers":
        return self

    def __exit__(self, *reason: object) -> None:
        if self.pool:
            self.pool.shutdown(cancel_futures=True)
