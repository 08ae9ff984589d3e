"""Finds files with the name of another student of the class, for a person to check."""

import re
from collections.abc import Iterable
from dataclasses import replace

from autograder.intake.submission import Submission
from autograder.intake.systems.canvas import is_anonymous
from autograder.printable import clean
from autograder.repairs import Repair, RepairKind

__all__ = ["ForeignFilenames"]

LETTERS, DIGITS = 4, 5  # shorter names and numbers occur in many file names by chance
NAME_AND_NUMBER = re.compile(r"(?P<name>.+)_(?P<number>[0-9]+)")  # as `collect` makes ids


class ForeignFilenames:
    """The names of the students of a class.

    Inputs:
    - students: ids
    """

    def __init__(self, students: Iterable[str]):
        self.known = {student: _names(student) for student in students}
        self.owners: dict[str, str] = {}
        for student, names in self.known.items():
            for name in names:
                self.owners.setdefault(name, student)
        self.pattern = re.compile(
            r"(?<![^\W_])(?:" + "|".join(map(re.escape, sorted(self.owners, key=len, reverse=True))) + r")(?![^\W_])"
        )

    def noted(self, submission: Submission) -> Submission:
        """Return the submission, with a remark for each file name with another student's name."""
        remarks = []
        for notebook, label in submission.found_as.items():
            found = self.pattern.findall(label.casefold()) if self.owners else []
            others = sorted({self.owners[name] for name in found} - {submission.student})
            if others and not set(found) & self.known[submission.student]:
                facts = {"file": clean(label), "student": clean(others[0])}
                remarks.append(Repair(RepairKind.FOREIGN_NAME, facts, notebook))
        return replace(submission, remarks=tuple(remarks)) if remarks else submission


def _names(student: str) -> set[str]:
    match = None if is_anonymous(student) else NAME_AND_NUMBER.fullmatch(student)
    parts = [student, *(match.groups() if match else ())]
    return {part.casefold() for part in parts if len(part) >= (DIGITS if re.fullmatch("[0-9]+", part) else LETTERS)}
