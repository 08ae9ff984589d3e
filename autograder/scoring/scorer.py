"""Runs the hidden tests of one assignment on many submissions; set up once per process."""

import functools
from collections.abc import Collection
from pathlib import Path

from autograder.course.assignment import Assignment, load_assignment
from autograder.course.config import Course, load_course
from autograder.errors import SandboxError
from autograder.intake.submission import Submission
from autograder.model import Outcomes, Result
from autograder.sandbox.isolation import open_sandbox
from autograder.sandbox.supervisor import Sandbox
from autograder.scoring.points import award_points
from autograder.scoring.reference import Reference, load_reference
from autograder.scoring.test_runner import run_hidden_tests

__all__ = ["Scorer", "scorer_for"]


class Scorer:
    """Scores submissions of one assignment; keeps the reference and the sandbox between them.

    Inputs:
    - isolation: "bwrap", "inner" or "none"; None for the best sandbox that can be had.
    """

    def __init__(self, course: Course, assignment: Assignment, isolation: str | None = None):
        self.course = course
        self.assignment = assignment
        self.isolation = isolation

    @functools.cached_property
    def reference(self) -> Reference:
        """The reference's functions."""
        return load_reference(self.assignment)

    @functools.cached_property
    def sandbox(self) -> Sandbox:
        """The Sandbox, opened and proven when it is first needed. Raises: SandboxError when it is not in force."""
        return open_sandbox(self.assignment.settings.limits, self.isolation, policy=self.assignment.default_policy)

    def score(self, submission: Submission) -> Result:
        """Score all exercises of a submission, and award its points.

        Raises: SandboxError when the sandbox breaks, GraderError when the grader fails otherwise.
        """
        outcomes = self.outcomes(submission, set(self.assignment.exercises))
        return award_points(outcomes, submission, self.assignment, self.sandbox.isolation)

    def outcomes(self, submission: Submission, exercises: Collection[str]) -> Outcomes:
        """Run the hidden tests of some exercises; returns dict of exercise → its tests, see test_runner."""
        needed = self.assignment.content.needed(exercises)
        try:
            outcomes = run_hidden_tests(submission, self.assignment, self.reference, self.sandbox, self.course, needed)
        except SandboxError as error:
            raise SandboxError(f"the sandbox broke while {submission.student} was scored: {error}") from None
        return {name: tests for name, tests in outcomes.items() if name in exercises}

    def close(self) -> None:
        """Close the sandbox, if it is open."""
        if sandbox := vars(self).pop("sandbox", None):
            sandbox.close()


@functools.cache
def scorer_for(root: str | Path, assignment_name: str, isolation: str | None = None) -> Scorer:
    """The Scorer of an assignment in a course folder, the same one for each call in this process."""
    course = load_course(root)
    return Scorer(course, load_assignment(course, assignment_name), isolation)
