"""Execute the solved source notebooks, and compare or record what they print."""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

import nbformat

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
from autograder.release.side_by_side import at_once, execute_notebooks

__all__ = ["run_solved_notebooks"]


def run_solved_notebooks(
    course: Course, assignment: Assignment, *, record: bool = False, language: str | None = None
) -> list[str]:
    """Execute all released source notebooks, unless they are unchanged since the last success.

    As many run at once as there are cores, at most course.jobs, fewer if memory is short.

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
        # Recorded times are those of a notebook that has the machine for itself.
        jobs = 1 if record else at_once(course.jobs)
        paths = [Path(folder) / name for name in assignment.notebooks]
        executed = execute_notebooks(paths, environment=environment, jobs=jobs)
    printed = {name: printed_texts(notebook) for name, notebook in zip(assignment.notebooks, executed, strict=True)}
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
