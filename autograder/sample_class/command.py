"""The sample class: submissions made from the source notebooks, each with one known fault.

`.sample_class.json` in the folder of submissions records the written folders and their contents. A
folder of the same name with other content belongs to a real student.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from autograder.atomic_io import write_text
from autograder.course.assignment import Assignment, load_assignment
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.gradebook.merge_notebook import stage_submission
from autograder.intake.submission import Submission, SubmittedCell
from autograder.mutants.models import Mutant, Variant
from autograder.sample_class.profiles import Change, Sample, samples_of
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


def write_sample_class(course: Course, assignment_name: str | None = None, *, count: int = 0) -> list[str]:
    """Write the submissions of a sample class into the course's folder of submissions.

    Inputs:
    - assignment_name: by default the course's default assignment.
    - count: number of submissions; 0 for one of each kind. Further submissions are drawn, see
      random_class.

    Returns: the ids of the students.

    Raises: UsageError if a real student has such an id; then nothing is written.
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
                f"{len(real)} ids of the sample class belong to real students or to changed submissions:"
                f" {', '.join(real[:5])}{' …' if len(real) > 5 else ''}; move their {assignment.name} out of"
                f" {course.submitted} first"
            )
        _keep_record(course, assignment.name, known | new)
        for student, place in places.items():
            shutil.rmtree(place, ignore_errors=True)
            place.parent.mkdir(exist_ok=True)
            (private / student).rename(place)
    return students


def read_sample_class(course: Course, assignment_name: str) -> dict[str, str]:
    """Read the record of the sample class: student → hash of the written submission."""
    try:
        found = json.loads((course.submitted / RECORD).read_text(encoding="utf-8")).get(assignment_name, {})
    except (OSError, ValueError, AttributeError):
        return {}
    return found if isinstance(found, dict) else {}


def forget_sample_class(course: Course, assignment_name: str) -> None:
    """Remove an assignment from the record."""
    _keep_record(course, assignment_name, {})


def is_sample(folder: Path, digest: str | None) -> bool:
    """Return True if a folder is an unchanged submission of the sample class.

    Inputs:
    - digest: hash in the record, or None.
    """
    return digest is not None and not folder.is_symlink() and folder.is_dir() and _digest(folder) == digest


def _keep_record(course: Course, assignment_name: str, students: Mapping[str, str]) -> None:
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


def _digest(folder: Path) -> str:
    """Return a hash of the names and contents of the files in a folder."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(path.relative_to(folder).as_posix().encode("utf-8", "surrogateescape") + b"\0")
        if path.is_symlink() or not path.is_file():
            continue
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _write_submissions(folder: Path, assignment: Assignment, count: int) -> list[str]:
    """Write each submission into a folder with the student's id. Returns: the ids."""
    students: list[str] = []
    samples = samples_of(assignment)
    broken = [sample for sample in samples if sample.is_broken]
    for number in range(count or len(samples)):
        changes: list[Mutant | Variant] = []
        sample: Sample | None = None
        if number < len(samples):
            sample = samples[number]
            student = sample.student
        else:
            changes, sample = drawn(number, broken, assignment)
            student = f"student-{number + 1:03}"
        place = folder / student
        if sample is None:
            submission = changed_submission(assignment, student, changes)
        else:
            blank = list(assignment.exercises) if sample.state == "not attempted" else []
            submission = solved_submission(assignment, student, change=sample.change, blank=blank)
        stage_submission(submission, assignment, place)
        if sample and sample.damage:
            sample.damage(place, assignment)
        students.append(student)
    return students


def solved_submission(
    assignment: Assignment, student: str, *, change: Mapping[str, Change] | None = None, blank: Collection[str] = ()
) -> Submission:
    """Make a submission from the source's solutions.

    Inputs:
    - student: id.
    - change: exercise → function from the solution cell to another source.
    - blank: exercises that stay unchanged stubs; if there are any, all questions stay unanswered.
    """
    notebooks: dict[str, list[SubmittedCell]] = {}
    for name, notebook in assignment.notebooks.items():
        cells: list[SubmittedCell] = []
        for cell in notebook.solution_cells:
            source = cell.stub if cell.grade_id in blank else cell.source
            if change and cell.name in change:
                source = change[cell.name](cell)
            cells.append(SubmittedCell("code", MARKER.sub("", source), cell.grade_id))
        for cell in () if blank else notebook.question_cells:
            cells.append(SubmittedCell("markdown", MARKER.sub("", cell.source).strip(), cell.grade_id))
        notebooks[name] = cells
    answered = () if blank else assignment.questions
    return Submission(student, notebooks, (), {}, frozenset([*assignment.exercises, *answered]) - set(blank))


def changed_submission(assignment: Assignment, student: str, changes: Iterable[Mutant | Variant]) -> Submission:
    """Make a submission from the solutions with some mutants and variants.

    Inputs:
    - student: id.
    - changes: mutants and variants; several of one exercise are applied in order.

    Raises: UsageError if a change does not match the solution.
    """
    sources: dict[str, str] = {}
    helpers: list[tuple[str, str]] = []
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
