"""Names, modules and syntax that a notebook uses and the grader lacks, and unwritten parts.

The grader keeps imports, functions, classes and constants of all cells (see code_cells). This
module finds what else an exercise needs. It executes nothing.
"""

from __future__ import annotations

import ast
import builtins
import copy
import dis
import functools
import importlib
import sys
import types
from typing import TYPE_CHECKING

from student_tools.code_cells import STUB_TEXT, UNREADABLE, is_kept, top_level
from student_tools.language import tr
from student_tools.newer_python import newer_names, newer_syntax, version_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Set

    from student_tools.newer_python import Version

__all__ = ["graded_remarks", "imported_packages", "unwritten_parts"]

# For display in the notebook; harmless when graded.
HARMLESS = "IPython.display"
GIVEN = {*dir(builtins), "__name__", "__file__", "display"}
CATCH_ALL = {"Exception", "BaseException"}
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
ENDS_A_BLOCK = (ast.Return, ast.Raise, ast.Continue, ast.Break)
YOUR_CODE = "# YOUR CODE HERE"


class _Notebook:
    """The definitions of a notebook's cells.

    - bound: name → (label, source of the cell, statement) of the kept statement that defines it
    - computed: name → (label, line) of the dropped statement that computes it
    - unread: text of the cells that Python can't parse
    - is_open: True after an `import *` whose names are unknown
    - packages: packages that every exercise may import in addition to the standard library
    """

    def __init__(self, cells: Iterable[tuple[str, str]], packages: Set[str]) -> None:
        self.packages = packages
        self.bound: dict[str, tuple[str, str, ast.stmt]] = {}
        self.computed: dict[str, tuple[str, int]] = {}
        self.unread, self.is_open = "", False
        self.used = functools.cache(_used)
        self.modules: dict[str, str] = {}  # name → module, of `import`
        for label, source in cells:
            try:
                _, statements = top_level(source)
            except UNREADABLE:
                self.unread += source
                continue
            for statement in statements:
                if isinstance(statement, ast.Import):
                    self.modules |= {_bound(a): a.name if a.asname else _bound(a) for a in statement.names}
                if is_kept(statement):
                    self.bound |= dict.fromkeys(self.names_of(statement), (label, source, statement))
                else:
                    self.computed |= dict.fromkeys(_stored(statement), (label, statement.lineno))

    def names_of(self, statement: ast.stmt) -> set[str]:
        """Return the names that a kept statement defines."""
        if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
            return {statement.name}
        names = _stored(statement)
        for node in ast.walk(statement):
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                names |= {_bound(alias) for alias in node.names} - {"*"}
                if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names):
                    names |= self.names_in(node.module or "")
        return names

    def names_in(self, module: str) -> set[str]:
        """Return the names of `from module import *`; set is_open if the import fails."""
        try:
            if not _is_there(module, self.packages):
                raise ImportError
            content = importlib.import_module(module)
        except ImportError:
            self.is_open = True
            return set()
        return set(getattr(content, "__all__", [name for name in vars(content) if name[0] != "_"]))


def graded_remarks(
    cells: Iterable[tuple[str, str]],
    exercises: Iterable[str],
    own_packages: Set[str],
    *,
    packages: Set[str],
    python: Version,
) -> list[str]:
    """List what the exercises of a notebook need and the grader lacks.

    Inputs:
    - cells: (label, source) of all code cells, in order
    - exercises: names
    - own_packages: the student's own modules that are handed in as well
    - packages: packages that every exercise may import in addition to the standard library
    - python: version of the grader

    Returns: one line for each, without duplicates.
    """
    notebook = _Notebook(cells, packages)
    lines = [line for name in exercises for line in _needs(notebook, name, own_packages, python)]
    return list(dict.fromkeys(lines))


def _needs(notebook: _Notebook, exercise: str, own_packages: Set[str], python: Version) -> list[str]:
    """Lines about what one exercise needs and the grader lacks."""
    lines: list[str] = []
    seen, waiting = {exercise}, [exercise]
    while waiting:
        name = waiting.pop()
        if name not in notebook.bound:
            continue
        label, source, statement = notebook.bound[name]
        is_import = isinstance(statement, (ast.Import, ast.ImportFrom))
        for line, bound, module in _unprepared_imports(statement):
            is_there = _is_there(module, notebook.packages | own_packages) or module.startswith(HARMLESS)
            if not is_there and (bound == name or not is_import):
                lines.append(
                    tr(
                        "{exercise} needs {module} ({place}), which the grader does not have: use NumPy and Python's"
                        " own modules",
                        exercise=exercise,
                        module=module,
                        place=_place(label, line),
                    )
                )
        newer = _newer(source, statement, python, notebook.modules)
        lines += [
            tr("{cell}, line {line}: {message}", cell=label, line=line, message=message) for line, message in newer
        ]
        for used, line in () if is_import else sorted(notebook.used(statement).items()):
            if used in seen:
                continue
            seen.add(used)
            words = {"exercise": exercise, "name": used, "place": _place(label, line)}
            if used in notebook.bound:
                waiting.append(used)
            elif used in notebook.computed:
                lines.append(
                    tr(
                        "{exercise} uses {name} ({place}), which is computed in {where}: the grader keeps only the"
                        " imports, functions, classes and constants of your cells",
                        **words,
                        where=_place(*notebook.computed[used]),
                    )
                )
            elif used == "get_ipython":
                lines.append(
                    tr(
                        "{exercise} uses {name} ({place}), which belongs to IPython: delete the line, the grader does"
                        " not have IPython",
                        **words,
                    )
                )
            elif used not in GIVEN and not notebook.is_open and used not in notebook.unread:
                lines.append(tr("{exercise} uses {name} ({place}), which no cell of this notebook defines", **words))
    return lines


def _place(label: str, line: int) -> str:
    return tr("{cell}, line {line}", cell=label, line=line)


def _is_there(module: str, packages: Set[str]) -> bool:
    """Return whether a module belongs to the standard library or to one of the packages."""
    top = module.split(".")[0]
    return top in sys.stdlib_module_names or top in packages


def _bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def _stored(statement: ast.stmt) -> set[str]:
    """The names that a statement assigns at the top level."""
    names: set[str] = set()
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            names.add(node.name)
        elif not isinstance(node, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            if isinstance(node, ast.alias):
                names.add(_bound(node))
            waiting += ast.iter_child_nodes(node)
    return names


def _used(statement: ast.stmt) -> dict[str, int]:
    """The global names that a statement reads, with their lines. Annotations are ignored."""
    statement = _WithoutAnnotations().visit(copy.deepcopy(statement))
    ready = {id(part) for node in _tries(statement, {"NameError"}) for part in ast.walk(node)}
    code = compile(ast.Module([statement], []), "cell", "exec", dont_inherit=True)
    used: set[str] = set()
    stored: set[str] = set()
    waiting: list[types.CodeType] = [code]
    while waiting:
        part = waiting.pop()
        waiting += [constant for constant in part.co_consts if isinstance(constant, types.CodeType)]
        steps = list(dis.get_instructions(part))
        own = {step.argval for step in steps if step.opname == "STORE_NAME"}
        stored |= {step.argval for step in steps if step.opname == "STORE_GLOBAL"} | (own if part is code else set())
        loads = [step for step in steps if step.opname == "LOAD_NAME" or "_GLOBAL" in step.opname]
        used |= {step.argval for step in loads if step.opname.startswith("LOAD_")} - own
    lines: dict[str, int] = {}
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and node.id in used - stored and id(node) not in ready:
            lines[node.id] = min(node.lineno, lines.get(node.id, node.lineno))
    return lines


class _WithoutAnnotations(ast.NodeTransformer):
    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        node.returns = None
        return self.generic_visit(node)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.annotation = ast.copy_location(ast.Constant(None), node.annotation)
        return self.generic_visit(node)


def _tries(statement: ast.AST, errors: Set[str]) -> Iterator[ast.Try]:
    """The `try` statements in a statement that catch one of the errors."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Try):
            caught = {
                part.id
                for handler in node.handlers
                if handler.type
                for part in ast.walk(handler.type)
                if isinstance(part, ast.Name)
            }
            if caught & (errors | CATCH_ALL) or any(handler.type is None for handler in node.handlers):
                yield node


def _unprepared_imports(statement: ast.stmt) -> Iterator[tuple[int, str, str]]:
    """(line, bound name, module) of each import outside of a `try` that catches ImportError."""
    ready = {id(part) for node in _tries(statement, {"ImportError", "ModuleNotFoundError"}) for part in ast.walk(node)}
    for node in ast.walk(statement):
        if id(node) in ready:
            continue
        if isinstance(node, ast.Import):
            yield from ((node.lineno, _bound(alias), alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from ((node.lineno, _bound(alias), node.module or "") for alias in node.names)


def _newer(source: str, statement: ast.stmt, python: Version, modules: Mapping[str, str]) -> list[tuple[int, str]]:
    """(line, description) of names and syntax that need a newer Python than the grader's."""
    if tuple(python[:2]) >= sys.version_info[:2]:
        return []
    found = newer_syntax(source, python) + newer_names(statement, python, modules)
    return [
        (
            line,
            tr(
                "this needs Python {version}, but the grader uses Python {graded}: {what}",
                version=version_text(version),
                graded=version_text(python),
                what=what,
            ),
        )
        for line, what, version in found
    ]


def unwritten_parts(source: str) -> list[str]:
    """List the parts of a solution cell that still raise NotImplementedError, one line each.

    Inputs:
    - source: text of the cell; a cell that Python can't parse gives no lines
    """
    try:
        text, statements = top_level(source)
    except UNREADABLE:
        return []
    written = [line.strip() for line in text.splitlines()]
    return [line for statement in statements for line in _unwritten(statement, "", written)]


def _unwritten(node: ast.AST, name: str, written: list[str]) -> list[str]:
    lines: list[str] = []
    if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
        name = f"{name}.{node.name}".lstrip(".")
    for _, block in ast.iter_fields(node):
        if not (isinstance(block, list) and block and isinstance(block[0], (ast.stmt, ast.ExceptHandler))):
            continue
        is_reached = True
        for statement in block:
            if _is_stub(statement, name, is_nested=not isinstance(node, FUNCTIONS)):
                above = next(filter(None, reversed(written[: statement.lineno - 1])), "")
                words = {"name": name, "line": statement.lineno, "code": "`raise NotImplementedError`"}
                if not is_reached:
                    lines.append(tr("{name}: line {line}, {code}, is never reached: delete it", **words))
                elif above == YOUR_CODE:
                    lines.append(tr("{name} is not written yet: replace line {line}, {code}, with your code", **words))
                else:
                    lines.append(tr("{name} stops at line {line}, {code}, which is still there: delete it", **words))
            lines += _unwritten(statement, name, written)
            is_reached = is_reached and not isinstance(statement, ENDS_A_BLOCK)
    return lines


def _is_stub(node: ast.AST, name: str, *, is_nested: bool) -> bool:
    """Return whether a statement is the placeholder of a solution, in any release and language."""
    if not isinstance(node, ast.Raise) or node.exc is None:
        return False
    error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    if not (isinstance(error, ast.Name) and error.id == "NotImplementedError"):
        return False
    texts = [part.value for part in ast.walk(node.exc) if isinstance(part, ast.Constant)]
    if not texts:
        return not is_nested
    return any(STUB_TEXT.search(str(text)) or str(text).startswith(f"{name} ") for text in texts)


def imported_packages(cells: Iterable[tuple[str, str]], packages: Set[str]) -> set[str]:
    """Return the packages that cells import and that the grader does not provide.

    Inputs:
    - cells: (label, source)
    - packages: packages that the grader provides in addition to the standard library

    Returns: names before the first dot. Cells that Python can't parse are skipped.
    """
    found: set[str] = set()
    for _, source in cells:
        try:
            _, statements = top_level(source)
        except UNREADABLE:
            continue
        for node in (node for statement in statements for node in ast.walk(statement)):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add((node.module or "").split(".")[0])
    return {name for name in found if not _is_there(name, packages)}
