"""Definitions in source notebooks, and the definitions that released notebooks need from others.

This module parses only the instructor's own code, never a student's.
"""

from __future__ import annotations

import ast
import contextlib
import functools
import hashlib
import symtable
from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.course.cells import SourceNotebook
from student_tools.notebook import kept_statements

if TYPE_CHECKING:
    from autograder.course.assignment import Assignment

__all__ = ["code_digest", "provided_modules", "provided_names"]

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
IMPORTS = (ast.Import, ast.ImportFrom)
MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
HEAD = '"""Definitions of {name}, which is not released, for the notebooks that use them."""\n'
EVERYTHING = "*"


def code_digest(notebook: SourceNotebook) -> str:
    """Hash the code of a source notebook, without comments and docstrings."""
    parts = []
    for label, source in notebook.solved_code():
        try:
            parts.append([label, *(ast.dump(_without_docstrings(node)) for _, node in kept_statements(source))])
        except (SyntaxError, ValueError, RecursionError):
            parts.append([label, source])  # the release reports the error
    return hashlib.sha256(repr(parts).encode("utf-8", "replace")).hexdigest()


def _without_docstrings(node: ast.stmt) -> ast.stmt:
    for part in ast.walk(node):
        if isinstance(part, DEFINITIONS) and ast.get_docstring(part) is not None:
            part.body = part.body[1:]
    return node


def provided_modules(assignment: Assignment) -> dict[str, str]:
    """Make the modules with solved code from notebooks that are not released.

    A module has only the definitions that released notebooks and the package need, directly or
    indirectly.

    Returns: file name of a notebook → text of its module. Unneeded notebooks are omitted.
    """
    codes = {name: _Code(notebook) for name, notebook in assignment.provided.items()}
    return {name: codes[name].module(names) for name, names in _needed(assignment, codes).items()}


def provided_names(assignment: Assignment) -> dict[str, list[str]]:
    """Return the exercises that students get solved: file name of a notebook → names."""
    codes = {name: _Code(notebook) for name, notebook in assignment.provided.items()}
    return {
        name: [cell.name for cell in assignment.provided[name].solution_cells if cell.name in names]
        for name, names in _needed(assignment, codes).items()
    }


def _needed(assignment: Assignment, codes: dict[str, _Code]) -> dict[str, set[str]]:
    """Return the names that are needed from notebooks that are not released: file name → names."""
    package = assignment.student_packages.get(assignment.settings.package)
    asked: list[tuple[str | None, str]] = list(_asked_by_package(package))
    for notebook in assignment.notebooks.values():
        # Solutions too: students need the same definitions for their own.
        code = [cell.source for cell in notebook.cells if cell.kind == "code" and not cell.is_for_instructors]
        asked += [pair for source in code for node in _statements(source) for pair in _asked_for(node)]
    needed: dict[str, set[str]] = {}
    while asked:
        name, wanted = asked.pop()
        if name not in codes:
            continue
        new = codes[name].closed({wanted}) - needed.get(name, set())
        needed.setdefault(name, set()).update(new)
        asked += [pair for node in codes[name].nodes(new) for pair in _asked_for(node)]
    return {name: needed[name] for name in assignment.provided if needed.get(name)}


def _statements(source: str) -> list[ast.stmt]:
    """Return the statements of a cell.

    Of a cell with magics, only the kept ones; of invalid code, none.
    """
    try:
        return ast.parse(source).body
    except (SyntaxError, ValueError):
        with contextlib.suppress(SyntaxError, ValueError):
            return [node for _, node in kept_statements(source)]
    return []


def _asked_for(node: ast.stmt) -> Iterator[tuple[str | None, str]]:
    """Yield (notebook, name) of a statement's definitions(…); EVERYTHING without names."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) == "definitions":
            notebook, *names = [getattr(argument, "value", None) for argument in call.args] or [None]
            for name in names or [EVERYTHING]:
                yield notebook, name if isinstance(name, str) else EVERYTHING


@functools.cache
def _asked_by_package(folder: Path | None) -> tuple[tuple[str | None, str], ...]:
    """Return the (notebook, name) pairs that the modules of a package can get from notebooks."""
    return tuple(pair for path in sorted(folder.glob("*.py") if folder else ()) for pair in _asked_by_module(path))


def _asked_by_module(path: Path) -> Iterator[tuple[str | None, str]]:
    """Yield the pairs of one module. A computed name can be any string constant of the module."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    constants = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    texts = {part.value for part in ast.walk(tree) if isinstance(part, ast.Constant) and isinstance(part.value, str)}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "definitions" and call.args:
            first, *names = call.args
            notebook = getattr(first, "value", None) or constants.get(getattr(first, "id", ""))
            for name in names:
                yield from ((notebook, text) for text in [getattr(name, "value", None)] if text)
                yield from ((notebook, text) for text in sorted(texts) if not hasattr(name, "value"))


class _Code:
    """The definitions of a notebook with solutions, and their dependencies."""

    def __init__(self, notebook: SourceNotebook) -> None:
        self.notebook = notebook
        self.kept = [(text, node) for _, source in notebook.solved_code() for text, node in kept_statements(source)]
        self.binding: dict[str, list[ast.stmt]] = {}  # name → the statements that define it
        for _, node in self.kept:
            for name in _names_bound(node):
                self.binding.setdefault(name, []).append(node)

    def nodes(self, names: Iterable[str]) -> list[ast.stmt]:
        """Return all statements that define some names; a name can have several."""
        return [node for name in sorted(names) for node in self.binding.get(name, ())]

    def closed(self, wanted: Set[str]) -> set[str]:
        """Return the wanted names that the notebook defines, with all names they need.

        EVERYTHING: its exercises.
        """
        if EVERYTHING in wanted:
            wanted = {cell.name for cell in self.notebook.solution_cells}
        needed, new = set(), wanted & self.binding.keys()
        while new:
            needed |= new
            used = {name for node in self.nodes(new) for name in _names_used(node) | _names_bound(node)}
            new = (used & self.binding.keys()) - needed
        return needed

    def module(self, needed: Set[str]) -> str:
        """Return the text of a module with some of the definitions."""
        imports, parts = [], []
        for text, node in self.kept:
            if needed.isdisjoint(_names_bound(node)):
                continue
            if isinstance(node, IMPORTS):
                node.names = [alias for alias in node.names if _name_bound(alias) in needed]
                imports.append(ast.unparse(node))
            else:
                parts.append("\n".join(_without_marks(ast.get_source_segment(text, node) or "")))
        return "\n\n\n".join([HEAD.format(name=self.notebook.name) + "\n" + "\n".join(imports), *parts]) + "\n"


def _names_bound(node: ast.stmt) -> set[str]:
    """Return the names that a statement defines."""
    if isinstance(node, IMPORTS):
        return {_name_bound(alias) for alias in node.names}
    if isinstance(node, DEFINITIONS):
        return {node.name}
    if isinstance(node, ast.Try):
        handled = [statement for handler in node.handlers for statement in handler.body]
        parts = [*node.body, *handled, *node.orelse, *node.finalbody]
        return {name for part in parts for name in _names_bound(part)}
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def _names_used(node: ast.stmt) -> set[str]:
    """Return the names that a statement uses, without local variables of functions."""
    tables, used = [symtable.symtable(ast.unparse(node), "cell", "exec")], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        at_top = table.get_type() == "module"
        used |= {s.get_name() for s in table.get_symbols() if s.is_referenced() and (at_top or s.is_global())}
    return used


def _name_bound(alias: ast.alias) -> str:
    return alias.asname or alias.name.split(".")[0]


def _without_marks(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.strip().startswith(MARKS)]
