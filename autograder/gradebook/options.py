"""Tells whether somebody reads what the settings files of a course set, and whether the kit's commands do."""

import difflib
from collections.abc import Container, Mapping

from nbgrader.apps import NbGraderApp
from traitlets.config import Config
from traitlets.config.configurable import Configurable
from traitlets.utils.importstring import import_item

from autograder.errors import UsageError

__all__ = ["check_options", "options_without_effect"]

FILE = "course_config.py"
NEAR = 0.85  # how alike a name is that must be a typo: people name their own classes after nbgrader's
NOT_EXECUTED = "submissions are scored by hidden tests and not executed: see test_seconds and memory_mb"
AUTOGRADE = "only `nbgrader autograde` reads it"
FEEDBACK = "the kit writes its own pages; only `nbgrader generate_feedback` reads it"
IN_FILES = "hidden tests are files of their own, and no part of notebooks"
ONE_PLACE = "the kit reads submitted/<student>/<assignment>/, and takes assignment and student as arguments"
# What `autograder grade` and `autograder release` do without: class, or class and option → why.
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
# Without these steps a release would hold what students must not see.
NEEDED = {
    ("GenerateAssignment", "preprocessors"): ("LeaveOutCells", "ClearSolutions", "NameStubs", "SaveCells"),
}


def check_options(config: Config) -> None:
    """Find names that nbgrader would silently ignore.

    Inputs:
    - config: all that the course's settings files set.

    Raises: UsageError for an option that its class does not have, for a class that can only be a typo, for a plugin
    that can't be imported, and for steps of a pipeline that leave out what the kit needs.
    """
    _import_classes(config, _known_options())
    options = _known_options()
    for section, chosen in config.items():
        if section == "AssignmentKit":  # see course.config
            continue
        if section not in options:
            near = difflib.get_close_matches(section, [*options, "AssignmentKit"], n=1, cutoff=NEAR)
            if near:
                raise UsageError(f"{FILE} sets c.{section}, which nobody reads: did you mean c.{near[0]}?")
            continue
        for name in chosen:
            if name not in options[section]:
                near = difflib.get_close_matches(name, options[section], n=1)
                hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(options[section]))}"
                raise UsageError(f"{FILE} sets c.{section}.{name}, which does not exist: {hint}")
    for (section, name), needed in NEEDED.items():
        steps = config.get(section, {}).get(name)
        if isinstance(steps, list):
            there = {getattr(step, "__name__", str(step)).split(".")[-1] for step in steps}
            missing = [step for step in needed if step not in there]
            if missing:
                raise UsageError(
                    f"{FILE} sets c.{section}.{name} without {', '.join(missing)}, which the kit needs: start from the"
                    " list in autograder/gradebook/nbgrader_settings.py"
                )


def options_without_effect(config: Config, kits: Config) -> list[str]:
    """One line for each option of the settings files that the kit's own commands do not read, and for each class that
    nothing here has defined.

    Inputs:
    - config: as for check_options. - kits: what the kit itself sets, likewise.
    """
    unknown = sorted(config.keys() - _known_options().keys() - {"AssignmentKit"})
    lines = [
        f"{FILE} sets c.{section}, but no class of that name is known here: nobody reads it, unless a program of your"
        " own does"
        for section in unknown
    ]
    for section, chosen in config.items():
        for name, value in chosen.items():
            why = WITHOUT_EFFECT.get(section) or WITHOUT_EFFECT.get(f"{section}.{name}")
            if why and value != kits.get(section, {}).get(name):
                lines.append(f"{FILE} sets c.{section}.{name}, which changes nothing here: {why}")
    return lines


def _import_classes(config: Config, options: Mapping[str, Container[str]]) -> None:
    """Import the classes that settings name as texts: their own options are known then."""
    for section, chosen in config.items():
        for name, value in chosen.items():
            if name in options.get(section, ()) and name.endswith("_class") and isinstance(value, str):
                try:
                    import_item(value)
                except Exception as error:  # of a program of the instructor's
                    raise UsageError(
                        f"{FILE} sets c.{section}.{name} = {value!r}, which can't be imported"
                        f" ({type(error).__name__}: {error}): give module.Class, with the module beside {FILE}"
                    ) from None


def _known_options() -> dict[str, set[str]]:
    """The names of the options of each class that nbgrader, its commands, Jupyter and the course itself have defined by
    now, by the name of the class."""
    NbGraderApp().all_configurable_classes()  # imports its commands
    options: dict[str, set[str]] = {}
    classes: list[type[Configurable]] = [Configurable]
    while classes:
        cls = classes.pop()
        classes += cls.__subclasses__()
        # Several have one name: the exchange of nbgrader has an abstract class and a real one.
        options.setdefault(cls.__name__, set()).update(cls.class_trait_names(config=True))
    return options
