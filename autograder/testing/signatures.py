"""Signatures: return values, changed arguments and dependencies of functions and classes."""

from collections.abc import Callable
from dataclasses import dataclass, field

from autograder.errors import UsageError

__all__ = ["ClassSignature", "Delegation", "Signature"]

CACHE = "cache"


@dataclass(frozen=True)
class Delegation:
    """A function that a solution should call, and the arguments that it should pass.

    - function: name of the called function
    - arguments: function that maps the caller's arguments (a tuple) to those of `function`
    """

    function: str
    arguments: Callable[[tuple], tuple]


@dataclass(frozen=True)
class Signature:
    """The return values, changed arguments and dependencies of a function or method.

    - returns: names of the return values; () if tests use no return value. A value named "cache"
      stays in the student's process, and tests get a handle
    - in_place: indices of dict arguments that the function updates
    - forward: of a backward pass, the name of the forward pass whose cache it takes
    - has_documented_cache: True if the docstring says what the cache holds
    - delegates: the function that a forward pass should call, and whose cache it returns
    - calls: name of the method to call, if hidden tests use another name
    - is_gradient: True for a method that computes gradients: numerical estimates do not count
    - dicts: names of the return values that are dicts of arrays
    """

    returns: tuple[str, ...]
    in_place: tuple[int, ...] = ()
    forward: str = ""
    has_documented_cache: bool = False
    delegates: Delegation | None = None
    calls: str = ""
    is_gradient: bool = False
    dicts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.returns, str):
            raise UsageError(f"expected a tuple of names in a Signature, such as ('out',), got {self.returns!r}")

    @property
    def needs(self) -> set[str]:
        """The names of the exercises that the function depends on."""
        return {self.forward, self.delegates.function if self.delegates else ""} - {""}

    def pairs(self) -> tuple[tuple[str, bool], ...]:
        """Return (name, whether it stays in the student's process) of each return value."""
        return tuple((name, name == CACHE) for name in self.returns)


@dataclass(frozen=True)
class ClassSignature:
    """The methods and attributes of a class that hidden tests use.

    - methods: name → Signature
    - attributes: names of attributes and properties that hidden tests read
    - dicts: names of the attributes that are dicts of arrays
    """

    methods: dict[str, Signature] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    dicts: tuple[str, ...] = ()

    @property
    def needs(self) -> set[str]:
        """The names of the exercises that the class depends on."""
        return {name for method in self.methods.values() for name in method.needs}
