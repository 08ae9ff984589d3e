"""Relations between a student's recorded values and the correct ones, see student_tools.relations."""

import inspect
from collections.abc import Iterable, Mapping

import numpy as np

from autograder.scoring.diagnosis import is_right
from autograder.scoring.proxy import Call
from autograder.scoring.reference import Reference
from autograder.scoring.reference_runs import Observation
from autograder.testing.compare import as_numbers
from autograder.testing.recording import Comparison, Unkept
from student_tools.relations import Values, other_shape, relation

__all__ = ["inputs_of", "relation_of"]


def relation_of(seen: Observation, part: str, inputs: Mapping[str, object]) -> str:
    """Return the sentence about the first wrong value of a failed Check, or "".

    Inputs:
    - seen: of the whole test
    - part: name of the part, see recording.together
    - inputs: see Values
    """
    comparisons = [compared for compared in seen.comparisons if isinstance(compared, Comparison)]
    others = {other.name: other.expected for other in comparisons}
    for compared in comparisons:
        if compared.part not in ("", part) or is_right(compared):
            continue
        if isinstance(compared.got, Unkept) and compared.got.type == "ndarray":
            return other_shape(compared.name, compared.got.shape, compared.expected.shape)
        got = as_numbers(compared.got)
        if got is not None:
            expected = np.asarray(compared.expected, dtype=np.float64)
            return relation(Values(compared.name, got, expected, compared.tolerance.bound, others, inputs))
    return ""


def inputs_of(calls: Iterable[Call], reference: Reference) -> dict[str, object]:
    """Return the arguments of calls by their names in the solution; see Values.inputs.

    Inputs:
    - calls: (name, positional arguments, keyword arguments)
    - reference: for the names
    """
    found: dict[str, object] = {}
    for name, args, kwargs in calls:
        holder, _, method = name.rpartition(".")
        function = getattr(getattr(reference, holder), method) if holder else getattr(reference, name)
        names = list(inspect.signature(function).parameters)[1 if holder else 0 :]
        for argument, value in (dict(zip(names, args, strict=False)) | kwargs).items():
            if isinstance(value, dict):
                found |= {f"{argument}[{key!r}]": entry for key, entry in value.items()}
            else:
                found[argument] = value
    return found
