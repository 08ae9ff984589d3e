"""The reference: the solutions of the source notebooks as functions that the trusted side can call."""

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
CHANGED_KEPT = 1000  # changed functions that are kept; pairs of mistakes are many, and a class should not add them up


class Change(Protocol):
    """A change of the solution of one exercise: a Mutant, a Variant, or a mechanical mutant."""

    @property
    def exercise(self) -> str: ...

    @property
    def helper(self) -> str:
        """Source of a cell that comes after the changed one; "" where there is none."""

    def applied(self, source: str) -> str:
        """The changed source of the solution cell."""


class Reference:
    """Every exercise's solution as an attribute, and what mutants are made from.

    - functions, sources: those of each exercise. - namespaces: exercise → globals of its notebook.
    - cells: notebook → its (label, source) pairs. - notebooks: exercise → name of its notebook.
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
        """The same with a single change. Raises: UsageError when it can't be applied."""
        function = self._changed((change,))
        if function is None:
            raise UsageError(f"the change of {change.exercise} can't be applied")
        return function

    def changed(self, changes: tuple[Change, ...]) -> Function | None:
        """One exercise's function or class with changes of its solution, beside the others as they are.

        Inputs:
        - changes: all of one exercise.

        Returns: None when two changes are in each other's way.

        Raises: UsageError when the first change can't be applied.
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
                exec(compile(text, exercise, "exec"), namespace)  # the kit's own text
        except (UsageError, SyntaxError):
            if len(changes) == 1:
                raise
            return None
        function: Function = namespace[exercise]
        self._texts[function] = [*(change.helper for change in changes), source]
        return function

    def facts(self, name: str, functions: Mapping[str, Function]) -> dict[str, Any]:
        """What the source of a function or method holds, see worker.syntax_facts; the source is the kit's own.

        Inputs:
        - name: of an exercise, or Class.method. - functions: those of the exercises, changed or not.

        Raises: AuthorError for a function that is not made of the solutions.
        """
        exercise = name.partition(".")[0]
        function, notebook = functions[exercise], self.notebooks[exercise]
        if function is not self.functions[exercise] and function not in self._texts:
            raise AuthorError(f"the source of this {exercise} is not known here")
        changed = [(f"cell {exercise}", text) for text in self._texts.get(function, ())]
        return find_facts({**self.cells, notebook: [*self.cells[notebook], *changed]}, notebook, name)

    def replaced(self, exercise: str, function: Function) -> "Reference":
        """The same with another function in the place of one exercise's."""
        functions = {**self.functions, exercise: function}
        other = Reference(functions, self.sources, self.namespaces, self.cells, self.notebooks)
        other._texts = self._texts
        return other


def load_reference(assignment: Assignment) -> Reference:
    """Build every exercise's reference from the solution cells, those of notebooks that are not handed out as well.

    Raises: UsageError when a source notebook does not define what its solution cells are named for.
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
                raise UsageError(f"{name} has a solution cell {cell.grade_id} that does not define it")
            functions[cell.grade_id] = namespaces[name][cell.grade_id]
            sources[cell.grade_id], of_notebook[cell.grade_id] = cell.source, namespaces[name]
            notebooks[cell.grade_id] = name
    return Reference(functions, sources, of_notebook, cells, notebooks)


def _must_be_clean(name: str, problems: list[Problem]) -> None:
    if problems:
        raise UsageError(f"the source notebook {name} can't be used: {problems[0]}")
