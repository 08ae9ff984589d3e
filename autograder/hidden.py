"""The hidden tests: where they lie, how pytest is told to run them, and what each says of itself."""

import contextlib
import functools
import os
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from autograder.errors import GraderError

__all__ = ["HIDDEN_TESTS", "HiddenTest", "collect_hidden_tests", "random_generator", "run_pytest"]

HIDDEN_TESTS = Path(__file__).with_name("hidden_tests")
PYTEST_VARIABLES = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_ADDOPTS", "PYTEST_PLUGINS")
OPTIONS = ("--rootdir", str(HIDDEN_TESTS), "-c", os.devnull, "--import-mode=importlib", "--strict-markers")
# They print, store or collect garbage: a tenth of the time that a submission takes.
PLUGINS_NOT_NEEDED = (
    "terminal", "cacheprovider", "junitxml", "unraisableexception", "threadexception", "faulthandler", "logging",
    "doctest", "unittest", "pastebin", "stepwise", "setuponly", "setupplan", "tmpdir", "monkeypatch", "recwarn",
)  # fmt: skip
MARKERS = (
    "scores(exercise, weight=1): the exercise that a hidden test scores",
    "view(name): what the submission may import, see sandbox.view (naive)",
    "voids(*tests): runs first; these tests count only if gradients are computed in it, right or not",
    "lends(*names): functions that the reference lends to the submission",
)


@dataclass(frozen=True)
class HiddenTest:
    """A hidden test: the function, where pytest found it, and what its markers say."""

    function: object
    node: str
    exercise: str | None
    weight: float = 1
    view: tuple = ()
    lends: tuple = ()
    voids: tuple = ()

    @classmethod
    def of(cls, item):
        """The HiddenTest of an item that pytest collected; its exercise is None when it names none."""
        markers = {name: item.get_closest_marker(name) for name in ("scores", "view", "lends", "voids")}
        arguments = {name: marker.args if marker else () for name, marker in markers.items()}
        exercise = (arguments.pop("scores") or (None,))[0]
        weight = markers["scores"].kwargs.get("weight", 1) if markers["scores"] else 1
        return cls(item.function, item.nodeid, exercise, weight, **arguments)

    @property
    def name(self):
        return self.function.__name__

    @property
    def title(self):
        """The first sentence of its docstring."""
        return " ".join((self.function.__doc__ or "").split("\n\n")[0].split())

    def run(self, **available):
        """Call the test with those of student, reference, rng and course that it asks for."""
        code = self.function.__code__
        self.function(**{name: available[name] for name in code.co_varnames[: code.co_argcount]})


def random_generator(seed, test):
    """The generator of a test's inputs, another one in each test. `seed`: list of ints."""
    return np.random.default_rng([*seed, zlib.crc32(test.node.encode())])


def run_pytest(plugin, *options):
    """Run pytest on the hidden tests with a plugin; returns the exit status."""
    quiet = [word for name in PLUGINS_NOT_NEEDED for word in ("-p", f"no:{name}")]
    with _own_environment():
        return pytest.main([*OPTIONS, *quiet, "--capture=no", *options, str(HIDDEN_TESTS)], plugins=[plugin])


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


class _Collector:
    def __init__(self):
        self.tests = []

    def pytest_configure(self, config):
        for marker in MARKERS:
            config.addinivalue_line("markers", marker)

    def pytest_collection_modifyitems(self, items):
        self.tests = [HiddenTest.of(item) for item in items]


@functools.cache
def collect_hidden_tests():
    """Every hidden test, in the order of the files: tuple of HiddenTest."""
    collector = _Collector()
    status = run_pytest(collector, "--collect-only")
    if status != pytest.ExitCode.OK:
        raise GraderError(f"pytest could not collect the hidden tests (exit status {int(status)})")
    return tuple(collector.tests)
