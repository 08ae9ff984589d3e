"""The substitutes of a hidden test: functions of the reference that replace the submission's."""

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from autograder.course.content import Content
from autograder.errors import GraderError
from autograder.language import tr
from autograder.scoring.reference import Reference
from autograder.testing.substitutes import KeptCache, require, require_shape

__all__ = ["Substitute", "substitutes"]


@dataclass(frozen=True)
class Substitute:
    """A function that replaces a submission's function.

    - function: the function
    - parameters: names of its parameters
    - in_place: indices of the parameters that it changes in place
    """

    function: Callable[..., object]
    parameters: tuple[str, ...]
    in_place: tuple[int, ...] = ()


def substitutes(content: Content, reference: Reference, names: Iterable[str]) -> dict[str, Substitute]:
    """Return the Substitutes of functions, by name.

    Inputs:
    - content: of the assignment
    - reference: whose functions the substitutes call
    - names: of the functions to replace

    Raises: GraderError if the assignment has no substitute for a name.
    """
    result: dict[str, Substitute] = {}
    for name in names:
        signature = content.functions.get(name)
        if signature and signature.forward:
            function = _backward(reference, name, signature.forward)
        elif signature and name in content.substitutes:
            function = content.substitutes[name](reference)
        else:
            known = ", ".join(content.substitutes) or "none"
            raise GraderError(f"expected a hidden test to name substitutes of the assignment ({known}), got {name!r}")
        result[name] = Substitute(function, tuple(inspect.signature(function).parameters), signature.in_place)
    return result


def _backward(reference: Reference, name: str, forward: str) -> Callable[..., object]:
    def backward(dout: Any, cache: Any) -> Any:
        fits = type(cache) is KeptCache and cache.forward == forward
        require(fits, tr("expected the cache that {name} returned", name=forward))
        require_shape("dout", dout, cache.shape)
        return getattr(reference, name)(dout, cache.content)

    return backward
