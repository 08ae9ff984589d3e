"""The settings of an assignment, and how files of settings are read and checked."""

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
    """The settings of an assignment; assignment.py says what each of them means."""

    notebooks: list[str] = field(default_factory=list)
    total_points: float = 0  # not set: no number is right for every choice of notebooks
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
    abbreviations: dict[str, str] = field(default_factory=dict)

    @property
    def limits(self) -> Limits:
        """What one hidden test may use, as the sandbox takes it."""
        return Limits(**{field.name: getattr(self, field.name) for field in fields(Limits)})

    def is_void(self, grade_id: str | None) -> bool:
        """Whether the points of a cell, or of the exercise that it belongs to, count for nobody."""
        return grade_id is not None and grade_id.removeprefix(CHECK_PREFIX) in self.void

    @property
    def tags_left_out(self) -> frozenset[str]:
        """The tags of cells that students don't get: those for instructors, and those for other options."""
        return self.tags_of_other_options | {INSTRUCTOR_TAG}

    @property
    def tags_of_other_options(self) -> frozenset[str]:
        """The tags of cells for other values of the options: the option's name with hyphens, a hyphen, the value."""
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
    """Read the settings of an assignment from its assignment.py; the defaults without such a file.

    Inputs:
    - label: how messages name the file.

    Raises: UsageError when it does not run, or sets what does not exist or can't be.
    """
    if not file.exists():
        return Settings()
    config = load_config_file(file, label)
    section = dict(config.get("Assignment", {}))
    for name in config:
        if name != "Assignment":
            raise UsageError(f"{label} sets c.{name}: expected c.Assignment; other settings belong to the course")
    for name, value in section.items():
        check_option(f"{label} sets c.Assignment", name, value, SETTINGS)
        if name in POSITIVE and not 0 < value < math.inf:
            raise UsageError(f"{label} sets c.Assignment.{name} = {value!r}, but it has to be positive and finite")
    values: dict[str, Any] = {n: dict(value) if SETTINGS[n] is dict else value for n, value in section.items()}
    settings = Settings(**values)
    for name, choices in settings.choices.items():
        if settings.options.get(name) not in choices:
            words = " or ".join(map(repr, choices))
            value = settings.options.get(name)
            raise UsageError(f"{label} sets the option {name} to {value!r}, but it has to be {words}")
    for name, policy in settings.import_policies.items():
        fits = isinstance(policy, dict) and policy.keys() <= {"modules", "packages"}
        if not fits or not all(isinstance(item, str) for names in policy.values() for item in names):
            raise UsageError(
                f"{label} sets the import policy {name!r} to {policy!r}, but it has to be a dict with lists of names"
                " under 'modules' and 'packages'"
            )
    if unknown := settings.options.keys() - settings.choices.keys():
        raise UsageError(f"{label} sets the option {min(unknown)!r}, but c.Assignment.choices does not list its values")
    return settings


def load_config_file(path: Path, label: str = "") -> Config:
    """Run a file of settings, in which `get_config()` gives the object to set them on; returns it.

    Raises: UsageError when the file is missing or does not run.
    """
    label = label or path.name
    try:
        return Config(PyFileConfigLoader(path.name, path=str(path.parent)).load_config())
    except ConfigFileNotFound:
        raise UsageError(
            f"there is no {label} in {path.parent}: run this in the folder of the course, where {label} is"
        ) from None
    except Exception as error:
        line = _line_of(error, path.name)
        where = f" in line {line}" if line else ""
        words = error.msg if isinstance(error, SyntaxError) else error
        raise UsageError(f"{label} does not run{where}: {type(error).__name__}: {words}") from None


def _line_of(error: Exception, file: str) -> int | None:
    """The line of the file that an error is from; None where there is none."""
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
    """Check one setting.

    Inputs:
    - setter: how the message begins, such as "course_config.py sets c.AssignmentKit".
    - kinds: the type of every setting. - choices: allowed values, of settings that have a list of them.

    Raises: UsageError when there is no such setting, or its value is of another type or not allowed.
    """
    if name not in kinds:
        near = difflib.get_close_matches(name, kinds, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(kinds)}"
        raise UsageError(f"{setter}.{name}, which does not exist: {hint}")
    wanted = kinds[name]
    allowed = (int, float) if wanted is float else wanted
    is_list_of_others = isinstance(value, list) and not all(isinstance(item, str) for item in value)
    if isinstance(value, bool) or not isinstance(value, allowed) or is_list_of_others:
        raise UsageError(f"{setter}.{name} = {value!r}, but it has to be {KINDS[wanted]}")
    if choices and value not in choices.get(name, (value,)):
        words = " or ".join(map(repr, choices[name]))
        raise UsageError(f"{setter}.{name} = {value!r}, but it has to be {words}")
