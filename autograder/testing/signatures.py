"""Signatures: the return values, changed arguments and needs of the functions and classes that students write."""

from collections.abc import Callable
from dataclasses import dataclass, field

from autograder.errors import UsageError

__all__ = ["ClassSignature", "Delegation", "Signature"]

CACHE = "cache"


@dataclass(frozen=True)
class Delegation:
    """The function that another one should call, and the arguments that it passes on.

    - function: name of the function that is called.
    - arguments: function of the caller's arguments, a tuple, that gives those of `function`.
    """

    function: str
    arguments: Callable[[tuple], tuple]


@dataclass(frozen=True)
class Signature:
    """What a function or a method returns and changes.

    - returns: names of the return values; () where it returns nothing that a test looks at. A value named "cache" stays
      in the student's process, behind a handle.
    - in_place: indices of dict arguments that the function updates.
    - forward: of a backward pass, the name of the forward pass whose cache it takes.
    - has_documented_cache: whether the docstring says what the cache holds.
    - delegates: the function that a forward pass is asked to call, whose cache is then its own.
    - calls: the method to call, where it has another name than the one that hidden tests use.
    - is_gradient: whether a method computes gradients, so that estimates by differences do not count.
    - dicts: names of the return values that are dicts of arrays.
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
        """Names of the exercises that the function depends on."""
        return {self.forward, self.delegates.function if self.delegates else ""} - {""}

    def pairs(self) -> tuple[tuple[str, bool], ...]:
        """(name, whether the value stays in the student's process) of each return value."""
        return tuple((name, name == CACHE) for name in self.returns)


@dataclass(frozen=True)
class ClassSignature:
    """What hidden tests use of a class.

    - methods: dict of name → Signature.
    - attributes: names of attributes and properties that hidden tests read.
    - dicts: names of the attributes that are dicts of arrays.
    """

    methods: dict[str, Signature] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()
    dicts: tuple[str, ...] = ()

    @property
    def needs(self) -> set[str]:
        """Names of the exercises that the class depends on."""
        return {name for method in self.methods.values() for name in method.needs}
