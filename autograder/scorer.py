"""All that scoring needs, set up once per process and used for many submissions."""

import functools

from autograder.assignment import load_assignment
from autograder.config import load_course
from autograder.errors import GraderError
from autograder.intake import read_submission
from autograder.reference import load_reference
from autograder.results import load_result, save_result, scoring_key
from autograder.sandbox.host import Worker
from autograder.scoring import score_submission

__all__ = ["Scorer", "scorer_for"]


class Scorer:
    """Scores submissions of one assignment; keeps the reference and the worker between them."""

    def __init__(self, course, assignment):
        self.course = course
        self.assignment = assignment
        self.reference = load_reference(assignment)
        self.worker = Worker(course.limits)

    def score(self, submission):
        """Score a submission; returns its result.

        Raises: GraderError when the grader itself fails. A worker that ended is replaced, so that the next submission
        finds one, and this one gets a second try.
        """
        for _ in range(2):
            try:
                return score_submission(submission, self.assignment, self.reference, self.worker, self.course)
            except GraderError:
                if self.worker.is_alive:
                    raise
                self.worker.close()
                self.worker = Worker(self.course.limits)
        raise GraderError(
            f"the worker ended twice while it ran the code of {submission.student}: look at what that code does"
        )

    def score_folder(self, path, student):
        """Score what a student handed in, and store the result; a stored one that still holds is taken as it is."""
        submission = read_submission(path, self.assignment, student=student)
        key = scoring_key(submission, self.assignment, self.course)
        result = load_result(self.course, self.assignment.name, student, key=key)
        if result is None:
            result = self.score(submission)
            save_result(self.course, result, key)
        return result


@functools.cache
def scorer_for(root, assignment_name):
    """The Scorer of an assignment in a course folder, the same one for each call in this process."""
    course = load_course(root)
    return Scorer(course, load_assignment(course, assignment_name))
