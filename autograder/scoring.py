"""Scores one submission: runs the hidden pytest tests against it and adds up the points."""

import contextlib
import os
import zlib
from pathlib import Path

import numpy as np
import pytest

from autograder.errors import GraderError, SandboxError, StudentFault
from autograder.plain_text import clean, clean_lines
from autograder.proxy import Student
from autograder.secret import hidden_seed
from autograder.sessions import SessionsOfSubmission

__all__ = ["HIDDEN_TESTS", "score_submission"]

PYTEST_VARIABLES = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_ADDOPTS", "PYTEST_PLUGINS")
# They print, store or collect garbage: a tenth of the time that a submission takes.
PLUGINS_NOT_NEEDED = (
    "terminal", "cacheprovider", "junitxml", "unraisableexception", "threadexception", "faulthandler", "logging",
    "doctest", "unittest", "pastebin", "stepwise", "setuponly", "setupplan", "tmpdir", "monkeypatch", "recwarn",
)  # fmt: skip
HIDDEN_TESTS = Path(__file__).with_name("hidden_tests")


def score_submission(submission, assignment, reference, sandbox, course):
    """Score a submission with every hidden test of its exercises.

    Inputs:
    - submission: Submission; assignment: Assignment; reference: what load_reference gives.
    - sandbox: the Sandbox that runs the student's code.
    - course: Course, for limits and the secret that hidden inputs are drawn from.

    Returns: the result of the submission, a dict in the format that docs/grading.md describes.

    Raises: SandboxError when the sandbox breaks, GraderError when a hidden test fails in itself. Then there is no mark,
    good or bad.
    """
    plugin = _ScoringPlugin(submission, assignment, reference, sandbox, course)
    options = [
        "--rootdir",
        str(HIDDEN_TESTS),
        "-c",
        os.devnull,
        "--import-mode=importlib",
        "--strict-markers",
    ]
    quiet = [word for name in PLUGINS_NOT_NEEDED for word in ("-p", f"no:{name}")]
    with _own_environment(), plugin.sessions:
        status = pytest.main([*options, *quiet, "--capture=no", str(HIDDEN_TESTS)], plugins=[plugin])
    if plugin.broken_sandbox:
        raise plugin.broken_sandbox
    if plugin.own_failures:
        raise GraderError(plugin.own_failures[0])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise GraderError(f"pytest could not run the hidden tests (exit status {int(status)})")
    return plugin.result()


@contextlib.contextmanager
def _own_environment():
    """What else is installed, or set for other runs of pytest, must not change a score."""
    before = {name: os.environ.pop(name, None) for name in PYTEST_VARIABLES}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update({name: value for name, value in before.items() if value is not None})


class _ScoringPlugin:
    """Gives hidden tests their fixtures, and keeps what became of each test."""

    def __init__(self, submission, assignment, reference, sandbox, course):
        self.submission = submission
        self.assignment = assignment
        self.reference_functions = reference
        self.sandbox = sandbox
        self.course = course
        self.outcomes = {name: [] for name in assignment.exercises}
        self.seconds = dict.fromkeys(assignment.exercises, 0.0)
        self.own_failures = []
        self.broken_sandbox = None
        self.voided = {}  # (exercise, name of a test that no longer counts) → StudentFault that says why
        self.expected = None
        self.sessions = SessionsOfSubmission(submission, assignment, reference, sandbox, course)
        self.seed = hidden_seed(course.secret, submission.digest())

    @pytest.fixture
    def student(self, request):
        """The submission, loaded in a process of the sandbox."""
        exercise = _exercise_of(request.node)
        if reason := self.voided.get((exercise, request.node.name)):
            raise StudentFault(reason.status, reason.message)
        if self.seconds[exercise] > self.course.exercise_seconds:
            raise StudentFault("skipped", "left out, because the earlier tests of this exercise took too long")
        session = self.sessions.get(exercise, _of_marker(request.node, "view"), _of_marker(request.node, "lends"))
        try:
            yield Student(session, self.assignment.exercises)
        finally:
            request.node.printed = session.output

    @pytest.fixture
    def reference(self):
        """The reference's functions."""
        return self.reference_functions

    @pytest.fixture
    def rng(self, request):
        """A generator of hidden inputs: the same whenever this submission is scored, another one in each test."""
        name = zlib.crc32(request.node.nodeid.encode())
        return np.random.default_rng([*self.seed, name])

    def pytest_configure(self, config):
        config.addinivalue_line("markers", "scores(exercise, weight=1): the exercise that a hidden test scores")
        config.addinivalue_line("markers", "view(name): what the submission may import, see sandbox.view (naive)")
        config.addinivalue_line(
            "markers", "voids(*tests): runs first; these tests count only if gradients are computed in it, right or not"
        )
        config.addinivalue_line("markers", "lends(*names): functions that the reference lends to the submission")

    def pytest_collection_modifyitems(self, items):
        for item in items:
            if _exercise_of(item) is None:
                self.own_failures.append(f"hidden test {item.name} does not say which exercise it scores")
            elif not (item.function.__doc__ or "").strip():
                self.own_failures.append(f"hidden test {item.name} has no docstring to be its title")
        items[:] = [item for item in items if _exercise_of(item) in self.assignment.exercises]
        # Exercise by exercise, the tests that void others first.
        order = list(self.assignment.exercises)
        items.sort(key=lambda item: (order.index(_exercise_of(item)), item.get_closest_marker("voids") is None))
        self.expected = len(items)
        for item in items:
            # Nobody reads pytest's own account of a failure, and writing it takes longer than the test.
            item.repr_failure = lambda excinfo: excinfo.typename

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        report = yield
        exercise = _exercise_of(item)
        self.seconds[exercise] += call.duration
        error = call.excinfo.value if call.excinfo else None
        if error is not None:
            self.sessions.close()
        if error is None:
            if call.when == "call":
                self._keep(item, "passed", "")
        elif isinstance(error, StudentFault) and call.when in ("setup", "call"):
            self._keep(item, error.status, error.message)
            if not error.computed:
                self.voided |= {(exercise, name): _voiding(error) for name in _of_marker(item, "voids")}
        elif isinstance(error, SandboxError):
            self.broken_sandbox = error
            item.session.shouldstop = "the sandbox broke"
        else:
            self.own_failures.append(f"hidden test {item.name} failed in itself: {type(error).__name__}: {error}")
        return report

    def _keep(self, item, status, message):
        marker = item.get_closest_marker("scores")
        self.outcomes[marker.args[0]].append(
            {
                "title": " ".join(item.function.__doc__.split("\n\n")[0].split()),
                "weight": marker.kwargs.get("weight", 1),
                "passed": status == "passed",
                "status": status,
                "message": clean(message, limit=2000),
                "misconception": None,
                "output": clean_lines(getattr(item, "printed", ""), limit=self.course.output_chars),
            }
        )

    def result(self):
        if sum(map(len, self.outcomes.values())) != self.expected:
            raise GraderError("not every hidden test came to an end")
        exercises = {}
        for name, exercise in self.assignment.exercises.items():
            tests = self.outcomes[name]
            total = sum(test["weight"] for test in tests)
            if total <= 0:
                raise GraderError(f"no hidden test scores the exercise {name}")
            passed = sum(test["weight"] for test in tests if test["passed"])
            exercises[name] = {
                "score": round(exercise.points * passed / total, 4),
                "points": exercise.points,
                "notebook": exercise.notebook,
                "attempted": name in self.submission.attempted,
                "tests": tests,
            }
        return {
            "assignment": self.assignment.name,
            "student": self.submission.student,
            "state": self._state(exercises),
            "repairs": list(self.submission.repairs),
            "problems": list(self.submission.unusable.values()),
            "isolation": self.sandbox.isolation,
            "score": round(sum(exercise["score"] for exercise in exercises.values()), 4),
            "max_score": self.assignment.max_score,
            "exercises": exercises,
        }

    def _state(self, exercises):
        if self.submission.unusable:
            return "needs attention"
        # A function may have been written in a cell of the student's own, so a blank cell alone proves nothing.
        if not self.submission.attempted and all(
            test["status"] in ("missing", "skipped") for exercise in exercises.values() for test in exercise["tests"]
        ):
            return "not attempted"
        return "graded after repair" if self.submission.repairs else "graded"


def _voiding(fault):
    """Why other tests do not count when this was the end of the one with a large input."""
    if fault.status in ("missing", "skipped"):
        return fault
    return StudentFault(
        "skipped",
        "does not count, because the gradients of a large input were not computed, and an estimate that works for small"
        " ones only is no solution",
    )


def _of_marker(item, name):
    """The arguments of a marker, empty without one."""
    marker = item.get_closest_marker(name)
    return marker.args if marker else ()


def _exercise_of(item):
    marker = item.get_closest_marker("scores")
    return marker.args[0] if marker and marker.args else None
