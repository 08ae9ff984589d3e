"""Merge the points and comments that another grader has entered."""

import argparse
import os
from pathlib import Path

from autograder.cli.arguments import argument, assignment_argument
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.printable import clean


@argument("other", type=Path, metavar="OTHER.db", help="the other grader's gradebook; it is not changed")
@assignment_argument
@argument("--take-other", action="store_true", help="on a conflict, take the other gradebook's entry")
def run(course: Course, options: argparse.Namespace) -> int:
    """Merge the gradebook. Returns: 1 if there are conflicts or entries without a match, else 0."""
    from autograder.course.assignment import load_assignment
    from autograder.gradebook.merging import merge_by_hand, open_copy
    from autograder.gradebook.nbgrader_api import NbGrader
    from autograder.grading.command import alone

    assignment, nbgrader = load_assignment(course, options.assignment), NbGrader(course)
    nbgrader.class_grades(assignment.name)  # raises a UsageError without a gradebook to merge into
    if options.other.exists() and os.path.exists(nbgrader.database) and options.other.samefile(nbgrader.database):
        raise UsageError(f"{options.other} is this gradebook itself: give the gradebook of the other grader")
    with open_copy(options.other) as (other, is_old), alone(course, assignment), nbgrader.open() as gradebook:
        merged = merge_by_hand(gradebook, other, assignment.name, take_other=options.take_other)
    if is_old:
        print(f"{options.other} is from an older nbgrader: an upgraded copy was read")
    print(
        f"merged: {merged.scores} scores, {merged.extra_credits} extra credits and {merged.comments} comments of"
        f" {len(merged.students)} students; {merged.resolved} scores no longer need manual grading"
    )
    if merged.again:
        print(f"{merged.again} of the scores are for a different attempt: they need manual grading again")
    for line in merged.conflicts:
        print(f"conflict: {clean(line)}")
    for line in merged.left_out:
        print(f"left out: {clean(line)}")
    if merged.conflicts:
        print(
            f"{len(merged.conflicts)} conflicts: nothing was overwritten; --take-other takes the entries of"
            f" {options.other}"
        )
    if merged.students:
        print("run `make autograde` to write their pages")
    return 1 if merged.conflicts or merged.left_out else 0
