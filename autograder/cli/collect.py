"""Sort a learning management system's download into submitted/."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.cli.arguments import argument, assignment_option
from autograder.course.config import Course
from autograder.printable import clean

if TYPE_CHECKING:
    from autograder.intake.lms_import import Collected


@argument("path", type=Path, metavar="ARCHIVE_OR_FOLDER", help="the download, as it is or unpacked")
@assignment_option
@argument("--replace", action="store_true", help="replace what you changed in collected files")
def run(course: Course, options: argparse.Namespace) -> int:
    from autograder.course.assignment import load_assignment
    from autograder.intake.lms_import import collect
    from autograder.intake.times import RECORD

    assignment = load_assignment(course, options.assignment)
    found = collect(options.path, course, assignment.name, replace=options.replace)
    files = map(len, found.students.values())
    print(f"{sum(files)} files of {len(found.students)} students are in {course.submitted}")
    if found.times:
        print(f"when they handed in is in {course.submitted / RECORD}")
        if found.local_times:
            zone = time.strftime("%Z (UTC%z)")
            print(f"times in such a download name no time zone: where none is told, this machine's was assumed, {zone}")
    elif found.students:
        print("the times of the files say nothing about when they were handed in: none of them is recorded")
    for line in _on_collected(found, course):
        print(line)
    for name, reason in found.left_out.items():
        print(f"left out: {clean(name)}: {clean(reason)}")
    return 1 if found.left_out or found.lost_times else 0


def _on_collected(found: Collected, course: Course) -> Iterator[str]:
    """What is to be said of single students after collecting."""
    from autograder.exports.teams import TEAMS

    if found.late:
        yield f"late, as the system says: {', '.join(sorted(found.late))}"
    for name, student in found.renamed.items():
        yield f"{clean(name)} is {clean(student)}, by Canvas's number, and keeps that id"
    for student, number in found.older.items():
        yield f"{clean(student)} has {number} files of earlier attempts in the download, which were not taken"
    for student, folder in found.aside.items():
        yield f"{clean(student)} has a new attempt; the earlier one no longer counts, and is in {clean(str(folder))}"
    for student, when in found.lost_times.items():
        yield (
            f"{clean(student)}: {clean(when)} was the time of the earlier attempt, and is taken out of the record;"
            " enter that of the new one, or it counts as handed in in time"
        )
    for student in found.teams:
        yield (
            f"{clean(student)} is a team: its marks go to the members if `export` gets Moodle's grading worksheet"
            f" (--roster) or {course.root / TEAMS} says who they are, and to nobody otherwise"
        )
