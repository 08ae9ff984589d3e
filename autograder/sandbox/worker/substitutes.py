"""Inside: caches of functions that stand in for the student's."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["SubstituteCache", "Substitutes"]


class SubstituteCache:
    """The cache of a function that stands in for the student's: code can keep it and hand it back, not look into it.

    The cache itself stays with the host. Whatever a program tries with it ends in an exception in plain words.
    """

    __slots__ = ("_name", "_number")

    def __init__(self, number: int, name: str) -> None:
        self._number, self._name = number, name

    def __copy__(self) -> SubstituteCache:
        return self

    def __deepcopy__(self, memo: object) -> SubstituteCache:
        return self

    def __repr__(self) -> str:
        return f"<the cache of a right {self._name}>"

    def __bool__(self) -> bool:
        return True  # as any object; __len__ would be asked otherwise

    def __getattr__(self, attribute: str) -> NoReturn:
        # NumPy looks for such names in every object, and does without them.
        raise AttributeError(attribute if attribute.startswith("__") else self._closed())

    def _closed(self) -> str:
        return (
            f"the cache of a right {self._name}, which stands in for yours here, can't be looked into: hand it on as it"
            " is"
        )

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError(self._closed())

    __call__ = __contains__ = __delitem__ = __getitem__ = __iter__ = __len__ = __setitem__ = _refuse
    __array__ = __array_ufunc__ = __float__ = __index__ = __int__ = keys = _refuse
    __add__ = __matmul__ = __mul__ = __pow__ = __sub__ = __truediv__ = _refuse
    __radd__ = __rmatmul__ = __rmul__ = __rpow__ = __rsub__ = __rtruediv__ = _refuse
    __abs__ = __invert__ = __neg__ = __ge__ = __gt__ = __le__ = __lt__ = _refuse


class Substitutes(dict[int, SubstituteCache]):
    """Gives a SubstituteCache for every number. - name: of the function whose caches they are."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def __contains__(self, number: object) -> bool:
        return True

    def __missing__(self, number: int) -> SubstituteCache:
        return SubstituteCache(number, self.name)
