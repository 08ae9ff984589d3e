"""Sort the download of a learning management system into submitted/."""

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


@argument("path", type=Path, metavar="ARCHIVE_OR_FOLDER", help="the download: a zip archive or a folder")
@assignment_option
@argument("--replace", action="store_true", help="overwrite your changes to collected files")
def run(course: Course, options: argparse.Namespace) -> int:
    """Sort a download.

    Returns: 1 if files were left out or submission times were removed, else 0.
    """
    from autograder.course.assignment import load_assignment
    from autograder.intake.lms_import import collect
    from autograder.intake.times import RECORD

    assignment = load_assignment(course, options.assignment)
    found = collect(options.path, course, assignment.name, replace=options.replace)
    files = map(len, found.students.values())
    print(f"{sum(files)} files of {len(found.students)} students are in {course.submitted}")
    if found.times:
        print(f"submission times: {course.submitted / RECORD}")
        if found.local_times:
            zone = time.strftime("%Z (UTC%z)")
            print(f"the download has times without a time zone: this machine's zone was assumed, {zone}")
    elif found.students:
        print("the files' times are not submission times: none was recorded")
    for line in _on_collected(found, course):
        print(line)
    for name, reason in found.left_out.items():
        print(f"left out: {clean(name)}: {clean(reason)}")
    return 1 if found.left_out or found.lost_times else 0


def _on_collected(found: Collected, course: Course) -> Iterator[str]:
    """Yield lines about single students."""
    from autograder.exports.teams import TEAMS

    if found.late:
        yield f"late, according to the system: {', '.join(sorted(found.late))}"
    for name, student in found.renamed.items():
        yield f"{clean(name)} has the Canvas number of {clean(student)}, and keeps that id"
    for student, number in found.older.items():
        yield f"{clean(student)}: {number} files of earlier attempts in the download were ignored"
    for student, folder in found.aside.items():
        yield f"{clean(student)} has a new attempt; the earlier one was moved to {clean(str(folder))}"
    for student, when in found.lost_times.items():
        yield (
            f"{clean(student)}: {clean(when)}, the time of the earlier attempt, was removed from the record:"
            " enter the time of the new attempt, or it counts as on time"
        )
    for student in found.teams:
        yield (
            f"{clean(student)} is a team: to give its points to the members, pass Moodle's grading worksheet to"
            f" `export` (--roster) or list them in {course.root / TEAMS}"
        )
