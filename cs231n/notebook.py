"""Definitions out of a notebook: the functions and classes that somebody wrote in it, without running it.

A later notebook uses what an earlier one defined::

    from cs231n.notebook import definitions
    batchnorm_forward, batchnorm_backward = definitions(
        "BatchNormalization.ipynb", "batchnorm_forward", "batchnorm_backward")

Of every code cell only imports, function and class definitions and constants are kept; training loops, plots and
magics are dropped. A cell that Python can't parse is dropped alone and reported with its line. The autograder
reads submissions with this same module, so what works here counts there.
"""

import ast
import json
import re
import sys
import types
import warnings
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Problem", "defined_names", "definitions", "execute", "kept_statements", "parse", "read_code_cells"]

SHELL_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\s*=\s*[!%]")  # files = !ls
HELP = re.compile(r"[\w.]+\?{1,2}")  # np.pad?
# Cell magics that run the rest of their cell as ordinary Python; all others (%%bash, %%html, …) hold something else.
TRANSPARENT_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun")

# Notebooks that are served from memory instead of from disk: name → statements of parse(). The autograder fills it.
IN_MEMORY = {}
# Definitions of notebooks that were not handed out; the release puts this folder into the student bundle.
PROVIDED = Path(__file__).with_name("provided")
_executing = False


@dataclass(frozen=True)
class Problem:
    """Something in a notebook that could not be used: the label of the cell, its line, and why."""

    cell: str
    line: int
    message: str

    def __str__(self):
        return f"{self.cell}, line {self.line}: {self.message}"


def read_code_cells(path):
    """Read the sources of a notebook's code cells.

    Inputs:
    - path: a notebook file, nbformat 4.

    Returns: a list of (label, source), one per code cell. The label is "cell NAME" with the cell's grade_id, or
    "code cell 3" for the third cell that has none.

    Raises: FileNotFoundError when there is no such file, ValueError when it is not a notebook.
    """
    try:
        cells = json.loads(Path(path).read_text(encoding="utf-8-sig"))["cells"]
        code = [cell for cell in cells if cell["cell_type"] == "code"]
        return [(_label(cell, number), "".join(cell["source"])) for number, cell in enumerate(code, start=1)]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not a notebook that can be read ({type(error).__name__}: {error}): open it in "
                         "Jupyter and save it again, or begin anew with the one that was handed out") from None


def _label(cell, number):
    grade_id = cell["metadata"].get("nbgrader", {}).get("grade_id")
    return f"cell {grade_id}" if grade_id else f"code cell {number}"


def parse(cells, *, name="notebook"):
    """Find the definitions in some code cells and compile them, without executing anything.

    Inputs:
    - cells: list of (label, source), in order.
    - name: shown in tracebacks as the file name, with the cell's label.

    Returns: (statements, problems): a list of (label, line, code) for execute(), and a list of Problem, empty when
    every cell could be read.
    """
    compiled, problems = [], []
    for label, source in cells:
        try:
            for _, statement in kept_statements(source):
                code = compile(ast.Module([statement], []), f"<{name}, {label}>", "exec")
                compiled.append((label, statement.lineno, code))
        except SyntaxError as error:
            problems.append(Problem(label, error.lineno or 1, f"not valid Python ({error.msg})"))
        except (ValueError, RecursionError, MemoryError) as error:
            problems.append(Problem(label, 1, f"Python can't parse it ({type(error).__name__})"))
    return compiled, problems


def kept_statements(source):
    """The statements of a cell that are kept, each as (the text that it is a part of, its syntax tree).

    Raises: SyntaxError, ValueError, RecursionError or MemoryError when Python can't parse the cell.
    """
    text, statements = _parse(source)
    return [(text, statement) for statement in statements if _is_kept(statement)]


def defined_names(source):
    """Names of the functions and classes that a cell defines, as often as it does; none when it can't be parsed."""
    try:
        _, statements = _parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    return [node.name for node in statements if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]


def execute(statements, namespace):
    """Execute what parse() found, statement by statement; one that fails is left out.

    What the statements ask of other notebooks by definitions() comes as functions that look for it when they are first
    called: notebooks may use each other's functions.

    Inputs:
    - statements: list of (label, line, code). A later definition of a name replaces an earlier one.
    - namespace: dict, changed in place.

    Returns: a list of Problem.
    """
    global _executing
    problems, before, _executing = [], _executing, True
    try:
        for label, line, code in statements:
            try:
                exec(code, namespace)
            except (Exception, SystemExit) as error:
                problems.append(Problem(label, line, f"{type(error).__name__}: {error}"))
    finally:
        _executing = before
    return problems


def definitions(notebook, *names, **given):
    """Give the functions and classes that a notebook in the current folder defines.

    A notebook that was not handed out is not there; then the package's own copy of its definitions serves, if it has
    one.

    Inputs:
    - notebook: file name of the notebook, saved.
    - names: what to take out of it.
    - given: functions by name, which those of the notebook use in the place of what they would call by that name.

    Returns: the definition itself for one name, a tuple for several; without names, a namespace that holds all of
    them as attributes. A name that the notebook does not define comes back as a function that raises
    NotImplementedError when it is called, so that the rest of your notebook still runs.
    """
    if _executing and names:
        found = tuple(_later(notebook, name, given) for name in names)
    else:
        namespace, is_there = _built(notebook)
        namespace.update(given)
        if not names:
            return types.SimpleNamespace(**namespace)
        where = f"write it in {notebook} and save that notebook" if is_there else f"{notebook} is not in this folder"
        found = tuple(namespace[name] if name in namespace else _placeholder(name, where) for name in names)
    return found if len(found) > 1 else found[0]


def _built(notebook):
    """Return (namespace of a notebook's definitions, whether there are any)."""
    namespace = {"__name__": Path(notebook).stem, "definitions": definitions}
    statements, problems = IN_MEMORY.get(notebook), []
    if statements is None:
        copy = PROVIDED / f"{Path(notebook).stem}.py"
        if Path(notebook).exists():
            cells = read_code_cells(notebook)
        elif copy.exists():
            cells = [("provided copy", copy.read_text(encoding="utf-8"))]
        else:
            print(f"{notebook} is not in this folder ({Path.cwd()}): its functions are missing here", file=sys.stderr)
            return namespace, False
        statements, problems = parse(cells, name=notebook)
    for problem in problems + execute(statements, namespace):
        print(f"{notebook}, {problem} - left out", file=sys.stderr)
    return namespace, True


def _later(notebook, name, given):
    """A function that looks for the definition when it is first called."""
    found = []

    def call_later(*args, **kwargs):
        if not found:
            found.append(definitions(notebook, name, **given))
        return found[0](*args, **kwargs)

    call_later.__name__ = call_later.__qualname__ = name
    return call_later


def _placeholder(name, where):
    def not_written(*args, **kwargs):
        raise NotImplementedError(f"{name} is not there yet: {where}")

    not_written.__name__ = not_written.__qualname__ = name
    return not_written


def _parse(source):
    """Return the text that Python can parse, without magics where need be, and its statements."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an odd escape in a string is no reason to bother anybody here
        try:
            return source, ast.parse(source).body
        except SyntaxError:
            # Only now look for magics: a line that starts with % inside a string of valid Python is left alone.
            text = _without_magics(source)
            return text, ast.parse(text).body


def _without_magics(source):
    lines = source.splitlines()
    first = next((line.strip() for line in lines if line.strip()), "")
    if first.startswith("%%"):
        if first.split()[0] not in TRANSPARENT_MAGICS:
            return ""
        lines[lines.index(next(line for line in lines if line.strip()))] = ""
    kept = []
    for line in lines:
        text = line.strip()
        is_magic = text.startswith(("%", "!", "?")) or SHELL_ASSIGNMENT.match(text) or HELP.fullmatch(text)
        kept.append(line[: len(line) - len(line.lstrip())] + "pass" if is_magic else line)
    return "\n".join(kept)


def _is_kept(node):
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return True
    if isinstance(node, ast.Assign):
        return all(map(_is_plain_target, node.targets)) and (_is_constant(node.value) or _is_borrowing(node.value))
    if isinstance(node, ast.AnnAssign):
        return _is_plain_target(node.target) and node.value is not None and _is_constant(node.value)
    if isinstance(node, ast.Try):  # try: import … except ImportError: …
        handled = [statement for handler in node.handlers for statement in handler.body]
        return all(_is_kept(n) or isinstance(n, ast.Pass) for n in node.body + handled + node.orelse + node.finalbody)
    return False


def _is_plain_target(node):
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(map(_is_plain_target, node.elts))
    return isinstance(node, ast.Name)


def _is_borrowing(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "definitions"


def _is_constant(node):
    """A literal, another name for something (`sqrt = np.sqrt`), a lambda, or arithmetic on these."""
    if isinstance(node, (ast.Constant, ast.Name, ast.Lambda)):
        return True
    if isinstance(node, ast.Attribute):
        return _is_constant(node.value)
    if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
        return all(map(_is_constant, node.elts))
    if isinstance(node, ast.Dict):
        return all(key is not None and _is_constant(key) for key in node.keys) and all(map(_is_constant, node.values))
    if isinstance(node, ast.UnaryOp):
        return _is_constant(node.operand)
    if isinstance(node, ast.BinOp):
        return _is_constant(node.left) and _is_constant(node.right)
    return False
