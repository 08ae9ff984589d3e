"""`new-course`: write a course with one assignment and one exercise into a new folder."""

import importlib.util
import keyword
import sys
from pathlib import Path

from autograder.authoring.new_assignment import NOTEBOOK, OWN_MODULES, assignment_files, check_assignment_name
from autograder.authoring.new_files import write_together
from autograder.errors import UsageError
from autograder.templates import filled_folder

__all__ = ["new_course"]

# Folders that the commands make in a course, in addition to those of the templates.
MADE = {"autograded", "data", "dist", "feedback", "release", "released_feedback", "reports", "results", "submitted"}
FOLDERS = MADE | {"assignments", "source", "wheels"}


def new_course(name: str, folder: Path | None = None, *, assignment: str) -> None:
    """Write the files of a new course, and print the next steps.

    Inputs:
    - name: name of the course and of its student package.
    - folder: a new or empty folder; by default `name`.
    - assignment: name of the first assignment.

    Raises: UsageError if a name or the folder is invalid; then nothing is written.
    """
    _check_course_name(name)
    check_assignment_name(assignment)
    folder = folder or Path(name)
    _check_folder(folder)
    texts = filled_folder(
        __package__, "templates/course", course=name, package=name, assignment=assignment, notebook=NOTEBOOK
    )
    files = {folder / path: text for path, text in texts.items()}
    source, content = folder / "source" / assignment, folder / "assignments" / assignment
    files |= assignment_files(assignment, source, content, package=name, modules=OWN_MODULES, course_id=name)
    write_together(files)
    print(f"{folder}: a course with {assignment} and one exercise, {len(files)} files")
    print(f"Run `cd {folder}` and `make release`. README.md lists the next commands.")


def _check_course_name(name: str) -> None:
    is_name = name.isidentifier() and name.isascii() and name.islower() and not keyword.iskeyword(name)
    if not is_name or name.startswith("_"):
        raise UsageError(
            f"expected a lower-case Python name, such as stats101, got {name!r}: it is also the name of the student"
            " package"
        )
    if name in FOLDERS:
        raise UsageError(f"expected an unused name, got {name}, a folder of every course: take another name")
    if name in sys.stdlib_module_names or _is_installed(name):
        raise UsageError(
            f"expected an unused name, got {name}, an installed module, which the student package would hide:"
            " take another name"
        )


def _is_installed(name: str) -> bool:
    """Return True if an import finds such a module.

    A plain folder in the current directory does not count.
    """
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin:
        return spec is not None
    return any(Path(place).parent != Path.cwd() for place in spec.submodule_search_locations or ())


def _check_folder(folder: Path) -> None:
    if folder.is_dir():
        if any(folder.iterdir()):
            raise UsageError(f"expected a new or empty folder, got {folder}, which is not empty: name another one")
    elif folder.exists() or folder.is_symlink():
        raise UsageError(f"expected a new or empty folder, got {folder}, which is a file: name another one")
    elif not folder.resolve().parent.is_dir():
        raise UsageError(f"expected an existing parent folder, got {folder}: make {folder.resolve().parent} first")
