"""Check the source notebooks before a release."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from autograder.course.assignment import Assignment, settings_file
from autograder.course.cells import SOLUTION_BLOCK, Cell, SourceNotebook
from autograder.course.config import Course
from autograder.course.content import Content
from autograder.errors import GraderError, UsageError
from autograder.model import CHECK_PREFIX, Exercise, Question
from autograder.release.normalize import canonical_text
from autograder.scoring.cache_keys import lacking
from autograder.testing.hidden import FILE_NAME
from student_tools.notebook import parse

__all__ = ["hidden_test_names", "validate_source"]

# The notebook that a cell loads functions from, see student_tools.notebook.
BORROWED = re.compile(r"""\bdefinitions\(\s*["']([^"']+)["']""")
MANY = 3  # if two notebooks share more grade_ids, one is a copy
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def validate_source(course: Course, assignment: Assignment) -> list[str]:
    """Check metadata, grade_ids, points, canonical form, and that each exercise has hidden tests.

    Returns: lines about the checks.

    Raises: UsageError with a line for each problem.
    """
    faults = []
    for name, notebook in assignment.sources.items():
        text = (assignment.folder / name).read_text(encoding="utf-8")
        if canonical_text(text) != text:
            faults.append(f"{name} is not in canonical form: run `python -m autograder tidy {assignment.name}`")
        faults.extend(f"{name}: {fault}" for fault in _cell_faults(notebook))
    faults.extend(_identity_faults(assignment))
    faults.extend(_borrowing_faults(assignment))
    points = assignment.max_score + assignment.points_by_hand
    total, file = assignment.settings.total_points, settings_file(course, assignment.name)[1]
    if points != total:
        said = f"sets total_points = {total:g}" if total else "sets no total"
        faults.append(
            f"the points of all released exercises and questions add up to {points:g}, but {file} {said}: change the"
            f" points, or set c.Assignment.total_points = {points:g}"
        )
    broken = list(_hidden_test_faults(assignment.content))
    faults.extend(broken or _untested(assignment))
    if faults:
        raise UsageError(f"the source of {assignment.name} is invalid:", faults)
    return [
        f"{len(assignment.sources)} notebooks in canonical form{_handed_out(assignment)}",
        f"{len(assignment.exercises)} exercises with unique grade_ids, a solution, a visible check and hidden tests",
        f"{len(assignment.questions)} questions with points, an answer cell and a model answer",
        f"points add up to {points:g}: {assignment.max_score:g} by hidden tests, {assignment.points_by_hand:g} by hand",
        *_exceptions(assignment),
    ]


def _untested(assignment: Assignment) -> Iterator[str]:
    """Yield problems of exercises that can't be scored."""
    try:
        tested = {test.exercise for test in assignment.content.tests}
        yield from (f"the exercise {name} has no hidden test" for name in assignment.exercises if name not in tested)
        yield from lacking(assignment)
    except (UsageError, GraderError) as error:
        yield str(error)


def _exceptions(assignment: Assignment) -> Iterator[str]:
    every: list[Exercise | Question] = [*assignment.exercises.values(), *assignment.questions.values()]
    for words, named in (
        ("do not count", [one.name for one in every if not one.points]),
        ("full points for all students", [one.name for one in every if one.points and one.is_given]),
    ):
        if named:
            yield f"{words}: {', '.join(named)}"


def _handed_out(assignment: Assignment) -> str:
    return f", {len(assignment.notebooks)} of them to release" if assignment.provided else ""


def hidden_test_names(content: Content) -> list[str]:
    """Return the names of all hidden test functions, sorted."""
    trees = [ast.parse(file.read_text(encoding="utf-8")) for file in _hidden_test_files(content)]
    return sorted({name for tree in trees for name in _tests_in(tree)})


def _tests_in(tree: ast.Module) -> list[str]:
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")]


def _hidden_test_files(content: Content) -> list[Path]:
    return sorted(content.folder.glob(f"*/{FILE_NAME}"))


def _hidden_test_faults(content: Content) -> Iterator[str]:
    for file in _hidden_test_files(content):
        name = file.relative_to(content.folder)
        try:
            tree = ast.parse(file.read_text(encoding="utf-8"))
        except (SyntaxError, ValueError) as error:
            where = f"line {error.lineno}: {error.msg}" if isinstance(error, SyntaxError) else error
            yield f"the hidden tests in {name} are not valid Python ({where})"
        else:
            counts = Counter(_tests_in(tree))
            yield from (
                f"{name} defines {test} {count} times, and only the last would run: rename the others"
                for test, count in counts.items()
                if count > 1
            )


def _identity_faults(assignment: Assignment) -> Iterator[str]:
    owner: dict[str, str] = {}
    twice: dict[tuple[str, str], list[str]] = {}
    for name, notebook in assignment.sources.items():
        for cell in notebook.cells:
            if cell.grade_id in owner:
                twice.setdefault((owner[cell.grade_id], name), []).append(cell.grade_id)
            elif cell.grade_id:
                owner[cell.grade_id] = name
    for (first, second), ids in twice.items():
        if len(ids) > MANY and first != second:
            yield (
                f"{second} has {len(ids)} grade_ids of {first}, {ids[0]} and others: if it is a copy, move it to"
                " another folder"
            )
        else:
            yield from (f"the grade_id {grade_id} is in {first} and again in {second}" for grade_id in ids)


def _borrowing_faults(assignment: Assignment) -> Iterator[str]:
    """Yield problems of notebooks that load functions from a missing notebook."""
    for name, notebook in assignment.sources.items():
        for label, source in notebook.locked_code():
            for other in BORROWED.findall(source):
                if other not in assignment.sources:
                    yield (
                        f"{name}: {label} loads functions from {other}, which does not exist: rename the notebook, or"
                        f" change the name in {label}"
                    )


def _cell_faults(notebook: SourceNotebook) -> Iterator[str]:
    for position, cell in enumerate(notebook.cells):
        if cell.is_for_instructors and cell.grade_id:
            yield f"the cell {cell.grade_id} is for instructors only, so it can't be graded or locked"
        if cell.is_solution and cell.kind == "markdown":
            yield from _question_faults(notebook, cell)
        elif cell.is_solution:
            yield from _solution_faults(notebook, position)
        elif SOLUTION_BLOCK.search(cell.source) and not cell.is_for_instructors:
            yield f"cell {position + 1} has a solution block but is not a solution cell"
        elif cell.kind == "code" and cell.is_locked and not cell.is_graded and not cell.is_for_instructors:
            yield from _helper_faults(cell)
        if cell.is_graded and not cell.is_solution:
            if not cell.name.startswith(CHECK_PREFIX):
                yield f"expected {CHECK_PREFIX}<exercise> as the grade_id of a grade cell, got {cell.grade_id}"
            if not cell.is_locked or cell.points < 0:
                yield f"the grade cell {cell.grade_id} must be locked and have points"


def _helper_faults(cell: Cell) -> Iterator[str]:
    """Yield problems of a locked code cell: it is parsed like students' cells, without magics."""
    _, problems = parse([(f"the cell {cell.grade_id}", cell.source)])
    yield from (f"{problem}" for problem in problems)


def _question_faults(notebook: SourceNotebook, cell: Cell) -> Iterator[str]:
    if not cell.is_graded or cell.is_locked or cell.points < 0:
        yield f"the answer cell {cell.grade_id} must be unlocked and graded, and have points"
    if not cell.solution_lines:
        yield f"the cell {cell.grade_id} has no ### BEGIN SOLUTION … ### END SOLUTION block with a model answer"
    if not notebook.asked_in(cell.name).strip():
        yield f"the answer cell {cell.grade_id} must follow a cell with the question"


def _solution_faults(notebook: SourceNotebook, position: int) -> Iterator[str]:
    cell = notebook.cells[position]
    if cell.kind != "code" or cell.is_graded or cell.is_locked:
        yield (
            f"the solution cell {cell.grade_id} must be an unlocked code cell without points, or a Markdown cell with"
            " points"
        )
        return
    if not cell.solution_lines:
        yield f"the solution cell {cell.grade_id} has no ### BEGIN SOLUTION … ### END SOLUTION block"
    try:
        defined = [n for n in ast.parse(cell.source).body if isinstance(n, DEFINITIONS) and n.name == cell.grade_id]
    except SyntaxError as error:
        yield f"the solution cell {cell.grade_id} is not valid Python (line {error.lineno}: {error.msg})"
        return
    if not defined:
        yield f"the solution cell {cell.grade_id} does not define {cell.grade_id}"
    elif not ast.get_docstring(defined[0]):
        yield f"the definition of {cell.grade_id} has no docstring for students"
    following = [other.grade_id for other in notebook.cells[position + 1 :] if other.is_graded]
    if CHECK_PREFIX + cell.name not in following:
        yield f"the solution cell {cell.grade_id} is not followed by its grade cell {CHECK_PREFIX}{cell.grade_id}"
