"""The reference: the solutions of the source notebooks as functions that the trusted side can call."""

import functools
import weakref

from autograder.errors import AuthorError, UsageError
from autograder.sandbox.worker.syntax_facts import find_facts
from student_tools import notebook

__all__ = ["Reference", "load_reference"]

CHANGED_KEPT = 1000  # changed functions that are kept; pairs of mistakes are many, and a class should not add them up


class Reference:
    """Every exercise's solution as an attribute, and what mutants are made from.

    - functions: dict of exercise → function or class. - sources: dict of exercise → source of its cell.
    - namespaces: dict of exercise → globals of its notebook. - cells: dict of notebook → list of (label, source).
    - notebooks: dict of exercise → name of its notebook.
    """

    def __init__(self, functions, sources, namespaces, cells, notebooks):
        self.functions, self.sources, self.namespaces = functions, sources, namespaces
        self.cells, self.notebooks = cells, notebooks
        self._texts = weakref.WeakKeyDictionary()  # changed function or class → the texts that define it
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
        self._texts[namespace[exercise]] = [*(change.helper for change in changes), source]
        return namespace[exercise]

    def facts(self, name, functions):
        """What the source of a function or method holds, see worker.syntax_facts; the source is the kit's own.

        Inputs:
        - name: of an exercise, or Class.method. - functions: dict of exercise → function or class, changed or not.

        Raises: AuthorError for a function that is not made of the solutions.
        """
        exercise = name.partition(".")[0]
        function, notebook = functions[exercise], self.notebooks[exercise]
        if function is not self.functions[exercise] and function not in self._texts:
            raise AuthorError(f"the source of this {exercise} is not known here")
        changed = [(f"cell {exercise}", text) for text in self._texts.get(function, ())]
        return find_facts({**self.cells, notebook: [*self.cells[notebook], *changed]}, notebook, name)

    def replaced(self, exercise, function):
        """The same with another function in the place of one exercise's."""
        functions = {**self.functions, exercise: function}
        other = Reference(functions, self.sources, self.namespaces, self.cells, self.notebooks)
        other._texts = self._texts
        return other


def load_reference(assignment):
    """Build every exercise's reference from the solution cells, those of notebooks that are not handed out as well.

    Returns: a Reference.

    Raises: UsageError when a source notebook does not define what its solution cells are named for.
    """
    programs, cells = {}, {}
    for name, source in assignment.sources.items():
        cells[name] = source.solved_code()
        programs[name], problems = notebook.parse(cells[name], name=name)
        _must_be_clean(name, problems)
    notebook.IN_MEMORY.update(programs)
    namespaces = {}
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


def _must_be_clean(name, problems):
    if problems:
        raise UsageError(f"the source notebook {name} can't be used: {problems[0]}")
