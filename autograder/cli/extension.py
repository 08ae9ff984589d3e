"""Grant, list or remove extensions of the due date."""

import argparse

from autograder.cli.arguments import argument, assignment_option
from autograder.cli.output import listed, warn
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.printable import clean


@argument("words", nargs="*", metavar="ID … DATE", help="students' ids, then a date or a length such as 3d")
@assignment_option
@argument("--reason", default="", metavar="TEXT", help="stored in the record, for graders")
@argument("--remove", action="store_true", help="remove the extensions of these students")
def run(course: Course, options: argparse.Namespace) -> None:
    """Grant, list or remove extensions."""
    from autograder.course.assignment import load_assignment
    from autograder.gradebook.nbgrader_api import NbGrader
    from autograder.grading.extending import extensions_of, grant, take_away

    assignment, nbgrader = load_assignment(course, options.assignment), NbGrader(course)
    if options.remove:
        if options.reason:
            raise UsageError("expected --remove without --reason: only a granted extension has a reason")
        taken = take_away(course, nbgrader, assignment.name, options.words)
        print(f"extensions removed: {listed(taken)}; run `make autograde` to update the gradebook")
        return
    if options.reason and not options.words:
        raise UsageError("expected students with --reason, got none: give `extension ID DATE --reason TEXT`")
    if options.words:
        if len(options.words) == 1:
            raise UsageError(
                f"expected students' ids and then a date, got {options.words[0]!r} alone: give `extension ID DATE`"
            )
        *students, date = options.words
        unknown = grant(course, nbgrader, assignment.name, students, date, options.reason)
        for student, near in unknown.items():
            hint = f": did you mean {clean(near)}?" if near else ""
            warn(
                f"the id {clean(student)} is unknown, in the gradebook and in"
                f" {course.submitted.name}/{hint or '; the extension counts once a student has this id'}"
            )
    lines, is_due = extensions_of(course, nbgrader, assignment.name, options.words[:-1])
    for student, words in lines.items():
        print(f"{clean(student)}: {clean(words)}")
    if not lines:
        print(f"no student has an extension for {assignment.name}")
    if not is_due:
        print(
            f"{assignment.name} has no due date, so no submission is late: set one with"
            f" `nbgrader db assignment add {assignment.name}"
            ' --duedate="2026-11-20 18:00:00 UTC"`'
        )
    if options.words:
        print("run `make autograde` to update the gradebook")
