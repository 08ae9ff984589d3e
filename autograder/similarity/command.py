"""`similarity`: compare the submissions of a class, and make the page with similar pairs."""

from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.course.manifest import released_texts
from autograder.errors import reason_of
from autograder.intake.class_list import students_of
from autograder.intake.reader import Reader
from autograder.intake.submission import Submission
from autograder.similarity.comparison import Report, compare_class
from autograder.similarity.page import similarity_page

__all__ = ["compare_submissions"]


def compare_submissions(course: Course, assignment: Assignment) -> tuple[Report, dict[str, str], str]:
    """Compare the submissions of a class.

    Returns: (report, dict of student → reason why the submission was not compared, HTML text of the
    page).

    Raises: UsageError if no submissions exist, or copydetect is not installed.
    """
    submissions: list[Submission] = []
    left_out: dict[str, str] = {}
    with Reader(assignment) as reader:
        for student in students_of(course, assignment):
            folder = course.handed_in(student, assignment.name)
            try:
                submission = reader.read(folder, student=student, below=course.submitted)
            except Exception as error:  # an error of one student must not affect the others
                left_out[student] = reason_of(error)
                continue
            if any(submission.notebooks.values()):
                submissions.append(submission)
            else:
                problems = (problem.sentence for problem in submission.unusable.values())
                left_out[student] = next(problems, "its notebooks are empty")
    report = compare_class(submissions, assignment, released_texts(course, assignment.name))
    return report, left_out, similarity_page(report, assignment.name, left_out=left_out)
