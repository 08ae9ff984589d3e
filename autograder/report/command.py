"""`report`: write the class report from the stored results."""

import os
from pathlib import Path
from urllib.parse import quote

from autograder.atomic_io import write_text
from autograder.course.assignment import Assignment, load_assignment
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.intake.class_list import folders_left_out, students_of
from autograder.release.checks_record import bundle_path, read_proof
from autograder.report.page import report_page
from autograder.report.statistics import summarize
from autograder.scoring.results import load_all, load_not_scored

__all__ = ["write_report"]


def write_report(
    course: Course, assignment_name: str | None = None, *, anonymous: bool = False, output: str | Path | None = None
) -> Path:
    """Write the class report of an assignment.

    Inputs:
    - assignment_name: by default the course's default assignment.
    - anonymous: True to leave out names of students and text from students.
    - output: path of the file; by default index.html or anonymous.html in reports/<assignment>/.

    Returns: the path of the report.

    Raises: UsageError if no result exists, or the file can't be written.
    """
    assignment = load_assignment(course, assignment_name)
    target = Path(output or course.reports / assignment.name / ("anonymous.html" if anonymous else "index.html"))
    if target.is_dir():
        raise UsageError(f"expected a file for the report, got the folder {target}: give {target / 'index.html'}")
    known = {mutant.words for mutant in assignment.content.mutants}
    figures = summarize(load_all(course, assignment.name), known)
    if not figures.rows:
        raise UsageError(
            f"expected results of {assignment.name} in {course.results}, got none: run `make autograde` first"
        )
    graded = {row.student for row in figures.rows}
    bundle = bundle_path(course, assignment.name)
    page = report_page(
        figures,
        name=assignment.name,
        links=_Links(course, assignment, target),
        secret=course.secret if anonymous else None,
        without_result=[student for student in _handed_in(course, assignment) if student not in graded],
        not_scored=load_not_scored(course, assignment.name),
        bundle=bundle.name,
        proof=read_proof(bundle),
        abbreviations=assignment.settings.abbreviations,
    )
    try:
        write_text(target, page)
    except OSError as error:
        raise UsageError(f"cannot write {target} ({error.strerror}): give another file with --output") from None
    return target


def _handed_in(course: Course, assignment: Assignment) -> list[str]:
    """Return the names of all folders with submissions, also of those that are not valid ids."""
    try:
        students = students_of(course, assignment)
    except UsageError:  # the submissions may have been deleted, and only the results kept
        return []
    return sorted([*students, *(name for name, _ in folders_left_out(course, assignment))])


class _Links:
    """Return the existing feedback pages of a student: (notebook, URL relative to the report)."""

    def __init__(self, course: Course, assignment: Assignment, target: Path) -> None:
        self.folder, self.assignment = course.feedback, assignment.name
        self.pages = [Path(name).stem for name in assignment.notebooks]
        self.base = Path(os.path.relpath(course.feedback, target.absolute().parent))

    def __call__(self, student: str) -> list[tuple[str, str]]:
        parts = [Path(student, self.assignment, f"{page}.html") for page in self.pages]
        return [
            (page, quote(os.fsencode((self.base / part).as_posix())))
            for page, part in zip(self.pages, parts, strict=True)
            if (self.folder / part).is_file()
        ]
