"""Import functions and classes from a notebook without running it.

A later notebook uses the functions of an earlier one::

    from student_tools.notebook import definitions
    mean, variance = definitions("Moments.ipynb", "mean", "variance")

Only imports, function and class definitions and constants of each code cell are kept. Training
loops, plots and magics are dropped. A cell that Python can't parse is dropped and reported with its
line. The autograder reads submissions with this module too, so code that works here also counts
there.

A course that does not release all of its notebooks makes its own function, see definitions_for.
"""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING

from student_tools.code_cells import Problem, cell_label, defined_names, kept_statements, parse
from student_tools.language import tr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, NoReturn

__all__ = [
    "Problem",
    "defined_names",
    "definitions",
    "definitions_for",
    "execute",
    "kept_statements",
    "parse",
    "read_code_cells",
]

# Notebooks that are in memory and not on disk: name → statements of parse(). The autograder fills it.
IN_MEMORY: dict[str, list[tuple[str, int, types.CodeType]]] = {}
_executing = False


def read_code_cells(path: str | Path) -> list[tuple[str, str]]:
    """Read the sources of a notebook's code cells.

    Inputs:
    - path: a notebook file, nbformat 4

    Returns: (label, source) of each code cell. The label is "cell NAME" with the cell's grade_id,
    or "code cell 3" for the third code cell if it has no grade_id.

    Raises: FileNotFoundError if the file does not exist, ValueError if it is not a notebook.
    """
    try:
        cells = json.loads(Path(path).read_text(encoding="utf-8-sig"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        return [
            (cell_label(cell["metadata"].get("nbgrader", {}).get("grade_id"), number), "".join(cell["source"]))
            for number, cell in enumerate(code, start=1)
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            tr(
                "{path} is not a readable notebook ({error}): open it in Jupyter and save it again, or start from the"
                " released notebook",
                path=path,
                error=f"{type(error).__name__}: {error}",
            )
        ) from None


def execute(statements: Iterable[tuple[str, int, types.CodeType]], namespace: dict[str, Any]) -> list[Problem]:
    """Execute the statements of parse() one by one, and skip those that fail.

    definitions() in these statements returns functions that load the other notebook at their first
    call, so two notebooks can use each other's functions.

    Inputs:
    - statements: (label, line, code); a later definition of a name replaces an earlier one
    - namespace: changed in place

    Returns: a Problem for each statement that failed.
    """
    global _executing
    problems: list[Problem] = []
    before, _executing = _executing, True
    try:
        for label, line, code in statements:
            try:
                exec(code, namespace)
            except (Exception, SystemExit) as error:
                names = (*code.co_names, "*") if ("*",) in code.co_consts else code.co_names
                problems.append(Problem(label, line, f"{type(error).__name__}: {error}", names))
    finally:
        _executing = before
    return problems


def definitions_for(provided: str | Path | None = None) -> Callable[..., Any]:
    """Make the function `definitions` of a course's package.

    Inputs:
    - provided: folder of modules with the definitions of notebooks that are not released; it may be
      missing. The release puts it into the student bundle. None means no such modules
    """

    def definitions(notebook: str, *names: str, **given: object) -> Any:
        """Return functions and classes that a notebook in the current folder defines.

        For a notebook that was not released, the package's own copy of its definitions is used.

        Inputs:
        - notebook: file name of the notebook, saved
        - names: the functions and classes to return
        - given: functions by name, which replace the notebook's functions of the same name

        Returns: the definition itself for one name, a tuple for several names, and a namespace with
        all definitions as attributes without names. A name that the notebook does not define
        becomes a function that raises NotImplementedError when called, so the rest of your notebook
        still runs.
        """
        if _executing and names:
            found: tuple[Any, ...] = tuple(_later(definitions, notebook, name, given) for name in names)
        else:
            namespace = {"__name__": Path(notebook).stem, "definitions": definitions}
            is_there = _fill(namespace, notebook, provided)
            namespace.update(given)
            if not names:
                return types.SimpleNamespace(**namespace)
            found = tuple(
                namespace[name] if name in namespace else _placeholder(name, notebook, is_there) for name in names
            )
        return found if len(found) > 1 else found[0]

    return definitions


definitions = definitions_for()


def _fill(namespace: dict[str, Any], notebook: str, provided: str | Path | None) -> bool:
    """Put a notebook's definitions into a namespace; return False if the notebook is missing."""
    statements = IN_MEMORY.get(notebook)
    problems: list[Problem] = []
    if statements is None:
        copy = Path(provided) / f"{Path(notebook).stem}.py" if provided else None
        if Path(notebook).exists():
            cells = read_code_cells(notebook)
        elif copy and copy.exists():
            cells = [(tr("provided copy"), copy.read_text(encoding="utf-8"))]
        else:
            words = {"notebook": notebook, "folder": Path.cwd()}
            print(
                tr("{notebook} is not in this folder ({folder}): its functions are missing here", **words),
                file=sys.stderr,
            )
            return False
        statements, problems = parse(cells, name=notebook)
    for problem in problems + execute(statements, namespace):
        print(tr("{notebook}, {problem} - left out", notebook=notebook, problem=problem), file=sys.stderr)
    return True


def _later(definitions: Callable[..., Any], notebook: str, name: str, given: dict[str, object]) -> Callable[..., Any]:
    """A function that loads the definition at its first call."""
    found: list[Any] = []

    def call_later(*args: Any, **kwargs: Any) -> Any:
        if not found:
            found.append(definitions(notebook, name, **given))
        return found[0](*args, **kwargs)

    call_later.__name__ = call_later.__qualname__ = name
    return call_later


def _placeholder(name: str, notebook: str, is_there: bool) -> Callable[..., NoReturn]:
    """A function whose error has the attribute `exercise`, for hints."""

    def not_written(*args: object, **kwargs: object) -> NoReturn:
        words = tr("{name} is not defined yet: {notebook} is not in this folder", name=name, notebook=notebook)
        if is_there:
            words = tr(
                "{name} is not defined yet: write it in {notebook} and save that notebook", name=name, notebook=notebook
            )
        error = NotImplementedError(words)
        error.exercise = name  # type: ignore[attr-defined]
        raise error

    not_written.__name__ = not_written.__qualname__ = name
    return not_written
