"""Make the autograder to upload to Gradescope."""

from autograder.cli.arguments import assignment_argument


@assignment_argument
def run(course, options):
    from autograder.gradescope.bundle import bundle_for_gradescope

    bundle_for_gradescope(course, options.assignment)
