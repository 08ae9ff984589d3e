"""Add an assignment with one exercise to the course; the others stay as they are."""

from autograder.cli.arguments import argument

WITH_MARKS = False


@argument("name", metavar="NAME", help="of the assignment, such as homework2")
@argument("--package", metavar="NAME", help="the student package (default: that of the course's default assignment)")
def run(course, options):
    from autograder.authoring.new_assignment import new_assignment

    new_assignment(course, options.name, package=options.package)
