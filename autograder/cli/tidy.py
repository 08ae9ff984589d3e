"""Put the source notebooks into canonical form."""

from autograder.cli.arguments import assignment_argument

WITH_MARKS = False


@assignment_argument
def run(course, options):
    from autograder.course.assignment import load_assignment
    from autograder.release.normalize import tidy_notebook

    assignment = load_assignment(course, options.assignment)
    for name in assignment.sources:
        changed = tidy_notebook(assignment.folder / name)
        print(f"{name}: {'put into canonical form' if changed else 'is in canonical form'}")
