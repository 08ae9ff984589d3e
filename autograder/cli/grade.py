"""Grade the whole class."""

import argparse

from autograder.cli.arguments import argument, assignment_argument, isolation_option, positive
from autograder.cli.output import listed, warn, warn_of_failures
from autograder.course.config import Course
from autograder.model import State
from autograder.printable import clean

SCORING = True


@assignment_argument
@argument("--jobs", type=positive, default=0, metavar="N", help="submissions scored at the same time")
@argument("--scheduler", metavar="ADDRESS", help="score on a Dask cluster, such as tcp://10.0.0.1:8786")
@argument("--student", metavar="ID", help="grade this student only")
@argument("--force", action="store_true", help="score again what has not changed")
@argument("--diff", action="store_true", help="list whose score would change and why, and write nothing")
@isolation_option
def run(course: Course, options: argparse.Namespace) -> int:
    from autograder.feedback.table import class_table
    from autograder.feedback.texts import isolation_text
    from autograder.grading.command import grade_class
    from autograder.grading.score_diff import clean_line

    outcome = grade_class(
        course,
        options.assignment,
        jobs=options.jobs,
        scheduler=options.scheduler,
        only=options.student,
        force=options.force,
        isolation=options.isolation,
        dry=options.diff,
    )
    if options.diff:
        for line in (line for student in sorted(outcome.changes) for line in outcome.changes[student]):
            print(clean_line(line))
        counts = f"{outcome.rescored} submissions scored anew, {len(outcome.changes)} would change"
        print(f"\n{counts}. Nothing was written.")
        return warn_of_failures(outcome)
    if outcome.rows:
        print(class_table(outcome.rows, abbreviations=outcome.abbreviations))
    entered = len(outcome.rows) - len(outcome.not_entered)
    print(f"\n{entered} submissions graded, {outcome.rescored - len(outcome.not_scored)} of them scored now.")
    print(f"gradebook: {outcome.gradebook}")
    for line in outcome.taken_out:
        print(f"gradebook: {line}")
    print(f"feedback:  {course.feedback}")
    print(f"isolation: {isolation_text(outcome.isolation)}")
    if warn_of_failures(outcome):
        warn("run the same command again; only these submissions are worked on")
        return 2
    attention = [clean(row.student) for row in outcome.rows if row.state is State.NEEDS_ATTENTION]
    if attention:
        print(f"needs attention: {', '.join(attention)}")
    if outcome.changed:
        print(f"changed since an earlier run: {listed(sorted(outcome.changed))}; {outcome.history} says what, and why")
        if outcome.unreleased:
            print("no page tells of it: as far as `release-feedback` has noted, nobody has any feedback yet")
    if outcome.corrected:
        names = listed(sorted(outcome.corrected))
        print(f"corrected since the feedback that students have: {names}; their pages say what, and why")
    if outcome.late:
        names = listed(f"{clean(student)} (−{points:g})" for student, points in sorted(outcome.late.items()))
        print(f"late, with the points that the table does not take off: {names}")
    for remark in outcome.remarks:
        print(f"look at: {clean(remark)}")
    if outcome.waiting:
        answers = "; ".join(map(clean, outcome.to_grade))
        print(f"answers wait for a person in {len(outcome.waiting)} submissions, see `make formgrader`: {answers}")
    for name, reason in outcome.not_read.items():
        print(f"needs attention: the folder {clean(name)} was left out, because {reason}: rename it")
    return 1 if attention or outcome.not_read else 0
