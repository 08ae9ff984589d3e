"""Read and validate the settings of an assignment."""

import difflib
import math
import traceback
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from traitlets.config.loader import Config, ConfigFileNotFound, PyFileConfigLoader

from autograder.course.cells import INSTRUCTOR_TAG
from autograder.errors import UsageError
from autograder.model import CHECK_PREFIX
from autograder.sandbox.supervisor import Limits

__all__ = ["SETTINGS", "Settings", "check_option", "load_config_file", "load_settings"]


@dataclass(frozen=True)
class Settings:
    """The settings of an assignment. setting_help explains each of them."""

    notebooks: list[str] = field(default_factory=list)
    total_points: float = 0  # 0: not set
    void: list[str] = field(default_factory=list)
    full_points: list[str] = field(default_factory=list)
    test_seconds: float = Limits.test_seconds
    exercise_seconds: float = 40
    submission_seconds: float = 90
    cpu_seconds: float = Limits.cpu_seconds
    memory_mb: int = Limits.memory_mb
    reply_mb: int = Limits.reply_mb
    output_chars: int = Limits.output_chars
    message_chars: int = Limits.message_chars
    options: dict[str, object] = field(default_factory=dict)
    choices: dict[str, Collection[object]] = field(default_factory=dict)
    package: str = ""
    import_policies: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    browser_libraries: dict[str, str] = field(default_factory=dict)
    abbreviations: dict[str, str] = field(default_factory=dict)

    @property
    def limits(self) -> Limits:
        """The limits of one hidden test, for the sandbox."""
        return Limits(**{field.name: getattr(self, field.name) for field in fields(Limits)})

    def is_void(self, grade_id: str | None) -> bool:
        """Return True if the points of a cell, or of its exercise, do not count."""
        return grade_id is not None and grade_id.removeprefix(CHECK_PREFIX) in self.void

    @property
    def tags_left_out(self) -> frozenset[str]:
        """Tags of unreleased cells: for instructors, and for other options."""
        return self.tags_of_other_options | {INSTRUCTOR_TAG}

    @property
    def tags_of_other_options(self) -> frozenset[str]:
        """Tags of cells for other values of the options, such as max-pool-ties-all."""
        return frozenset(
            f"{name.replace('_', '-')}-{choice}"
            for name, choices in self.choices.items()
            for choice in choices
            if choice != self.options.get(name)
        )


def _kind(annotation: Any) -> type:
    return getattr(annotation, "__origin__", annotation)


SETTINGS = {field.name: _kind(field.type) for field in fields(Settings)}
POSITIVE = ("total_points", "exercise_seconds", "submission_seconds", *(field.name for field in fields(Limits)))
KINDS = {float: "a number", int: "an int", str: "a text", list: "a list of texts", dict: "a dict"}


def load_settings(file: Path, label: str) -> Settings:
    """Read the settings of an assignment; without a file, return the defaults.

    Inputs:
    - file: path of assignment.py.
    - label: name of the file in messages.

    Raises: UsageError if the file does not run, or a setting is unknown or invalid.
    """
    if not file.exists():
        return Settings()
    config = load_config_file(file, label)
    section = dict(config.get("Assignment", {}))
    for name in config:
        if name != "Assignment":
            raise UsageError(f"{label} sets c.{name}: expected c.Assignment; set the others in course_config.py")
    for name, value in section.items():
        check_option(f"{label} sets c.Assignment", name, value, SETTINGS)
        if name in POSITIVE and not 0 < value < math.inf:
            raise UsageError(f"{label} sets c.Assignment.{name} = {value!r}: expected a positive, finite number")
    values: dict[str, Any] = {n: dict(value) if SETTINGS[n] is dict else value for n, value in section.items()}
    settings = Settings(**values)
    for name, choices in settings.choices.items():
        if settings.options.get(name) not in choices:
            words = " or ".join(map(repr, choices))
            value = settings.options.get(name)
            raise UsageError(f"{label} sets the option {name} to {value!r}: expected {words}")
    for name, policy in settings.import_policies.items():
        fits = isinstance(policy, dict) and policy.keys() <= {"modules", "packages"}
        if not fits or not all(isinstance(item, str) for names in policy.values() for item in names):
            raise UsageError(
                f"{label} sets the import policy {name!r} to {policy!r}: expected a dict with lists of names under"
                " 'modules' and 'packages'"
            )
    if unknown := settings.options.keys() - settings.choices.keys():
        raise UsageError(
            f"{label} sets the option {min(unknown)!r}: expected its allowed values in c.Assignment.choices"
        )
    return settings


def load_config_file(path: Path, label: str = "") -> Config:
    """Run a file of settings, and return the object that its `get_config()` gives.

    Inputs:
    - path: path of the file.
    - label: name of the file in messages; by default its file name.

    Raises: UsageError if the file is missing or does not run.
    """
    label = label or path.name
    try:
        return Config(PyFileConfigLoader(path.name, path=str(path.parent)).load_config())
    except ConfigFileNotFound:
        raise UsageError(
            f"expected {label} in {path.parent}, got none: run the command in the course's folder"
        ) from None
    except Exception as error:
        line = _line_of(error, path.name)
        where = f" (line {line})" if line else ""
        words = error.msg if isinstance(error, SyntaxError) else error
        raise UsageError(f"{label} does not run{where}: {type(error).__name__}: {words}") from None


def _line_of(error: Exception, file: str) -> int | None:
    """Return the line of the file that raised an error; None if unknown."""
    if isinstance(error, SyntaxError) and str(error.filename or "").endswith(file):
        return error.lineno
    frames = traceback.extract_tb(error.__traceback__)
    return next((frame.lineno for frame in reversed(frames) if frame.filename.endswith(file)), None)


def check_option(
    setter: str,
    name: str,
    value: object,
    kinds: Mapping[str, type],
    choices: Mapping[str, Collection[object]] | None = None,
) -> None:
    """Check the name and the value of one setting.

    Inputs:
    - setter: start of the message, such as "course_config.py sets c.AssignmentKit".
    - name: name of the setting.
    - value: its value.
    - kinds: name → type, of all settings.
    - choices: name → allowed values, of settings with a list of values.

    Raises: UsageError if the setting is unknown, or its value has another type or is not allowed.
    """
    if name not in kinds:
        near = difflib.get_close_matches(name, kinds, n=1)
        hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(kinds)}"
        raise UsageError(f"{setter}.{name}, which does not exist: {hint}")
    wanted = kinds[name]
    allowed = (int, float) if wanted is float else wanted
    is_list_of_others = isinstance(value, list) and not all(isinstance(item, str) for item in value)
    if isinstance(value, bool) or not isinstance(value, allowed) or is_list_of_others:
        raise UsageError(f"{setter}.{name} = {value!r}: expected {KINDS[wanted]}")
    if choices and value not in choices.get(name, (value,)):
        words = " or ".join(map(repr, choices[name]))
        raise UsageError(f"{setter}.{name} = {value!r}: expected {words}")
