"""Runs the hidden pytest tests against one submission, and says of each what became of it."""

import copy
import time
import warnings
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.course.secret import hidden_seed
from autograder.errors import AuthorError, GraderError, SandboxError, StudentFault
from autograder.intake.submission import Submission
from autograder.model import Outcomes, TestOutcome, TestStatus
from autograder.mutants.models import Mutant
from autograder.printable import clean, clean_lines, in_words
from autograder.sandbox.clock import cpu_wait
from autograder.sandbox.session import Session
from autograder.sandbox.supervisor import Sandbox
from autograder.scoring.diagnosis import Budget, Diagnosis, Seen, diagnose
from autograder.scoring.error_maps import picture_of
from autograder.scoring.proxy import Call, Estimated, Student
from autograder.scoring.reference import Reference
from autograder.scoring.reference_runs import Observation
from autograder.scoring.relations import inputs_of, relation_of
from autograder.scoring.sessions import SessionsOfSubmission
from autograder.testing.compare import check_array
from autograder.testing.hidden import Check, HiddenTest, random_generator
from autograder.testing.recording import record_comparisons
from autograder.testing.tolerances import Tolerance

__all__ = ["run_hidden_tests"]

# Another hint than that of the test itself: a forward pass that is as far off is wrong.
WRONG_FORWARD = Tolerance(1e-4, "the bound of gradients, which depend on the cache")
ABORTING_STATUSES = (TestStatus.TIMEOUT, TestStatus.CRASHED)
# For each test once the time of its exercise is used up; for each test, and for the tests of an exercise together, once
# that of the submission is: most right programs take a tenth of that.
LAST_SECONDS = 1
DIAGNOSIS_SECONDS = 5  # of CPU, for all exercises of a submission; the worst that was seen without a limit took 1.5


def run_hidden_tests(
    submission: Submission,
    assignment: Assignment,
    reference: Reference,
    sandbox: Sandbox,
    course: Course,
    exercises: Collection[str],
    *,
    seconds: dict[str, float] | None = None,
) -> Outcomes:
    """Run every hidden test of some exercises against a submission.

    Inputs:
    - sandbox: the one that runs the student's code.
    - course: for the secret that hidden inputs are drawn from.
    - exercises: names; with those that one depends on (see cache_keys.with_needed), or its result is another.
    - seconds: gets the seconds that each test took, by its node.

    Raises: SandboxError when the sandbox breaks, GraderError when a hidden test fails in itself. Then there is no mark,
    good or bad.
    """
    # Overflows and the like are a student's, and tell the grader nothing.
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        run = _Run(submission, assignment, reference, sandbox, course, exercises)
        with run.sessions:
            # Exercise by exercise, what others depend on first.
            for name in assignment.content.in_order(run.outcomes):
                for test in assignment.content.tests_of(name):
                    took = run.run(test)
                    if seconds is not None:
                        seconds[test.node] = took
        return run.told()


def _picture_of(observation: Observation) -> dict[str, Any] | None:
    """The picture of a failed test; None where its values, which are a student's, are in the way of one."""
    try:
        return picture_of(observation.comparisons)
    except Exception:
        return None


@dataclass(frozen=True)
class _Outcome:
    """The outcome of a Check, before its misconception is known and texts are made safe to show."""

    check: Check
    status: TestStatus
    message: str
    output: str
    picture: dict[str, Any] | None
    attempt: "_Attempt | None" = None


@dataclass(frozen=True)
class _Setup:
    """What replaces parts of the submission in one run of a test, because upstream mistakes must not cost points here.

    - substitutes: names of the functions that the reference replaces.
    - given_cache: whether the backward pass gets a right cache. - mistakes: mutants of the forward pass that are in the
      reference's, too.
    - note: for the student, when the test passes in this setup and not in the first.
    """

    substitutes: tuple[str, ...] = ()
    given_cache: bool = False
    mistakes: tuple[Mutant, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class _Attempt:
    """One run of a test: what was seen, what the code printed, and what the student should fix first.

    - calls: see Student; of a test that was passed none are kept.
    """

    setup: _Setup
    seen: Observation
    output: str
    first: str = ""
    calls: Collection[Call] = ()

    def status(self, check: Check) -> TestStatus:
        fault = self.seen.of(check).fault
        return TestStatus(fault.status) if fault else TestStatus.PASSED

    def outcome(self, check: Check) -> _Outcome:
        """What became of a Check when this is the attempt that is told of."""
        seen = self.seen.of(check)
        return _Outcome(
            check,
            self.status(check),
            seen.fault.message + self.first if seen.fault else self.setup.note,
            self.output,
            _picture_of(seen) if seen.fault else None,
            self,
        )


class _Run:
    """Runs the hidden tests on one submission, and keeps what became of each."""

    def __init__(
        self,
        submission: Submission,
        assignment: Assignment,
        reference: Reference,
        sandbox: Sandbox,
        course: Course,
        exercises: Collection[str],
    ) -> None:
        self.submission = submission
        self.assignment = assignment
        self.reference_functions = reference
        self.sandbox = sandbox
        self.content, self.settings = assignment.content, assignment.settings
        wanted = [name for name in assignment.exercises if name in exercises]
        # By exercise: what was seen in the student's own run, and in one with right functions upstream.
        self.outcomes: dict[str, list[_Outcome]] = {name: [] for name in wanted}
        self.seen: dict[str, dict[Check, Observation | None]] = {name: {} for name in wanted}
        self.second: dict[str, dict[Check, _Attempt]] = {name: {} for name in wanted}
        self.diagnoses: dict[str, Diagnosis] = {}
        self.seconds = dict.fromkeys(wanted, 0.0)
        self.seconds_over = dict.fromkeys(wanted, 0.0)  # those after the submission's time was used up
        self.diagnosis_budget = Budget(DIAGNOSIS_SECONDS)
        self.asked_for_gradients: set[str] = set()  # nodes of the tests that did
        self.estimated: dict[str, str] = {}  # exercise → what was seen, where gradients were estimated
        self.started, self.cpu_wait = time.monotonic(), cpu_wait()
        known = assignment.content.signatures
        self.signatures = {name: known[name] for name in assignment.exercises if name in known}
        self.sessions = SessionsOfSubmission(submission, assignment, reference, sandbox, course)
        self.seed = hidden_seed(course.secret, submission.digest())

    def run(self, test: HiddenTest) -> float:
        """Run a test, after those that come before it in its exercise; returns the seconds that it took."""
        started = self._clock()
        try:
            self._run(test)
        except (AuthorError, SandboxError):
            raise
        except Exception as error:
            raise GraderError(f"hidden test {test.name} failed in itself: {type(error).__name__}: {error}") from error
        seconds = self._clock() - started
        self.seconds[test.exercise] += seconds
        self.seconds_over[test.exercise] += min(seconds, max(0.0, -self._seconds_left()))
        return seconds

    def _seconds_left(self) -> float:
        """What is left of the submission's time."""
        used = time.monotonic() - self.started - (cpu_wait() - self.cpu_wait) - self.sessions.cpu_wait()
        return self.settings.submission_seconds - used

    def _unfinished(self) -> str:
        """For the student: the exercises that used up the time of the submission."""
        names = [
            name for name, outcomes in self.outcomes.items() if any(o.status is TestStatus.TIMEOUT for o in outcomes)
        ]
        return f"because {', '.join(names)} did not finish" if names else "because all of it takes long"

    def _clock(self) -> float:
        """Seconds that count: what a busy machine made this process and the student's wait is left out."""
        return time.monotonic() - cpu_wait() - self.sessions.cpu_wait()

    def _run(self, test: HiddenTest) -> None:
        """Run a test in one setup after the other until all of it passes, and keep the outcome of each Check."""
        seen, outcomes = self.seen[test.exercise], self.outcomes[test.exercise]
        if fault := self._not_run(test):
            seen.update(dict.fromkeys(test.checks))
            outcomes += [_Outcome(check, TestStatus(fault.status), fault.message, "", None) for check in test.checks]
            return
        attempts: list[_Attempt] = []
        started = self._clock()
        for setup in self._setups(test):
            used = self.seconds[test.exercise] + self._clock() - started
            if attempts and (used > self.settings.exercise_seconds or self._seconds_left() <= 0):
                break
            attempts.append(self._run_in(test, setup))
            if all(any(not a.seen.of(check).fault for a in attempts) for check in test.checks):
                break
        first = attempts[0].seen.fault
        if isinstance(first, Estimated) and all(attempt.seen.fault for attempt in attempts):
            self.estimated.setdefault(test.exercise, first.message)
        for check in test.checks:
            passed = next((attempt for attempt in attempts if not attempt.seen.of(check).fault), None)
            if not passed:
                self._keep_second(check, attempts)
            attempt = passed or attempts[0]
            seen[check] = attempt.seen.of(check)
            outcomes.append(attempt.outcome(check))

    def _keep_second(self, check: Check, attempts: list[_Attempt]) -> None:
        """Keep what was seen with right functions upstream; its mistakes are the student's own, too."""
        others = [attempt for attempt in attempts[1:] if not attempt.setup.mistakes]
        telling = ("failed", "error") if attempts[0].status(check) is TestStatus.MISSING else ("failed",)
        found = [attempt for attempt in others if attempt.status(check) in telling]
        if found:
            self.second[check.test.exercise][check] = found[0]

    def _not_run(self, test: HiddenTest) -> StudentFault | None:
        """Why a test is not run at all, if it is not."""
        if test.exercise in self.estimated and self.content.forward_of(test.exercise):
            return StudentFault("skipped", f"does not count: {self.estimated[test.exercise]}")
        if self._seconds_left() <= 0 and (
            TestStatus.TIMEOUT in self._statuses([test.exercise]) or self.seconds_over[test.exercise] > LAST_SECONDS
        ):
            words = f"left out: this submission used up its {self.settings.submission_seconds:g} s"
            return StudentFault("skipped", f"{words}, {self._unfinished()}")
        return None

    def _setups(self, test: HiddenTest) -> Iterator[_Setup]:
        """The setups in which a test may be run, the submission as it is first."""
        forward = self.content.forward_of(test.exercise)
        statuses = self._statuses(test.substitutes)
        own = [] if test.substitutes and statuses & set(ABORTING_STATUSES) else [_Setup()]
        replaced = [_Setup(names, note=self._replaced_words(names)) for names in [test.substitutes] if names]
        setups = [*own, *replaced]
        wrong_forward = forward and self._statuses([forward]) - {TestStatus.PASSED}
        if wrong_forward and self._is_hopeless(forward):
            setups = []
        yield from setups
        if not wrong_forward:
            return
        signature = self.content.functions[forward]
        of_whom = f"a right {signature.delegates.function}" if signature.delegates else "a right forward pass"
        right = f"that {forward} is asked for" if signature.has_documented_cache else f"of {of_whom}"
        yield _Setup(test.substitutes, given_cache=True, note=f"passed with the cache {right}")
        if mistakes := self._diagnosis(forward).mutants:
            note = f"right for the cache that your {forward} gives"
            yield from (_Setup(setup.substitutes, mistakes=mistakes, note=note) for setup in setups)

    def _is_hopeless(self, forward: str) -> bool:
        return bool(self._statuses([forward]) & set(ABORTING_STATUSES))

    def _right_cache(self, student: Student, forward: str, arguments: tuple[Any, ...]) -> object:
        """The cache of a right forward pass: what the docstring fixes, or what the solution in the source notebook has.

        Where the forward pass should delegate to another function, it is the cache of that one.
        """
        signature = self.content.functions[forward]
        if signature.has_documented_cache:
            return tuple(arguments) if len(arguments) > 1 else arguments[0]
        if signature.delegates:
            return getattr(student, signature.delegates.function)(*signature.delegates.arguments(arguments))[1]
        return getattr(self.reference_functions, forward)(*copy.deepcopy(arguments))[1]

    def _replaced_words(self, names: tuple[str, ...]) -> str:
        """For the student: which of the replaced functions are known to be wrong."""
        wrong = [name for name in names if self._statuses([name]) - {TestStatus.PASSED}]
        return f"passed with right versions of {in_words(wrong or names)} in place of yours"

    def _statuses(self, exercises: Iterable[str]) -> set[TestStatus]:
        return {outcome.status for name in exercises for outcome in self.outcomes.get(name, ())}

    def _seconds_for(self, test: HiddenTest) -> float:
        """The seconds that a test may take."""
        most, left = self.settings.test_seconds, self._seconds_left()
        return min(most, LAST_SECONDS if self._took_too_long(test) else max(left, LAST_SECONDS))

    def _took_too_long(self, test: HiddenTest) -> bool:
        """Whether the exercise's earlier tests used up its time."""
        return self.seconds[test.exercise] > self.settings.exercise_seconds

    def _run_in(self, test: HiddenTest, setup: _Setup) -> _Attempt:
        """Run a test in one setup."""
        session: Session | None = None
        student: Student | None = None
        fault: StudentFault | None = None
        seconds = self._seconds_for(test)
        with record_comparisons(self.content.tolerances) as comparisons:
            try:
                session = self.sessions.get(test.exercise, test.imports, setup.substitutes, seconds)
                reference, forward = self.reference_functions, self.content.forward_of(test.exercise)
                if setup.mistakes:
                    changed = reference.changed(setup.mistakes)
                    if changed is None:
                        raise GraderError(f"the mistakes of {forward} can't be combined")
                    reference = reference.replaced(forward, changed)
                student = Student(
                    session,
                    self.signatures,
                    right_cache=self._right_cache if setup.given_cache else None,
                    runs_forward=not (setup.given_cache and self._is_hopeless(forward)),
                )
                test.run(
                    student=student,
                    reference=reference,
                    rng=random_generator(self.seed, test),
                    options=self.settings.options,
                )
            except StudentFault as error:
                fault = error
                if fault.status == "timeout" and seconds < self.settings.test_seconds:
                    # Another object: that of definitions which never end is raised again in the next test.
                    too_long = self._took_too_long(test)
                    reason = "because the tests before it took too long" if too_long else self._unfinished()
                    words = f"{fault.message} (only {seconds:.2g} s were left for it, {reason})"
                    fault = StudentFault("timeout", words)
            except SandboxError:
                raise
            except Exception:
                if not setup.mistakes:
                    raise
                # The reference itself can't go on from there: in this way the test says nothing.
                fault = StudentFault("skipped", "can't be judged on the cache of a wrong forward pass")
        if student and student.asked_for_gradients:
            self.asked_for_gradients.add(test.node)
        # An exercise that is not written yet leaves nothing behind that could harm the next test.
        if fault and fault.status != "missing":
            self.sessions.close()
        first = self._to_fix_first(student) if student and fault and fault.status == "failed" else ""
        # Of what was right nothing has to be kept.
        calls = student.calls if student and fault else ()
        seen = Observation(fault, tuple(comparisons) if fault else ())
        return _Attempt(setup, seen, session.output if session else "", first, calls)

    def _to_fix_first(self, student: Student) -> str:
        """The hint that the cache came from a forward pass which is wrong on this very input; or ""."""
        if not student.forward_call or self.content.functions[student.forward_call[0]].has_documented_cache:
            return ""
        forward, arguments, out = student.forward_call
        right, _ = getattr(self.reference_functions, forward)(*copy.deepcopy(arguments))
        try:
            check_array("out", out, right, WRONG_FORWARD)
        except StudentFault:
            return f". The cache is that of your {forward}, which is wrong on this input: fix it first"
        return ""

    def _diagnosis(self, exercise: str) -> Diagnosis:
        """The Diagnosis of an exercise whose tests have all been run."""
        if exercise not in self.diagnoses:
            seen = {check: observation for check, observation in self.seen[exercise].items() if observation}
            self.diagnoses[exercise] = self._diagnosed(exercise, seen)
        return self.diagnoses[exercise]

    def _diagnosed(self, exercise: str, seen: Seen) -> Diagnosis:
        return diagnose(
            exercise, seen, self.reference_functions, self.seed, self.assignment, budget=self.diagnosis_budget
        )

    def _look_again(self, exercise: str, words: dict[str, str | None]) -> None:
        """Where a run with right functions upstream explains more than the student's own, tell of that one."""
        second = self.second[exercise]
        if not second:
            return
        seen = {check: observation for check, observation in self.seen[exercise].items() if observation}
        seen |= {check: attempt.seen.of(check) for check, attempt in second.items()}
        more = self._diagnosed(exercise, seen).words
        for number, outcome in enumerate(self.outcomes[exercise]):
            check = outcome.check
            is_named = more.get(check.node) and not words.get(check.node)
            if check in second and (is_named or outcome.status is not TestStatus.FAILED):
                self.outcomes[exercise][number] = second[check].outcome(check)
                words[check.node] = more.get(check.node)

    def _told(self, exercise: str) -> tuple[TestOutcome, ...]:
        words: dict[str, str | None] = {**self._diagnosis(exercise).words}
        self._look_again(exercise, words)
        if exercise in self.estimated:
            message = f"does not count: {self.estimated[exercise]}"
            for number, outcome in enumerate(self.outcomes[exercise]):
                if outcome.status is TestStatus.PASSED and outcome.check.test.node in self.asked_for_gradients:
                    # Too few numbers may be at stake in this test for an estimate to be noticed.
                    self.outcomes[exercise][number] = replace(outcome, status=TestStatus.SKIPPED, message=message)
        return tuple(
            TestOutcome(
                outcome.check.title,
                round(outcome.check.weight, 6),
                outcome.status,
                clean(self._message(outcome, words), limit=self.settings.message_chars),
                words.get(outcome.check.node),
                outcome.picture,
                clean_lines(outcome.output, limit=self.settings.output_chars),
                test=outcome.check.test.node.partition("::")[2],
                part=outcome.check.part,
            )
            for outcome in self.outcomes[exercise]
        )

    def _message(self, outcome: _Outcome, words: dict[str, str | None]) -> str:
        """The message of a Check; of wrong values that no known mistake explains also how they relate to right ones."""
        attempt = outcome.attempt
        if outcome.status is not TestStatus.FAILED or words.get(outcome.check.node) or not attempt or attempt.first:
            return outcome.message
        try:
            inputs = inputs_of(attempt.calls, self.reference_functions)
            sentence = relation_of(attempt.seen, outcome.check.part, inputs)
        except Exception:  # the values are a student's, and a sentence about them is worth no score
            return outcome.message
        return f"{outcome.message}. {sentence}" if sentence else outcome.message

    def told(self) -> Outcomes:
        return {name: self._told(name) for name in self.outcomes}
