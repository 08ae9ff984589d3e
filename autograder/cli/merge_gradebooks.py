"""Take over what another grader has entered by hand."""

import argparse
import os
from pathlib import Path

from autograder.cli.arguments import argument, assignment_argument
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.printable import clean


@argument("other", type=Path, metavar="OTHER.db", help="a gradebook of this course; only read")
@assignment_argument
@argument("--take-other", action="store_true", help="where both differ, take what the other one has")
def run(course: Course, options: argparse.Namespace) -> int:
    from autograder.course.assignment import load_assignment
    from autograder.gradebook.merging import merge_by_hand, open_copy
    from autograder.gradebook.nbgrader_api import NbGrader
    from autograder.grading.command import alone

    assignment, nbgrader = load_assignment(course, options.assignment), NbGrader(course)
    nbgrader.class_grades(assignment.name)  # raises where there is none to merge into
    if options.other.exists() and os.path.exists(nbgrader.database) and options.other.samefile(nbgrader.database):
        raise UsageError(f"{options.other} is the gradebook of this course itself: give that of the other grader")
    with open_copy(options.other) as (other, is_old), alone(course, assignment), nbgrader.open() as gradebook:
        merged = merge_by_hand(gradebook, other, assignment.name, take_other=options.take_other)
    if is_old:
        print(f"{options.other} is from an older nbgrader: a copy of it was upgraded, and read")
    print(
        f"merged: {merged.scores} scores, {merged.extra_credits} extra credits and {merged.comments} comments of"
        f" {len(merged.students)} students; {merged.resolved} scores no longer wait for another look"
    )
    if merged.again:
        print(f"{merged.again} of the scores are for another attempt than the one here, and wait for another look")
    for line in merged.conflicts:
        print(f"conflict: {clean(line)}")
    for line in merged.left_out:
        print(f"left out: {clean(line)}")
    if merged.conflicts:
        print(
            f"{len(merged.conflicts)} conflicts: nothing was overwritten; --take-other takes what {options.other} has"
        )
    if merged.students:
        print("`make autograde` writes their pages")
    return 1 if merged.conflicts or merged.left_out else 0
