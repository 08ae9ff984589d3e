"""The content of an assignment: its hidden tests, mutants, signatures, substitutes and tolerances.

The folder contains:

    assignment.py         settings, see autograder.course.settings
    tolerances.py         TOLERANCES: dict of name → Tolerance
    sample_class.py       SAMPLES: the submissions of the sample class
    environment.py        notebook_environment(root): environment variables for the solved notebooks
    locale/               catalogues of the messages in other languages, see student_tools.language
    <topic>/              a folder for exercises that belong together, with any of
      signatures.py       SIGNATURES: dict of exercise → Signature or ClassSignature
      hidden_tests.py     functions declared with @hidden_test
      mutants.py          MUTANTS and VARIANTS: tuples; EQUIVALENTS: mechanical mutants that are correct
      substitutes.py      SUBSTITUTES: dict of function → function of the reference that gives its substitute

Further files may contain shared code. All files are one package and use relative imports. Nothing
is registered at import: the content is an attribute of the Assignment.
"""

from __future__ import annotations

import functools
import hashlib
import importlib
import sys
import types
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from autograder.errors import UsageError
from autograder.mutants.models import Mutant, Variant
from autograder.testing.hidden import FILE_NAME, Check, HiddenTest, collect_hidden_tests
from autograder.testing.signatures import ClassSignature, Signature
from autograder.testing.tolerances import ToleranceTable
from student_tools.language import add_catalogues, in_language, tr

__all__ = ["SETTINGS_FILE", "Content", "Topic", "files_for_scoring", "load_content"]

SETTINGS_FILE = "assignment.py"
EQUIVALENTS_FILE = "equivalent_mutants.py"
SAMPLES_FILE = "sample_class.py"
ENVIRONMENT_FILE = "environment.py"
NOT_SCORED = (EQUIVALENTS_FILE, SAMPLES_FILE, ENVIRONMENT_FILE)  # files without effect on scores


@dataclass(frozen=True)
class Topic:
    """The content of one topic, as its files define it.

    - name: name of the folder.
    - signatures: exercise → signature.
    - equivalents: exercise → reason → descriptions of mechanical mutants that are correct.
    - substitutes: name of a function → function of the reference that gives its substitute.
    """

    name: str
    signatures: dict[str, Signature | ClassSignature] = field(default_factory=dict)
    mutants: tuple[Mutant, ...] = ()
    variants: tuple[Variant, ...] = ()
    equivalents: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    substitutes: dict[str, Callable[[Any], Callable[..., object]]] = field(default_factory=dict)

    @property
    def exercises(self) -> set[str]:
        """Names of the exercises of the topic."""
        return {*self.signatures, *(entry.exercise for entry in (*self.mutants, *self.variants))}


class Content:
    """The hidden tests of an assignment with everything that they use.

    Each part is imported on first use.

    All attributes raise a UsageError if a file can't be imported, or lacks a required name.

    Inputs:
    - hashes: path relative to the folder → hash of the file; without the settings.
    - package: name under which the files are imported.
    """

    def __init__(self, hashes: dict[str, str], package: str) -> None:
        self.hashes, self._package = hashes, package

    @property
    def folder(self) -> Path:
        """The folder of the files."""
        return Path(sys.modules[self._package].__path__[0])

    @functools.cached_property
    def topics(self) -> tuple[Topic, ...]:
        """The topics, sorted by name."""
        names = sorted({file.split("/")[0] for file in self.hashes if "/" in file})
        return tuple(self._topic(name) for name in names)

    @functools.cached_property
    def tolerances(self) -> ToleranceTable:
        """Dict of name → Tolerance."""
        return ToleranceTable(self._defined("tolerances.py", "TOLERANCES", {}))

    @functools.cached_property
    def tests(self) -> tuple[HiddenTest, ...]:
        """The hidden tests in the order of execution."""
        return collect_hidden_tests(self.folder, self._package)

    @functools.cached_property
    def signatures(self) -> dict[str, Signature | ClassSignature]:
        """Dict of exercise → signature."""
        return {name: signature for topic in self.topics for name, signature in topic.signatures.items()}

    @property
    def functions(self) -> dict[str, Signature]:
        """Dict of exercise → signature, without classes."""
        return {name: s for name, s in self.signatures.items() if isinstance(s, Signature)}

    @functools.cached_property
    def mutants(self) -> tuple[Mutant, ...]:
        """The mutants of all topics."""
        return tuple(mutant for topic in self.topics for mutant in topic.mutants)

    @functools.cached_property
    def variants(self) -> tuple[Variant, ...]:
        """The variants of all topics."""
        return tuple(variant for topic in self.topics for variant in topic.variants)

    @functools.cached_property
    def substitutes(self) -> dict[str, Callable[[Any], Callable[..., object]]]:
        """Dict of function name → function of the reference that gives its substitute."""
        return {name: make for topic in self.topics for name, make in topic.substitutes.items()}

    @functools.cached_property
    def equivalents(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Dict of exercise → reason → descriptions of mechanical mutants that are correct."""
        shared = self._defined(EQUIVALENTS_FILE, "EQUIVALENTS", {})
        return shared | {name: reasons for topic in self.topics for name, reasons in topic.equivalents.items()}

    @functools.cached_property
    def samples(self) -> tuple[Any, ...]:
        """The Samples of the sample class; empty without a sample_class.py."""
        return tuple(self._defined(SAMPLES_FILE, "SAMPLES", ()))

    def notebook_environment(self, root: Path) -> dict[str, str]:
        """Return the environment variables for the solved notebooks.

        Inputs:
        - root: folder of the course.
        """
        return self._defined(ENVIRONMENT_FILE, "notebook_environment", lambda root: {})(root)

    def tests_of(self, exercise: str) -> list[HiddenTest]:
        """Return the hidden tests of an exercise in the order of execution."""
        return [test for test in self.tests if test.exercise == exercise]

    def checks_of(self, exercise: str) -> list[Check]:
        """Return the Checks of an exercise, in the order of its tests."""
        return [check for test in self.tests_of(exercise) for check in test.checks]

    def mutants_of(self, exercise: str, options: Mapping[str, object]) -> tuple[Mutant, ...]:
        """Return the mutants of an exercise that are wrong with these options of the assignment."""
        return tuple(m for m in self.mutants if m.exercise == exercise and m.is_wrong_with(options))

    def mutant(self, exercise: str, name: str) -> Mutant:
        """Return the mutant of that name. Raises: StopIteration if there is none."""
        return next(mutant for mutant in self.mutants if (mutant.exercise, mutant.name) == (exercise, name))

    def forward_of(self, exercise: str) -> str:
        """Return the forward pass of a backward pass; "" for other exercises."""
        return getattr(self.signatures.get(exercise), "forward", "")

    def needed_directly(self, exercise: str) -> set[str]:
        """Return the names of the exercises that the tests of an exercise use."""
        substituted = {name for test in self.tests_of(exercise) for name in test.substitutes}
        signature = self.signatures.get(exercise)
        return substituted | (signature.needs if signature else set())

    def needed(self, exercises: Iterable[str]) -> set[str]:
        """Return some exercises with all exercises that their tests use, directly or indirectly."""
        found, new = set(), set(exercises)
        while new:
            found |= new
            new = {other for name in new for other in self.needed_directly(name)} - found
        return found

    def in_order(self, exercises: Collection[str]) -> list[str]:
        """Sort exercises so that each comes after those that its tests use."""
        seen, ordered = set(), []

        def add(name: str) -> None:
            if name in seen:
                return
            seen.add(name)
            needed = self.needed_directly(name)
            for other in exercises:
                if other in needed:
                    add(other)
            ordered.append(name)

        for name in exercises:
            add(name)
        return ordered

    def hash_of(self, exercise: str) -> str:
        """Return a hash of the files behind an exercise's outcomes, without tolerances."""
        needed = self.needed([exercise])
        topics = {topic.name for topic in self.topics if topic.exercises & needed} | self._topics_testing(needed)
        files = {f: h for f, h in self.hashes.items() if f.split("/")[0] in topics or self._is_shared(f)}
        return _hash_of(files)

    def hash_of_tests(self, exercise: str) -> str:
        """Return a hash of the hidden_tests.py files that affect the outcomes of an exercise."""
        topics = self._topics_testing(self.needed([exercise]))
        return _hash_of({f: h for f, h in self.hashes.items() if f in {f"{name}/{FILE_NAME}" for name in topics}})

    def hash_of_tolerances(self) -> str:
        """Return a hash of tolerances.py, "" without such a file."""
        return self.hashes.get("tolerances.py", "")

    def import_for_scoring(self) -> None:
        """Import everything that scoring uses, and read the catalogues. The files may be deleted afterwards."""
        for part in ("topics", "tests", "tolerances"):
            getattr(self, part)
        for path in self.folder.glob("locale/*"):
            with in_language(path.name):
                tr(path.name)  # any text reads the catalogue

    def _topics_testing(self, exercises: Collection[str]) -> set[str]:
        return {test.node.split("/")[0] for test in self.tests if test.exercise in exercises}

    def _is_shared(self, file: str) -> bool:
        return "/" not in file and file not in NOT_SCORED and file != "tolerances.py"

    def _topic(self, name: str) -> Topic:
        def defined(file: str, attribute: str, default: object, **options: bool) -> Any:
            return self._defined(f"{name}/{file}", attribute, default, **options)

        return Topic(
            name,
            defined("signatures.py", "SIGNATURES", {}),
            tuple(defined("mutants.py", "MUTANTS", ())),
            tuple(defined("mutants.py", "VARIANTS", ())),
            defined("mutants.py", "EQUIVALENTS", {}, is_required=False),
            defined("substitutes.py", "SUBSTITUTES", {}),
        )

    def _defined(self, file: str, attribute: str, default: object, *, is_required: bool = True) -> Any:
        """Return an attribute of a file, or the default if it is optional and missing."""
        if file not in self.hashes:
            return default
        module = self._imported(file)
        if is_required and not hasattr(module, attribute):
            raise UsageError(f"expected {attribute} in {self.folder / file}, got none: see docs/authoring.md")
        return getattr(module, attribute, default)

    def _imported(self, file: str) -> types.ModuleType:
        try:
            return importlib.import_module(f"{self._package}.{file.removesuffix('.py').replace('/', '.')}")
        except Exception as error:
            raise UsageError(f"cannot import {self.folder / file}: {type(error).__name__}: {error}") from None


def files_for_scoring(folder: Path) -> list[Path]:
    """Return the files of a content's folder that scoring needs elsewhere: Python and compiled catalogues."""
    return [*sorted(folder.rglob("*.py")), *sorted(folder.glob("locale/*/LC_MESSAGES/*.mo"))]


def load_content(folder: Path) -> Content:
    """Return the content of an assignment, and add the catalogues in its folder.

    The content is empty if the folder does not exist. Equal Python files give the same object, also in
    another folder, so a translation renews no scores.
    """
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.py"))}
    files.pop(SETTINGS_FILE, None)
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    package = f"assignment_{_hash_of(hashes)[:16]}"
    module = sys.modules.setdefault(package, types.ModuleType(package))
    module.__path__ = [str(folder)]
    content: Content = vars(module).setdefault("content", Content(hashes, package))
    if (folder / "locale").is_dir():
        add_catalogues(folder)
    return content


def _hash_of(hashes: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(hashes.items()):
        digest.update(f"{name}\0{value}\0".encode())
    return digest.hexdigest()
