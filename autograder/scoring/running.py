"""Runs the hidden pytest tests against one submission, and says of each what became of it."""

import time
import warnings
from dataclasses import dataclass

import numpy as np

from autograder.course.secret import hidden_seed
from autograder.errors import GraderError, SandboxError, StudentFault
from autograder.mutants.catalogue import CONTRACTS
from autograder.plain_text import clean, clean_lines
from autograder.sandbox.clock import starved
from autograder.scoring.diagnosis import Budget, diagnose
from autograder.scoring.keys import in_order
from autograder.scoring.observing import Observation
from autograder.scoring.pictures import picture_of
from autograder.scoring.proxy import Estimated, Student
from autograder.scoring.sessions import SessionsOfSubmission
from autograder.testing.compare import watching
from autograder.testing.hidden import hidden_tests_of, random_generator

__all__ = ["run_hidden_tests"]

HOPELESS = ("timeout", "crashed")
# For each test, and for the tests of an exercise together, once the time of the submission is used up: right programs
# take a tenth of that.
LAST_SECONDS = 1
DIAGNOSIS_SECONDS = 5  # of CPU, for all exercises of a submission; the worst that was seen without a limit took 1.5


def run_hidden_tests(submission, assignment, reference, sandbox, course, exercises):
    """Run every hidden test of some exercises against a submission.

    Inputs:
    - submission: Submission; assignment: Assignment; reference: what load_reference gives.
    - sandbox: the Sandbox that runs the student's code.
    - course: Course, for limits and the secret that hidden inputs are drawn from.
    - exercises: names; with those that one depends on (see keys.needed_by), or its result is another.

    Returns: dict of exercise → list of its tests, as docs/grading.md describes them.

    Raises: SandboxError when the sandbox breaks, GraderError when a hidden test fails in itself. Then there is no mark,
    good or bad.
    """
    # Overflows and the like are a student's, and tell the grader nothing.
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        run = _Run(submission, assignment, reference, sandbox, course, exercises)
        with run.sessions:
            # Exercise by exercise, what others depend on first.
            for name in in_order(run.outcomes):
                for test in hidden_tests_of(name):
                    run.run(test)
        return run.told()


def _forward_of(exercise):
    """The forward pass whose cache a backward pass takes; "" for other exercises."""
    return getattr(CONTRACTS.get(exercise), "forward", "")


def _picture_of(observation):
    """The picture of a failed test; None where its values, which are a student's, are in the way of one."""
    try:
        return picture_of(observation.comparisons)
    except Exception:
        return None


@dataclass(frozen=True)
class _Way:
    """One way of running a test. What is wrong upstream must not cost points here, so there are several.

    - lends: functions that the reference lends in the place of the submission's.
    - given_cache: see Student. - mistakes: mutants of the forward pass that are in the reference's, too.
    - note: for the student, when the test is passed in this way and not in the first.
    """

    lends: tuple = ()
    given_cache: bool = False
    mistakes: tuple = ()
    note: str = ""


class _Run:
    """Runs the hidden tests on one submission, and keeps what became of each."""

    def __init__(self, submission, assignment, reference, sandbox, course, exercises):
        self.submission = submission
        self.assignment = assignment
        self.reference_functions = reference
        self.sandbox = sandbox
        self.course = course
        wanted = [name for name in assignment.exercises if name in exercises]
        self.outcomes = {name: [] for name in wanted}
        self.observations = {name: {} for name in wanted}
        self.diagnoses = {}
        self.seconds = dict.fromkeys(wanted, 0.0)
        self.seconds_over = dict.fromkeys(wanted, 0.0)  # those after the submission's time was used up
        self.diagnosis_budget = Budget(DIAGNOSIS_SECONDS)
        self.asked_for_gradients = set()  # nodes of the tests that did
        self.estimated = {}  # exercise → what was seen, where gradients were estimated
        self.started, self.starved = time.monotonic(), starved()
        self.sessions = SessionsOfSubmission(submission, assignment, reference, sandbox, course)
        self.seed = hidden_seed(course.secret, submission.digest())

    def run(self, test):
        """Run a test; the tests that come before it in its exercise have been run."""
        started = self._clock()
        try:
            self._run(test)
        except SandboxError:
            raise
        except Exception as error:
            raise GraderError(f"hidden test {test.name} failed in itself: {type(error).__name__}: {error}") from error
        seconds = self._clock() - started
        self.seconds[test.exercise] += seconds
        self.seconds_over[test.exercise] += min(seconds, max(0.0, -self._seconds_left()))

    def _seconds_left(self):
        """What is left of the submission's time."""
        used = time.monotonic() - self.started - (starved() - self.starved) - self.sessions.starved()
        return self.course.submission_seconds - used

    def _unfinished(self):
        """For the student: the exercises that used up the time of the submission."""
        names = [name for name, outcomes in self.outcomes.items() if any(o["status"] == "timeout" for o in outcomes)]
        return f"because {', '.join(names)} did not finish" if names else "because all of it takes long"

    def _clock(self):
        """Seconds that count: what a busy machine made this process and the student's wait is left out."""
        return time.monotonic() - starved() - self.sessions.starved()

    def _run(self, test):
        """Run a test in one way after the other until it is passed, and keep the outcome."""
        fault, note, output, observation = self._not_run(test), "", "", None
        if not fault:
            started = self._clock()
            for number, way in enumerate(self._ways(test)):
                used = self.seconds[test.exercise] + self._clock() - started
                if number and (used > self.course.exercise_seconds or self._seconds_left() <= 0):
                    break
                seen, printed = self._run_in(test, way)
                if number == 0 or seen.fault is None or self._tells_more(way, test, fault):
                    fault, observation, output, note = seen.fault, seen, printed, way.note
                if seen.fault is None:
                    break
            self.observations[test.exercise][test] = observation
            if isinstance(fault, Estimated):
                self.estimated.setdefault(test.exercise, fault.message)
        self.outcomes[test.exercise].append(
            {
                "test": test,
                "status": fault.status if fault else "passed",
                "message": clean(fault.message if fault else note, limit=self.course.message_chars),
                "output": clean_lines(output, limit=self.course.output_chars),
                "picture": _picture_of(observation) if fault and observation else None,
            }
        )

    def _tells_more(self, way, test, fault):
        """Whether what a way ends with says more than the fault before it: told is what is left upstream in order."""
        if way.given_cache:
            return fault.status == "skipped"  # the forward pass does not run: nothing has been seen of this one yet
        return bool(way.lends and not way.mistakes and self._statuses(test.lends) - {"passed"})

    def _not_run(self, test):
        """Why a test is not run at all, as a StudentFault, or None."""
        if test.exercise in self.estimated and _forward_of(test.exercise):
            return StudentFault("skipped", f"does not count: {self.estimated[test.exercise]}")
        if self.seconds[test.exercise] > self.course.exercise_seconds:
            return StudentFault("skipped", "left out, because the earlier tests of this exercise took too long")
        if self._seconds_left() <= 0 and (
            "timeout" in self._statuses([test.exercise]) or self.seconds_over[test.exercise] > LAST_SECONDS
        ):
            words = f"left out: this submission used up its {self.course.submission_seconds:g} s"
            return StudentFault("skipped", f"{words}, {self._unfinished()}")
        return None

    def _ways(self, test):
        """The ways of running a test, the submission as it is first."""
        forward = _forward_of(test.exercise)
        statuses = self._statuses(test.lends)
        own = [] if test.lends and statuses & {*HOPELESS, "missing"} else [_Way()]
        ways = [*own, *([_Way(test.lends, note=self._lent(test.lends))] if test.lends else [])]
        wrong_forward = forward and self._statuses([forward]) - {"passed"}
        if wrong_forward and self._statuses([forward]) & set(HOPELESS) and CONTRACTS[forward].has_documented_cache:
            ways = []
        yield from ways
        if wrong_forward and CONTRACTS[forward].has_documented_cache:
            yield _Way(given_cache=True, note=f"passed with the cache that {forward} is asked for")
        if wrong_forward and CONTRACTS[forward].of_pixels:
            right = f"passed with the cache of a right {CONTRACTS[forward].of_pixels}"
            yield _Way(test.lends, given_cache=True, note=right)
        if wrong_forward and (mistakes := self._diagnosis(forward).mutants):
            note = f"right for the cache that your {forward} gives"
            yield from (_Way(way.lends, mistakes=mistakes, note=note) for way in ways)

    def _lent(self, names):
        """For the student: of what is lent, that which is known to be wrong."""
        *others, last = [name for name in names if self._statuses([name]) - {"passed"}] or names
        listed = f"{', '.join(others)} and {last}" if others else last
        return f"passed with right versions of {listed} in place of yours"

    def _statuses(self, exercises):
        return {outcome["status"] for name in exercises for outcome in self.outcomes.get(name, ())}

    def _run_in(self, test, way):
        """Run a test in one way; returns (Observation, what the code printed)."""
        session, fault, student = None, None, None
        most = self.course.test_seconds
        seconds = min(most, max(self._seconds_left(), LAST_SECONDS))
        with watching() as comparisons:
            try:
                session = self.sessions.get(test.exercise, test.view, way.lends, seconds)
                reference = self.reference_functions
                if way.mistakes:
                    forward = CONTRACTS[test.exercise].forward
                    reference = reference.replaced(forward, reference.changed(way.mistakes))
                student = Student(session, self.assignment.exercises, given_cache=way.given_cache)
                test.run(
                    student=student,
                    reference=reference,
                    rng=random_generator(self.seed, test),
                    course=self.course,
                )
            except StudentFault as error:
                fault = error
                if fault.status == "timeout" and seconds < most:
                    # Another object: that of definitions which never end is raised again in the next test.
                    words = f"{fault.message} (only {seconds:.2g} s were left for it, {self._unfinished()})"
                    fault = StudentFault("timeout", words)
            except SandboxError:
                raise
            except Exception:
                if not way.mistakes:
                    raise
                # The reference itself can't go on from there: in this way the test says nothing.
                fault = StudentFault("skipped", "can't be judged on the cache of a wrong forward pass")
        if student and student.asked_for_gradients:
            self.asked_for_gradients.add(test.node)
        # An exercise that is not written yet leaves nothing behind that could harm the next test.
        if fault and fault.status != "missing":
            self.sessions.close()
        # Of what was right nothing has to be kept.
        return Observation(fault, tuple(comparisons) if fault else ()), session.output if session else ""

    def _diagnosis(self, exercise):
        """The Diagnosis of an exercise whose tests have all been run."""
        if exercise not in self.diagnoses:
            seen = {test: observation for test, observation in self.observations[exercise].items() if observation}
            self.diagnoses[exercise] = diagnose(
                exercise, seen, self.reference_functions, self.seed, self.course, budget=self.diagnosis_budget
            )
        return self.diagnoses[exercise]

    def _told(self, exercise):
        """The tests of an exercise as the result tells of them."""
        words = self._diagnosis(exercise).words
        if exercise in self.estimated:
            for outcome in self.outcomes[exercise]:
                if outcome["status"] == "passed" and outcome["test"].node in self.asked_for_gradients:
                    # Too few numbers may be at stake in this test for an estimate to be noticed.
                    outcome |= {"status": "skipped", "message": f"does not count: {self.estimated[exercise]}"}
        return [
            {
                "title": outcome["test"].title,
                "weight": outcome["test"].weight,
                "passed": outcome["status"] == "passed",
                "status": outcome["status"],
                "message": outcome["message"],
                "misconception": words.get(outcome["test"].node),
                "picture": outcome["picture"],
                "output": outcome["output"],
            }
            for outcome in self.outcomes[exercise]
        ]

    def told(self):
        """dict of exercise → its tests as the result tells of them."""
        return {name: self._told(name) for name in self.outcomes}
