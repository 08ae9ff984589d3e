"""Execute the solved source notebooks, cell by cell."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from tqdm import tqdm

from autograder.atomic_io import write_text
from autograder.course.assignment import Assignment
from autograder.course.cells import read_cell
from autograder.course.config import Course
from autograder.course.expected_output import (
    changed_output,
    printed_texts,
    read_expected_output,
    write_expected_output,
)
from autograder.errors import UsageError
from autograder.release.bundle import package_files
from autograder.release.code_texts import translated_cell
from autograder.release.code_translation import CATALOGUE, read_code_translation, texts_of

__all__ = ["execute_notebook", "run_solved_notebooks"]


def run_solved_notebooks(
    course: Course, assignment: Assignment, *, record: bool = False, language: str | None = None
) -> list[str]:
    """Execute all released source notebooks, unless they are unchanged since the last success.

    Inputs:
    - record: True to execute them in any case, and record what they print, see expected_output.
    - language: code of the language of the recorded output; None for English.

    Returns: lines about the checks.

    Raises: UsageError with the first cell that failed, or that prints other words than recorded.
    """
    stamp = course.root / ".cache" / f"ran-{assignment.name}"
    state = _state(assignment)
    if not record and stamp.exists() and stamp.read_text() == state:
        return ["solved notebooks ran without errors, and are unchanged since"]
    environment = assignment.content.notebook_environment(course.root) | _python_path(assignment)
    with tempfile.TemporaryDirectory() as folder:
        for name in assignment.sources:
            shutil.copy(assignment.folder / name, folder)
            if record and language:
                _translate(Path(folder) / name, assignment.folder / language / CATALOGUE, language)
        printed = {
            name: printed_texts(execute_notebook(Path(folder) / name, environment=environment))
            for name in assignment.notebooks
        }
    if record:
        before = read_expected_output(assignment, language)
        write_expected_output(assignment, {**before, **printed}, language=language)
    elif (expected := read_expected_output(assignment)) and (faults := list(changed_output(expected, printed))):
        raise UsageError(
            f"the expected output is old: run `autograder release {assignment.name} --record-output`", faults
        )
    if language and record:
        return [f"solved notebooks run without errors in {language}"]
    write_text(stamp, state)
    return ["solved notebooks run without errors"]


def _translate(path: Path, catalogue: Path, language: str) -> None:
    """Translate the code cells of a solved notebook, except for solutions, and the messages that they print."""
    translations = read_code_translation(catalogue).texts
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        read = read_cell(cell)
        if read.kind == "code" and not read.is_solution:
            cell.source = translated_cell(read.source, texts_of(read), translations)
    start = f"from student_tools.language import use_language\nuse_language({language!r})"
    notebook.cells.insert(0, nbformat.v4.new_code_cell(start))
    nbformat.write(notebook, path)


def execute_notebook(
    path: Path, *, environment: Mapping[str, str] | None = None, timeout: float = 1800
) -> nbformat.NotebookNode:
    """Execute a notebook in its folder, with a progress bar, and save it with its outputs.

    Inputs:
    - path: path of the notebook; the file is overwritten.
    - environment: additional environment variables.
    - timeout: maximum time of one cell in seconds.

    Returns: the executed notebook.

    Raises: UsageError with the failed cell and the error.
    """
    notebook = nbformat.read(path, as_version=4)
    cells = [index for index, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    quiet = ["--log-level=40"]  # hides the kernel's warnings about its ports, but not the notebook's
    where = {"metadata": {"path": str(path.parent)}}
    # Some cells may fail in an unfinished notebook, and have a tag for it. In a solved notebook, they must not.
    client = NotebookClient(notebook, timeout=timeout, resources=where, extra_arguments=quiet, force_raise_errors=True)
    # One BLAS thread: on a busy machine, several threads wait for each other, and an epoch takes three times as long.
    variables = {"OPENBLAS_NUM_THREADS": "1", **os.environ, **(environment or {})}
    with client.setup_kernel(env=variables), tqdm(cells, desc=f"running {path.name}", unit="cell") as progress:
        for index in progress:
            cell = notebook.cells[index]
            name = cell.metadata.get("nbgrader", {}).get("grade_id", cell.get("id", index))
            progress.set_postfix_str(name, refresh=True)
            try:
                client.execute_cell(cell, index)
            except (CellExecutionError, DeadKernelError) as error:
                nbformat.write(notebook, path)
                words = getattr(error, "ename", type(error).__name__), getattr(error, "evalue", str(error))
                raise UsageError(f"{path.name}: the cell {name} failed: {words[0]}: {words[1]}") from None
    nbformat.write(notebook, path)
    return notebook


def _python_path(assignment: Assignment) -> dict[str, str]:
    """Return the PYTHONPATH with which notebooks import the student packages."""
    parents = (str(folder.parent) for folder in assignment.student_packages.values())
    path = [*dict.fromkeys(parents), os.environ.get("PYTHONPATH", "")]
    return {"PYTHONPATH": os.pathsep.join(filter(None, path))}


def _state(assignment: Assignment) -> str:
    notebooks = {path.name: path.read_bytes() for path in sorted(assignment.folder.glob("*.ipynb"))}
    files = package_files(assignment) | notebooks
    content = [[name, hashlib.sha256(text).hexdigest()] for name, text in files.items()]
    content.append(list(assignment.notebooks))
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
