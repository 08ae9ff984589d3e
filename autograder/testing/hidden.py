"""Hidden tests: the decorator that authors use, and the tests of an assignment as pytest collects them."""

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
) -> pytest.MarkDecorator:
    """Declare a pytest function as a hidden test.

    The first paragraph of its docstring is the title that students see; {part} in it stands for the name of a part.
    The function takes any of `student`, `reference`, `rng` (a generator of its own for each submission), `options` (of
    the assignment), and what pytest.mark.parametrize gives it.

    Inputs:
    - exercise: the name of the exercise that the test scores.
    - weight: the share of the exercise's points, relative to its other tests.
    - parts: names of what earns points separately, such as ("dx", "dw"), or name → share.
    - substitutes: names of functions that the reference's replace where the student's are wrong.
    - imports: name of the import policy under which the student's code runs; the default one of the assignment
      without it.
    """
    return getattr(pytest.mark, MARKER)(
        exercise, weight=weight, parts=parts, substitutes=tuple(substitutes), imports=imports
    )


@dataclass(frozen=True)
class HiddenTest:
    """A hidden test: the function, where pytest found it, what `hidden_test` declares, and its parameters.

    - shares: how the parts share the weight, a number for each; equally without it.
    """

    function: types.FunctionType
    node: str
    exercise: str
    weight: float = 1
    parts: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    substitutes: tuple[str, ...] = ()
    imports: str = ""
    parameters: dict[str, Any] = field(default_factory=dict, compare=False)  # `node` tells them apart

    @classmethod
    def of(cls, item: pytest.Function) -> "HiddenTest":
        """The HiddenTest of an item that pytest collected; its exercise is "" without the decorator."""
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
            parameters=dict(item.callspec.params) if hasattr(item, "callspec") else {},
        )

    @property
    def name(self) -> str:
        return self.function.__name__

    @property
    def title(self) -> str:
        """The first paragraph of its docstring; {part} in it stands for the name of a part."""
        return " ".join((self.function.__doc__ or "").split("\n\n")[0].split())

    @property
    def checks(self) -> tuple["Check", ...]:
        """Its Checks: one for each part, or a single one."""
        parts = self.parts or ("",)
        shares = self.shares or (1,) * len(parts)
        weights = (self.weight * share / sum(shares) for share in shares)
        return tuple(Check(self, *pair) for pair in zip(parts, weights, strict=True))

    @property
    def parameters_wanted(self) -> tuple[str, ...]:
        """The names of its arguments."""
        return self.function.__code__.co_varnames[: self.function.__code__.co_argcount]

    def run(self, **available: Any) -> None:
        """Call the test with those of ARGUMENTS that it asks for.

        Raises: WrongParts when some of its parts are wrong, StudentFault when the whole of it is.
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
                raise GraderError(f"hidden test {self.name} checks {names}, which is no part of it") from None
            raise

    def _place_of(self, error: BaseException) -> str:
        """File and line of the assignment's content that an error came from, and the name of the test."""
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
    """What earns points on its own: a part of a hidden test, or the whole of a test without parts (`part` is "")."""

    test: HiddenTest
    part: str
    weight: float

    @property
    def node(self) -> str:
        return f"{self.test.node} {self.part}".rstrip()

    @property
    def title(self) -> str:
        return self.test.title.replace("{part}", self.part)


def random_generator(seed: Sequence[int], test: HiddenTest) -> np.random.Generator:
    """The generator of a test's inputs, another one in each test."""
    return np.random.default_rng([*seed, zlib.crc32(test.node.encode())])


@contextlib.contextmanager
def _own_environment() -> Iterator[None]:
    """What else is installed, or set for other runs of pytest, must not change a score."""
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
    """Where a file of tests fails, and how, in one line."""
    name, text = os.path.basename(report.nodeid), report.longreprtext.strip()
    lines = re.findall(rf"{re.escape(name)}(?:\", line |:)(\d+)", text)
    words = re.sub(r"^E\s+", "", text.splitlines()[-1])
    return f"{report.nodeid}{f', line {lines[-1]}' if lines else ''}: {words}"


class _Module(pytest.Module):
    """A file of hidden tests, imported as part of its assignment so that it can import its neighbours."""

    def _getobj(self) -> types.ModuleType:
        return importlib.import_module(f"{self.config.stash[PACKAGE]}.{self.path.parent.name}.{self.path.stem}")


class _Collector:
    """A plugin of pytest that keeps what it found."""

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
    - folder: of the assignment's content; each topic's folder may hold a hidden_tests.py.
    - package: the name under which that folder is imported.

    Raises: GraderError when pytest can't collect them, or a test is not declared as it should be.
    """
    files = sorted(folder.glob(f"*/{FILE_NAME}"))
    if not files:
        return ()
    collector = _Collector(package)
    with _own_environment():
        status = pytest.main([*OPTIONS, "--rootdir", str(folder), *map(str, files)], plugins=[collector])
    if status != pytest.ExitCode.OK:
        reason = "; ".join(collector.failures) or f"exit status {int(status)}"
        raise GraderError(f"pytest could not collect the hidden tests ({reason})")
    for test in collector.tests:
        _check_declaration(test)
    return tuple(collector.tests)


def _check_declaration(test: HiddenTest) -> None:
    if not test.exercise:
        raise GraderError(
            f"hidden test {test.name} does not say which exercise it scores: decorate it with @hidden_test"
        )
    if not all(map(_is_positive, (test.weight, *test.shares))):
        found = ", ".join(map(repr, (test.weight, *test.shares)))
        raise GraderError(f"hidden test {test.name}: expected a positive number as its weight, got {found}")
    if len(set(test.parts)) < len(test.parts) or not all(isinstance(part, str) and part for part in test.parts):
        raise GraderError(f"hidden test {test.name}: expected different names as its parts, got {test.parts}")
    if not test.title:
        raise GraderError(f"hidden test {test.name} has no docstring: its first paragraph is the title")
    if test.parts and "{part}" not in test.title:
        raise GraderError(f"hidden test {test.name} has parts: expected {{part}} in its title, which stands for them")
    if unknown := set(test.parameters_wanted) - {*ARGUMENTS, *test.parameters}:
        raise GraderError(
            f"hidden test {test.name}: expected arguments among {', '.join(ARGUMENTS)} and those that it is"
            f" parametrized with, got {', '.join(sorted(unknown))}"
        )
