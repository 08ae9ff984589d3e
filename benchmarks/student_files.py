"""Finds functions and classes in the files of a repository, as text: nothing here imports or executes a student's code.

A file that today's Python cannot parse, such as one written for Python 2, is sliced by its indentation.
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
# out, cache = None, None; dx[i] += …; never ==, <= and their like.
ASSIGNMENT = re.compile(r"\s*([^=(]*?(?:\[[^=]*\])?)\s*(?:[-+*/@%|&^]|//|\*\*)?=(?!=)\s*(.*)")
NOT_WRITTEN = re.compile(r"[\s(]*None(\s*,\s*None)*[\s);]*")
OTHER_ASSIGNMENTS = ("assignment1", "assignment3")


@dataclass(frozen=True)
class File:
    """One file: what its top level defines.

    - pieces: dict of name → text of the function, class or constant. - imports: lines that import NumPy or built-ins.
    """

    name: str
    pieces: dict
    imports: tuple


@dataclass(frozen=True)
class Repository:
    """A folder with somebody's solutions."""

    name: str
    files: tuple

    def solution(self, exercise):
        """(File, text) of the first file in which a function or class of that name is written; None without any."""
        for file in self.files:
            text = file.pieces.get(exercise)
            if text and START.match(text) and not is_unwritten(text):
                return file, text
        return None

    def cell(self, exercise, given):
        """The text of a solution cell: the exercise's definition with the imports and helpers that it needs.

        Inputs:
        - given: names that the notebook defines, or that are exercises; no helper takes their place.
        """
        file, text = self.solution(exercise)
        files = [file, *(other for other in self.files if other is not file)]
        found, imports, todo = {}, dict.fromkeys(file.imports), [text]
        while todo:
            for name in sorted(words(todo.pop()) - {exercise, *given, *found}):
                helper = next((other for other in files if name in other.pieces), None)
                # A constant is looked for in the same file only: its name may well be a local one elsewhere.
                if helper and (helper is file or START.match(helper.pieces[name])):
                    found[name] = helper.pieces[name]
                    imports |= dict.fromkeys(helper.imports)
                    todo.append(found[name])
        # Functions come first: a constant may be made by one of them, never the other way round.
        helpers = sorted(found.values(), key=lambda piece: not START.match(piece))
        return "\n\n".join([*(["\n".join(imports)] if imports else []), *helpers, text])


def read_repositories(folder):
    """The Repository of each subfolder, in the order of their names."""
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
    """The code cells of a notebook as one text, without magics; "" where it is not a notebook."""
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
    """From each `def` or `class` at the margin to the next line of code at the margin."""
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
    """The names in a text, those in comments and docstrings left out."""
    return set(re.findall(r"[A-Za-z_]\w*", _bare(text)))


def is_unwritten(text):
    """Whether a function, or the method `loss` of a class, still is what students start with.

    That is so when it raises NotImplementedError, or when all that it returns is None or was made before.
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
                # dx, x = None, cache: what counts is the value beside the name.
                value = own[0] if own and len(targets) == len(values) else match[2]
                if not NOT_WRITTEN.fullmatch(value) and not value.strip().startswith(f"{name}.astype("):
                    return True
    return False


def _bare(text):
    return COMMENT.sub("", DOCSTRING.sub("''", text))
