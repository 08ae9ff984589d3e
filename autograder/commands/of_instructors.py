"""What the commands of an instructor do: from the notebooks to the student version, and the proof of the tests.

Each takes the Course and the options, and returns the exit status. They import what they need when they run:
nbgrader alone takes seconds.
"""

import os
import sys

from autograder.commands import listed
from autograder.errors import UsageError
from autograder.printable import clean

__all__ = ["doctor", "gradescope", "mutants", "new_exercise", "release", "sample_class", "tidy"]


def release(course, options):
    from autograder.release.command import release_assignment

    release_assignment(course, options.assignment, language=options.language, run=not options.no_run)
    return 0


def tidy(course, options):
    from autograder.course.assignment import load_assignment
    from autograder.release.normalize import tidy_notebook

    assignment = load_assignment(course, options.assignment)
    for name in assignment.sources:
        changed = tidy_notebook(assignment.folder / name)
        print(f"{name}: {'put into canonical form' if changed else 'is in canonical form'}")
    return 0


def new_exercise(course, options):
    from autograder.authoring.new_exercise import new_exercise

    new_exercise(
        course,
        options.name,
        notebook=options.notebook,
        points=options.points,
        after=options.after,
        assignment_name=options.assignment,
    )
    return 0


def mutants(course, options):
    from autograder.atomic_io import write_text
    from autograder.authoring.matrix import measure
    from autograder.authoring.matrix_page import matrix_page, matrix_text
    from autograder.authoring.time_limits import limits_section, limits_text, slowest_programs, too_slow
    from autograder.course.assignment import load_assignment
    from autograder.scoring.scorer import scorer_for

    assignment = load_assignment(course, options.assignment)
    for file, notebook in assignment.provided.items():
        if options.exercise in {cell.grade_id for cell in notebook.solution_cells}:
            raise UsageError(
                f"{options.exercise} is in {file}, which is not handed out: add it to c.Assignment.notebooks first"
            )
    if options.exercise and options.exercise not in assignment.exercises:
        raise UsageError(f"there is no exercise {options.exercise!r}: there is {', '.join(assignment.exercises)}")
    matrix = measure(
        course,
        assignment.name,
        seeds=options.seeds,
        exercise=options.exercise,
        mechanical=hasattr(os, "fork"),
    )
    slowest = slowest_programs(scorer_for(course.root, assignment.name), options.exercise)
    print(matrix_text(matrix))
    print(limits_text(slowest, assignment.settings))
    if options.page:
        write_text(options.page, f"{matrix_page(matrix)}\n{limits_section(slowest, assignment.settings)}")
        print(f"page: {options.page}")
    return 1 if matrix.problems() or too_slow(slowest, assignment.settings) else 0


def sample_class(course, options):
    from autograder.sample_class.command import write_sample_class

    if options.remove:
        from autograder.grading.remove_sample_class import remove_sample_class

        removed, real = remove_sample_class(course, options.assignment)
        print(f"removed: {len(removed)} submissions of the made-up class, with results, marks and feedback")
        if real:
            print(f"left alone, because something else was handed in there since: {listed(map(clean, real))}")
        print("Reports and exports that were made before still have the made-up class: make them again.")
        return 0
    students = write_sample_class(course, options.assignment, count=options.count)
    print(f"{len(students)} submissions in {course.submitted}: {listed(students)}")
    return 0


def gradescope(course, options):
    from autograder.gradescope.bundle import bundle_for_gradescope

    bundle_for_gradescope(course, options.assignment)
    return 0


def doctor(course, options):
    from autograder.doctor import examine

    return examine(course, sys.stdout)
