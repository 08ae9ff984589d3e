"""Inside: caches of substitutes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import NoReturn

__all__ = ["SubstituteCache", "Substitutes"]


class SubstituteCache:
    """A reference to a substitute's cache: code can keep it and pass it on, but not read it.

    The cache itself stays in the trusted process. Every operation on it raises an exception with a
    clear message.
    """

    __slots__ = ("_name", "_number")

    def __init__(self, number: int, name: str) -> None:
        self._number, self._name = number, name

    def __copy__(self) -> SubstituteCache:
        return self

    def __deepcopy__(self, memo: object) -> SubstituteCache:
        return self

    def __repr__(self) -> str:
        return f"<the cache of the reference's {self._name}>"

    def __bool__(self) -> bool:
        return True  # otherwise bool() would call __len__

    def __getattr__(self, attribute: str) -> NoReturn:
        # NumPy looks for such names in every object, and works without them.
        raise AttributeError(attribute if attribute.startswith("__") else self._closed())

    def _closed(self) -> str:
        return (
            f"the cache of the reference's {self._name}, which replaces yours in this test, can't be read: pass it on"
            " unchanged"
        )

    def _refuse(self, *args: object, **kwargs: object) -> NoReturn:
        raise TypeError(self._closed())

    __call__ = __contains__ = __delitem__ = __getitem__ = __iter__ = __len__ = __setitem__ = _refuse
    __array__ = __array_ufunc__ = __float__ = __index__ = __int__ = keys = _refuse
    __add__ = __matmul__ = __mul__ = __pow__ = __sub__ = __truediv__ = _refuse
    __radd__ = __rmatmul__ = __rmul__ = __rpow__ = __rsub__ = __rtruediv__ = _refuse
    __abs__ = __invert__ = __neg__ = __ge__ = __gt__ = __le__ = __lt__ = _refuse


class Substitutes(dict[int, SubstituteCache]):
    """Maps every number to a SubstituteCache. - name: of the function that made the caches."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def __contains__(self, number: object) -> bool:
        return True

    def __missing__(self, number: int) -> SubstituteCache:
        return SubstituteCache(number, self.name)
