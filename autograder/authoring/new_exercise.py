"""`new-exercise`: writes all parts of an exercise, so that it can be released, scored and proven right away."""

import builtins
import contextlib
import json
import keyword
import os
import re

from autograder.authoring.skeleton import CHECK, HIDDEN_TEST, INSTRUCTOR, INTRODUCTION, MUTANTS, SIGNATURES, SOLUTION
from autograder.course.assignment import load_assignment, settings_file
from autograder.course.cells import INSTRUCTOR_TAG
from autograder.course.translations import languages
from autograder.errors import UsageError
from autograder.model import CHECK_PREFIX
from autograder.release.leaks import defines
from autograder.release.normalize import canonical_text

__all__ = ["new_exercise"]

# What hidden tests find under these names at `student` and `reference` is something else.
TAKEN = {"changed", "functions", "gradients", "namespaces", "replaced", "sources"}


def new_exercise(course, name, *, notebook, points, after=None, assignment_name=None):
    """Write the cells, the hidden tests and the topic of a new exercise, and say what is left to do.

    Inputs:
    - name: of the function that students write. - notebook: with or without .ipynb.
    - after: the exercise that it comes after; without it, the last exercise or question of the notebook.

    Raises: UsageError when something about it can't be; then nothing is written.
    """
    assignment = load_assignment(course, assignment_name)
    file = notebook.removesuffix(".ipynb") + ".ipynb"
    if file in assignment.provided:
        raise UsageError(
            f"{file} is not handed out: add {file.removesuffix('.ipynb')!r} to c.Assignment.notebooks in"
            f" {settings_file(course, assignment.name)[1]}"
        )
    if file not in assignment.notebooks:
        raise UsageError(f"{assignment.name} has no notebook {notebook!r}: it has {', '.join(assignment.notebooks)}")
    topic = course.assignments / assignment.name / name
    _check_name(name, assignment, topic)
    source = assignment.notebooks[file]
    cells, place = _inserted(source, name, points, after)
    path = assignment.folder / file
    texts = {topic / "signatures.py": SIGNATURES, topic / "hidden_tests.py": HIDDEN_TEST, topic / "mutants.py": MUTANTS}
    _write_together({new: text.replace("NAME", name) for new, text in texts.items()} | {path: cells})
    print(f"{path.relative_to(course.root)}: four new cells, {place}")
    for new in texts:
        print(f"{new.relative_to(course.root) if new.is_relative_to(course.root) else new}: new")
    total = assignment.max_score + assignment.points_by_hand + points
    if total != assignment.settings.total_points:
        print(f"Write into {settings_file(course, assignment.name)[1]}, for the points to add up:")
        print(f"c.Assignment.total_points = {total:g}")
    for language in languages(assignment.folder):
        print(f"The translation into {language} lacks a text: `make release LANG_CODE={language}` says what to do.")
    print("What to write into each of them: docs/authoring.md")


def _check_name(name, assignment, topic):
    if not name.isidentifier() or not name.isascii() or keyword.iskeyword(name) or not name[0].islower():
        raise UsageError(
            f"{name!r} can't be the name of an exercise: it has to be that of a Python function, such as weighted_sum"
        )
    if name in assignment.exercises:
        raise UsageError(f"there is an exercise {name} in {assignment.exercises[name].notebook}: take another name")
    if topic.exists():
        raise UsageError(f"there is {topic} already: take another name")
    if name in TAKEN or hasattr(builtins, name):
        raise UsageError(f"the name {name} is taken by Python or by the kit: take another one")
    for path in sorted(path for folder in assignment.student_packages.values() for path in folder.rglob("*.py")):
        if defines(path.read_text(encoding="utf-8"), name):
            where = f"{path.parent.name}/{path.name}"
            raise UsageError(f"{where} defines {name}, so students would have it: take another name")
    for file, notebook in assignment.sources.items():
        if any(cell.kind == "code" and re.search(rf"\b{name}\b", cell.source) for cell in notebook.cells):
            raise UsageError(f"the code of {file} uses the name {name} for something else: take another one")


def _inserted(notebook, name, points, after):
    """The text of a notebook with the cells of the new exercise, and where they are, in words."""
    if after is not None and after not in {cell.grade_id for cell in notebook.solution_cells}:
        names = ", ".join(cell.grade_id for cell in notebook.solution_cells) or "none"
        raise UsageError(f"{notebook.name} has no exercise {after!r} to come after: it has {names}")
    content = json.loads(notebook.text)
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in content["cells"]]
    last = CHECK_PREFIX + after if after else _last_graded(notebook)
    position = ids.index(last) + 1 if last else len(ids)
    content["cells"][position:position] = _cells(name, points)
    return canonical_text(json.dumps(content)), f"after {last}" if last else "at the end"


def _last_graded(notebook):
    """The grade_id of the last cell with points, which only references come after; None if there is none."""
    return next((cell.grade_id for cell in reversed(notebook.cells) if cell.is_graded), None)


def _cells(name, points):
    """The new cells as JSON: text, remarks for instructors, solution, visible check."""
    words = name.replace("_", "-")
    solution = {"grade": False, "solution": True, "locked": False, "task": False, "schema_version": 3}
    check = {"grade": True, "solution": False, "locked": True, "task": False, "schema_version": 3}
    check |= {"points": int(points) if points == int(points) else points, "grade_id": CHECK_PREFIX + name}
    parts = (
        ("markdown", f"{words}-intro", INTRODUCTION, {}),
        ("markdown", f"{words}-instructor", INSTRUCTOR, {"tags": [INSTRUCTOR_TAG]}),
        ("code", name, SOLUTION, {"nbgrader": solution | {"grade_id": name}}),
        # A half-done notebook has to run on when the check fails.
        ("code", CHECK_PREFIX + name, CHECK, {"nbgrader": check, "tags": ["raises-exception"]}),
    )
    return [
        {"cell_type": kind, "id": cell, "metadata": metadata, "source": text.replace("NAME", name)}
        for kind, cell, text, metadata in parts
    ]


def _write_together(texts):
    """Write files all together, or none: new ones, and last of all one that takes the place of an old one.

    Inputs:
    - texts: dict of path → text.

    Raises: UsageError when that can't be done.
    """
    staged = {path: path.with_name(f".new-{path.name}") for path in texts}
    done = []
    try:
        for path, text in texts.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            staged[path].write_text(text, encoding="utf-8")
        for path in texts:
            os.replace(staged[path], path)
            done.append(path)
    except BaseException as error:
        for file in (*staged.values(), *done):
            file.unlink(missing_ok=True)
        for folder in {path.parent for path in texts}:
            with contextlib.suppress(OSError):
                folder.rmdir()  # one that is empty now, and so is new
        if isinstance(error, OSError):
            raise UsageError(f"{path} can't be written ({error.strerror}): nothing was written") from None
        raise
