"""A made-up class: submissions made from the source notebooks, each with one known fault."""

import re
import shutil

from autograder.course.assignment import load_assignment
from autograder.gradebook.rebuild import stage_submission
from autograder.intake.submission import Submission, SubmittedCell
from autograder.sample_class.kinds import WHOLE, samples_of
from autograder.sample_class.mixed import drawn

__all__ = ["changed_submission", "solved_submission", "write_sample_class"]

MARKER = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION.*\n?", re.MULTILINE)


def write_sample_class(course, assignment_name=None, *, count=0):
    """Write submissions of a made-up class into the course's folder of submissions.

    Inputs:
    - count: how many; 0 writes each kind once. Those beyond are drawn by their number, see mixed.

    Returns: the list of student ids.
    """
    assignment = load_assignment(course, assignment_name)
    students, samples = [], samples_of(assignment)
    broken = [sample for sample in samples if sample.student not in WHOLE]
    for number in range(count or len(samples)):
        is_drawn = number >= len(samples)
        changes, sample = drawn(number, broken, assignment.exercises) if is_drawn else ([], samples[number])
        student = f"student-{number + 1:03}" if is_drawn else sample.student
        folder = course.submitted / student / assignment.name
        shutil.rmtree(folder, ignore_errors=True)
        if sample is None:
            submission = changed_submission(assignment, student, changes)
        else:
            blank = assignment.exercises if sample.state == "not attempted" else ()
            submission = solved_submission(assignment, student, change=sample.change, blank=blank)
        stage_submission(submission, assignment, folder)
        if sample and sample.damage:
            sample.damage(folder, assignment)
        students.append(student)
    return students


def solved_submission(assignment, student, *, change=None, blank=()):
    """A submission made from the source's solutions.

    Inputs:
    - change: dict of exercise → function from its solution cell to the source that takes its place.
    - blank: exercises that are left as they are handed out, and then questions are too.
    """
    notebooks = {}
    for name, notebook in assignment.notebooks.items():
        cells = []
        for cell in notebook.solution_cells:
            source = cell.stub if cell.grade_id in blank else cell.source
            if cell.grade_id in (change or {}):
                source = change[cell.grade_id](cell)
            cells.append(SubmittedCell("code", MARKER.sub("", source), cell.grade_id))
        for cell in () if blank else notebook.question_cells:
            cells.append(SubmittedCell("markdown", MARKER.sub("", cell.source).strip(), cell.grade_id))
        notebooks[name] = cells
    answered = () if blank else assignment.questions
    return Submission(student, notebooks, (), {}, frozenset([*assignment.exercises, *answered]) - set(blank))


def changed_submission(assignment, student, changes):
    """The solutions with some changes of the catalogues in them.

    Inputs:
    - changes: Mutants or Variants, several of one exercise one after the other.
    """
    sources, helpers = {}, []
    for change in changes:
        cell = next(c for n in assignment.notebooks.values() for c in n.solution_cells if c.grade_id == change.exercise)
        sources[change.exercise] = change.applied(sources.get(change.exercise, cell.source))
        if change.helper:
            helpers.append((change.exercise, change.helper))
    solved = {exercise: lambda cell, source=source: source for exercise, source in sources.items()}
    submission = solved_submission(assignment, student, change=solved)
    for exercise, helper in helpers:
        cells = submission.notebooks[assignment.exercises[exercise].notebook]
        position = next(i for i, cell in enumerate(cells) if cell.grade_id == exercise)
        cells.insert(position + 1, SubmittedCell("code", helper, None, exercise))
    return submission
