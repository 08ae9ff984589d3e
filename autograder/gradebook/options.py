"""Find unknown options, and options without effect, in the settings files of a course."""

import difflib
from collections.abc import Container, Mapping
from weakref import WeakKeyDictionary

from nbgrader.apps import NbGraderApp
from traitlets.config import Config
from traitlets.config.configurable import Configurable
from traitlets.utils.importstring import import_item

from autograder.errors import UsageError

__all__ = ["check_options", "options_without_effect"]

FILE = "course_config.py"
NEAR = 0.85  # similarity above which a class name is a typo; people name their own classes after nbgrader's
NOT_EXECUTED = "submissions are not executed, but scored by hidden tests: see test_seconds and memory_mb"
AUTOGRADE = "only `nbgrader autograde` reads it"
FEEDBACK = "feedback pages are written without it; only `nbgrader generate_feedback` reads it"
IN_FILES = "hidden tests are separate files, not parts of notebooks"
ONE_PLACE = "`autograder` reads submitted/<student>/<assignment>/, and gets assignment and student as arguments"
# Options that `autograder grade` and `autograder release` ignore: class, or class.option → reason.
WITHOUT_EFFECT = {
    **dict.fromkeys(("Execute", "ExecutePreprocessor", "NotebookClient", "LimitOutput", "IgnorePattern"), NOT_EXECUTED),
    **dict.fromkeys(("Autograde", "SaveAutoGrades", "DeduplicateIds"), AUTOGRADE),
    **dict.fromkeys(("OverwriteCells", "OverwriteKernelspec"), AUTOGRADE),
    **dict.fromkeys(("GenerateFeedback", "GetGrades"), FEEDBACK),
    **dict.fromkeys(("ClearHiddenTests", "InstantiateTests", "GenerateSourceWithTests"), IN_FILES),
    "ClearMarkScheme": "cells for instructors have the tag instructor-only",
    "CourseDirectory.root": "the course is the folder of this file",
    "CourseDirectory.directory_structure": ONE_PLACE,
    "CourseDirectory.assignment_id": ONE_PLACE,
    "CourseDirectory.notebook_id": ONE_PLACE,
    "CourseDirectory.student_id": ONE_PLACE,
    "CourseDirectory.student_id_exclude": ONE_PLACE,
}
# Without these steps, a release would contain solutions or cells for instructors.
NEEDED = {
    ("GenerateAssignment", "preprocessors"): ("LeaveOutCells", "ClearSolutions", "NameStubs", "SaveCells"),
}


def check_options(config: Config) -> None:
    """Find names that nbgrader would silently ignore.

    Inputs:
    - config: all settings of the course's files.

    Raises: UsageError for an unknown option, for a class name that must be a typo, for a plugin
    that can't be imported, and for a pipeline without required steps.
    """
    _import_classes(config, _known_options())
    options = _known_options()
    for section, chosen in config.items():
        if section == "AssignmentKit":  # see course.config
            continue
        if section not in options:
            near = difflib.get_close_matches(section, [*options, "AssignmentKit"], n=1, cutoff=NEAR)
            if near:
                raise UsageError(f"{FILE} sets c.{section}, which does not exist: did you mean c.{near[0]}?")
            continue
        for name in chosen:
            if name not in options[section]:
                near = difflib.get_close_matches(name, options[section], n=1)
                hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(sorted(options[section]))}"
                raise UsageError(f"{FILE} sets c.{section}.{name}, which does not exist: {hint}")
    for (section, name), needed in NEEDED.items():
        steps = config.get(section, {}).get(name)
        if isinstance(steps, list):
            there = {getattr(step, "__name__", str(step)).split(".")[-1] for step in steps}
            missing = [step for step in needed if step not in there]
            if missing:
                raise UsageError(
                    f"{FILE} sets c.{section}.{name} without the required {', '.join(missing)}: start from the list in"
                    " autograder/gradebook/nbgrader_settings.py"
                )


def options_without_effect(config: Config, kits: Config) -> list[str]:
    """Return one line for each option that `autograder` ignores, and for each unknown class.

    Inputs:
    - config: all settings of the course's files.
    - kits: all settings of nbgrader_settings.py.
    """
    unknown = sorted(config.keys() - _known_options().keys() - {"AssignmentKit"})
    lines = [
        f"{FILE} sets c.{section}, an unknown class: it has no effect, unless your own code reads it"
        for section in unknown
    ]
    for section, chosen in config.items():
        for name, value in chosen.items():
            why = WITHOUT_EFFECT.get(section) or WITHOUT_EFFECT.get(f"{section}.{name}")
            if why and value != kits.get(section, {}).get(name):
                lines.append(f"{FILE} sets c.{section}.{name}, which has no effect: {why}")
    return lines


def _import_classes(config: Config, options: Mapping[str, Container[str]]) -> None:
    """Import the classes that settings name as text, to know their options."""
    for section, chosen in config.items():
        for name, value in chosen.items():
            if name in options.get(section, ()) and name.endswith("_class") and isinstance(value, str):
                try:
                    import_item(value)
                except Exception as error:  # the instructor's code can raise anything
                    raise UsageError(
                        f"{FILE} sets c.{section}.{name} = {value!r}, which can't be imported"
                        f" ({type(error).__name__}: {error}): give module.Class, with the module next to {FILE}"
                    ) from None


# Asking a class takes long, and there are hundreds.
_own_options: WeakKeyDictionary[type[Configurable], list[str]] = WeakKeyDictionary()


def _known_options() -> dict[str, set[str]]:
    """Return class name → options, for all classes of nbgrader, Jupyter and the course."""
    NbGraderApp().all_configurable_classes()  # imports its commands
    options: dict[str, set[str]] = {}
    classes: list[type[Configurable]] = [Configurable]
    while classes:
        cls = classes.pop()
        classes += cls.__subclasses__()
        # Classes can have the same name: nbgrader's exchange has abstract and concrete ones.
        if cls not in _own_options:
            _own_options[cls] = cls.class_trait_names(config=True)
        options.setdefault(cls.__name__, set()).update(_own_options[cls])
    return options
