"""A made-up class: submissions made from the source notebooks, each with one known fault.

`.sample_class.json` in the folder of submissions says which folders this has written, and what was in them. A student
of the same name, whose folder holds something else, is somebody real.
"""

import hashlib
import json
import re
import shutil

from autograder.atomic_io import write_text
from autograder.course.assignment import load_assignment
from autograder.errors import UsageError
from autograder.gradebook.merge_notebook import stage_submission
from autograder.intake.submission import Submission, SubmittedCell
from autograder.sample_class.profiles import samples_of
from autograder.sample_class.random_class import drawn
from student_tools.atomic_write import unfinished_folder

__all__ = [
    "changed_submission",
    "forget_sample_class",
    "is_sample",
    "read_sample_class",
    "solved_submission",
    "write_sample_class",
]

RECORD = ".sample_class.json"

MARKER = re.compile(r"^[ \t]*### (BEGIN|END) SOLUTION.*\n?", re.MULTILINE)


def write_sample_class(course, assignment_name=None, *, count=0):
    """Write submissions of a made-up class into the course's folder of submissions.

    Inputs:
    - count: how many; 0 writes each kind once. Those beyond are drawn by their number, see mixed.

    Returns: the list of student ids.

    Raises: UsageError when somebody else handed in under such an id; then nothing is written.
    """
    assignment = load_assignment(course, assignment_name)
    course.submitted.mkdir(parents=True, exist_ok=True)
    with unfinished_folder(course.submitted) as private:
        students = _write_submissions(private, assignment, count)
        known = read_sample_class(course, assignment.name)
        new = {student: _digest(private / student) for student in students}
        places = {student: course.handed_in(student, assignment.name) for student in students}
        real = [
            student
            for student, place in places.items()
            if place.exists() and not is_sample(place, known.get(student)) and not is_sample(place, new[student])
        ]
        if real:
            raise UsageError(
                f"{len(real)} ids of the made-up class are those of real students or of submissions that were changed:"
                f" {', '.join(real[:5])}{' …' if len(real) > 5 else ''}; move their {assignment.name} out of"
                f" {course.submitted} first"
            )
        _keep_record(course, assignment.name, known | new)
        for student, place in places.items():
            shutil.rmtree(place, ignore_errors=True)
            place.parent.mkdir(exist_ok=True)
            (private / student).rename(place)
    return students


def read_sample_class(course, assignment_name):
    """The submissions of the made-up class: dict of student → hash of what was written."""
    try:
        found = json.loads((course.submitted / RECORD).read_text(encoding="utf-8")).get(assignment_name, {})
    except (OSError, ValueError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}


def forget_sample_class(course, assignment_name):
    """Take an assignment out of the record."""
    _keep_record(course, assignment_name, {})


def is_sample(folder, digest):
    """Whether a folder holds what the made-up class has there. - digest: of the record; None where it has none."""
    return digest is not None and not folder.is_symlink() and folder.is_dir() and _digest(folder) == digest


def _keep_record(course, assignment_name, students):
    path = course.submitted / RECORD
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        content = {}
    content = {name: known for name, known in {**content, assignment_name: students}.items() if known}
    if content:
        write_text(path, json.dumps(content, indent=1, sort_keys=True) + "\n")
    else:
        path.unlink(missing_ok=True)


def _digest(folder):
    """A hash of the names and contents of the files in a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape") + b"\0")
        if path.is_symlink() or not path.is_file():
            continue
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _write_submissions(folder, assignment, count):
    """Write the submissions, each into a folder of the student's id; returns the ids."""
    students, samples = [], samples_of(assignment)
    broken = [sample for sample in samples if sample.is_broken]
    for number in range(count or len(samples)):
        is_drawn = number >= len(samples)
        changes, sample = drawn(number, broken, assignment) if is_drawn else ([], samples[number])
        student = f"student-{number + 1:03}" if is_drawn else sample.student
        place = folder / student
        if sample is None:
            submission = changed_submission(assignment, student, changes)
        else:
            blank = assignment.exercises if sample.state == "not attempted" else ()
            submission = solved_submission(assignment, student, change=sample.change, blank=blank)
        stage_submission(submission, assignment, place)
        if sample and sample.damage:
            sample.damage(place, assignment)
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
