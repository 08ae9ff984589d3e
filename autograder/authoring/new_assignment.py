"""`new-assignment`: add an assignment with one exercise to a course."""

import json
import re
from pathlib import Path

from autograder.authoring.new_exercise import exercise_cells, plain_number, shown, topic_files
from autograder.authoring.new_files import write_together
from autograder.course.assignment import assignment_settings
from autograder.course.config import Course
from autograder.errors import UsageError
from autograder.paths import TOOLS
from autograder.release.normalize import canonical_text
from autograder.sandbox.import_policy import package_folder
from autograder.templates import filled_folder

__all__ = ["EXERCISE", "NOTEBOOK", "assignment_files", "check_assignment_name", "new_assignment"]

NOTEBOOK, EXERCISE, POINTS = "Exercises", "rescale", 5
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
OWN_MODULES = ("check", "notebook")  # modules of a student package that the new notebook may use
PROJECT = "pyproject.toml"


def new_assignment(course: Course, name: str, *, package: str | None = None) -> None:
    """Write the source, settings and content of a new assignment, and print the next steps.

    Inputs:
    - package: the student package; by default that of the course's default assignment.

    Raises: UsageError if the name or the package is invalid; then nothing is written.
    """
    check_assignment_name(name)
    for folder in (course.source, course.assignments):
        taken = {path.name.casefold(): path for path in folder.glob("*")}
        if name.casefold() in taken:
            raise UsageError(f"expected a new name, got {name}: {taken[name.casefold()]} exists, take another name")
    default = course.assignment
    if package is None:
        package = assignment_settings(course, default).package if default else ""
    modules = _modules_of(package)
    source, content = course.source / name, course.assignments / name
    files = assignment_files(name, source, content, package=package, modules=modules, course_id=course.course_id)
    project = course.source / default / PROJECT
    if default and package == assignment_settings(course, default).package and project.is_file():
        files[source / PROJECT] = _renamed(project.read_text(encoding="utf-8"), files[source / PROJECT])
    write_together(files)
    for file in files:
        print(f"{shown(file, course.root)}: new")
    print(f"{name} has one exercise, {EXERCISE}, for {POINTS} points: rewrite it. These commands already work:")
    print(f"autograder release {name}")
    print(f"autograder mutants {name}")


def check_assignment_name(name: str) -> None:
    """Raise a UsageError if the name of an assignment is invalid."""
    if not NAME.fullmatch(name):
        raise UsageError(f"expected an assignment name of letters, digits, - and _, such as homework1, got {name!r}")


def assignment_files(
    name: str, source: Path, content: Path, *, package: str, modules: tuple[str, ...], course_id: str
) -> dict[Path, str]:
    """Return the files of a new assignment: dict of path → text.

    Inputs:
    - source: folder of its notebook and settings.
    - content: folder of its hidden tests.
    - package: the student package, "" for none.
    - modules: the OWN_MODULES of the package.
    - course_id: name of the course, for the project's name; may be "".
    """
    tools = package or TOOLS.name
    values = {
        "assignment": name,
        "notebook": NOTEBOOK,
        "points": plain_number(POINTS),
        "package": package,
        "packages": json.dumps(sorted({tools, TOOLS.name})),
        "tools": tools,
        "checks": package if "check" in modules else TOOLS.name,
        "modules": json.dumps(modules),
        "project": re.sub(r"[^A-Za-z0-9]+", "-", f"{course_id or tools}-{name}").strip("-"),
    }
    texts = filled_folder(__package__, "templates/assignment", **values)
    folders = {"source": source, "content": content}
    files = {}
    for path, text in texts.items():
        part, _, rest = path.partition("/")
        files[folders[part] / rest] = text
    notebook = source / f"{NOTEBOOK}.ipynb"
    cells = json.loads(files[notebook])
    cells["cells"] += exercise_cells(EXERCISE, POINTS)
    files[notebook] = canonical_text(json.dumps(cells))
    return files | {content / path: text for path, text in topic_files(EXERCISE).items()}


def _modules_of(package: str) -> tuple[str, ...]:
    """Return the OWN_MODULES of a package. Raises: UsageError if the package does not exist."""
    if not package:
        return ()
    parent = package_folder(package)
    if parent is None:
        raise UsageError(f"expected a student package next to course_config.py, or an installed one, got {package!r}")
    return tuple(module for module in OWN_MODULES if Path(parent, package, f"{module}.py").is_file())


def _renamed(project: str, new: str) -> str:
    """Return the package's project file with the name of the new assignment."""
    for line in re.findall(r"^(?:name|description) = .*$", new, re.MULTILINE):
        key, own = line.partition(" ")[0], line.replace("\\", r"\\")
        project = re.sub(rf"^{key} = .*$", own, project, count=1, flags=re.MULTILINE)
    return project
