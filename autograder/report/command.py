"""`report`: from the stored results of a class, and what lies beside them, to the file of the report."""

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
    - anonymous: name nobody, and show no text that comes from students.
    - output: the file; reports/<assignment>/index.html without it, or anonymous.html beside it.

    Returns: the path of the report.

    Raises: UsageError when there is no result, or the file can't be written.
    """
    assignment = load_assignment(course, assignment_name)
    target = Path(output or course.reports / assignment.name / ("anonymous.html" if anonymous else "index.html"))
    if target.is_dir():
        raise UsageError(f"{target} is a folder, and the report is one file: give a name like {target / 'index.html'}")
    figures = summarize(load_all(course, assignment.name))
    if not figures.rows:
        raise UsageError(
            f"there is no result of {assignment.name} in {course.results}: run `make autograde` first, then this again"
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
        raise UsageError(f"{target} can't be written ({error.strerror}): give another file with --output") from None
    return target


def _handed_in(course: Course, assignment: Assignment) -> list[str]:
    """The names of all folders with work in them, also of those that can't be a student's id."""
    try:
        students = students_of(course, assignment)
    except UsageError:  # nobody's work is here any more: the results alone may have been kept
        return []
    return sorted([*students, *(name for name, _ in folders_left_out(course, assignment))])


class _Links:
    """Finds a student's feedback pages that are there: (notebook, URL as seen from the report)."""

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
