"""The outcome of grading a class, for the output of `grade`."""

from dataclasses import dataclass, field
from pathlib import Path

from autograder.feedback.table import TableRow

__all__ = ["ClassOutcome"]


@dataclass
class ClassOutcome:
    """The outcome of grading a class, and failures of the grader.

    - rows: table rows in the order of the students, see table.row_of.
    - not_read: name of a folder that is not a valid student id → reason.
    - not_scored: student → reason why the result is missing.
    - not_entered: student → reason why the result is not in the gradebook.
    - not_published: student → reason why the feedback pages are missing; the score is not affected.
    - waiting: ids of students with answers to grade by hand.
    - to_grade: descriptions of the answers to grade by hand.
    - late: student → late penalty in points, for all late submissions.
    - remarks: lines about submissions to look at.
    - taken_out: lines about scores removed from the gradebook because their cells are gone.
    - changes: student → lines about score changes (after a dry run: possible changes) and their
      reasons.
    - changed: ids of the students in `changes` with an earlier score.
    - corrected: ids of students whose new pages differ from the released feedback.
    - unreleased: True if no feedback has been released yet, according to the record.
    - abbreviations: see table.heading.
    - rescored: number of submissions that were scored.
    - isolation: "bwrap", "inner" or "none".
    - history: path of the file with all changes.
    - gradebook: path or URL of the gradebook.
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
