"""The search for other files: copies of notebooks, Python files, files that do not count."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from autograder.course.cells import AssignmentCells
from autograder.intake.archives import TooLarge, Unreadable, Where
from autograder.intake.budgets import MEMORY_MB, SOFT_CPU_SECONDS, Budget, OutOfTime, SearchEnded
from autograder.intake.parse_notebook import NotANotebook, TooMuch
from autograder.language import tr_later
from autograder.printable import clean
from autograder.reasons import Reason

if TYPE_CHECKING:
    from autograder.intake.find_notebooks import Candidate
    from autograder.intake.handed_in import HandedIn

__all__ = ["NO_TIME", "TOO_MUCH", "Others"]

TOO_MUCH = Reason.NO_MEMORY.format(size=MEMORY_MB)
NO_TIME = Reason.CPU_TIME.format(seconds=SOFT_CPU_SECONDS)


class Others:
    """The search for notebooks with other names.

    - candidates: readable notebooks, sorted by name
    - modules: see Search
    - ignored: see Search
    - ended: the limit that ended the search, or ""
    - beyond: what the search did not open, or ""
    """

    def __init__(self, files: HandedIn, assignment: AssignmentCells) -> None:
        self.files, self.assignment = files, assignment
        self.candidates: list[Candidate] = []
        self.modules: dict[str, Callable[[], bytes]] = {}
        self.ignored: dict[str, str] = dict.fromkeys(
            files.no_notebooks(), tr_later("is not a notebook: hand in the file that ends in .ipynb")
        )
        self.ended = self.beyond = ""

    def run(self, opened: Callable[[str, bytes, Where], Candidate]) -> None:
        """Run the search.

        Inputs:
        - opened: function of (label, bytes, place) that makes a Candidate
        """
        budget = Budget()
        try:
            for label, read, where in self.files.others(self.assignment.notebooks, budget):
                if label.endswith(".py"):
                    self._see_module(label, read)
                    continue
                budget.take("notebooks")
                try:
                    self.candidates.append(opened(label, read(), where))
                except (TooLarge, TooMuch, MemoryError) as reason:
                    budget.beyond = Reason.LARGE_PLACE.format(file=clean(label))
                    self.ignored[clean(label)] = TOO_MUCH if isinstance(reason, MemoryError) else str(reason)
                except (Unreadable, NotANotebook) as reason:
                    self.ignored[clean(label)] = str(reason)
        except SearchEnded as limit:
            self.ended = str(limit)
        except OutOfTime:
            self.ended = NO_TIME
        self.candidates.sort(key=lambda candidate: _natural(candidate.label))
        self.beyond = budget.beyond

    def _see_module(self, label: str, read: Callable[[], bytes]) -> None:
        self.modules[label] = read
        if self.assignment.student_packages.keys().isdisjoint(label.split("/")):
            self.ignored[clean(label)] = tr_later("is not imported by any notebook")


def _natural(label: str) -> list[str | int]:
    """Sort key: copy (10) comes after copy (9)."""
    parts = re.split(r"([0-9]{1,9})", label)
    return [int(part) if position % 2 else part for position, part in enumerate(parts)]
