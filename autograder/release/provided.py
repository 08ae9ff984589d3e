"""The definitions of notebooks that are not handed out, solved, as modules of the students' package."""

import ast
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from autograder.errors import UsageError
from cs231n.notebook import kept_statements

__all__ = ["FOLDER", "check_provided", "provided_files"]

FOLDER = "provided"
IMPORTS = (ast.Import, ast.ImportFrom)
MARKS = ("### BEGIN SOLUTION", "### END SOLUTION")
HEAD = '"""What {name} defines, for the notebooks that use it: it was not handed out."""\n'
# Takes every definition out of every copy, as a notebook does it that was handed out.
PROGRAM = """
import sys
from cs231n.notebook import definitions
for notebook, *names in {wanted!r}:
    found = vars(definitions(notebook))
    missing = [name for name in names if name not in found]
    if missing:
        sys.exit(f"{{notebook}} does not give {{', '.join(missing)}}")
"""


def provided_files(assignment):
    """The copies of an assignment's provided notebooks: dict of path in the package → bytes."""
    return {
        f"{FOLDER}/{name.removesuffix('.ipynb')}.py": _module(notebook).encode()
        for name, notebook in assignment.provided.items()
    }


def _module(notebook):
    """The text of a module with the solutions of a source notebook, and what of its other definitions they need."""
    kept = [(text, node) for _, source in notebook.solved_code() for text, node in kept_statements(source)]
    binding = {name: node for _, node in kept for name in _names_bound(node)}
    needed, new = set(), {cell.grade_id for cell in notebook.solution_cells}
    while new:
        needed |= new
        used = {name for known in new for name in _names_used(binding[known])}
        new = (used & binding.keys()) - needed
    imports, parts = [], []
    for text, node in kept:
        if needed.isdisjoint(_names_bound(node)):
            continue
        if isinstance(node, IMPORTS):
            node.names = [alias for alias in node.names if _name_bound(alias) in needed]
            imports.append(ast.unparse(node))
        else:
            parts.append("\n".join(_without_marks(ast.get_source_segment(text, node))))
    return "\n\n\n".join([HEAD.format(name=notebook.name) + "\n" + "\n".join(imports), *parts]) + "\n"


def _names_bound(node):
    """The names that a statement of a cell defines."""
    if isinstance(node, IMPORTS):
        return {_name_bound(alias) for alias in node.names}
    if hasattr(node, "name"):  # a function or a class
        return {node.name}
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}


def _names_used(node):
    """The names that a statement takes from elsewhere: not those that a function gives to values of its own."""
    parts = list(ast.walk(node))
    own = {part.arg for part in parts if isinstance(part, ast.arg)}
    own |= {part.id for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)}
    return {part.id for part in parts if isinstance(part, ast.Name)} - own


def _name_bound(alias):
    return alias.asname or alias.name.split(".")[0]


def _without_marks(text):
    return [line for line in text.splitlines() if not line.strip().startswith(MARKS)]


def check_provided(files, assignment):
    """Take every definition out of the provided copies, in an unpacked bundle, where their notebooks are not.

    Inputs:
    - files: dict of path in the bundle → bytes.

    Returns: a list of what was checked, at most one line. Raises: UsageError when a definition is missing.
    """
    wanted = [[name, *(cell.grade_id for cell in book.solution_cells)] for name, book in assignment.provided.items()]
    if not wanted:
        return []
    with tempfile.TemporaryDirectory() as scratch:
        for name, content in files.items():
            path = Path(scratch, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        folder = Path(scratch, assignment.name)
        environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", PROGRAM.format(wanted=wanted)]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode or "left out" in done.stderr:
        reason = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UsageError(f"the provided copies do not work in the student bundle: {reason}")
    count = sum(len(names) - 1 for _, *names in wanted) + len(wanted)
    return [f"{count} definitions of {len(wanted)} notebooks that are not handed out work from the unpacked bundle"]
