"""Hidden tests: the decorator for authors, and their collection with pytest."""

import contextlib
import importlib
import math
import os
import re
import traceback
import types
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from autograder.errors import AuthorError, GraderError, WrongParts

__all__ = ["FILE_NAME", "Check", "HiddenTest", "collect_hidden_tests", "hidden_test", "random_generator"]

FILE_NAME = "hidden_tests.py"

PYTEST_VARIABLES = ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_ADDOPTS", "PYTEST_PLUGINS")
OPTIONS = (
    *("--collect-only", "-c", os.devnull, "--import-mode=importlib", "--strict-markers", "--capture=no"),
    *("-p", "no:terminal", "-p", "no:cacheprovider"),
)
ARGUMENTS = ("student", "reference", "rng", "options")
MARKER = "hidden_test"
PACKAGE = pytest.StashKey[str]()


def hidden_test(
    exercise: str,
    *,
    weight: float = 1,
    parts: Sequence[str] | Mapping[str, float] = (),
    substitutes: Iterable[str] = (),
    imports: str = "",
    seconds: float = 0,
) -> pytest.MarkDecorator:
    """Declare a pytest function as a hidden test.

    The first paragraph of the function's docstring is the title that students see. {part} in it
    stands for the name of a part. The function takes any of `student`, `reference`, `rng` (a
    generator seeded for the submission and the test), `options` (of the assignment), and the
    parameters of pytest.mark.parametrize.

    Inputs:
    - exercise: name of the exercise that the test scores
    - weight: share of the exercise's points, relative to its other tests
    - parts: names of the parts that earn points separately, such as ("dx", "dw"), or name → share
    - substitutes: names of functions that the reference's functions replace if the student's are
      wrong
    - imports: name of the import policy for the student's code; "" means the assignment's default
    - seconds: time limit, for a test with inputs so large that slow but correct code needs it; 0
      means `test_seconds` of the settings

    Returns: a decorator.
    """
    return getattr(pytest.mark, MARKER)(
        exercise, weight=weight, parts=parts, substitutes=tuple(substitutes), imports=imports, seconds=seconds
    )


@dataclass(frozen=True)
class HiddenTest:
    """A hidden test that pytest collected.

    - function: the test function
    - node: its pytest node id
    - exercise, weight, parts, substitutes, imports, seconds: see hidden_test
    - shares: one number for each part, relative to the others; () means equal shares
    - parameters: name → value, of pytest.mark.parametrize
    """

    function: types.FunctionType
    node: str
    exercise: str
    weight: float = 1
    parts: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    substitutes: tuple[str, ...] = ()
    imports: str = ""
    seconds: float = 0
    parameters: dict[str, Any] = field(default_factory=dict, compare=False)  # `node` tells them apart

    @classmethod
    def of(cls, item: pytest.Function) -> "HiddenTest":
        """Make a HiddenTest of a pytest item; its exercise is "" without the decorator."""
        marker = item.get_closest_marker(MARKER)
        exercise, declared = (marker.args[0], marker.kwargs) if marker else ("", {})
        parts = declared.get("parts", ())
        return cls(
            item.function,
            item.nodeid,
            exercise,
            declared.get("weight", 1),
            tuple(parts),
            tuple(parts.values()) if isinstance(parts, dict) else (),
            declared.get("substitutes", ()),
            declared.get("imports", ""),
            declared.get("seconds", 0),
            parameters=dict(item.callspec.params) if hasattr(item, "callspec") else {},
        )

    @property
    def name(self) -> str:
        """The name of the test function."""
        return self.function.__name__

    def limit(self, default: float) -> float:
        """Return the time limit in seconds: its own, or the default."""
        return self.seconds or default

    @property
    def title(self) -> str:
        """The first paragraph of its docstring; {part} in it stands for the name of a part."""
        return " ".join((self.function.__doc__ or "").split("\n\n")[0].split())

    @property
    def checks(self) -> tuple["Check", ...]:
        """One Check for each part, or a single Check for a test without parts."""
        parts = self.parts or ("",)
        shares = self.shares or (1,) * len(parts)
        weights = (self.weight * share / sum(shares) for share in shares)
        return tuple(Check(self, *pair) for pair in zip(parts, weights, strict=True))

    @property
    def parameters_wanted(self) -> tuple[str, ...]:
        """The names of the function's arguments."""
        return self.function.__code__.co_varnames[: self.function.__code__.co_argcount]

    def run(self, **available: Any) -> None:
        """Call the test function with the arguments that it takes.

        Inputs:
        - available: values for all of ARGUMENTS

        Raises: WrongParts if parts are wrong, StudentFault if the whole test fails, AuthorError or
        GraderError for a mistake in the hidden test.
        """
        available |= self.parameters
        try:
            self.function(**{name: available[name] for name in self.parameters_wanted})
        except AuthorError as error:
            raise AuthorError(f"{self._place_of(error)}: {error}") from None
        except WrongParts as wrong:
            if not self.parts:
                raise next(iter(wrong.faults.values())) from None
            if unknown := wrong.faults.keys() - set(self.parts):
                names = ", ".join(sorted(unknown))
                raise GraderError(
                    f"hidden test {self.name}: expected checks of its parts {', '.join(self.parts)}, got {names}"
                ) from None
            raise

    def _place_of(self, error: BaseException) -> str:
        """File and line in the assignment that raised an error, and the name of the test."""
        package = self.function.__module__.partition(".")[0]
        places = [
            (frame.f_code.co_filename, line)
            for frame, line in traceback.walk_tb(error.__traceback__)
            if frame.f_globals.get("__name__", "").partition(".")[0] == package
        ]
        file, line = places[-1] if places else (self.function.__code__.co_filename, 0)
        return f"{'/'.join(Path(file).parts[-2:])}, line {line}, in {self.name}"


@dataclass(frozen=True)
class Check:
    """The unit that earns points: a part of a hidden test, or a whole test (`part` is "")."""

    test: HiddenTest
    part: str
    weight: float

    @property
    def node(self) -> str:
        """The test's pytest node id and the part."""
        return f"{self.test.node} {self.part}".rstrip()

    @property
    def title(self) -> str:
        """The test's title with the name of the part."""
        return self.test.title.replace("{part}", self.part)


def random_generator(seed: Sequence[int], test: HiddenTest) -> np.random.Generator:
    """Return the generator for a test's inputs; it differs from test to test.

    Inputs:
    - seed: of the submission
    - test: its node id is added to the seed
    """
    return np.random.default_rng([*seed, zlib.crc32(test.node.encode())])


@contextlib.contextmanager
def _own_environment() -> Iterator[None]:
    """Hide pytest's plugins and environment variables: they must not change a score."""
    before = {name: os.environ.pop(name, None) for name in PYTEST_VARIABLES}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    try:
        yield
    finally:
        del os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"]
        os.environ.update({name: value for name, value in before.items() if value is not None})


def _is_positive(number: object) -> bool:
    return not isinstance(number, bool) and isinstance(number, int | float) and 0 < number < math.inf


def _failure(report: pytest.CollectReport) -> str:
    """Place and reason of a collection failure in one line."""
    name, text = os.path.basename(report.nodeid), report.longreprtext.strip()
    lines = re.findall(rf"{re.escape(name)}(?:\", line |:)(\d+)", text)
    words = re.sub(r"^E\s+", "", text.splitlines()[-1])
    return f"{report.nodeid}{f', line {lines[-1]}' if lines else ''}: {words}"


class _Module(pytest.Module):
    """A file of hidden tests, imported as a module of its assignment, so its imports work."""

    def _getobj(self) -> types.ModuleType:
        return importlib.import_module(f"{self.config.stash[PACKAGE]}.{self.path.parent.name}.{self.path.stem}")


class _Collector:
    """A pytest plugin that keeps the collected tests and failures."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.tests: list[HiddenTest] = []
        self.failures: list[str] = []

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[PACKAGE] = self.package
        config.addinivalue_line("markers", f"{MARKER}: see autograder.hidden_test")

    def pytest_pycollect_makemodule(self, module_path: Path, parent: pytest.Collector) -> pytest.Module:
        return _Module.from_parent(parent, path=module_path)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self.failures.append(_failure(report))

    def pytest_collection_modifyitems(self, items: list[pytest.Function]) -> None:
        self.tests = [HiddenTest.of(item) for item in items]


def collect_hidden_tests(folder: Path, package: str) -> tuple[HiddenTest, ...]:
    """Collect the hidden tests of an assignment, in the order of the files.

    Inputs:
    - folder: content of the assignment; each topic's folder may hold a hidden_tests.py
    - package: import name of that folder

    Raises: GraderError if pytest can't collect the tests, or the declaration of a test is wrong.
    """
    files = sorted(folder.glob(f"*/{FILE_NAME}"))
    if not files:
        return ()
    collector = _Collector(package)
    with _own_environment():
        status = pytest.main([*OPTIONS, "--rootdir", str(folder), *map(str, files)], plugins=[collector])
    if status != pytest.ExitCode.OK:
        reason = "; ".join(collector.failures) or f"exit status {int(status)}"
        raise GraderError(f"pytest can't collect the hidden tests ({reason})")
    for test in collector.tests:
        _check_declaration(test)
    return tuple(collector.tests)


def _check_declaration(test: HiddenTest) -> None:
    if not test.exercise:
        raise GraderError(f"hidden test {test.name} has no exercise: decorate it with @hidden_test")
    if not all(map(_is_positive, (test.weight, *test.shares))):
        found = ", ".join(map(repr, (test.weight, *test.shares)))
        raise GraderError(f"hidden test {test.name}: expected a positive number as its weight, got {found}")
    if test.seconds != 0 and not _is_positive(test.seconds):
        raise GraderError(f"hidden test {test.name}: expected a positive number of seconds, got {test.seconds!r}")
    if len(set(test.parts)) < len(test.parts) or not all(isinstance(part, str) and part for part in test.parts):
        raise GraderError(f"hidden test {test.name}: expected distinct names of parts, got {test.parts}")
    if not test.title:
        raise GraderError(f"hidden test {test.name} has no docstring: write one, its first paragraph is the title")
    if test.parts and "{part}" not in test.title:
        raise GraderError(f"hidden test {test.name} has parts: expected {{part}} in its title, got {test.title!r}")
    if unknown := set(test.parameters_wanted) - {*ARGUMENTS, *test.parameters}:
        raise GraderError(
            f"hidden test {test.name}: expected arguments among {', '.join(ARGUMENTS)} and its parameters, got"
            f" {', '.join(sorted(unknown))}"
        )
