"""The reference: the solutions of the source notebooks as functions that the trusted side can call."""

import functools

from autograder.errors import UsageError
from student_tools import notebook

__all__ = ["Reference", "load_reference"]

CHANGED_KEPT = 1000  # changed functions that are kept; pairs of mistakes are many, and a class should not add them up


class Reference:
    """Every exercise's solution as an attribute, and what mutants are made from.

    - functions: dict of exercise → function or class. - sources: dict of exercise → source of its cell.
    - namespaces: dict of exercise → globals of its notebook.
    """

    def __init__(self, functions, sources, namespaces):
        self.functions, self.sources, self.namespaces = functions, sources, namespaces
        self._change = functools.lru_cache(maxsize=CHANGED_KEPT)(self._change)

    def __getattr__(self, name):
        try:
            return self.functions[name]
        except KeyError:
            raise AttributeError(f"{name} is not an exercise") from None

    def changed(self, changes):
        """One exercise's function or class with changes of its solution, beside the others as they are.

        Inputs:
        - changes: tuple of entries of autograder.mutants, all of one exercise.

        Returns: the function or class; None when two changes are in each other's way.

        Raises: UsageError when the first change can't be applied.
        """
        return self._change(changes)

    def _change(self, changes):
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
        return namespace[exercise]

    def replaced(self, exercise, function):
        """The same with another function in the place of one exercise's."""
        return Reference({**self.functions, exercise: function}, self.sources, self.namespaces)


def load_reference(assignment):
    """Build every exercise's reference from the solution cells, those of notebooks that are not handed out as well.

    Returns: a Reference.

    Raises: UsageError when a source notebook does not define what its solution cells are named for.
    """
    programs = {}
    for name, source in assignment.sources.items():
        programs[name], problems = notebook.parse(source.solved_code(), name=name)
        _must_be_clean(name, problems)
    notebook.IN_MEMORY.update(programs)
    namespaces = {}
    for name, statements in programs.items():
        namespaces[name] = {"__name__": f"reference of {name}"}
        _must_be_clean(name, notebook.execute(statements, namespaces[name]))
    functions, sources, of_notebook = {}, {}, {}
    for name, source in assignment.sources.items():
        for cell in source.solution_cells:
            if cell.grade_id not in namespaces[name]:
                raise UsageError(f"{name} has a solution cell {cell.grade_id} that does not define it")
            functions[cell.grade_id] = namespaces[name][cell.grade_id]
            sources[cell.grade_id], of_notebook[cell.grade_id] = cell.source, namespaces[name]
    return Reference(functions, sources, of_notebook)


def _must_be_clean(name, problems):
    if problems:
        raise UsageError(f"the source notebook {name} can't be used: {problems[0]}")
