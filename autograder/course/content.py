"""The content of an assignment: its hidden tests, mutants, signatures, substitutes and tolerances.

It lies in a folder of the course, next to the settings of the assignment:

    assignment.py         settings, see autograder.course.settings
    tolerances.py         TOLERANCES: dict of name → Tolerance
    sample_class.py       SAMPLES: the submissions of a made-up class
    environment.py        notebook_environment(root): environment variables with which solved notebooks run
    <topic>/              a folder for the exercises that belong together, with any of
      signatures.py       SIGNATURES: dict of exercise → Signature or ClassSignature
      hidden_tests.py     functions that @hidden_test declares
      mutants.py          MUTANTS and VARIANTS: tuples; EQUIVALENTS: mechanical mutants that are correct
      substitutes.py      SUBSTITUTES: dict of function → function of the reference that gives its substitute

Other files may hold what these share. All of them are imported as one package, so they import each other by relative
imports. Nothing is registered: the content is an attribute of the Assignment.
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

__all__ = ["SETTINGS_FILE", "Content", "Topic", "load_content"]

SETTINGS_FILE = "assignment.py"
EQUIVALENTS_FILE = "equivalent_mutants.py"
SAMPLES_FILE = "sample_class.py"
ENVIRONMENT_FILE = "environment.py"
NOT_SCORED = (EQUIVALENTS_FILE, SAMPLES_FILE, ENVIRONMENT_FILE)  # files that no score depends on


@dataclass(frozen=True)
class Topic:
    """The content of one topic, as its files define it."""

    name: str
    signatures: dict[str, Signature | ClassSignature] = field(default_factory=dict)
    mutants: tuple[Mutant, ...] = ()
    variants: tuple[Variant, ...] = ()
    equivalents: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    substitutes: dict[str, Callable[[Any], Callable[..., object]]] = field(default_factory=dict)

    @property
    def exercises(self) -> set[str]:
        """Names of the exercises that the topic describes."""
        return {*self.signatures, *(entry.exercise for entry in (*self.mutants, *self.variants))}


class Content:
    """Everything that the hidden tests of an assignment consist of. The parts are imported when they are first used.

    - hashes: file, relative to the folder → hash of its content; without the settings.

    Raises: UsageError where a file can't be imported, or lacks what it should define.
    """

    def __init__(self, hashes: dict[str, str], package: str) -> None:
        self.hashes, self._package = hashes, package

    @property
    def folder(self) -> Path:
        """Where the files lie."""
        return Path(sys.modules[self._package].__path__[0])

    @functools.cached_property
    def topics(self) -> tuple[Topic, ...]:
        """The topics, sorted by name."""
        names = sorted({file.split("/")[0] for file in self.hashes if "/" in file})
        return tuple(self._topic(name) for name in names)

    @functools.cached_property
    def tolerances(self) -> ToleranceTable:
        """The tolerances by name."""
        return ToleranceTable(self._defined("tolerances.py", "TOLERANCES", {}))

    @functools.cached_property
    def tests(self) -> tuple[HiddenTest, ...]:
        """The hidden tests in the order in which they run."""
        return collect_hidden_tests(self.folder, self._package)

    @functools.cached_property
    def signatures(self) -> dict[str, Signature | ClassSignature]:
        """The signatures by exercise."""
        return {name: signature for topic in self.topics for name, signature in topic.signatures.items()}

    @property
    def functions(self) -> dict[str, Signature]:
        """The signatures of functions, by exercise."""
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
        """The substitutes: name of a function → function of the reference that gives its substitute."""
        return {name: make for topic in self.topics for name, make in topic.substitutes.items()}

    @functools.cached_property
    def equivalents(self) -> dict[str, dict[str, tuple[str, ...]]]:
        """Mechanical mutants that are correct: exercise → reason → descriptions."""
        shared = self._defined(EQUIVALENTS_FILE, "EQUIVALENTS", {})
        return shared | {name: reasons for topic in self.topics for name, reasons in topic.equivalents.items()}

    @functools.cached_property
    def samples(self) -> tuple[Any, ...]:
        """The submissions of a made-up class, of type sample_class.profiles.Sample; empty without a sample_class.py."""
        return tuple(self._defined(SAMPLES_FILE, "SAMPLES", ()))

    def notebook_environment(self, root: Path) -> dict[str, str]:
        """Environment variables with which the solved notebooks run. - root: folder of the course."""
        return self._defined(ENVIRONMENT_FILE, "notebook_environment", lambda root: {})(root)

    def tests_of(self, exercise: str) -> list[HiddenTest]:
        """The hidden tests of an exercise in the order in which they run."""
        return [test for test in self.tests if test.exercise == exercise]

    def checks_of(self, exercise: str) -> list[Check]:
        """The Checks of an exercise, in the order of its tests."""
        return [check for test in self.tests_of(exercise) for check in test.checks]

    def mutants_of(self, exercise: str, options: Mapping[str, object]) -> tuple[Mutant, ...]:
        """The mutants of an exercise that are wrong with these options of the assignment."""
        return tuple(m for m in self.mutants if m.exercise == exercise and m.is_wrong_with(options))

    def mutant(self, exercise: str, name: str) -> Mutant:
        """The mutant of that name."""
        return next(mutant for mutant in self.mutants if (mutant.exercise, mutant.name) == (exercise, name))

    def forward_of(self, exercise: str) -> str:
        """The forward pass whose cache a backward pass takes; "" for other exercises."""
        return getattr(self.signatures.get(exercise), "forward", "")

    def needed_directly(self, exercise: str) -> set[str]:
        """Names of the exercises whose outcomes the tests of an exercise depend on."""
        substituted = {name for test in self.tests_of(exercise) for name in test.substitutes}
        signature = self.signatures.get(exercise)
        return substituted | (signature.needs if signature else set())

    def needed(self, exercises: Iterable[str]) -> set[str]:
        """Some exercises, with all that the outcomes of their tests depend on."""
        found, new = set(), set(exercises)
        while new:
            found |= new
            new = {other for name in new for other in self.needed_directly(name)} - found
        return found

    def in_order(self, exercises: Collection[str]) -> list[str]:
        """Some exercises, each after those of them that its tests depend on; otherwise in the order given."""
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
        """A hash of the files that the outcomes of an exercise depend on, tolerances excluded."""
        needed = self.needed([exercise])
        topics = {topic.name for topic in self.topics if topic.exercises & needed} | self._topics_testing(needed)
        files = {f: h for f, h in self.hashes.items() if f.split("/")[0] in topics or self._is_shared(f)}
        return _hash_of(files)

    def hash_of_tests(self, exercise: str) -> str:
        """A hash of the files of hidden tests that the outcomes of an exercise depend on."""
        topics = self._topics_testing(self.needed([exercise]))
        return _hash_of({f: h for f, h in self.hashes.items() if f in {f"{name}/{FILE_NAME}" for name in topics}})

    def hash_of_tolerances(self) -> str:
        """A hash of the table of tolerances."""
        return self.hashes.get("tolerances.py", "")

    def import_for_scoring(self) -> None:
        """Import now all that scoring uses; the files may go afterwards."""
        for part in ("topics", "tests", "tolerances"):
            getattr(self, part)

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
        """What a file defines; the default without the file, or without an attribute that is not required in it."""
        if file not in self.hashes:
            return default
        module = self._imported(file)
        if is_required and not hasattr(module, attribute):
            raise UsageError(f"{self.folder / file}: expected it to define {attribute}; see docs/authoring.md")
        return getattr(module, attribute, default)

    def _imported(self, file: str) -> types.ModuleType:
        try:
            return importlib.import_module(f"{self._package}.{file.removesuffix('.py').replace('/', '.')}")
        except Exception as error:
            raise UsageError(f"{self.folder / file} can't be used: {type(error).__name__}: {error}") from None


def load_content(folder: Path) -> Content:
    """The content of an assignment in a folder; an empty one where there is no such folder.

    The same files give the same object, wherever they lie.
    """
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.py"))}
    files.pop(SETTINGS_FILE, None)
    hashes = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in files.items()}
    package = f"assignment_{_hash_of(hashes)[:16]}"
    module = sys.modules.setdefault(package, types.ModuleType(package))
    module.__path__ = [str(folder)]
    content: Content = vars(module).setdefault("content", Content(hashes, package))
    return content


def _hash_of(hashes: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name, value in sorted(hashes.items()):
        digest.update(f"{name}\0{value}\0".encode())
    return digest.hexdigest()
