"""Find functions and classes in the files of a repository, as text. No student's code is imported or executed.

A file that today's Python cannot parse, such as one for Python 2, is split by its indentation.
"""

import ast
import json
import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Repository", "is_unwritten", "read_repositories", "words"]

IMPORT = re.compile(r"(import numpy|from numpy|import builtins|from builtins)\b.*")
START = re.compile(r"(?:def|class)\s+(\w+)")
DOCSTRING = re.compile(r"([rR]?)(\"\"\"|''').*?\2", re.DOTALL)
COMMENT = re.compile(r"#.*")
# Matches `out, cache = None, None` and `dx[i] += …`, but not `==` and `<=`.
ASSIGNMENT = re.compile(r"\s*([^=(]*?(?:\[[^=]*\])?)\s*(?:[-+*/@%|&^]|//|\*\*)?=(?!=)\s*(.*)")
NOT_WRITTEN = re.compile(r"[\s(]*None(\s*,\s*None)*[\s);]*")
OTHER_ASSIGNMENTS = ("assignment1", "assignment3")


@dataclass(frozen=True)
class File:
    """The top-level definitions of one file.

    - pieces: dict of name → text of the function, class or constant
    - imports: lines that import NumPy or built-ins
    """

    name: str
    pieces: dict
    imports: tuple


@dataclass(frozen=True)
class Repository:
    """A folder with one author's solutions."""

    name: str
    files: tuple

    def solution(self, exercise):
        """Return (File, text) of the first file with a written function or class of that name, or None."""
        for file in self.files:
            text = file.pieces.get(exercise)
            if text and START.match(text) and not is_unwritten(text):
                return file, text
        return None

    def cell(self, exercise, given):
        """Return the text of a solution cell: the exercise's definition with its imports and helpers.

        Inputs:
        - given: names that the notebook defines or that are exercises; helpers do not replace them
        """
        file, text = self.solution(exercise)
        files = [file, *(other for other in self.files if other is not file)]
        found, imports, todo = {}, dict.fromkeys(file.imports), [text]
        while todo:
            for name in sorted(words(todo.pop()) - {exercise, *given, *found}):
                helper = next((other for other in files if name in other.pieces), None)
                # Look for a constant in the same file only: in other files its name may be a local variable.
                if helper and (helper is file or START.match(helper.pieces[name])):
                    found[name] = helper.pieces[name]
                    imports |= dict.fromkeys(helper.imports)
                    todo.append(found[name])
        # Functions first: a constant may call one of them.
        helpers = sorted(found.values(), key=lambda piece: not START.match(piece))
        return "\n\n".join([*(["\n".join(imports)] if imports else []), *helpers, text])


def read_repositories(folder):
    """Return the Repository of each subfolder, sorted by name."""
    return [_read_repository(path) for path in sorted(Path(folder).iterdir()) if path.is_dir()]


def _read_repository(folder):
    paths = [path for path in sorted(folder.rglob("*")) if path.suffix in (".py", ".ipynb") and path.is_file()]
    paths.sort(key=lambda path: any(other in str(path.relative_to(folder)) for other in OTHER_ASSIGNMENTS))
    return Repository(folder.name, tuple(_read_file(path, str(path.relative_to(folder))) for path in paths))


def _read_file(path, name):
    text = path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").expandtabs(8)
    if path.suffix == ".ipynb":
        text = _code_of(text)
    imports = tuple(dict.fromkeys(line.strip() for line in text.split("\n") if IMPORT.fullmatch(line)))
    try:
        pieces = _pieces_by_syntax(text)
    except (SyntaxError, ValueError, RecursionError):
        pieces = _pieces_by_indentation(text)
    return File(name, pieces, imports)


def _code_of(text):
    """Return the code cells of a notebook as one text, without magics; "" if it is not a notebook."""
    try:
        content = json.loads(text)
        cells = content["cells"] if "cells" in content else content["worksheets"][0]["cells"]
        sources = ["".join(cell.get("source", cell.get("input", ""))) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, IndexError, TypeError, AttributeError):
        return ""
    lines = "\n\n".join(sources).split("\n")
    return "\n".join(line for line in lines if not line.lstrip().startswith(("%", "!", "?")))


def _pieces_by_syntax(text):
    lines, pieces = text.split("\n"), {}
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            names = [node.name]
        elif isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        else:
            continue
        for name in names:
            pieces[name] = "\n".join(lines[node.lineno - 1 : node.end_lineno])
    return pieces


def _pieces_by_indentation(text):
    """Split at each `def` or `class` at the margin, up to the next line of code at the margin."""
    pieces, name = {}, None
    for line in text.split("\n"):
        start = START.match(line)
        if start:
            name = start[1]
            pieces[name] = []
        elif line[:1].strip() and not line.startswith(("#", ")")):
            name = None
        if name:
            pieces[name].append(line)
    return {name: "\n".join(lines).rstrip() for name, lines in pieces.items()}


def words(text):
    """Return the names in a text, without those in comments and docstrings."""
    return set(re.findall(r"[A-Za-z_]\w*", _bare(text)))


def is_unwritten(text):
    """Return True if a function, or the method `loss` of a class, is still the released stub.

    A stub raises NotImplementedError, or returns only None and names that it does not compute.
    """
    bare = _bare(text)
    if text.startswith("class"):
        bare = bare[bare.find("def loss") :] if "def loss" in bare else bare
    if "NotImplementedError" in bare:
        return True
    results = re.findall(r"^\s*return\b[ \t(]*(.*?)[\s);]*$", bare, re.MULTILINE)
    if not results:
        return bool(re.search(r"^\s*pass\b", bare, re.MULTILINE))
    result = results[0] if text.startswith("class") else results[-1]
    names = [name.strip() for name in result.split(",") if name.strip() not in ("cache", "config")]
    if not all(name.isidentifier() for name in names):
        return False
    parameters = words(bare[: bare.find(":")])
    return not any(name in parameters or _is_computed(name, bare) for name in names)


def _is_computed(name, bare):
    for line in bare.split("\n"):
        for statement in line.split(";"):
            match = ASSIGNMENT.match(statement)
            if match and name in re.findall(r"\w+", match[1]):
                targets, values = match[1].split(","), match[2].split(",")
                own = [value for target, value in zip(targets, values, strict=False) if name == target.strip()]
                # In `dx, x = None, cache`, use the value at the same position.
                value = own[0] if own and len(targets) == len(values) else match[2]
                if not NOT_WRITTEN.fullmatch(value) and not value.strip().startswith(f"{name}.astype("):
                    return True
    return False


def _bare(text):
    return COMMENT.sub("", DOCSTRING.sub("''", text))
