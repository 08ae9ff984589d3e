"""Give students more time, or list who has it."""

import argparse

from autograder.cli.arguments import argument, assignment_option
from autograder.cli.output import listed, warn
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.printable import clean


@argument("words", nargs="*", metavar="ID … DATE", help="a date or a length such as 3d comes last")
@assignment_option
@argument("--reason", default="", metavar="TEXT", help="kept in the record, for graders to read")
@argument("--remove", action="store_true", help="take the extensions of these students back")
def run(course: Course, options: argparse.Namespace) -> None:
    from autograder.course.assignment import load_assignment
    from autograder.gradebook.nbgrader_api import NbGrader
    from autograder.grading.extending import extensions_of, grant, take_away

    assignment, nbgrader = load_assignment(course, options.assignment), NbGrader(course)
    if options.remove:
        if options.reason:
            raise UsageError("--reason was given with --remove: a reason belongs to an extension that is granted")
        taken = take_away(course, nbgrader, assignment.name, options.words)
        print(f"extensions taken back: {listed(taken)}; `make autograde` enters it")
        return
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
            warn(
                f"nobody has the id {clean(student)} yet, in the gradebook or in"
                f" {course.submitted.name}/{hint or '; the extension counts once somebody has'}"
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
