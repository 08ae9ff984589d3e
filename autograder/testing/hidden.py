"""The hidden tests: pytest collects them once, then each can be run on any submission, as often as one likes."""

import contextlib
import functools
import math
import os
import re
import zlib
from dataclasses import dataclass, field

import numpy as np
import pytest

from autograder.errors import GraderError, WrongParts
from autograder.paths import HIDDEN_TESTS

__all__ = ["Check", "HiddenTest", "checks_of", "collect_hidden_tests", "hidden_tests_of", "random_generator"]

PYTEST_VARIABLES = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_ADDOPTS", "PYTEST_PLUGINS")
OPTIONS = (
    *("--collect-only", "-c", os.devnull, "--import-mode=importlib", "--strict-markers", "--capture=no"),
    *("-p", "no:terminal", "-p", "no:cacheprovider"),
)
ARGUMENTS = ("student", "reference", "rng", "course")
MARKERS = (
    "scores(exercise, weight=1, parts=()): the exercise that a hidden test scores, and what of it counts on its own:"
    " names, or a dict of name → share",
    "view(name): what the submission may import, see sandbox.import_policy (naive)",
    "lends(*names): functions that the reference lends to the submission",
)


@dataclass(frozen=True)
class HiddenTest:
    """A hidden test: the function, where pytest found it, what its markers say, and what it is parametrized with.

    - parts: names of what earns points on its own, such as ("dx", "dw", "db"). - shares: how they share the weight, a
      number for each; equally without it.
    """

    function: object
    node: str
    exercise: str | None
    weight: float = 1
    parts: tuple = ()
    shares: tuple = ()
    view: tuple = ()
    lends: tuple = ()
    parameters: dict = field(default_factory=dict, compare=False)  # `node` tells them apart

    @classmethod
    def of(cls, item):
        """The HiddenTest of an item that pytest collected; its exercise is None when it names none."""
        markers = {name: item.get_closest_marker(name) for name in ("scores", "view", "lends")}
        arguments = {name: marker.args if marker else () for name, marker in markers.items()}
        exercise = (arguments.pop("scores") or (None,))[0]
        more = markers["scores"].kwargs if markers["scores"] else {}
        parameters = dict(item.callspec.params) if hasattr(item, "callspec") else {}
        weight, parts = more.get("weight", 1), more.get("parts", ())
        shares = tuple(parts.values()) if isinstance(parts, dict) else ()
        where = (item.function, item.nodeid)
        return cls(*where, exercise, weight, tuple(parts), shares, **arguments, parameters=parameters)

    @property
    def name(self):
        return self.function.__name__

    @property
    def title(self):
        """The first paragraph of its docstring; {part} in it stands for the name of a part."""
        return " ".join((self.function.__doc__ or "").split("\n\n")[0].split())

    @property
    def checks(self):
        """Its Checks: one for each part, or a single one."""
        parts = self.parts or ("",)
        shares = self.shares or (1,) * len(parts)
        weights = (self.weight * share / sum(shares) for share in shares)
        return tuple(Check(self, *pair) for pair in zip(parts, weights, strict=True))

    @property
    def parameters_wanted(self):
        """The names of its arguments."""
        return self.function.__code__.co_varnames[: self.function.__code__.co_argcount]

    def run(self, **available):
        """Call the test with those of ARGUMENTS that it asks for.

        Raises: WrongParts when some of its parts are wrong, StudentFault when the whole of it is.
        """
        available |= self.parameters
        try:
            self.function(**{name: available[name] for name in self.parameters_wanted})
        except WrongParts as wrong:
            if not self.parts:
                raise next(iter(wrong.faults.values())) from None
            if unknown := wrong.faults.keys() - set(self.parts):
                names = ", ".join(sorted(unknown))
                raise GraderError(f"hidden test {self.name} checks {names}, which is no part of it") from None
            raise


@dataclass(frozen=True)
class Check:
    """What earns points on its own: a part of a hidden test, or the whole of a test without parts (`part` is "")."""

    test: HiddenTest
    part: str
    weight: float

    @property
    def node(self):
        return f"{self.test.node} {self.part}".rstrip()

    @property
    def title(self):
        return self.test.title.replace("{part}", self.part)


def random_generator(seed, test):
    """The generator of a test's inputs, another one in each test. `seed`: list of ints."""
    return np.random.default_rng([*seed, zlib.crc32(test.node.encode())])


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


def _is_positive(number):
    return not isinstance(number, bool) and isinstance(number, int | float) and 0 < number < math.inf


def _failure(report):
    """Where a file of tests fails, and how, in one line."""
    name, text = os.path.basename(report.nodeid), report.longreprtext.strip()
    lines = re.findall(rf"{re.escape(name)}(?:\", line |:)(\d+)", text)
    words = re.sub(r"^E\s+", "", text.splitlines()[-1])
    return f"{report.nodeid}{f', line {lines[-1]}' if lines else ''}: {words}"


class _Collector:
    """A plugin of pytest that keeps what it found."""

    def __init__(self):
        self.tests, self.failures = [], []

    def pytest_configure(self, config):
        for marker in MARKERS:
            config.addinivalue_line("markers", marker)

    def pytest_collectreport(self, report):
        if report.failed:
            self.failures.append(_failure(report))

    def pytest_collection_modifyitems(self, items):
        self.tests = [HiddenTest.of(item) for item in items]


@functools.cache
def collect_hidden_tests():
    """Every hidden test, in the order of the files: tuple of HiddenTest.

    Raises: GraderError when pytest can't collect them, or one does not say what has to be said of it.
    """
    collector = _Collector()
    with _own_environment():
        status = pytest.main([*OPTIONS, "--rootdir", str(HIDDEN_TESTS), str(HIDDEN_TESTS)], plugins=[collector])
    if status != pytest.ExitCode.OK:
        reason = "; ".join(collector.failures) or f"exit status {int(status)}"
        raise GraderError(f"pytest could not collect the hidden tests ({reason})")
    for test in collector.tests:
        if test.exercise is None:
            raise GraderError(f"hidden test {test.name} does not say which exercise it scores")
        if not all(map(_is_positive, (test.weight, *test.shares))):
            found = ", ".join(map(repr, (test.weight, *test.shares)))
            raise GraderError(f"hidden test {test.name} has the weight {found}: it has to be a positive number")
        if len(set(test.parts)) < len(test.parts) or not all(isinstance(part, str) and part for part in test.parts):
            raise GraderError(f"hidden test {test.name} has the parts {test.parts}: expected different names")
        if not test.title:
            raise GraderError(f"hidden test {test.name} has no docstring to be its title")
        if test.parts and "{part}" not in test.title:
            raise GraderError(f"hidden test {test.name} has parts, but its title has no {{part}} that stands for them")
        if unknown := set(test.parameters_wanted) - {*ARGUMENTS, *test.parameters}:
            raise GraderError(
                f"hidden test {test.name} asks for {', '.join(sorted(unknown))}: it can have {', '.join(ARGUMENTS)} and"
                " what it is parametrized with"
            )
    return tuple(collector.tests)


def hidden_tests_of(exercise):
    """The hidden tests of an exercise in the order in which they are run."""
    return [test for test in collect_hidden_tests() if test.exercise == exercise]


def checks_of(exercise):
    """The Checks of an exercise, in the order of its tests."""
    return [check for test in hidden_tests_of(exercise) for check in test.checks]
