"""Helpers for substitutes: functions of the reference that replace a submission's in some hidden tests.

Substitutes run in the trusted process, on arguments that student code chose. A substitute must check each argument,
its type first, before it calls the reference. Otherwise shapes that do not fit, or an array as `eps`, could broadcast
to any size. A message that quotes an array would take minutes to write.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["KeptCache", "require", "require_array", "require_numbers", "require_shape"]


@dataclass(frozen=True)
class KeptCache:
    """The reference's cache, which never leaves this process.

    - forward: name of the forward pass that made it. - shape: of the upstream gradient that fits.
    """

    forward: str
    shape: tuple[int, ...]
    content: object


def require(condition: bool, message: str) -> None:
    """Raises: ValueError with the message, which student code gets, unless the condition holds."""
    if not condition:
        raise ValueError(message)


def require_array(name: str, array: Any, ndim: int | None = None) -> None:
    """Expect an array that is not empty. - ndim: its number of axes; any but 0 without it. Raises: ValueError."""
    is_array = type(array) is np.ndarray and array.ndim > 0 and array.size > 0
    axes = "" if ndim is None else f" with {ndim} axes"
    require(is_array and ndim in (None, array.ndim), f"{name} has to be an array{axes}, not empty")


def require_shape(name: str, array: Any, shape: tuple[int, ...]) -> None:
    """Expect an array of that shape. Raises: ValueError."""
    require(type(array) is np.ndarray, f"{name} has to be an array of shape {shape}")
    require(array.shape == shape, f"{name} has to have shape {shape}, got {array.shape}")


def require_numbers(param: Mapping[str, Any], *names: str) -> dict[str, float]:
    """Those of the named entries that are there. Raises: ValueError where one is not a number."""
    found = {name: param[name] for name in names if name in param}
    for name, value in found.items():
        require(type(value) in (int, float), f"{name} has to be a number")
    return found
