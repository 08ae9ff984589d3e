"""The commands `extension`, `merge-gradebooks` and `new-secret`.

Each takes the Course and the options, and returns the exit status.
"""

import os
import sys

from autograder.commands import listed
from autograder.errors import UsageError
from autograder.printable import clean

__all__ = ["extension", "merge_gradebooks", "new_secret"]


def extension(course, options):
    from autograder.course.assignment import load_assignment
    from autograder.gradebook.nbgrader_api import NbGrader
    from autograder.grading.extending import extensions_of, grant, take_away

    assignment = load_assignment(course, options.assignment)
    nbgrader = NbGrader(course)
    if options.remove:
        if options.reason:
            raise UsageError("--reason was given with --remove: a reason belongs to an extension that is granted")
        taken = take_away(course, nbgrader, assignment.name, options.words)
        print(f"extensions taken back: {listed(map(clean, taken))}; `make autograde` enters it")
        return 0
    if options.reason and not options.words:
        raise UsageError("--reason was given without students: give `extension ID DATE --reason TEXT`")
    if options.words:
        if len(options.words) == 1:
            raise UsageError(
                f"expected ids of students and then a date, got {options.words[0]!r} alone: give `extension ID DATE`"
            )
        *students, date = options.words
        unknown = grant(course, nbgrader, assignment.name, students, date, options.reason)
        for student, near in unknown.items():
            hint = f": did you mean {clean(near)}?" if near else ""
            print(
                f"autograder: nobody has the id {clean(student)} yet, in the gradebook or in"
                f" {course.submitted.name}/{hint or '; the extension counts once somebody has'}",
                file=sys.stderr,
            )
    lines, is_due = extensions_of(course, nbgrader, assignment.name, options.words[:-1])
    for student, words in lines.items():
        print(f"{clean(student)}: {clean(words)}")
    if not lines:
        print(f"nobody has an extension for {assignment.name}")
    if not is_due:
        print(
            f"{assignment.name} has no due date yet, so nobody is late: `nbgrader db assignment add {assignment.name}"
            ' --duedate="2026-11-20 18:00:00 UTC"` sets one'
        )
    if options.words:
        print("`make autograde` enters it")
    return 0


def merge_gradebooks(course, options):
    from autograder.course.assignment import load_assignment
    from autograder.gradebook.merging import merge_by_hand, open_copy
    from autograder.gradebook.nbgrader_api import NbGrader
    from autograder.grading.pipeline import alone

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


def new_secret(course, options):
    from autograder.course.secret import renew_secret

    print(f"a new secret: {renew_secret(course.root)}; the next `make autograde` scores everybody again")
    return 0
