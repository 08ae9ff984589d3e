"""Proof that the student bundle gives nothing away."""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Set
from pathlib import PurePosixPath
from typing import Any

from autograder.course.assignment import Assignment
from autograder.course.cells import INSTRUCTOR_TAG, SOLUTION_BLOCK
from autograder.release.solved_dependencies import FOLDER as PROVIDED
from autograder.release.solved_dependencies import provided_files

__all__ = ["defines", "find_leaks"]

# A line as short as `else:` or `return out` stands everywhere and gives nothing away.
SHORTEST_TELLING_LINE = 12
# In the package single lines repeat by nature (`N, C, H, W = x.shape`); this many in a row are a copy.
TELLING_RUN = 3

Run = tuple[str, ...]  # lines in a row, stripped


def find_leaks(
    files: Mapping[str, bytes],
    assignment: Assignment,
    hidden_tests: Collection[str],
    *,
    extra_files: Collection[str] = (),
) -> tuple[list[str], list[str]]:
    """Look for everything that students must not get.

    Inputs:
    - files: by path in the bundle. - hidden_tests: names of the hidden test functions.
    - extra_files: names beside the notebooks that belong into the bundle.

    Returns: (leaks, checked): two lists of lines, the first empty when nothing leaks.
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
        leaks.extend(f"{name} holds these lines of a solution: {' / '.join(run)}" for run in _copied(text, runs))
    leaks.extend(_definitions(others, assignment))
    for name, text in texts.items():
        leaks.extend(f"{name} names the hidden test {test}" for test in hidden_tests if re.search(rf"\b{test}\b", text))
        if INSTRUCTOR_TAG in text:
            leaks.append(f"{name} mentions {INSTRUCTOR_TAG}")
    leaks.extend(_unexpected(files, assignment, extra_files))
    checked = [
        f"no line of a solution or of a cell for instructors in {len(notebooks)} student notebooks"
        f" ({len(secret - visible)} lines looked for: those of {SHORTEST_TELLING_LINE} characters or more that students"
        f" don't see anyway; {len(runs)} runs of {TELLING_RUN} lines and {len(short)} shorter solutions wherever they"
        " stand)",
        f"no solution block and no output left in {sum(len(n['cells']) for n in notebooks.values())} cells",
        f"no part of a solution in {len(others)} other files ({len(runs)} runs of {TELLING_RUN} lines looked for)",
        f"no exercise defined outside the notebooks ({len(assignment.exercises)} names looked for)",
        f"no hidden test named anywhere ({len(hidden_tests)} names looked for)",
        f"no mention of the mark {INSTRUCTOR_TAG}",
        f"no file missing, and none that is not meant to be there ({len(files)} files)",
    ]
    return leaks, checked


def _secrets(assignment: Assignment) -> tuple[set[str], set[Run], set[Run], set[str]]:
    """Lines that must not appear, runs of solution lines, whole solutions too short for one, and lines seen anyway.

    A line in a check or a text is seen anyway, but that excuses no run: it is how a solution gets there by mistake.
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
    """Those of the runs of lines that stand in a text, in order."""
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
        yield f"the cell {cell.get('id')} holds lines of a solution, as students would get it: {' / '.join(copied[0])}"
    if SOLUTION_BLOCK.search(source) or "### BEGIN" in source:
        yield f"a marked block in the cell {cell.get('id')}"
    if cell.get("outputs") or cell.get("execution_count"):
        yield f"the cell {cell.get('id')} has outputs"


def defines(text: str, name: str) -> bool:
    """Whether the text of a module defines a name, other than by asking a notebook for it."""
    pattern = rf"^\s*(?:def|class|cdef|cpdef)\s+{name}\b|^{name}\s*=(?!\s*definitions\()"
    return re.search(pattern, text, re.MULTILINE) is not None


def _definitions(others: Mapping[str, str], assignment: Assignment) -> Iterator[str]:
    for name, text in others.items():
        for exercise in assignment.exercises:
            if defines(text, exercise):
                yield f"{name} defines {exercise}, which is an exercise"


def _unexpected(files: Mapping[str, bytes], assignment: Assignment, extra_files: Collection[str]) -> Iterator[str]:
    expected = {f"{assignment.name}/{name}" for name in (*assignment.notebooks, *extra_files)}
    expected |= {f"{assignment.name}/{assignment.settings.package}/{name}" for name in provided_files(assignment)}
    for name in files:
        parts = PurePosixPath(name).parts[1:]
        if name not in expected and (parts[0] not in assignment.student_packages or parts[1] == PROVIDED):
            yield f"{name} does not belong into the bundle"
    for name in sorted(expected - set(files)):
        yield f"{name} is not in the bundle"
