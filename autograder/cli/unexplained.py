"""Group the failures that no misconception explains, and draft a mutant for each group."""

import argparse
import os

from autograder.cli.arguments import argument, assignment_argument, isolation_option
from autograder.course.config import Course


@assignment_argument
@argument("--exercise", default="", metavar="NAME", help="only this exercise")
@isolation_option
def run(course: Course, options: argparse.Namespace) -> None:
    """Print the groups of each exercise."""
    from autograder.authoring.unexplained import find_groups, group_text
    from autograder.course.assignment import load_assignment
    from autograder.scoring.scorer import Scorer

    assignment = load_assignment(course, options.assignment)
    if options.exercise:
        assignment.check_exercise(options.exercise)
    scorer = Scorer(course, assignment, options.isolation)
    files = {
        name: course.assignments / assignment.name / topic.name / "mutants.py"
        for topic in assignment.content.topics
        for name in topic.exercises
    }
    jobs, count = course.jobs or os.cpu_count() or 1, 0
    try:
        for exercise, groups in find_groups(scorer, exercise=options.exercise, jobs=jobs):
            students = sum(len(group.students) for group in groups)
            found = "1 group" if len(groups) == 1 else f"{len(groups)} groups"
            print(f"{exercise}: {students} without a misconception, in {found} of equal results\n")
            for number, group in enumerate(groups, start=1):
                text = group_text(number, group, scorer.reference.sources[exercise], str(files[exercise]))
                print(f"{text}\n", flush=True)
            count += len(groups)
    finally:
        scorer.close()
    if count:
        print(
            "Write the sentence of a draft, and run `autograder mutants` and `autograder grade`: see docs/diagnosis.md"
        )
    else:
        print("every failure with wrong values has a misconception")
