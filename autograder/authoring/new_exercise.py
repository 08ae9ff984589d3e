"""`new-exercise`: writes all parts of an exercise, so that it can be released, scored and proven right away."""

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

# What hidden tests find under these names at `student` and `reference` is something else.
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
    """Write the cells, the hidden tests and the topic of a new exercise, and say what is left to do.

    Inputs:
    - name: of the function or class that students write. - notebook: with or without .ipynb.
    - is_class: whether students write a class.
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
        print(f"Write into {settings_file(course, assignment.name)[1]}, for the points to add up:")
        print(f"c.Assignment.total_points = {total:g}")
    for language in languages(assignment.folder):
        print(f"The translation into {language} lacks a text: `make release LANG_CODE={language}` says what to do.")
    print("What to write into each of them: docs/authoring.md")


def exercise_cells(name: str, points: float, is_class: bool = False) -> list[dict]:
    """The cells of a new exercise as JSON: text, remarks for instructors, solution, visible check."""
    words = name.replace("_", "-")
    texts = _filled(name, is_class, "cells")
    solution = {"grade": False, "solution": True, "locked": False, "task": False, "schema_version": 3}
    check: dict[str, object] = {"grade": True, "solution": False, "locked": True, "task": False, "schema_version": 3}
    check |= {"points": plain_number(points), "grade_id": CHECK_PREFIX + name}
    parts: tuple[tuple[str, str, str, dict], ...] = (
        ("markdown", f"{words}-intro", "intro.md", {}),
        ("markdown", f"{words}-instructor", "instructor.md", {"tags": [INSTRUCTOR_TAG]}),
        ("code", name, "solution.py", {"nbgrader": solution | {"grade_id": name}}),
        # A half-done notebook has to run on when the check fails.
        ("code", CHECK_PREFIX + name, "check.py", {"nbgrader": check, "tags": ["raises-exception"]}),
    )
    return [
        {"cell_type": kind, "id": cell, "metadata": metadata, "source": texts[file]}
        for kind, cell, file, metadata in parts
    ]


def topic_files(name: str, is_class: bool = False) -> dict[str, str]:
    """The files of a topic with one new exercise: dict of path in the content of the assignment → text."""
    return {f"{_topic_of(name)}/{file}": text for file, text in _filled(name, is_class, "topic").items()}


def plain_number(points: float) -> float:
    """Points as notebooks and settings have them: whole numbers without a point."""
    return int(points) if points == int(points) else points


def shown(path: Path, root: Path) -> Path:
    """A path as messages name it: relative to the course where it lies in it."""
    return path.relative_to(root) if path.is_relative_to(root) else path


def _filled(name: str, is_class: bool, part: str) -> dict[str, str]:
    return filled_folder(__package__, f"templates/{'class' if is_class else 'exercise'}/{part}", name=name)


def _topic_of(name: str) -> str:
    """The folder of an exercise: of a class its name in lower case, with underscores."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def _check_name(name: str, assignment: Assignment, topic: Path, is_class: bool) -> None:
    is_name = name.isidentifier() and name.isascii() and not keyword.iskeyword(name)
    if not is_name or not (name[0].isupper() if is_class else name[0].islower()):
        kind, example = ("class", "NearestNeighbor") if is_class else ("function", "weighted_sum")
        raise UsageError(f"expected the name of a Python {kind}, such as {example}, got {name!r}")
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


def _inserted(notebook: SourceNotebook, name: str, points: float, after: str | None, is_class: bool) -> tuple[str, str]:
    """The text of a notebook with the cells of the new exercise, and where they are, in words."""
    if after is not None and after not in {cell.name for cell in notebook.solution_cells}:
        names = ", ".join(cell.name for cell in notebook.solution_cells) or "none"
        raise UsageError(f"{notebook.name} has no exercise {after!r} to come after: it has {names}")
    content = json.loads(notebook.text)
    ids = [cell["metadata"].get("nbgrader", {}).get("grade_id") for cell in content["cells"]]
    last = CHECK_PREFIX + after if after else _last_graded(notebook)
    position = ids.index(last) + 1 if last else len(ids)
    content["cells"][position:position] = exercise_cells(name, points, is_class)
    return canonical_text(json.dumps(content)), f"after {last}" if last else "at the end"


def _last_graded(notebook: SourceNotebook) -> str | None:
    """The grade_id of the last cell with points, which only references come after; None if there is none."""
    return next((cell.grade_id for cell in reversed(notebook.cells) if cell.is_graded), None)
