"""`new-exercise`: write all parts of an exercise, ready for `release`, `grade` and `mutants`."""

import builtins
import json
import keyword
import re
from pathlib import Path

from autograder.authoring.new_files import write_together
from autograder.course.assignment import Assignment, load_assignment, settings_file
from autograder.course.cells import INSTRUCTOR_TAG, SourceNotebook
from autograder.course.config import Course
from autograder.course.translations import languages
from autograder.errors import UsageError
from autograder.model import CHECK_PREFIX
from autograder.release.leaks import defines
from autograder.release.normalize import canonical_text
from autograder.templates import filled_folder

__all__ = ["exercise_cells", "new_exercise", "plain_number", "shown", "topic_files"]

# Attributes of `student` and `reference` in hidden tests: an exercise can't have these names.
TAKEN = {"changed", "functions", "gradients", "namespaces", "replaced", "sources"}


def new_exercise(
    course: Course,
    name: str,
    *,
    notebook: str,
    points: float,
    after: str | None = None,
    is_class: bool = False,
    assignment_name: str | None = None,
) -> None:
    """Write the cells, the hidden tests and the topic of a new exercise, and print the next steps.

    Inputs:
    - name: name of the function or class that students write.
    - notebook: file name, with or without .ipynb.
    - points: points of the exercise.
    - after: name of the exercise before it; by default the last exercise or question of the
      notebook.
    - is_class: True if students write a class.
    - assignment_name: by default the course's default assignment.

    Raises: UsageError if a name is invalid or taken; then nothing is written.
    """
    assignment = load_assignment(course, assignment_name)
    file = notebook.removesuffix(".ipynb") + ".ipynb"
    if file in assignment.provided:
        raise UsageError(
            f"{file} is not released: add {file.removesuffix('.ipynb')!r} to c.Assignment.notebooks in"
            f" {settings_file(course, assignment.name)[1]}"
        )
    if file not in assignment.notebooks:
        raise UsageError(
            f"expected a notebook of {assignment.name} ({', '.join(assignment.notebooks)}), got {notebook!r}"
        )
    topic = course.assignments / assignment.name / _topic_of(name)
    _check_name(name, assignment, topic, is_class)
    source = assignment.notebooks[file]
    cells, place = _inserted(source, name, points, after, is_class)
    path = assignment.folder / file
    texts = {course.assignments / assignment.name / new: text for new, text in topic_files(name, is_class).items()}
    write_together(texts | {path: cells})
    print(f"{shown(path, course.root)}: four new cells, {place}")
    for new in texts:
        print(f"{shown(new, course.root)}: new")
    total = assignment.max_score + assignment.points_by_hand + points
    if total != assignment.settings.total_points:
        print(f"Set the total of the points in {settings_file(course, assignment.name)[1]}:")
        print(f"c.Assignment.total_points = {total:g}")
    for language in languages(assignment.folder):
        print(
            f"The translation into {language} is incomplete: `make release LANG_CODE={language}` lists the next steps."
        )
    print("docs/authoring.md explains the content of each file.")


def exercise_cells(name: str, points: float, is_class: bool = False) -> list[dict]:
    """Return the cells of a new exercise as JSON.

    Inputs:
    - name: name of the function or class.
    - points: points of the exercise.
    - is_class: True if students write a class.
    """
    words = name.replace("_", "-")
    texts = _filled(name, is_class, "cells")
    solution = {"grade": False, "solution": True, "locked": False, "task": False, "schema_version": 3}
    check: dict[str, object] = {"grade": True, "solution": False, "locked": True, "task": False, "schema_version": 3}
    check |= {"points": plain_number(points), "grade_id": CHECK_PREFIX + name}
    parts: tuple[tuple[str, str, str, dict], ...] = (
        ("markdown", f"{words}-intro", "intro.md", {}),
        ("markdown", f"{words}-instructor", "instructor.md", {"tags": [INSTRUCTOR_TAG]}),
        ("code", name, "solution.py", {"nbgrader": solution | {"grade_id": name}}),
        # The notebook must continue if the check fails.
        ("code", CHECK_PREFIX + name, "check.py", {"nbgrader": check, "tags": ["raises-exception"]}),
    )
    return [
        {"cell_type": kind, "id": cell, "metadata": metadata, "source": texts[file]}
        for kind, cell, file, metadata in parts
    ]


def topic_files(name: str, is_class: bool = False) -> dict[str, str]:
    """Return the files of a new exercise's topic: path in the content → text."""
    return {f"{_topic_of(name)}/{file}": text for file, text in _filled(name, is_class, "topic").items()}


def plain_number(points: float) -> float:
    """Convert whole numbers of points to int, as notebooks and settings have them."""
    return int(points) if points == int(points) else points


def shown(path: Path, root: Path) -> Path:
    """Return a path for messages: relative to `root` if it is inside."""
    return path.relative_to(root) if path.is_relative_to(root) else path


def _filled(name: str, is_class: bool, part: str) -> dict[str, str]:
    return filled_folder(__package__, f"templates/{'class' if is_class else 'exercise'}/{part}", name=name)


def _topic_of(name: str) -> str:
    """Return the folder name of an exercise: ThreeLayer becomes three_layer."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _check_name(name: str, assignment: Assignment, topic: Path, is_class: bool) -> None:
    is_name = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
    if not is_name or not (name[0].isupper() if is_class else name[0].islower()):
        kind, example = ("class", "NearestNeighbor") if is_class else ("function", "weighted_sum")
        raise UsageError(f"expected the name of a Python {kind}, such as {example}, got {name!r}")
    if name in assignment.exercises:
        raise UsageError(f"{assignment.exercises[name].notebook} already has an exercise {name}: take another name")
    if topic.exists():
        raise UsageError(f"{topic} already exists: take another name")
    if name in TAKEN or hasattr(builtins, name):
        raise UsageError(f"the name {name} is used by Python or by the grader: take another name")
    for path in sorted(path for folder in assignment.student_packages.values() for path in folder.rglob("*.py")):
        if defines(path.read_text(encoding="utf-8"), name):
            where = f"{path.parent.name}/{path.name}"
            raise UsageError(f"{where}, which students get, already defines {name}: take another name")
    for file, notebook in assignment.sources.items():
        if any(cell.kind == "code" and re.search(rf"\b{name}\b", cell.source) for cell in notebook.cells):
            raise UsageError(f"the code of {file} already uses the name {name}: take another name")


def _inserted(notebook: SourceNotebook, name: str, points: float, after: str | None, is_class: bool) -> tuple[str, str]:
    """Return (text of the notebook with the cells of the new exercise, their position in words)."""
    if after is not None and after not in {cell.name for cell in notebook.solution_cells}:
        names = ", ".join(cell.name for cell in notebook.solution_cells) or "none"
        raise UsageError(f"expected --after with an exercise of {notebook.name} ({names}), got {after!r}")
    content = json.loads(notebook.text)
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in content["cells"]]
    last = CHECK_PREFIX + after if after else _last_graded(notebook)
    position = ids.index(last) + 1 if last else len(ids)
    content["cells"][position:position] = exercise_cells(name, points, is_class)
    return canonical_text(json.dumps(content)), f"after {last}" if last else "at the end"


def _last_graded(notebook: SourceNotebook) -> str | None:
    """Return the grade_id of the last cell with points; None if there is none."""
    return next((cell.grade_id for cell in reversed(notebook.cells) if cell.is_graded), None)
