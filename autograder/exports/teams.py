"""Give the points of a team to its members. If the members are unknown, no student gets them.

`teams.csv` in the course's folder has a line for each member: the team, and the student's id.
Moodle's grading worksheet of a team assignment has a column with each student's group.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.exports.csv_files import read_sheet
from autograder.exports.rosters import cell, collected_name
from autograder.gradebook.student_grades import StudentGrades
from autograder.printable import clean

__all__ = ["TEAMS", "letters", "read_teams", "shared_out"]

TEAMS = "teams.csv"


def letters(text: str) -> str:
    """Normalize a name: only letters and digits, case-folded.

    Systems change blanks, signs and case.
    """
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def read_teams(file: Path) -> dict[str, list[str]]:
    """Read teams.csv.

    Returns: team → ids of its members; {} without the file.

    Raises: UsageError if the file can't be read, or lacks a column.
    """
    if not file.exists():
        return {}
    sheet = read_sheet(file)
    header = [text.strip().lower() for text in sheet.rows[0]]
    if not {"team", "student"} <= set(header):
        raise UsageError(f"{file}: expected a first row with team and student, got {clean(','.join(sheet.rows[0]))}")
    teams: dict[str, list[str]] = {}
    for row in sheet.rows[1:]:
        team, student = (cell(row, header.index(name)) for name in ("team", "student"))
        if team and student:
            teams.setdefault(team, []).append(student)
    return teams


def shared_out(
    class_grades: Sequence[StudentGrades], teams: Mapping[str, list[str]]
) -> tuple[list[StudentGrades], dict[str, str], list[str]]:
    """Replace each team by its members.

    Inputs:
    - class_grades: grades of students and teams.
    - teams: id or name of a team → ids of its members.

    Returns: (grades with members instead of teams, dict of member → id of the team, problems).
    """
    by_name: defaultdict[str, list[list[str]]] = defaultdict(list)
    for team, ids in teams.items():
        by_name[letters(team)].append(ids)
    known = {grades.student: grades for grades in class_grades}
    teams_of: defaultdict[str, list[StudentGrades]] = defaultdict(list)
    problems: list[str] = []
    is_team: set[str] = set()
    for grades in class_grades:
        names = (letters(grades.student), letters(collected_name(grades.student)))
        found = next((by_name[name] for name in names if name in by_name), [])
        if not found or not grades.submitted:
            continue
        is_team.add(grades.student)
        if len(found) > 1:
            problems.append(f"{clean(grades.student)} matches {len(found)} teams, so no student gets its points")
            continue
        for member in dict.fromkeys(found[0]):
            teams_of[member].append(grades)
    members: dict[str, StudentGrades] = {}
    undecided: set[str] = set()
    for student, marks in teams_of.items():
        own = None if student in is_team else known.get(student)
        if len(marks) > 1 or (own and own.submitted):
            more = "a submission of their own" if len(marks) == 1 else f"of {clean(marks[1].student)}"
            problems.append(f"left out: {clean(student)} has points of {clean(marks[0].student)} and {more}")
            undecided.add(student)
        else:
            facts: dict[str, Any] = {
                name: getattr(own, name, "") for name in ("first_name", "last_name", "email", "lms_id")
            }
            members[student] = replace(marks[0], student=student, **facts)
    rest = [s for s in class_grades if s.student not in is_team | undecided | members.keys()]
    shared = sorted([*rest, *members.values()], key=lambda grades: grades.student)
    return shared, {student: teams_of[student][0].student for student in members}, problems
