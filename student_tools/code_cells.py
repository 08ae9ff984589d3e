"""Kept statements of code cells: imports, functions, classes and constants. Executes nothing."""

from __future__ import annotations
import __future__

import ast
import re
import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from student_tools.language import tr
from student_tools.newer_python import newer_syntax, version_text
from student_tools.wording import joined

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType

__all__ = ["STUB_TEXT", "Problem", "cell_label", "defined_names", "is_kept", "kept_statements", "parse", "top_level"]

SHELL_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*\s*=\s*[!%]")  # files = !ls
HELP = re.compile(r"[\w.]+\?{1,2}")  # np.pad?
# Cell magics whose cell holds Python; the cells of all others (%%bash, %%html, …) hold something else.
TRANSPARENT_MAGICS = ("%%time", "%%timeit", "%%capture", "%%prun", "%%debug", "%%memit", "%%snakeviz")
DEFINES = re.compile(r"^(?:def|class)[ \t]+\w+[^\n]*:", re.MULTILINE)
# The English text of the NotImplementedError in a stub. In every language it begins with the name and a blank.
STUB_TEXT = re.compile(r"([\w.]+) is not written yet\b")
MERGE_MARK = re.compile(r"^(?:[<>|]{7}(?: .*)?|={7})$", re.MULTILINE)

UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)


@dataclass(frozen=True)
class Problem:
    """A part of a notebook that could not be used.

    - cell: label of the cell
    - line: in the cell, from 1
    - message: the reason
    - names: names in its statement, which may be undefined now; "*" stands for those of `import *`
    - is_plain: True for a plain mistake in the syntax
    """

    cell: str
    line: int
    message: str
    names: tuple[str, ...] = ()
    is_plain: bool = False

    def __str__(self) -> str:
        return tr("{cell}, line {line}: {message}", cell=self.cell, line=self.line, message=self.message)


def cell_label(grade_id: str | None, number: int) -> str:
    """Return the name of a code cell for messages.

    Inputs:
    - grade_id: of the cell, or None
    - number: place among the code cells, from 1
    """
    return tr("cell {name}", name=grade_id) if grade_id else tr("code cell {number}", number=number)


def parse(
    cells: Iterable[tuple[str, str]], *, name: str = "notebook"
) -> tuple[list[tuple[str, int, CodeType]], list[Problem]]:
    """Compile the kept statements of code cells without executing them.

    Inputs:
    - cells: (label, source), in order
    - name: file name in tracebacks, together with the cell's label

    Returns: (label, line, code) of each statement, for execute(), and the problems; no problems if
    Python can parse every cell.
    """
    kept: list[tuple[str, str, ast.stmt]] = []
    compiled: list[tuple[str, int, CodeType]] = []
    problems: list[Problem] = []
    for label, source in cells:
        if magic := _hiding_magic(source):
            words = tr(
                "the cell begins with {magic}, so Python does not read the functions in it: delete this line",
                magic=magic,
            )
            problems.append(Problem(label, 1, words))
        try:
            kept += [(label, source, statement) for _, statement in kept_statements(source)]
        except UNREADABLE as error:
            problems.append(_unreadable(label, source, error))
    are_texts = any(_is_future_annotations(statement) for _, _, statement in kept)
    for label, source, statement in kept:
        # Annotations stay text: names in them may be undefined. Decorators of a class, such as @dataclass, may
        # evaluate them.
        is_text = are_texts or not (isinstance(statement, ast.ClassDef) and statement.decorator_list)
        flags = __future__.annotations.compiler_flag if is_text else 0
        try:
            module = ast.Module([statement], [])
            code = compile(module, f"<{name}, {label}>", "exec", flags=flags, dont_inherit=True)
        except UNREADABLE as error:
            problems.append(_unreadable(label, source, error))
        else:
            compiled.append((label, statement.lineno, code))
    return compiled, problems


def _is_future_annotations(node: ast.stmt) -> bool:
    if not isinstance(node, ast.ImportFrom) or node.module != "__future__":
        return False
    return any(alias.name == "annotations" for alias in node.names)


def _unreadable(label: str, source: str, error: BaseException) -> Problem:
    """The Problem of a cell that this Python can't parse, with the most specific reason."""
    if not isinstance(error, SyntaxError):
        return Problem(label, 1, tr("Python can't parse it ({error})", error=type(error).__name__))
    if mark := MERGE_MARK.search(source):
        line = source.count("\n", 0, mark.start()) + 1
        marks = joined(["<<<<<<<", "=======", ">>>>>>>"])
        words = tr("unfinished merge: keep one side, and delete the other side and the lines with {marks}", marks=marks)
        return Problem(label, line, words)
    if newer := newer_syntax(source, sys.version_info[:2]):
        line, what, version = newer[0]
        words = tr(
            "this syntax needs Python {version}, but Python {here} reads it: {what}",
            version=version_text(version),
            here=version_text(sys.version_info[:2]),
            what=what,
        )
        return Problem(label, line, words)
    return Problem(label, error.lineno or 1, tr("not valid Python ({error})", error=error.msg), is_plain=True)


def _hiding_magic(source: str) -> str:
    """The cell magic that hides the functions of a cell from Python, or ""."""
    first = source.split(maxsplit=1)[:1]
    hides = first and first[0].startswith("%%") and first[0] not in TRANSPARENT_MAGICS
    return first[0] if hides and DEFINES.search(source) else ""


def kept_statements(source: str) -> list[tuple[str, ast.stmt]]:
    """Return the kept statements of a cell as (text of the cell without magics, syntax tree).

    Raises: SyntaxError, ValueError, RecursionError or MemoryError if Python can't parse the cell.
    """
    text, statements = top_level(source)
    return [(text, statement) for statement in statements if is_kept(statement)]


def defined_names(source: str) -> list[str]:
    """Return the names of functions and classes that a cell defines, with repetitions.

    The list is empty if Python can't parse the cell.
    """
    try:
        _, statements = top_level(source)
    except UNREADABLE:
        return []
    return [node.name for node in statements if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))]


def top_level(source: str) -> tuple[str, list[ast.stmt]]:
    """Parse a cell, without its magics if it is not valid Python with them.

    Returns: the parsed text and its statements.

    Raises: SyntaxError, ValueError, RecursionError or MemoryError if Python can't parse the cell.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # for example about an invalid escape in a string
        try:
            return source, ast.parse(source).body
        except SyntaxError:
            # Magics are removed only now: in valid Python, a line that starts with % is inside a string.
            text = _without_magics(source)
            return text, ast.parse(text).body


def _without_magics(source: str) -> str:
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


def is_kept(node: ast.stmt) -> bool:
    """Return whether a top-level statement is kept: an import, definition or constant."""
    if isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return True
    if isinstance(node, ast.Assign):
        return all(map(_is_plain_target, node.targets)) and (_is_constant(node.value) or _is_lookup(node.value))
    if isinstance(node, ast.AnnAssign):
        return _is_plain_target(node.target) and node.value is not None and _is_constant(node.value)
    if isinstance(node, ast.Try):  # try: import … except ImportError: …
        handled = [statement for handler in node.handlers for statement in handler.body]
        return all(is_kept(n) or isinstance(n, ast.Pass) for n in node.body + handled + node.orelse + node.finalbody)
    return False


def _is_plain_target(node: ast.expr) -> bool:
    if isinstance(node, (ast.Tuple, ast.List)):
        return all(map(_is_plain_target, node.elts))
    return isinstance(node, ast.Name)


def _is_lookup(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "definitions"


def _is_constant(node: ast.expr) -> bool:
    """Return whether a value is a literal, an alias, a lambda, or arithmetic on these."""
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
