"""The processes that the hidden tests of a submission run in: one per group of tests, a fresh one after a fault."""

import time

from autograder.course.assignment import Assignment
from autograder.course.config import Course
from autograder.errors import GraderError, StudentFault
from autograder.intake.submission import Submission
from autograder.sandbox.import_policy import ImportPolicy
from autograder.sandbox.session import Session
from autograder.sandbox.supervisor import Sandbox
from autograder.scoring.reference import Reference
from autograder.scoring.substitutes import substitutes

__all__ = ["SessionsOfSubmission"]

LOAD_TRIES = 3
# A process is handed on to the next test while it has used less than this part of what one test may use, so that every
# test has its limits nearly to itself.
SHARE = 0.1


class SessionsOfSubmission:
    """Gives each hidden test a session in which the submission is loaded.

    Tests of one exercise that see and borrow the same share a process as long as all goes well: starting one takes
    longer than most tests do.
    """

    def __init__(
        self, submission: Submission, assignment: Assignment, reference: Reference, sandbox: Sandbox, course: Course
    ) -> None:
        self.assignment, self.reference, self.sandbox = assignment, reference, sandbox
        cells = {name: source.locked_code() + submission.code(name) for name, source in assignment.notebooks.items()}
        # What students get solved is no secret of theirs or ours; it goes the same way as their own code.
        cells |= {name: [("provided copy", text)] for name, text in assignment.provided_code.items()}
        # Their own Python files are executed inside, when a cell imports them.
        cells |= {path: [(f"your file {path}", text)] for path, text in submission.modules.items()}
        self.modules = list(submission.modules)
        self.program = sandbox.parse(cells, seconds=assignment.settings.exercise_seconds)
        self.left_out = submission.left_out
        self.own = {name: {label for label, _ in submission.code(name)} for name in assignment.notebooks}
        self.session: Session | None = None
        self.group: tuple[str, str, tuple[str, ...]] | None = None
        self.started = self.cpu_wait_before = 0.0
        self.load_fault: StudentFault | None = None
        self.load_faults = 0

    def get(self, exercise: str, imports: str, names: tuple[str, ...], seconds: float) -> Session:
        """The session of a test.

        Inputs:
        - exercise: name. - imports: name of an import policy; "" for the default one.
        - names: of the functions that the reference replaces.
        - seconds: that the test may take.

        Raises: StudentFault when the submission can't be loaded.
        """
        group = (exercise, imports, names)
        limits = self.sandbox.limits
        used = time.monotonic() - self.started
        if self.session and self.group == group and used < SHARE * min(limits.test_seconds, limits.cpu_seconds):
            self.session.begin_test(seconds)
            return self.session
        self.close()
        # Definitions that never end would use up the time of every test.
        if self.load_fault and self.load_faults >= LOAD_TRIES:
            raise StudentFault(self.load_fault.status, self.load_fault.message)
        notebook = self.assignment.exercises[exercise].notebook
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
            self.load_fault, self.load_faults = fault, self.load_faults + 1
            raise
        # Nobody can mend a cell that was handed out, and it may only miss what is not written yet.
        self.session.problems = [problem for problem in self.session.problems if problem[0] in self.own[notebook]]
        self.session.problems += [problem for path in self.modules for problem in self.program.problems[path]]
        self.session.left_out = self.left_out.get(notebook, ())
        self.group, self.started = group, time.monotonic()
        return self.session

    def _policy(self, name: str) -> ImportPolicy:
        policies = self.assignment.import_policies
        if name and name not in policies:
            raise GraderError(f"expected a hidden test to name an import policy ({', '.join(policies)}), got {name!r}")
        return policies[name] if name else self.assignment.default_policy

    def close(self) -> None:
        """End the process; the next test gets a fresh one."""
        if self.session:
            self.session.close()
            self.cpu_wait_before += self.session.cpu_wait()
        self.session = None

    def cpu_wait(self) -> float:
        """Seconds that all of these processes have waited for a processor, see sandbox.clock."""
        return self.cpu_wait_before + (self.session.cpu_wait() if self.session else 0.0)

    def __enter__(self) -> "SessionsOfSubmission":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
