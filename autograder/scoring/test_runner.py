"""Runs the hidden tests on one submission and returns their outcomes."""

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
from autograder.language import tr
from autograder.model import Outcomes, Place, TestOutcome, TestStatus
from autograder.mutants.models import Mutant
from autograder.printable import clean, clean_lines
from autograder.sandbox.clock import cpu_wait
from autograder.sandbox.session import Session
from autograder.sandbox.supervisor import Sandbox
from autograder.scoring.diagnosis import COMPARABLE, Budget, Diagnosis, Kept, Seen, diagnose
from autograder.scoring.error_maps import picture_of
from autograder.scoring.proxy import Call, Estimated, Student
from autograder.scoring.reference import Reference
from autograder.scoring.reference_runs import Observation
from autograder.scoring.relations import inputs_of, relation_of
from autograder.scoring.sessions import ABORTING_STATUSES, SessionsOfSubmission
from autograder.testing.compare import check_array
from autograder.testing.hidden import Check, HiddenTest, random_generator
from autograder.testing.recording import record_comparisons
from autograder.testing.tolerances import Tolerance
from student_tools.wording import joined

__all__ = ["observe_submission", "run_hidden_tests"]

# A forward pass with a larger error is reported as wrong.
WRONG_FORWARD = Tolerance(1e-4, "the bound of gradients, which depend on the cache")
# Share of `test_seconds` that a test gets after a test of its exercise timed out, and after the time of its
# exercise or of the submission is used up. Nearly all correct implementations need less than half of that.
SHORT = 0.1
DIAGNOSIS_SECONDS = 5  # CPU time for all exercises of a submission; the slowest diagnosis without a limit took 1.5


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
    """Run every hidden test of some exercises on a submission.

    Inputs:
    - submission: see Submission
    - assignment: with its content and settings
    - reference: the solutions
    - sandbox: runs the student's code
    - course: for the secret, from which the hidden inputs are seeded
    - exercises: names, together with the exercises that they depend on (see Content.needed)
    - seconds: gets node of a test → CPU seconds of the student's code; changed in place

    Returns: exercise → outcomes of its tests.

    Raises: SandboxError if the sandbox breaks, GraderError for an error in a hidden test. Then the
    submission gets no score.
    """
    # Overflows and similar warnings come from student values.
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        run = _Run(submission, assignment, reference, sandbox, course, exercises)
        with run.sessions:
            # Exercise by exercise, dependencies first.
            for name in assignment.content.in_order(run.outcomes):
                for test in assignment.content.tests_of(name):
                    spent = run.run(test)
                    if seconds is not None:
                        seconds[test.node] = spent
        return run.results()


def observe_submission(
    submission: Submission,
    assignment: Assignment,
    reference: Reference,
    sandbox: Sandbox,
    course: Course,
    exercise: str,
    seed: list[int],
) -> Seen:
    """Run the hidden tests of an exercise, and of those that it needs, with a given seed.

    Inputs: see run_hidden_tests, and
    - exercise: name
    - seed: of the hidden inputs; submissions that are compared need the same seed

    Returns: Check of the exercise → Observation, with correct earlier functions if those of the
    submission fail; without Checks that say nothing about values, such as a timeout.

    Raises: SandboxError if the sandbox breaks, GraderError for an error in a hidden test.
    """
    with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
        run = _Run(submission, assignment, reference, sandbox, course, assignment.content.needed({exercise}), seed)
        with run.sessions:
            for name in assignment.content.in_order(run.outcomes):
                for test in assignment.content.tests_of(name):
                    run.run(test)
    seen = run.seen[exercise] | {check: attempt.seen.of(check) for check, attempt in run.second[exercise].items()}
    return {check: one for check, one in seen.items() if one and (not one.fault or one.fault.status in COMPARABLE)}


def _picture_of(observation: Observation) -> dict[str, Any] | None:
    """The error map of a failed test; None if the student's values do not allow one."""
    try:
        return picture_of(observation.comparisons)
    except Exception:
        return None


@dataclass(frozen=True)
class _Outcome:
    """The outcome of a Check before its diagnosis, with texts that are not yet sanitized."""

    check: Check
    status: TestStatus
    message: str
    output: str
    picture: dict[str, Any] | None
    attempt: "_Attempt | None" = None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class _Setup:
    """The parts of a submission that are replaced in one run of a test.

    A mistake in an earlier exercise must not cost points in this one.

    - substitutes: names of the functions that substitutes replace
    - given_cache: True if the backward pass gets a correct cache
    - mistakes: mutants of the forward pass that are applied to the reference, too
    - note: for the student, if the test passes in this setup but not in the first
    """

    substitutes: tuple[str, ...] = ()
    given_cache: bool = False
    mistakes: tuple[Mutant, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class _Attempt:
    """One run of a test.

    - setup: see _Setup
    - seen: its Observation
    - output: printed text of student code
    - seconds: CPU time of the student's code
    - first: what the student should fix first, as the end of a message; or ""
    - calls: see Student; () for a passed test
    """

    setup: _Setup
    seen: Observation
    output: str
    seconds: float
    first: str = ""
    calls: Collection[Call] = ()

    def status(self, check: Check) -> TestStatus:
        fault = self.seen.of(check).fault
        return TestStatus(fault.status) if fault else TestStatus.PASSED

    def outcome(self, check: Check) -> _Outcome:
        """The outcome of a Check, if this attempt is reported."""
        seen = self.seen.of(check)
        return _Outcome(
            check,
            self.status(check),
            seen.fault.message + self.first if seen.fault else self.setup.note,
            self.output,
            _picture_of(seen) if seen.fault else None,
            self,
            seen.fault.places if seen.fault else (),
        )


class _Run:
    """Runs the hidden tests on one submission and keeps their outcomes."""

    def __init__(
        self,
        submission: Submission,
        assignment: Assignment,
        reference: Reference,
        sandbox: Sandbox,
        course: Course,
        exercises: Collection[str],
        seed: list[int] | None = None,
    ) -> None:
        self.submission = submission
        self.assignment = assignment
        self.reference_functions = reference
        self.sandbox = sandbox
        self.content, self.settings = assignment.content, assignment.settings
        wanted = [name for name in assignment.exercises if name in exercises]
        # exercise → Check → Observation: of the reported attempt, and of one with correct earlier functions.
        self.outcomes: dict[str, list[_Outcome]] = {name: [] for name in wanted}
        self.seen: dict[str, dict[Check, Observation | None]] = {name: {} for name in wanted}
        self.second: dict[str, dict[Check, _Attempt]] = {name: {} for name in wanted}
        self.diagnoses: dict[str, Diagnosis] = {}
        self.of_mutants: dict[str, Kept] = {name: {} for name in wanted}
        self.seconds = dict.fromkeys(wanted, 0.0)
        self.seconds_over = dict.fromkeys(wanted, 0.0)  # after the submission's time was used up
        self.timed_out: set[str] = set()  # exercises with a test that timed out within its full limit
        self.diagnosis_budget = Budget(DIAGNOSIS_SECONDS)
        self.asked_for_gradients: set[str] = set()  # nodes of tests
        self.estimated: dict[str, str] = {}  # exercise with estimated gradients → message
        self.started = (time.monotonic() - cpu_wait()) / sandbox.slowness
        known = assignment.content.signatures
        self.signatures = {name: known[name] for name in assignment.exercises if name in known}
        self.sessions = SessionsOfSubmission(submission, assignment, reference, sandbox, course)
        self.seed = seed or hidden_seed(course.secret, submission.digest())
        self.now = self._clock()

    def run(self, test: HiddenTest) -> float:
        """Run a test, after the earlier tests of its exercise; return the CPU seconds of the student's code."""
        started = self.now
        try:
            spent = self._run(test)
        except (AuthorError, SandboxError):
            raise
        except Exception as error:
            raise GraderError(f"hidden test {test.name} raised {type(error).__name__}: {error}") from error
        self.now = self._clock()
        self.seconds[test.exercise] += self.now - started
        self.seconds_over[test.exercise] += min(self.now - started, max(0.0, -self._seconds_left()))
        return spent

    def _seconds_left(self) -> float:
        """The time that was left for the submission before the current run of a test."""
        return self.settings.submission_seconds - (self.now - self.started)

    def _unfinished(self) -> str:
        """The exercises that used up the time of the submission, for a message."""
        names = [
            name for name, outcomes in self.outcomes.items() if any(o.status is TestStatus.TIMEOUT for o in outcomes)
        ]
        if names:
            return tr("because {names} did not finish", names=", ".join(names))
        return tr("because all exercises together are slow")

    def _clock(self) -> float:
        """Time in seconds of the machine of the limits, without that spent waiting for a CPU."""
        return (time.monotonic() - cpu_wait() - self.sessions.spent().waiting) / self.sandbox.slowness

    def _run(self, test: HiddenTest) -> float:
        """Run a test in each setup until all its Checks pass, and keep their outcomes.

        Returns: CPU seconds of the student's code.
        """
        seen, outcomes = self.seen[test.exercise], self.outcomes[test.exercise]
        if fault := self._not_run(test):
            seen.update(dict.fromkeys(test.checks))
            outcomes += [_Outcome(check, TestStatus(fault.status), fault.message, "", None) for check in test.checks]
            return 0.0
        attempts: list[_Attempt] = []
        started = self.now
        for setup in self._setups(test):
            if attempts:
                self.now = self._clock()
                used = self.seconds[test.exercise] + self.now - started
                if used > self.settings.exercise_seconds or self._seconds_left() <= 0:
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
        return sum(attempt.seconds for attempt in attempts)

    def _keep_second(self, check: Check, attempts: list[_Attempt]) -> None:
        """Keep the attempt with correct earlier functions, for the diagnosis."""
        others = [attempt for attempt in attempts[1:] if not attempt.setup.mistakes]
        telling = ("failed", "error") if attempts[0].status(check) is TestStatus.MISSING else ("failed",)
        found = [attempt for attempt in others if attempt.status(check) in telling]
        if found:
            self.second[check.test.exercise][check] = found[0]

    def _not_run(self, test: HiddenTest) -> StudentFault | None:
        """The reason not to run a test, or None."""
        if test.exercise in self.estimated and self.content.forward_of(test.exercise):
            reason = self.estimated[test.exercise]
            return StudentFault("skipped", tr("not counted: {reason}", reason=reason))
        if self._seconds_left() <= 0 and (
            TestStatus.TIMEOUT in self._statuses([test.exercise])
            or self.seconds_over[test.exercise] > self._short_seconds()
        ):
            words = tr(
                "not run: this submission used up its {seconds} s, {reason}",
                seconds=f"{self.settings.submission_seconds:g}",
                reason=self._unfinished(),
            )
            return StudentFault("skipped", words)
        return None

    def _setups(self, test: HiddenTest) -> Iterator[_Setup]:
        """The setups in which a test may run; the first one replaces nothing."""
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
        if signature.has_documented_cache:
            note = tr("passed with the cache that {name} should return", name=forward)
        elif signature.delegates:
            note = tr("passed with the cache of a correct {name}", name=signature.delegates.function)
        else:
            note = tr("passed with the cache of a correct forward pass")
        yield _Setup(test.substitutes, given_cache=True, note=note)
        if mistakes := self._diagnosis(forward).mutants:
            note = tr("right for the cache of your {name}", name=forward)
            yield from (_Setup(setup.substitutes, mistakes=mistakes, note=note) for setup in setups)

    def _is_hopeless(self, forward: str) -> bool:
        return bool(self._statuses([forward]) & set(ABORTING_STATUSES))

    def _right_cache(self, student: Student, forward: str, arguments: tuple[Any, ...]) -> object:
        """The cache of a correct forward pass: that of the docstring, or else that of the solution.

        If the forward pass should delegate to another function, it is the cache of that function.
        """
        signature = self.content.functions[forward]
        if signature.has_documented_cache:
            return tuple(arguments) if len(arguments) > 1 else arguments[0]
        if signature.delegates:
            return getattr(student, signature.delegates.function)(*signature.delegates.arguments(arguments))[1]
        return getattr(self.reference_functions, forward)(*copy.deepcopy(arguments))[1]

    def _replaced_words(self, names: tuple[str, ...]) -> str:
        """The note about replaced functions: names those that are known to be wrong."""
        wrong = [name for name in names if self._statuses([name]) - {TestStatus.PASSED}]
        return tr("passed with correct versions of {names} in place of yours", names=joined(list(wrong or names)))

    def _statuses(self, exercises: Iterable[str]) -> set[TestStatus]:
        return {outcome.status for name in exercises for outcome in self.outcomes.get(name, ())}

    def _seconds_for(self, test: HiddenTest) -> float:
        """The time limit of a test."""
        most, short = test.limit(self.settings.test_seconds), self._short_seconds()
        if test.exercise in self.timed_out or self._took_too_long(test):
            return min(most, short)
        return min(most, max(self._seconds_left(), short))

    def _short_seconds(self) -> float:
        return SHORT * self.settings.test_seconds

    def _took_too_long(self, test: HiddenTest) -> bool:
        """Return True if the exercise's earlier tests used up its time."""
        return self.seconds[test.exercise] > self.settings.exercise_seconds

    def _ended_early(self, test: HiddenTest, fault: StudentFault, seconds: float) -> StudentFault:
        """The StudentFault of a test that did not finish within a limit that was not the full one."""
        # Always a new object: the fault of endless definitions is raised again in the next test.
        if test.exercise in self.timed_out:
            words = tr(
                "stopped after {seconds} s, because an earlier test of this exercise did not finish",
                seconds=f"{seconds:.2g}",
            )
            return StudentFault("skipped", words)
        too_long = self._took_too_long(test)
        reason = tr("because the tests before it took too long") if too_long else self._unfinished()
        left = tr(" (only {seconds} s were left, {reason})", seconds=f"{seconds:.2g}", reason=reason)
        return StudentFault("timeout", fault.message + left)

    def _run_in(self, test: HiddenTest, setup: _Setup) -> _Attempt:
        """Run a test in one setup."""
        session: Session | None = None
        student: Student | None = None
        fault: StudentFault | None = None
        seconds, before = self._seconds_for(test), self.sessions.spent().cpu
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
                if fault.status == "timeout" and seconds < test.limit(self.settings.test_seconds):
                    fault = self._ended_early(test, fault, seconds)
                elif fault.status == "timeout":
                    self.timed_out.add(test.exercise)
            except SandboxError:
                raise
            except Exception:
                if not setup.mistakes:
                    raise
                # The reference fails with these mistakes: this setup says nothing.
                fault = StudentFault("skipped", tr("can't be judged with the cache of a wrong forward pass"))
        if student and student.asked_for_gradients:
            self.asked_for_gradients.add(test.node)
        if fault:
            self.sessions.after_fault(test.exercise, fault.status)
        first = self._to_fix_first(student) if student and fault and fault.status == "failed" else ""
        # Calls and comparisons of a passed test are not kept.
        calls = student.calls if student and fault else ()
        seen = Observation(fault, tuple(comparisons) if fault else ())
        spent = self.sessions.spent().cpu - before
        return _Attempt(setup, seen, session.output if session else "", spent, first, calls)

    def _to_fix_first(self, student: Student) -> str:
        """The hint that the cache comes from a forward pass that is wrong on this input; or ""."""
        if not student.forward_call or self.content.functions[student.forward_call[0]].has_documented_cache:
            return ""
        forward, arguments, out = student.forward_call
        right, _ = getattr(self.reference_functions, forward)(*copy.deepcopy(arguments))
        try:
            check_array("out", out, right, WRONG_FORWARD)
        except StudentFault:
            return tr(
                ". The cache comes from your {name}, which is wrong on this input: fix {name} first", name=forward
            )
        return ""

    def _diagnosis(self, exercise: str) -> Diagnosis:
        """The Diagnosis of an exercise, after all its tests have run."""
        if exercise not in self.diagnoses:
            seen = {check: observation for check, observation in self.seen[exercise].items() if observation}
            self.diagnoses[exercise] = self._diagnosed(exercise, seen)
        return self.diagnoses[exercise]

    def _diagnosed(self, exercise: str, seen: Seen) -> Diagnosis:
        return diagnose(
            exercise,
            seen,
            self.reference_functions,
            self.seed,
            self.assignment,
            kept=self.of_mutants[exercise],
            budget=self.diagnosis_budget,
        )

    def _look_again(self, exercise: str, words: dict[str, str | None]) -> None:
        """Report the attempt with correct earlier functions if it explains more."""
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

    def _results(self, exercise: str) -> tuple[TestOutcome, ...]:
        words: dict[str, str | None] = {**self._diagnosis(exercise).words}
        self._look_again(exercise, words)
        self.of_mutants[exercise].clear()  # arrays
        if exercise in self.estimated:
            message = tr("not counted: {reason}", reason=self.estimated[exercise])
            for number, outcome in enumerate(self.outcomes[exercise]):
                if outcome.status is TestStatus.PASSED and outcome.check.test.node in self.asked_for_gradients:
                    # The arrays of this test may be too small to detect an estimate.
                    self.outcomes[exercise][number] = replace(outcome, status=TestStatus.SKIPPED, message=message)
        return tuple(self._outcome(outcome, words.get(outcome.check.node)) for outcome in self.outcomes[exercise])

    def _outcome(self, outcome: _Outcome, misconception: str | None) -> TestOutcome:
        check, most = outcome.check, self.settings.message_chars
        relation = "" if misconception else self._relation(outcome)
        message = outcome.message
        if outcome.status is TestStatus.TIMEOUT:
            message += self._about_time(check)
        return TestOutcome(
            check.title,
            round(check.weight, 6),
            outcome.status,
            clean(message + tr(". ") + relation if relation else message, limit=most),
            misconception,
            outcome.picture,
            clean_lines(outcome.output, limit=self.settings.output_chars),
            test=check.test.node.partition("::")[2],
            part=check.part,
            places=outcome.places,
            relation=clean(relation, limit=most),
        )

    def _relation(self, outcome: _Outcome) -> str:
        """The sentence about wrong values, or ""."""
        attempt = outcome.attempt
        if outcome.status is not TestStatus.FAILED or not attempt or attempt.first:
            return ""
        try:
            return relation_of(attempt.seen, outcome.check.part, inputs_of(attempt.calls, self.reference_functions))
        except Exception:  # student values may break a relation; the score matters more than a sentence
            return ""

    def _about_time(self, check: Check) -> str:
        """The end of a message about a test that did not finish."""
        others = [o for o in self.outcomes[check.test.exercise] if o.check.test is not check.test]
        if others and all(other.status is TestStatus.PASSED for other in others):
            return tr(": on this input your code is too slow, or a loop does not end; all other tests passed")
        return tr(": look for a loop that does not end or takes very long")

    def results(self) -> Outcomes:
        """The outcomes of all exercises."""
        return {name: self._results(name) for name in self.outcomes}
