"""All that scoring needs, set up once per process and used for many submissions."""

import atexit
import functools
import time

from autograder.course.assignment import load_assignment
from autograder.course.config import load_course
from autograder.errors import SandboxError
from autograder.intake.reader import Reader
from autograder.sandbox.isolation import open_sandbox
from autograder.scoring.cache_keys import Keys
from autograder.scoring.points import award_points
from autograder.scoring.reference import load_reference
from autograder.scoring.results import Stored, load_stored, save_stored
from autograder.scoring.test_runner import run_hidden_tests

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
        return open_sandbox(self.assignment.settings.limits, self.isolation, policy=self.assignment.default_policy)

    @functools.cached_property
    def reader(self):
        """The Reader of the submissions that `score_folder` scores; it is closed when this process ends."""
        reader = Reader(self.assignment)
        atexit.register(reader.close)
        return reader

    def score(self, submission):
        """Score a submission; returns its result.

        Raises: SandboxError when the sandbox breaks, GraderError when the grader fails otherwise.
        """
        outcomes = self.outcomes(submission, set(self.assignment.exercises))
        return award_points(outcomes, submission, self.assignment, self.sandbox.isolation)

    def outcomes(self, submission, exercises):
        """Run the hidden tests of some exercises; returns dict of exercise → its tests, see test_runner."""
        needed = self.assignment.content.needed(exercises)
        try:
            outcomes = run_hidden_tests(submission, self.assignment, self.reference, self.sandbox, self.course, needed)
        except SandboxError as error:
            raise SandboxError(f"the sandbox broke while {submission.student} was scored: {error}") from None
        return {name: tests for name, tests in outcomes.items() if name in exercises}

    def score_folder(self, path, student):
        """Score what a student handed in, and store the result; what is stored and still holds is not done again."""
        submission = self.reader.read(path, student=student)
        all_keys = Keys(self.assignment, self.course, self.sandbox.isolation)
        keys = all_keys.of(submission)
        stored = load_stored(self.course, self.assignment.name, student)
        known = stored.outcomes(keys) if stored else {}
        missing = keys.keys() - known.keys()
        started = time.monotonic()
        new = self.outcomes(submission, missing) if missing else {}
        result = award_points(known | new, submission, self.assignment, self.sandbox.isolation)
        if missing or result != stored.result:
            seconds = time.monotonic() - started if missing else stored.seconds
            save_stored(self.course, Stored(result, keys, seconds, all_keys.causes(submission)))
        return result


@functools.cache
def scorer_for(root, assignment_name, isolation=None):
    """The Scorer of an assignment in a course folder, the same one for each call in this process."""
    course = load_course(root)
    return Scorer(course, load_assignment(course, assignment_name), isolation)
