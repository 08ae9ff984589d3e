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
    sources = {name: source.solved_code() for name, source in assignment.notebooks.items()}
    notebook.IN_MEMORY.update(sources)
    namespaces = {}
    for name, cells in sources.items():
        namespaces[name] = {"__name__": f"reference of {name}"}
        problems = notebook.build(cells, namespaces[name], name=name)
        if problems:
            raise UsageError(f"the source notebook {name} can't be used: {problems[0]}")
    reference = types.SimpleNamespace()
    for exercise in assignment.exercises.values():
        if exercise.name not in namespaces[exercise.notebook]:
            raise UsageError(f"{exercise.notebook} has a solution cell {exercise.name} that does not define it")
        setattr(reference, exercise.name, namespaces[exercise.notebook][exercise.name])
    return reference
