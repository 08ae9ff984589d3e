"""Check that the student bundle contains no solutions and no hidden tests."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Set
from pathlib import PurePosixPath
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.cells import INSTRUCTOR_TAG, SOLUTION_BLOCK
from autograder.release.solved_dependencies import FOLDER as PROVIDED
from autograder.release.solved_dependencies import provided_files
from student_tools.manifest import HINTS

__all__ = ["defines", "find_leaks"]

# Shorter lines such as `else:` or `return out` occur everywhere and reveal nothing.
SHORTEST_TELLING_LINE = 12
# In the package, single lines such as `N, C, H, W = x.shape` repeat; this number of consecutive lines is a copy.
TELLING_RUN = 3

Run = tuple[str, ...]  # consecutive lines, stripped


def find_leaks(
    files: Mapping[str, bytes],
    assignment: Assignment,
    hidden_tests: Collection[str],
    *,
    extra_files: Collection[str] = (),
) -> tuple[list[str], list[str]]:
    """Search the student bundle for secrets and unexpected files.

    Inputs:
    - files: path in the bundle → content.
    - assignment: the assignment.
    - hidden_tests: names of the hidden test functions.
    - extra_files: names of further files that belong in the bundle.

    Returns: (leaks, checked): two lists of lines; the first is empty if nothing leaks.
    """
    leaks: list[str] = []
    texts = {name: content.decode("utf-8", "replace") for name, content in files.items()}
    notebooks = {name: json.loads(text) for name, text in texts.items() if name.endswith(".ipynb")}
    others = {name: text for name, text in texts.items() if not name.endswith(".ipynb")}

    secret, runs, short, visible = _secrets(assignment)
    for name, notebook in notebooks.items():
        for cell in notebook["cells"]:
            leaks.extend(f"{name}: {fault}" for fault in _cell_leaks(cell, secret - visible, runs | short))
    for name, text in others.items():
        leaks.extend(f"{name} contains lines of a solution: {' / '.join(run)}" for run in _copied(text, runs))
    for name, text in others.items():
        if PurePosixPath(name).name == HINTS:
            leaks.extend(f"{name}: {leak}" for leak in _hint_leaks(json.loads(text), secret - visible))
    leaks.extend(_definitions(others, assignment))
    for name, text in texts.items():
        words = set(re.findall(r"\w+", text))
        leaks.extend(f"{name} mentions the hidden test {test}" for test in hidden_tests if test in words)
        if INSTRUCTOR_TAG in text:
            leaks.append(f"{name} mentions {INSTRUCTOR_TAG}")
    leaks.extend(_unexpected(files, assignment, extra_files))
    checked = [
        f"{len(notebooks)} student notebooks contain no line of a solution or of a cell for instructors"
        f" ({len(secret - visible)} lines checked, of at least {SHORTEST_TELLING_LINE} characters; {len(runs)} runs of"
        f" {TELLING_RUN} lines; {len(short)} shorter solutions)",
        f"{sum(len(n['cells']) for n in notebooks.values())} cells contain no solution block and no output",
        f"{len(others)} other files contain no part of a solution ({len(runs)} runs of {TELLING_RUN} lines checked)",
        f"no exercise is defined outside the notebooks ({len(assignment.exercises)} names checked)",
        f"no hidden test is mentioned ({len(hidden_tests)} names checked)",
        f"the tag {INSTRUCTOR_TAG} is not mentioned",
        f"no file is missing or unexpected ({len(files)} files)",
    ]
    return leaks, checked


def _secrets(assignment: Assignment) -> tuple[set[str], set[Run], set[Run], set[str]]:
    """Return (secret lines, runs of lines, short solutions, visible lines).

    A single line may also be visible, in a check or a text. A run must not be: it is a copied
    solution.
    """
    secret: set[str] = set()
    runs: set[Run] = set()
    short: set[Run] = set()
    visible: set[str] = set()
    for notebook in assignment.notebooks.values():
        for cell in notebook.cells:
            lines = {line.strip() for line in cell.source.splitlines()}
            if cell.is_for_instructors:
                secret |= {line for line in lines if len(line) >= SHORTEST_TELLING_LINE}
            elif cell.is_solution:
                solution = cell.solution_lines
                secret |= {line for line in solution if len(line) >= SHORTEST_TELLING_LINE}
                runs |= {tuple(solution[i : i + TELLING_RUN]) for i in range(len(solution) - TELLING_RUN + 1)}
                if len(solution) < TELLING_RUN and any(len(line) >= SHORTEST_TELLING_LINE for line in solution):
                    short.add(tuple(solution))
                visible |= {line.strip() for line in cell.stub.splitlines()}
            else:
                visible |= lines
    return secret, runs, short, visible


def _copied(text: str, runs: Set[Run]) -> list[Run]:
    """Return the runs that a text contains, sorted."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    windows = {tuple(lines[i : i + length]) for length in set(map(len, runs)) for i in range(len(lines))}
    return sorted(windows & runs)


def _cell_leaks(cell: Mapping[str, Any], secret: Set[str], runs: Set[Run]) -> Iterator[str]:
    source = cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])
    for line in source.splitlines():
        if line.strip() in secret:
            yield f"a line of a solution or an instructor cell: {line.strip()}"
    copied = _copied(source, runs)
    if copied:
        yield f"the cell {cell.get('id')} contains lines of a solution: {' / '.join(copied[0])}"
    if SOLUTION_BLOCK.search(source) or "### BEGIN" in source:
        yield f"a marked block in the cell {cell.get('id')}"
    if cell.get("outputs") or cell.get("execution_count"):
        yield f"the cell {cell.get('id')} has outputs"


def _hint_leaks(hints: Any, secret: Set[str]) -> Iterator[str]:
    """Yield the hints that contain a line of a solution, or the right side of an assignment in one."""
    sides = {line.partition(" = ")[2] for line in secret}
    for name, own in hints.items():
        texts = [own["begin"], *(e[key] for e in own["examples"] for key in ("given", "call", "first", "second"))]
        for line in sorted(secret | {side for side in sides if len(side) >= SHORTEST_TELLING_LINE}):
            if any(line in text for text in texts):
                yield f"a hint of {name} contains a line of a solution: {line}"


def defines(text: str, name: str) -> bool:
    """Return True if the text of a module defines a name, but not by `definitions(…)`."""
    if name not in text:  # a search for the pattern takes long
        return False
    pattern = rf"^\s*(?:def|class|cdef|cpdef)\s+{name}\b|^{name}\s*=(?!\s*definitions\()"
    return re.search(pattern, text, re.MULTILINE) is not None


def _definitions(others: Mapping[str, str], assignment: Assignment) -> Iterator[str]:
    for name, text in others.items():
        for exercise in assignment.exercises:
            if defines(text, exercise):
                yield f"{name} defines the exercise {exercise}"


def _unexpected(files: Mapping[str, bytes], assignment: Assignment, extra_files: Collection[str]) -> Iterator[str]:
    expected = {f"{assignment.name}/{name}" for name in (*assignment.notebooks, *extra_files)}
    expected |= {f"{assignment.name}/{assignment.settings.package}/{name}" for name in provided_files(assignment)}
    for name in files:
        parts = PurePosixPath(name).parts[1:]
        if name not in expected and (parts[0] not in assignment.student_packages or parts[1] == PROVIDED):
            yield f"{name} should not be in the bundle"
    for name in sorted(expected - set(files)):
        yield f"{name} is missing in the bundle"
