"""The substitutes of a hidden test: functions of the reference that replace the submission's."""

import inspect
from dataclasses import dataclass

from autograder.errors import GraderError
from autograder.testing.substitutes import KeptCache, require, require_shape

__all__ = ["Substitute", "substitutes"]


@dataclass(frozen=True)
class Substitute:
    """What to call in place of a submission's function, the names of its parameters, and the indices of those that it
    changes in place."""

    function: object
    parameters: tuple
    in_place: tuple = ()


def substitutes(content, reference, names):
    """The Substitutes of some functions: dict of name → Substitute.

    Inputs:
    - content: Content of the assignment. - reference: Reference.

    Raises: GraderError where the assignment has none for a name.
    """
    result = {}
    for name in names:
        signature = content.signatures.get(name)
        if signature and signature.forward:
            function = _backward(reference, name, signature.forward)
        elif signature and name in content.substitutes:
            function = content.substitutes[name](reference)
        else:
            known = ", ".join(content.substitutes) or "none"
            raise GraderError(f"expected a hidden test to name substitutes of the assignment ({known}), got {name!r}")
        result[name] = Substitute(function, tuple(inspect.signature(function).parameters), signature.in_place)
    return result


def _backward(reference, name, forward):
    def backward(dout, cache):
        fits = type(cache) is KeptCache and cache.forward == forward
        require(fits, f"cache has to be the one that {forward} gave")
        require_shape("dout", dout, cache.shape)
        return getattr(reference, name)(dout, cache.content)

    return backward
