"""The reference: the solutions of the source notebooks as functions that the trusted side can call."""

import types

from autograder.errors import UsageError
from cs231n import notebook

__all__ = ["load_reference"]


def load_reference(assignment):
    """Build every exercise's reference from the solution cells.

    Returns: a namespace with one attribute per exercise.

    Raises: UsageError when a source notebook does not define what its solution cells are named for.
    """
    programs = {}
    for name, source in assignment.notebooks.items():
        programs[name], problems = notebook.parse(source.solved_code(), name=name)
        _must_be_clean(name, problems)
    notebook.IN_MEMORY.update(programs)
    namespaces = {}
    for name, statements in programs.items():
        namespaces[name] = {"__name__": f"reference of {name}"}
        _must_be_clean(name, notebook.execute(statements, namespaces[name]))
    reference = types.SimpleNamespace()
    for exercise in assignment.exercises.values():
        if exercise.name not in namespaces[exercise.notebook]:
            raise UsageError(f"{exercise.notebook} has a solution cell {exercise.name} that does not define it")
        setattr(reference, exercise.name, namespaces[exercise.notebook][exercise.name])
    return reference


def _must_be_clean(name, problems):
    if problems:
        raise UsageError(f"the source notebook {name} can't be used: {problems[0]}")
