"""A session in this process for trusted functions: mutants, variants and the reference."""

import copy
import warnings
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from autograder.errors import AuthorError, StudentFault
from autograder.sandbox.worker.protocol import ProtocolError
from autograder.sandbox.worker.wire_types import LIBRARIES, CannotCross, Handle, changes, decode, encode

__all__ = ["LocalSession"]


class LocalSession:
    """Has the interface of a Session, but without a worker process and without isolation."""

    problems: Sequence[tuple[str, int, str]] = ()
    left_out: Sequence[str] = ()
    output = notebook = ""
    seen = (0, 0, False)  # trusted functions do not estimate gradients
    changed: Mapping[int, object] = MappingProxyType({})

    def __init__(
        self, functions: Mapping[str, Callable[..., Any]], facts: Callable[[str], object] | None = None
    ) -> None:
        """Make a session.

        Inputs:
        - functions: exercise → function or class
        - facts: replaces Session.facts; see Reference.facts
        """
        self.functions, self._facts = functions, facts
        self.objects: list[Any] = []

    @property
    def defined(self) -> list[str]:
        """The names of the functions and classes."""
        return list(self.functions)

    def call(
        self,
        name: str,
        arguments: Sequence[Any],
        keywords: Mapping[str, Any] | None = None,
        *,
        returns: Sequence[tuple[str, bool]],
        in_place: Collection[int] = (),
        on: Handle | None = None,
        watch: str = "",
    ) -> list[Any]:
        """Call a function or method, see Session.call."""
        _must_cross([list(arguments), keywords or {}])
        function = self.functions[name] if on is None else getattr(self.objects[on.number], name)
        inside = [self.objects[a.number] if type(a) is Handle else copy.deepcopy(a) for a in arguments]
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings(action="ignore"):
                value = function(*inside, **(keywords or {}))
            values = [value][: len(returns)] if len(returns) < 2 else list(value)
            if len(values) != len(returns):
                raise TypeError(f"expected {len(returns)} return values of {name}")
        except Exception as error:
            raise StudentFault("error", f"{type(error).__name__}: {error}") from None
        self.changed = changes(dict(enumerate(arguments)), inside, in_place)
        for index in self.changed.keys() & set(in_place):
            now = _crossed(inside[index])
            if type(now) is dict:
                arguments[index].clear()
                arguments[index].update(now)
        return [self._keep(v) if stays else _crossed(v) for v, (_, stays) in zip(values, returns, strict=True)]

    def facts(self, name: str) -> object:
        """Return facts about the source of a function, see Session.facts."""
        if self._facts is None:
            raise AuthorError(f"the source of {name} is unknown in this session")
        return self._facts(name)

    def get(self, handle: Handle, attribute: str) -> object:
        """Read an attribute of an object, see Session.get."""
        try:
            value = getattr(self.objects[handle.number], attribute)
        except Exception as error:
            raise StudentFault("error", f"{type(error).__name__}: {error}") from None
        return _crossed(value)

    def update(self, handle: Handle, attribute: str, values: Mapping[Any, Any]) -> None:
        """Update a dict that is an attribute of an object, see Session.update."""
        _must_cross([handle, attribute, values])
        getattr(self.objects[handle.number], attribute).update(copy.deepcopy(values))

    def line_of(self, cell: str, line: int) -> str:
        """Return "": no cell of this session is unreadable."""
        return ""

    def restart_clock(self) -> None:
        """Do nothing: this session has no time limit."""

    def _keep(self, value: object) -> Handle:
        self.objects.append(value)
        return Handle(len(self.objects) - 1)


def _crossed(value: object) -> object:
    """A value after a round trip over the wire, where some types change."""
    arrays: list[np.ndarray] = []
    tree = encode(value, arrays, packages=LIBRARIES)
    return decode(tree, [array.copy() for array in arrays], packages=LIBRARIES)


def _must_cross(arguments: list[Any]) -> None:
    """Raises: AuthorError for arguments that could not be sent to a worker."""
    try:
        encode(arguments, [], packages=LIBRARIES, must_cross=True)
    except (CannotCross, ProtocolError) as error:
        raise AuthorError(str(error)) from None
