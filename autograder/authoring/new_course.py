"""`new-course`: a course of any subject, with one assignment and one proven exercise, in a folder of its own."""

import importlib.util
import keyword
import sys
from pathlib import Path

from autograder.authoring.new_assignment import NOTEBOOK, OWN_MODULES, assignment_files, check_assignment_name
from autograder.authoring.new_files import write_together
from autograder.errors import UsageError
from autograder.templates import filled_folder

__all__ = ["new_course"]

# What the commands make in the folder of a course, beside what the templates have.
MADE = {"autograded", "data", "dist", "feedback", "release", "released_feedback", "reports", "results", "submitted"}
FOLDERS = MADE | {"assignments", "source", "wheels"}


def new_course(name: str, folder: Path | None = None, *, assignment: str) -> None:
    """Write the files of a new course, and say what comes next.

    Inputs:
    - name: of the course and of its student package. - folder: where; a folder of that name without it.
    - assignment: name of the first assignment.

    Raises: UsageError when something about it can't be; then nothing is written.
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
    print(f"{folder}: a course with {assignment} and one exercise in it, {len(files)} files")
    print(f"Go there (cd {folder}) and run `make release`. README.md in it names the next commands.")


def _check_course_name(name: str) -> None:
    is_name = name.isidentifier() and name.isascii() and name.islower() and not keyword.iskeyword(name)
    if not is_name or name.startswith("_"):
        raise UsageError(
            f"expected a name in lower case that Python can import, such as stats101, got {name!r}: the student package"
            " gets it"
        )
    if name in FOLDERS:
        raise UsageError(f"expected a name that no folder of a course has, got {name}: take another one")
    if name in sys.stdlib_module_names or _is_installed(name):
        raise UsageError(
            f"expected a name that no installed module has, got {name}: the student package would hide that module,"
            " take another name"
        )


def _is_installed(name: str) -> bool:
    """Whether an import finds a module of that name elsewhere than in a folder here that has no Python in it."""
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
        raise UsageError(f"expected a folder in one that exists, got {folder}: make {folder.resolve().parent} first")
