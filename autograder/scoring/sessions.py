"""Sessions of a submission: one process for the tests of a notebook, and a new one after a fault."""

import collections
import functools
import time
from dataclasses import dataclass, field

from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.errors import GraderError, StudentFault
from autograder.intake.submission import Submission
from autograder.model import TestStatus
from autograder.sandbox.clock import Spent
from autograder.sandbox.import_policy import ImportPolicy
from autograder.sandbox.session import Session
from autograder.sandbox.supervisor import Sandbox
from autograder.scoring.left_over import left_over_words
from autograder.scoring.reference import Reference
from autograder.scoring.substitutes import substitutes

__all__ = ["ABORTING_STATUSES", "SessionsOfSubmission"]

LOAD_TRIES = 3
# The next test reuses a process that has used less than this share of the CPU limit. So each test has nearly all of it.
SHARE = 0.1
# Tests with and without substitutes take turns, so a process that waits for its next turn stays open.
MOST_WAITING = 3
MOST_WAITING_MB = 256  # resident memory of such a process; a new one has 40
ABORTING_STATUSES = (TestStatus.TIMEOUT, TestStatus.CRASHED)

Group = tuple[str, str, tuple[str, ...]]  # notebook, import policy, functions that substitutes replace


@dataclass
class _Process:
    """An open process.

    - since: when it was started or taken into use again
    - used: seconds in which it was in use before
    - spent: its times while it waits
    - spoiled_by: exercise with a failed test in this process; other exercises get a new one
    """

    session: Session
    since: float
    used: float = 0.0
    spent: Spent = field(default_factory=Spent)
    spoiled_by: str = ""


class SessionsOfSubmission:
    """Provides each hidden test with a session in which the submission is loaded.

    Tests of one notebook with the same imports and substitutes share a process until a fault:
    starting a process takes longer than most tests.
    """

    def __init__(
        self, submission: Submission, assignment: Assignment, reference: Reference, sandbox: Sandbox, course: Course
    ) -> None:
        self.assignment, self.reference, self.sandbox = assignment, reference, sandbox
        cells = {name: source.locked_code() + submission.code(name) for name, source in assignment.notebooks.items()}
        # Provided solutions are treated as student code: students have them anyway.
        cells |= {name: [("provided copy", text)] for name, text in assignment.provided_code.items()}
        # Students' own Python files are executed inside when a cell imports them.
        cells |= {path: [(f"your file {path}", text)] for path, text in submission.modules.items()}
        self.modules = list(submission.modules)
        self.program = sandbox.parse(cells, seconds=assignment.settings.exercise_seconds)
        self.left_out = submission.left_out
        self.is_left_over = functools.partial(left_over_words, submission, assignment)
        self.own = {name: {label for label, _ in submission.code(name)} for name in assignment.notebooks}
        self.in_use: _Process | None = None
        self.group: Group = ("", "", ())  # of the process in use
        self.waiting: dict[Group, _Process] = {}
        self.spent_before = Spent()  # by processes that have ended
        self.load_faults: dict[str, list[StudentFault]] = collections.defaultdict(list)  # by notebook

    def get(self, exercise: str, imports: str, names: tuple[str, ...], seconds: float) -> Session:
        """Return the session for a test.

        Inputs:
        - exercise: name
        - imports: name of an import policy; "" means the default
        - names: functions that substitutes replace
        - seconds: time limit of the test

        Raises: StudentFault if the submission can't be loaded.
        """
        notebook = self.assignment.exercises[exercise].notebook
        group = (notebook, imports, names)
        if group != self.group:
            self._set_aside()
            self.group, self.in_use = group, self.waiting.pop(group, None)
            if self.in_use:
                self.in_use.since = time.monotonic()
        if process := self.in_use:
            used = process.used + time.monotonic() - process.since
            if used < SHARE * self.sandbox.limits.cpu_seconds and process.spoiled_by in ("", exercise):
                process.session.begin_test(seconds)
                return process.session
            self.close()
        # Endless definitions would use up the time of every test.
        faults = self.load_faults[notebook]
        if len(faults) == LOAD_TRIES:
            raise StudentFault(faults[-1].status, faults[-1].message)
        try:
            session = self.sandbox.session(
                self.program,
                notebook,
                policy=self._policy(imports),
                wanted=list(self.assignment.exercises),
                substitutes=substitutes(self.assignment.content, self.reference, names),
                seconds=seconds,
            )
        except StudentFault as fault:
            faults.append(fault)
            raise
        # Released cells are omitted: students can't fix them, and they may only lack unwritten functions.
        session.problems = [problem for problem in session.problems if problem[0] in self.own[notebook]]
        session.problems += [problem for path in self.modules for problem in self.program.problems[path]]
        session.left_out = self.left_out.get(notebook, ())
        session.is_left_over = self.is_left_over
        self.in_use = _Process(session, time.monotonic())
        return session

    def _set_aside(self) -> None:
        """Let the process in use wait for its next turn, or end it if it is large."""
        process = self.in_use
        if process is None:
            return
        if process.session.resident_mb() > MOST_WAITING_MB:
            self.close()
            return
        process.used += time.monotonic() - process.since
        process.spent = process.session.spent()
        self.waiting[self.group] = process
        if len(self.waiting) > MOST_WAITING:
            self._end(self.waiting.pop(next(iter(self.waiting))))

    def _policy(self, name: str) -> ImportPolicy:
        policies = self.assignment.import_policies
        if name and name not in policies:
            raise GraderError(f"expected a hidden test to name an import policy ({', '.join(policies)}), got {name!r}")
        return policies[name] if name else self.assignment.default_policy

    def after_fault(self, exercise: str, status: str) -> None:
        """End the process in use after a failed test, now or before the first test of another exercise.

        What wrong code leaves behind must not reach other exercises.

        Inputs:
        - exercise: name
        - status: of the fault
        """
        if not self.in_use:
            return
        if status in ABORTING_STATUSES or self.in_use.session.exit_status is not None:
            self.close()
        elif status != "missing":  # code that is not written leaves nothing behind
            self.in_use.spoiled_by = exercise

    def close(self) -> None:
        """End the process in use; the next test of its group gets a new one."""
        if self.in_use:
            self._end(self.in_use)
            self.in_use = None

    def _end(self, process: _Process) -> None:
        process.session.close()
        self.spent_before = self.spent_before.plus(process.session.spent())

    def spent(self) -> Spent:
        """Return the times of all these processes together, see sandbox.clock."""
        total = self.in_use.session.spent() if self.in_use else Spent()
        for spent in (self.spent_before, *(process.spent for process in self.waiting.values())):
            total = total.plus(spent)
        return total

    def __enter__(self) -> "SessionsOfSubmission":
        return self

    def __exit__(self, *exception: object) -> None:
        for process in (self.in_use, *self.waiting.values()):
            if process:
                self._end(process)
