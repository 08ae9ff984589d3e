"""Check the examples of the hints against the solutions."""

from autograder.course.assignment import Assignment
from autograder.course.hints import HINTS
from autograder.errors import UsageError
from autograder.scoring.reference import load_reference
from student_tools.hints import find_fault

__all__ = ["check_hints"]


def check_hints(assignment: Assignment) -> list[str]:
    """Check that hints belong to exercises, and that the solutions give the expected results.

    Returns: one line about the check; none if the assignment has no hints.

    Raises: UsageError with a line for each problem.
    """
    if not assignment.hints:
        return []
    reference = load_reference(assignment)
    known = ", ".join(reference.functions)
    faults = []
    for name, hints in assignment.hints.items():
        faults += [
            f"expected names of exercises ({known}), got {other!r}" + (f" in needs of {name}" if other != name else "")
            for other in (name, *hints["needs"])
            if other not in reference.functions
        ]
        if name in reference.functions and (fault := find_fault(hints, reference.namespaces[name])):
            number = hints["examples"].index(fault.example) + 1
            text = " ".join(fault.text.split())
            faults.append(f"{name}, example {number}: the solution does not give the expected result: {text}")
    if faults:
        raise UsageError(f"{assignment.folder / HINTS} is wrong:", faults)
    count = sum(len(hints["examples"]) for hints in assignment.hints.values())
    return [f"{len(assignment.hints)} exercises have hints; the solutions give the results of {count} examples"]
