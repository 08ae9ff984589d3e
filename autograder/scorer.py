"""All that scoring needs, set up once per process and used for many submissions."""

import functools

from autograder.assignment import load_assignment
from autograder.config import load_course
from autograder.errors import SandboxError
from autograder.intake import read_submission
from autograder.reference import load_reference
from autograder.results import load_result, save_result, scoring_key
from autograder.sandbox.ladder import open_sandbox
from autograder.scoring import score_submission

__all__ = ["Scorer", "scorer_for"]


class Scorer:
    """Scores submissions of one assignment; keeps the reference and the sandbox between them.

    Inputs:
    - isolation: "bwrap", "inner" or "none"; None for the best sandbox that can be had.
    """

    def __init__(self, course, assignment, isolation=None):
        self.course = course
        self.assignment = assignment
        self.isolation = isolation

    @functools.cached_property
    def reference(self):
        """The reference's functions."""
        return load_reference(self.assignment)

    @functools.cached_property
    def sandbox(self):
        """The Sandbox, opened and proven when it is first needed. Raises: SandboxError when it is not in force."""
        return open_sandbox(self.course.limits, self.isolation)

    def score(self, submission):
        """Score a submission; returns its result.

        Raises: SandboxError when the sandbox breaks, GraderError when the grader fails otherwise.
        """
        try:
            return score_submission(submission, self.assignment, self.reference, self.sandbox, self.course)
        except SandboxError as error:
            raise SandboxError(f"the sandbox broke while {submission.student} was scored: {error}") from None

    def score_folder(self, path, student):
        """Score what a student handed in, and store the result; a stored one that still holds is taken as it is."""
        submission = read_submission(path, self.assignment, student=student)
        key = scoring_key(submission, self.assignment, self.course, self.sandbox.isolation)
        result = load_result(self.course, self.assignment.name, student, key=key)
        if result is None:
            result = self.score(submission)
            save_result(self.course, result, key)
        return result


@functools.cache
def scorer_for(root, assignment_name, isolation=None):
    """The Scorer of an assignment in a course folder, the same one for each call in this process."""
    course = load_course(root)
    return Scorer(course, load_assignment(course, assignment_name), isolation)
