"""Sessions of a submission: one process for the tests of a notebook, and a new one after a fault."""

import collections
import functools
import time

from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.errors import GraderError, StudentFault
from autograder.intake.submission import Submission
from autograder.sandbox.clock import Spent
from autograder.sandbox.import_policy import ImportPolicy
from autograder.sandbox.session import Session
from autograder.sandbox.supervisor import Sandbox
from autograder.scoring.left_over import left_over_words
from autograder.scoring.reference import Reference
from autograder.scoring.substitutes import substitutes

__all__ = ["SessionsOfSubmission"]

LOAD_TRIES = 3
# The next test reuses a process that has used less than this share of the CPU limit. So each test has nearly all of it.
SHARE = 0.1


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
        self.session: Session | None = None
        self.group: tuple[str, str, tuple[str, ...]] | None = None
        self.started = 0.0
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
        used = time.monotonic() - self.started
        if self.session and self.group == group and used < SHARE * self.sandbox.limits.cpu_seconds:
            self.session.begin_test(seconds)
            return self.session
        self.close()
        # Endless definitions would use up the time of every test.
        faults = self.load_faults[notebook]
        if len(faults) == LOAD_TRIES:
            raise StudentFault(faults[-1].status, faults[-1].message)
        try:
            self.session = self.sandbox.session(
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
        self.session.problems = [problem for problem in self.session.problems if problem[0] in self.own[notebook]]
        self.session.problems += [problem for path in self.modules for problem in self.program.problems[path]]
        self.session.left_out = self.left_out.get(notebook, ())
        self.session.is_left_over = self.is_left_over
        self.group, self.started = group, time.monotonic()
        return self.session

    def _policy(self, name: str) -> ImportPolicy:
        policies = self.assignment.import_policies
        if name and name not in policies:
            raise GraderError(f"expected a hidden test to name an import policy ({', '.join(policies)}), got {name!r}")
        return policies[name] if name else self.assignment.default_policy

    def close(self) -> None:
        """End the process; the next test gets a new one."""
        if self.session:
            self.session.close()
            self.spent_before = self.spent()
        self.session = None

    def spent(self) -> Spent:
        """Return the times of all these processes together, see sandbox.clock."""
        now = self.session.spent() if self.session else Spent()
        return Spent(self.spent_before.cpu + now.cpu, self.spent_before.waiting + now.waiting)

    def __enter__(self) -> "SessionsOfSubmission":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
