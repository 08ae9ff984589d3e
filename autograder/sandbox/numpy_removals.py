"""Hints for code that fails because it uses an API that NumPy has removed.

The names are those that NumPy's release notes 1.20 to 2.4 list as removed:
https://numpy.org/doc/stable/release.html
"""

import re

from autograder.language import tr, tr_later

__all__ = ["explain"]

# Name in `numpy` → replacement.
MODULE = {
    **{name: name for name in ("int", "float", "bool", "complex", "object", "str")},
    **{"long": "int", "unicode": "str"},
    **{"float_": "np.float64", "complex_": "np.complex128", "unicode_": "np.str_", "string_": "np.bytes_"},
    **{"singlecomplex": "np.complex64", "cfloat": "np.complex128", "longfloat": "np.longdouble"},
    **{"Inf": "np.inf", "Infinity": "np.inf", "infty": "np.inf", "PINF": "np.inf", "NINF": "-np.inf", "NaN": "np.nan"},
    **{"product": "np.prod", "cumproduct": "np.cumprod", "sometrue": "np.any", "alltrue": "np.all"},
    **{"mat": "np.asmatrix", "in1d": "np.isin", "row_stack": "np.vstack", "trapz": "np.trapezoid"},
    **{"round_": "np.round", "asfarray": "np.asarray", "rank": "np.ndim", "msort": "np.sort"},
    **{"asscalar": tr_later("the method item of the array")},
    **{"find_common_type": "np.result_type", "cast": tr_later("np.asarray with a dtype"), "issubclass_": "issubclass"},
    **{"obj2sctype": "np.dtype", "sctype2char": "np.dtype", "maximum_sctype": "np.longdouble"},
}
METHODS = {"itemset": tr_later("an assignment to the element"), "ptp": "np.ptp", "tostring": "tobytes"}
METHODS |= {"newbyteorder": tr_later("view with another dtype")}
LIB = {"pad": "np.pad"}
LEFT = "AttributeError: (?:module '{}' has no attribute '(\\w+)'|`np.(\\w+)` was removed)"
PATTERNS = (
    (re.compile(LEFT.format("numpy")), MODULE, "np.{name}"),
    (re.compile(LEFT.format(r"numpy\.lib")), LIB, "np.lib.{name}"),
    (
        re.compile(r"AttributeError: 'numpy\.ndarray' object has no attribute '(\w+)'"),
        METHODS,
        tr_later("the array method {name}"),
    ),
)
# Start of the text of an exception → hint, and the values of its fields.
CALLS = (
    (
        re.compile("TypeError: .*newshape"),
        tr_later("the argument newshape of reshape was removed from NumPy; write shape instead"),
        {},
    ),
    (
        re.compile(r"TypeError: reshape\(\) got some positional-only arguments passed as keyword arguments: 'a'"),
        tr_later(
            "the argument a of reshape is positional only; write np.reshape(x, shape) instead of np.reshape(a=x, …)"
        ),
        {},
    ),
    *(
        (
            re.compile(rf"TypeError: (?:{functions})\(\) got an unexpected keyword argument '{old}'"),
            tr_later("the argument {old} was removed from NumPy; write {new} instead"),
            {"old": old, "new": new},
        )
        for functions, old, new in (
            ("unravel_index", "dims", "shape"),
            ("histogram(?:2d|dd)?", "normed", "density"),
            ("(?:nan)?(?:percentile|quantile)", "interpolation", "method"),
        )
    ),
    (
        re.compile("TypeError: only (0-dimensional|length-1|size-1) arrays can be converted to Python scalars"),
        tr_later("int() and float() no longer accept an array of one element; write array.item() instead"),
        {},
    ),
    (
        re.compile("ValueError: Unable to avoid copy while creating an array"),
        tr_later("copy=False has another meaning now; write np.asarray instead"),
        {},
    ),
)
NOT_THE_ALGORITHM = tr_later("{hint}: this is about the version of NumPy, not about your algorithm")


def explain(message: str) -> str:
    """Return a hint about an exception from a removed NumPy API, or "" for any other exception.

    Inputs:
    - message: type and text of the exception, as in "AttributeError: module 'numpy' has no
      attribute 'int'"
    """
    for pattern, replacements, name in PATTERNS:
        found = pattern.match(message)
        left = next(filter(None, found.groups()), "") if found else ""
        if left in replacements:
            words = {"name": tr(name, name=left), "instead": tr(replacements[left])}
            return tr(NOT_THE_ALGORITHM, hint=tr("{name} was removed from NumPy; write {instead} instead", **words))
    for pattern, hint, values in CALLS:
        if pattern.match(message):
            return tr(NOT_THE_ALGORITHM, hint=tr(hint, **values))
    return ""
