"""Look at this machine, and prove that the sandbox is in force and each import policy starts."""

WITH_MARKS = False


def run(course, options):
    from autograder.doctor import examine

    return examine(course)
