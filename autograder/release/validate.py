"""Checks on the source notebooks, before anything is made from them."""

import ast
import re

from autograder.course.assignment import CHECK_PREFIX, SOLUTION_BLOCK
from autograder.errors import UsageError
from autograder.release.canonical import canonical_text
from autograder.places import HIDDEN_TESTS

__all__ = ["hidden_test_names", "validate_source"]

SCORES = re.compile(r"""mark\.scores\(\s*["'](\w+)["']""")


def validate_source(course, assignment):
    """Check metadata, grade_ids, points, canonical form and that each exercise has hidden tests.

    Returns: a list of what was checked, one line each.

    Raises: UsageError that lists everything that is wrong, a line each.
    """
    faults = []
    for name, notebook in assignment.sources.items():
        text = (assignment.folder / name).read_text(encoding="utf-8")
        if canonical_text(text) != text:
            faults.append(f"{name} is not in canonical form: run `python -m autograder tidy {assignment.name}`")
        faults.extend(f"{name}: {fault}" for fault in _cell_faults(notebook))
    faults.extend(_identity_faults(assignment))
    points = assignment.max_score + assignment.points_by_hand
    if points != course.total_points:
        faults.append(
            f"the points of all exercises and questions add up to {points:g}, but course_config.py says"
            f" total_points = {course.total_points:g}"
        )
    tested = {name for file in HIDDEN_TESTS.glob("test_*.py") for name in SCORES.findall(file.read_text())}
    faults.extend(f"no hidden test scores the exercise {name}" for name in assignment.exercises if name not in tested)
    if faults:
        raise UsageError(f"the source of {assignment.name} is not ready:\n" + "\n".join(f"  - {f}" for f in faults))
    return [
        f"{len(assignment.sources)} notebooks in canonical form{_handed_out(assignment)}",
        f"{len(assignment.exercises)} exercises with unique grade_ids, a solution, a visible check and hidden tests",
        f"{len(assignment.questions)} questions with points, a place for the answer and a model answer",
        f"points add up to {points:g}: {assignment.max_score:g} by hidden tests, {assignment.points_by_hand:g} by hand",
    ]


def _handed_out(assignment):
    return f", {len(assignment.notebooks)} of them to be handed out" if assignment.provided else ""


def hidden_test_names():
    """Names of all hidden test functions."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in sorted(HIDDEN_TESTS.glob("*.py"))]
    return sorted(
        {node.name for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_"}
    )


def _identity_faults(assignment):
    owner = {}
    for name, notebook in assignment.sources.items():
        for cell in notebook.cells:
            if cell.grade_id in owner:
                yield f"the grade_id {cell.grade_id} stands in {owner[cell.grade_id]} and again in {name}"
            elif cell.grade_id:
                owner[cell.grade_id] = name


def _cell_faults(notebook):
    for position, cell in enumerate(notebook.cells):
        if cell.is_for_instructors and cell.grade_id:
            yield f"the cell {cell.grade_id} is for instructors only and can't be graded or locked as well"
        if cell.is_solution and cell.kind == "markdown":
            yield from _question_faults(notebook, cell)
        elif cell.is_solution:
            yield from _solution_faults(notebook, position)
        elif SOLUTION_BLOCK.search(cell.source) and not cell.is_for_instructors:
            yield f"cell {position + 1} has a solution block but is not a solution cell"
        if cell.is_graded and not cell.is_solution:
            if not cell.grade_id.startswith(CHECK_PREFIX):
                yield f"the grade cell {cell.grade_id} has to be named {CHECK_PREFIX}<exercise>"
            if not cell.is_locked or cell.points <= 0:
                yield f"the grade cell {cell.grade_id} has to be locked and to carry points"


def _question_faults(notebook, cell):
    if not cell.is_graded or cell.is_locked or cell.points <= 0:
        yield f"the cell {cell.grade_id} for an answer has to be unlocked and graded, and to carry points"
    if not cell.solution_lines:
        yield f"the cell {cell.grade_id} has no ### BEGIN SOLUTION … ### END SOLUTION block with a model answer"
    if not notebook.asked_in(cell.grade_id).strip():
        yield f"the cell {cell.grade_id} is for an answer, but there is no cell with the question before it"


def _solution_faults(notebook, position):
    cell = notebook.cells[position]
    if cell.kind != "code" or cell.is_graded or cell.is_locked:
        yield f"the solution cell {cell.grade_id} has to be an unlocked code cell without points, or a Markdown cell with points"
        return
    if not cell.solution_lines:
        yield f"the solution cell {cell.grade_id} has no ### BEGIN SOLUTION … ### END SOLUTION block"
    try:
        defined = [node for node in ast.parse(cell.source).body if getattr(node, "name", None) == cell.grade_id]
    except SyntaxError as error:
        yield f"the solution cell {cell.grade_id} is not valid Python (line {error.lineno}: {error.msg})"
        return
    if not defined:
        yield f"the solution cell {cell.grade_id} does not define {cell.grade_id}"
    elif not ast.get_docstring(defined[0]):
        yield f"the definition of {cell.grade_id} has no docstring for students"
    following = [other.grade_id for other in notebook.cells[position + 1 :] if other.is_graded]
    if CHECK_PREFIX + cell.grade_id not in following:
        yield f"the solution cell {cell.grade_id} is not followed by its grade cell {CHECK_PREFIX}{cell.grade_id}"
