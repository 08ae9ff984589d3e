"""Helpers for substitutes: functions of the reference that replace a submission's functions.

Substitutes run in the trusted process, with arguments that student code chose. A substitute must
check each argument, its type first, before it calls the reference. Otherwise arrays of mismatched
shapes, or an array as `eps`, could broadcast to any size. Messages must not quote an array: writing
it could take minutes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from autograder.language import tr

__all__ = ["KeptCache", "require", "require_array", "require_numbers", "require_shape"]


@dataclass(frozen=True)
class KeptCache:
    """A cache of the reference, which never leaves this process.

    - forward: name of the forward pass that made it
    - shape: of the upstream gradient that fits it
    - content: the cache
    """

    forward: str
    shape: tuple[int, ...]
    content: object


def require(condition: bool, message: str) -> None:
    """Raise ValueError unless the condition is true; student code receives the message."""
    if not condition:
        raise ValueError(message)


def require_array(name: str, array: Any, ndim: int | None = None) -> None:
    """Require a non-empty array.

    Inputs:
    - name: of the argument, for the message
    - array: the argument
    - ndim: its number of axes; None allows any but 0

    Raises: ValueError.
    """
    is_array = type(array) is np.ndarray and array.ndim > 0 and array.size > 0
    if ndim is None:
        words = tr("expected {name} to be a non-empty array", name=name)
    else:
        words = tr("expected {name} to be a non-empty array with {ndim} axes", name=name, ndim=ndim)
    require(is_array and ndim in (None, array.ndim), words)


def require_shape(name: str, array: Any, shape: tuple[int, ...]) -> None:
    """Require an array of a shape.

    Inputs:
    - name: of the argument, for the message
    - array: the argument
    - shape: the required shape

    Raises: ValueError.
    """
    words = tr("expected {name} to be an array of shape {shape}", name=name, shape=shape)
    require(type(array) is np.ndarray, words)
    words = tr("expected {name} of shape {shape}, got {got}", name=name, shape=shape, got=array.shape)
    require(array.shape == shape, words)


def require_numbers(param: Mapping[str, Any], *names: str) -> dict[str, float]:
    """Return the entries of a dict with the given names.

    Raises: ValueError if one is not a number.
    """
    found = {name: param[name] for name in names if name in param}
    for name, value in found.items():
        require(type(value) in (int, float), tr("expected {name} to be a number", name=name))
    return found
