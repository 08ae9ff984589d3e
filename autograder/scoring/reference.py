"""The reference: the solutions of the source notebooks as functions of the trusted side."""

import functools
import weakref
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from autograder.course.assignment import Assignment
from autograder.errors import AuthorError, UsageError
from autograder.sandbox.worker.syntax_facts import find_facts
from student_tools import notebook
from student_tools.code_cells import Problem

__all__ = ["Change", "Function", "Reference", "load_reference"]

Function = Callable[..., Any]  # or a class
CHANGED_KEPT = 2000  # size of the cache of changed functions: all mutants, and pairs of them


class Change(Protocol):
    """A change of the solution of one exercise: a Mutant, a Variant, or a mechanical mutant."""

    @property
    def exercise(self) -> str:
        """The name of the exercise."""

    @property
    def helper(self) -> str:
        """The source of an additional cell for the change, or ""."""

    def applied(self, source: str) -> str:
        """Return the changed source of the solution cell.

        Raises: UsageError if it can't be applied.
        """


class Reference:
    """The solutions: each exercise is an attribute; also makes mutants.

    - functions: exercise → function or class
    - sources: exercise → source of its solution cell
    - namespaces: exercise → globals of its notebook
    - cells: notebook → (label, source) pairs
    - notebooks: exercise → name of its notebook
    """

    def __init__(
        self,
        functions: Mapping[str, Function],
        sources: Mapping[str, str],
        namespaces: Mapping[str, dict[str, Any]],
        cells: Mapping[str, list[tuple[str, str]]],
        notebooks: Mapping[str, str],
    ) -> None:
        self.functions, self.sources, self.namespaces = functions, sources, namespaces
        self.cells, self.notebooks = cells, notebooks
        # Changed function → the texts that define it.
        self._texts: weakref.WeakKeyDictionary[Function, list[str]] = weakref.WeakKeyDictionary()
        self._changed = functools.lru_cache(maxsize=CHANGED_KEPT)(self._change)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.functions[name]
        except KeyError:
            raise AttributeError(f"{name} is not an exercise") from None

    def changed_by(self, change: Change) -> Function:
        """Return an exercise's function with one change.

        Raises: UsageError if it can't be applied.
        """
        function = self._changed((change,))
        if function is None:
            raise UsageError(f"the change of {change.exercise} can't be applied")
        return function

    def changed(self, changes: tuple[Change, ...]) -> Function | None:
        """Return an exercise's function or class with several changes.

        Inputs:
        - changes: all of one exercise

        Returns: the function, or None if two changes conflict.

        Raises: UsageError if the first change can't be applied.
        """
        return self._changed(changes)

    def _change(self, changes: tuple[Change, ...]) -> Function | None:
        exercise = changes[0].exercise
        source = changes[0].applied(self.sources[exercise])
        namespace = dict(self.namespaces[exercise])
        try:
            for change in changes[1:]:
                source = change.applied(source)
            for text in (*(change.helper for change in changes), source):
                exec(compile(text, exercise, "exec"), namespace)  # trusted text
        except (UsageError, SyntaxError):
            if len(changes) == 1:
                raise
            return None
        function: Function = namespace[exercise]
        self._texts[function] = [*(change.helper for change in changes), source]
        return function

    def facts(self, name: str, functions: Mapping[str, Function]) -> dict[str, Any]:
        """Return facts about the source of a reference function, see worker.syntax_facts.

        Inputs:
        - name: of an exercise, or Class.method
        - functions: exercise → function, changed or not

        Raises: AuthorError for a function that was not made from the solutions.
        """
        exercise = name.partition(".")[0]
        function, notebook = functions[exercise], self.notebooks[exercise]
        if function is not self.functions[exercise] and function not in self._texts:
            raise AuthorError(f"the source of this {exercise} is unknown: it was not made from the solutions")
        changed = [(f"cell {exercise}", text) for text in self._texts.get(function, ())]
        return find_facts({**self.cells, notebook: [*self.cells[notebook], *changed]}, notebook, name)

    def replaced(self, exercise: str, function: Function) -> "Reference":
        """Return a Reference in which `function` replaces the function of an exercise."""
        functions = {**self.functions, exercise: function}
        other = Reference(functions, self.sources, self.namespaces, self.cells, self.notebooks)
        other._texts = self._texts
        return other


def load_reference(assignment: Assignment) -> Reference:
    """Build the reference from all solution cells, also those of notebooks that are not released.

    Raises: UsageError if a source notebook can't be executed, or a solution cell does not define
    its exercise.
    """
    programs, cells = {}, {}
    for name, source in assignment.sources.items():
        cells[name] = source.solved_code()
        programs[name], problems = notebook.parse(cells[name], name=name)
        _must_be_clean(name, problems)
    notebook.IN_MEMORY.update(programs)
    namespaces: dict[str, dict[str, Any]] = {}
    for name, statements in programs.items():
        namespaces[name] = {"__name__": f"reference of {name}"}
        _must_be_clean(name, notebook.execute(statements, namespaces[name]))
    functions, sources, of_notebook, notebooks = {}, {}, {}, {}
    for name, source in assignment.sources.items():
        for cell in source.solution_cells:
            if cell.grade_id not in namespaces[name]:
                raise UsageError(f"{name}: expected the solution cell {cell.grade_id} to define {cell.grade_id}")
            functions[cell.grade_id] = namespaces[name][cell.grade_id]
            sources[cell.grade_id], of_notebook[cell.grade_id] = cell.source, namespaces[name]
            notebooks[cell.grade_id] = name
    return Reference(functions, sources, of_notebook, cells, notebooks)


def _must_be_clean(name: str, problems: list[Problem]) -> None:
    if problems:
        raise UsageError(f"the source notebook {name} can't be used: {problems[0]}")
