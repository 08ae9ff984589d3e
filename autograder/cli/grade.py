"""Grade the whole class."""

import argparse

from autograder.cli.arguments import argument, assignment_argument, isolation_option, positive
from autograder.cli.output import listed, warn, warn_of_failures
from autograder.course.config import Course
from autograder.model import State
from autograder.printable import clean

SCORING = True


@assignment_argument
@argument(
    "--jobs",
    type=positive,
    default=0,
    metavar="N",
    help="submissions to score in parallel (default: that of course_config.py)",
)
@argument("--scheduler", metavar="ADDRESS", help="score on a Dask cluster, such as tcp://10.0.0.1:8786")
@argument("--student", metavar="ID", help="grade only this student")
@argument("--force", action="store_true", help="score unchanged submissions again")
@argument("--diff", action="store_true", help="list the scores that would change, with reasons; write nothing")
@isolation_option
def run(course: Course, options: argparse.Namespace) -> int:
    """Grade the class.

    Returns: 2 if the grader failed, 1 if a submission needs attention, else 0.
    """
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
        counts = f"{outcome.rescored} submissions scored again, {len(outcome.changes)} would change"
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
        warn("run the same command again: it processes only these submissions")
        return 2
    attention = [clean(row.student) for row in outcome.rows if row.state is State.NEEDS_ATTENTION]
    if attention:
        print(f"needs attention: {', '.join(attention)}")
    if outcome.changed:
        print(f"changed since an earlier run: {listed(sorted(outcome.changed))}; reasons are in {outcome.history}")
        if outcome.unreleased:
            print("pages do not mention the changes: according to `release-feedback`, no student has feedback yet")
    if outcome.corrected:
        names = listed(sorted(outcome.corrected))
        print(f"corrected since the released feedback: {names}; their pages list the changes and reasons")
    if outcome.late:
        names = listed(f"{clean(student)} (−{points:g})" for student, points in sorted(outcome.late.items()))
        print(f"late penalties, not deducted in the table: {names}")
    for remark in outcome.remarks:
        print(f"look at: {clean(remark)}")
    if outcome.waiting:
        answers = "; ".join(map(clean, outcome.to_grade))
        print(f"answers to grade by hand in {len(outcome.waiting)} submissions, run `make formgrader`: {answers}")
    for name, reason in outcome.not_read.items():
        print(f"needs attention: the folder {clean(name)} was left out because {reason}: rename it")
    return 1 if attention or outcome.not_read else 0
