"""What a function promises: names of the return values, what stays with the worker, what changes in place."""

from dataclasses import dataclass

from autograder.errors import UsageError

__all__ = ["Signature"]

CACHE = "cache"


@dataclass(frozen=True)
class Signature:
    """A function's promise.

    - returns: names of its return values. A value named "cache" stays with the worker behind a handle: its layout is
      the student's own.
    - in_place: indices of dict arguments that the function updates.
    - forward: of a backward pass, the forward pass whose cache it takes.
    - has_documented_cache: whether the docstring says what the cache is, instead of leaving it to the student.
    - of_pixels: the forward pass that it is asked to call with pixels as samples and channels as features.
    """

    returns: tuple
    in_place: tuple = ()
    forward: str = ""
    has_documented_cache: bool = False
    of_pixels: str = ""

    def __post_init__(self):
        if isinstance(self.returns, str):
            raise UsageError(f"a Signature needs a tuple of names, such as ('out',), not {self.returns!r}")

    def pairs(self):
        return tuple((name, name == CACHE) for name in self.returns)
