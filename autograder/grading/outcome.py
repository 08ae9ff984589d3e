"""The outcome of a run over a class, from which `grade` prints its lines."""

from dataclasses import dataclass, field
from pathlib import Path

from autograder.feedback.table import TableRow

__all__ = ["ClassOutcome"]


@dataclass
class ClassOutcome:
    """What came of a class, and what the grader itself failed on.

    - rows: what a table shows of each submission in the order of the students, see table.row_of.
    - not_scored: student → why there is no result. - not_entered: student → why the result is not in the gradebook.
    - not_published: student → why the feedback pages could not be made, which concerns no score.
    - not_read: name of a folder that can't be a student's id → why.
    - waiting: ids of those whose answers a person has to grade. - to_grade: which answers, and how many, in words.
    - late: id of everybody who handed in after the due date → points that were taken off for it.
    - remarks: lines about submissions that a person should look at.
    - taken_out: lines about marks that are no longer in the gradebook, because their cells are gone.
    - changes: student → lines that say what of the score has changed, or would after a dry run, and why.
    - changed: ids of those among them who had a score before. - history: the file that keeps all of this.
    - corrected: ids of those whose pages, as this run wrote them, differ in marks from the feedback that they have.
    - unreleased: whether nobody has any feedback yet, as far as is known.
    - abbreviations: of words in names of exercises, see table.heading.
    """

    rows: list[TableRow] = field(default_factory=list)
    not_read: dict[str, str] = field(default_factory=dict)
    not_scored: dict[str, str] = field(default_factory=dict)
    not_entered: dict[str, str] = field(default_factory=dict)
    not_published: dict[str, str] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    to_grade: list[str] = field(default_factory=list)
    late: dict[str, float] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    taken_out: list[str] = field(default_factory=list)
    changes: dict[str, list[str]] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
    unreleased: bool = True
    abbreviations: dict[str, str] = field(default_factory=dict)
    rescored: int = 0
    isolation: str = ""
    history: str | Path = ""
    gradebook: str = ""
